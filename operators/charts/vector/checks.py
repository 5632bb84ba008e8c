"""What marks and their places say about how sure the values of a chart are."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence

from .axes.axis import Axis
from .axes.independent import Place
from .axes.plots import Plot
from .marks.mark import Mark, Measured
from .result import MeasuredValue

_AT_LABEL = 1.5
"""Points within which a bar stands right at its label."""
_FEW = 6
"""Point marks below which two axes of numbers may be those of a sketch."""
_BEYOND = 0.03
"""Share of the axis by which a value may lie beyond the plot area without doubt."""


def at_labels(marks: Sequence[Mark], at: Sequence[Place], axis: Axis | None) -> bool:
    """Whether each bar that has a category stands right at its label."""
    if axis is None or axis.scale is not None:
        return False
    positions = {tick.text: tick.position for tick in axis.ticks}
    return all(
        abs(mark.middle - positions.get(place.x, mark.middle)) < _AT_LABEL
        for mark, place in zip(marks, at, strict=True)
        if place.x is not None
    )


def colours_tell_categories(measured: Sequence[Measured]) -> bool:
    """Bars in several colours, one at each place: the colours tell no series."""
    if len(measured) != 1 or measured[0].kind != "bar":
        return False
    slots: dict[tuple[int, int], set[object]] = defaultdict(set)
    for mark in measured[0].marks:
        slots[round(mark.low), round(mark.high)].add(mark.style)
    styles = {mark.style for mark in measured[0].marks}
    shaded = len(styles) > 8 and len(styles) > 0.5 * len(measured[0].marks)
    return shaded or (len(styles) > 1 and len(slots) == len(measured[0].marks) and len(styles) == len(slots))


def placeless(measured: Sequence[Measured], plot: Plot, named: bool) -> bool:
    """Whether several bars stand along an axis that was not found, and nothing else tells them apart."""
    for part in measured:
        other = plot.x if part.upright else plot.y
        if other is None and part.kind == "bar" and len({round(mark.middle) for mark in part.marks}) > 1:
            return not (named and len({mark.style for mark in part.marks}) == len(part.marks)) and not _groups(part)
    return False


def _groups(part: Measured) -> bool:
    """Whether each colour has as many bars as another, so that they are groups of one category."""
    counts = Counter(mark.style for mark in part.marks)
    return len(counts) > 1 and len(set(counts.values())) == 1


def beyond(mark: Mark, plot: Plot, upright: bool) -> bool:
    low, high = (plot.box[1], plot.box[3]) if upright else (plot.box[0], plot.box[2])
    slack = 1.5 + _BEYOND * (high - low)
    axis = plot.y if upright else plot.x
    assert axis is not None
    assert axis.scale is not None
    positions = sorted(axis.scale.positions)
    # An axis without a line at its end may go on for less than the distance of two labels.
    step = min((b - a for a, b in itertools.pairwise(positions)), default=0.0)
    return not min(low - slack, positions[0] - step) <= mark.at <= max(high + slack, positions[-1] + step)


def repeated(values: Sequence[MeasuredValue], measured: Sequence[Measured]) -> float:
    """Share of values with a series and place that occur again; scatter plots may repeat them."""
    if any(part.kind == "scatter" for part in measured):
        return 0.0
    counts = Counter((value.series, value.x) for value in values)
    return sum(count - 1 for count in counts.values()) / len(values)


def is_sketch(measured: Sequence[Measured], plot: Plot) -> bool:
    """Whether a few point marks are all that stands on axes of numbers."""
    axes = [axis for axis in (plot.x, plot.y) if axis is not None]
    few = sum(len(part.marks) for part in measured) < _FEW
    return few and all(part.kind == "scatter" for part in measured) and all(axis.is_number for axis in axes)
