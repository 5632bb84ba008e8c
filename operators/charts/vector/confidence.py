"""How sure a chart's values are, from what its drawing shows, by how often charts of its kind were right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against the values of a chart.

    Attributes:
        ticks: labels of the value axis that lie on its scale.
        residual: by how much they miss it, in points.
        unplaced: share of marks without an independent value.
        unnamed: whether several series lack names.
        out_of_range: share of marks beyond the ends of the value axis.
        doubt: of the modules of marks.
        rivals: whether another reading of the labels fits.
        placeless: whether bars stand along an axis without labels.
        repeated: share of values whose series and place another value has too.
        repeated_weight: how much that speaks against the values; bars of one colour may be stacked.
        cut: whether a name that is used, or the plot itself, is cut off at the edge of the page or of its clip.
    """

    ticks: int
    residual: float
    unplaced: float
    unnamed: bool
    out_of_range: float
    doubt: float
    rivals: bool
    placeless: bool
    repeated: float
    repeated_weight: float = 0.4
    cut: bool = False


CUT = "the chart or a name in it is cut off at the edge of the page or of its clip"
"""Why a chart is declined or doubted of which a part is not seen."""

_RIGHT = ((0.9, 0.99), (0.85, 0.74), (0.4, 0.63), (0.0, 0.02))
"""Least score, and the share of points that are right, as the mean over the charts from that score to the next one.

Of 802 charts of six programs (`docs/vector-charts.md` has the counts); neighbours that were out of order are pooled,
and nothing is surer than 0.99.
"""


def confidence(evidence: Evidence) -> float:
    """The share of points that are right in charts that were measured with such a score."""
    score = _score(evidence)
    return next(right for least, right in _RIGHT if score >= least)


def _score(evidence: Evidence) -> float:
    """From 0.02 to 0.99: what speaks against the values, in weights that order charts from doubtful to certain."""
    found = 0.985
    if evidence.ticks < 3:
        found -= 0.12
    if evidence.residual > 0.4:
        found -= min(0.2, 0.1 * evidence.residual)
    found -= 0.8 * evidence.unplaced
    found -= 0.06 if evidence.unnamed else 0.0
    found -= 0.3 * evidence.out_of_range
    found -= 0.5 * evidence.doubt
    found -= 0.15 if evidence.rivals else 0.0
    found -= 0.3 if evidence.placeless else 0.0
    found -= evidence.repeated_weight * evidence.repeated
    found -= 0.3 if evidence.cut else 0.0
    return round(min(0.99, max(0.02, found)), 3)


def objections(evidence: Evidence, cause: str) -> str:
    """What speaks against the values, in words, the strongest first; empty where nothing does.

    Args:
        cause: of the doubt of the modules of marks.
    """
    found = (
        (0.5 * evidence.doubt, cause),
        (0.8 * evidence.unplaced, "marks stand at no label of their axis"),
        (evidence.repeated_weight * evidence.repeated, "several marks of a series stand at one place"),
        (0.3 * evidence.cut, CUT),
        (0.3 * evidence.placeless, "the bars stand along an axis without labels"),
        (0.3 * evidence.out_of_range, "marks lie beyond the ends of the value axis"),
        (0.15 * evidence.rivals, "the labels of an axis can be read in two ways"),
        (0.12 * (evidence.ticks < 3), "the value axis has fewer than three labels"),
        (min(0.2, 0.1 * evidence.residual) * (evidence.residual > 0.4), "labels miss the scale of the value axis"),
        (0.06 * evidence.unnamed, "several series have no names"),
    )
    return "; ".join(words for weight, words in sorted(found, key=lambda entry: -entry[0]) if weight > 0 and words)
