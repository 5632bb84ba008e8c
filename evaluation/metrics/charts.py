"""Metrics on the data tables of charts: which values were read, and how near."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from .text import RELAXED_TOLERANCE, f1, normalised

KEY_TOLERANCE = 0.5
"""Normalised edit distance of a value's names above which it is another value (RMS of DePlot, Liu et al. 2023)."""


@dataclass(frozen=True)
class Point:
    """One value of a chart with its names.

    Attributes:
        keys: category and series, for example; without those that are empty.
    """

    keys: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class ChartScore:
    """How a chart was read.

    Attributes:
        within: values whose names were found and whose number is within 5 %.
        similarity: sum over found values of (1 - name distance) (1 - relative error up to 1), RMS's similarity.
        wanted, found: values in the truth and in the reading.
    """

    within: int
    similarity: float
    wanted: int
    found: int

    def __add__(self, other: "ChartScore") -> "ChartScore":
        return ChartScore(
            self.within + other.within,
            self.similarity + other.similarity,
            self.wanted + other.wanted,
            self.found + other.found,
        )

    @property
    def recall(self) -> float:
        """Share of the truth's values within 5 %; 1 if the truth has no values."""
        return self.within / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        return f1(self.within, self.found, self.wanted)

    @property
    def rms_f1(self) -> float:
        """F1 of relative mapping similarity, after DePlot; values are paired greedily and not optimally."""
        return 2 * self.similarity / (self.found + self.wanted) if self.found + self.wanted else 1.0


def score_chart(wanted: Sequence[Point], found: Sequence[Point], tolerance: float = RELAXED_TOLERANCE) -> ChartScore:
    """Pair values one to one by their names, nearest names first, then compare the numbers."""
    pairs = sorted(
        (distance, abs_error, row, column)
        for row, a in enumerate(wanted)
        for column, b in enumerate(found)
        if (distance := _name_distance(a.keys, b.keys)) <= KEY_TOLERANCE
        for abs_error in (_relative_error(a.value, b.value),)
    )
    rows, columns = set[int](), set[int]()
    within, similarity = 0, 0.0
    for distance, error, row, column in pairs:
        if row in rows or column in columns:
            continue
        rows.add(row)
        columns.add(column)
        within += error <= tolerance
        similarity += (1 - distance) * (1 - min(1.0, error))
    return ChartScore(within, similarity, len(wanted), len(found))


def _name_distance(a: Sequence[str], b: Sequence[str]) -> float:
    left, right = (normalised(" ".join(sorted(keys)), ignore_case=True) for keys in (a, b))
    return float(Levenshtein.normalized_distance(left, right))


def _relative_error(wanted: float, found: float) -> float:
    if wanted == found:
        return 0.0
    return abs(found - wanted) / abs(wanted) if wanted else 1.0
