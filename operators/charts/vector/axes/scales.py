"""Scales: which value stands at which position, by a robust fit of tick labels."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import combinations

import numpy as np

from ..drawing import Points

_TOLERANCE = 0.8
"""Points by which a tick may lie off its place; Vega and others round ticks to whole pixels."""
_MOST_LABELS = 80
_MOST_PAIRS = 80
"""Pairs of labels that are tried, the widest apart first: where 70 % fit, half of the pairs do."""
_CARE = 0.015
"""Points of the mean distance from a scale that tell nothing; Vega rounds ticks to pixels by more, and not labels."""
_INLIERS = 0.7
"""Least share of the numbers of an axis that must fit."""


class ScaleKind(StrEnum):
    """How values are placed along an axis."""

    LINEAR = "linear"
    LOG = "log"
    POWER = "power"
    TIME = "time"


@dataclass(frozen=True)
class Scale:
    """A monotonic function from positions to values; `f(value) = offset + slope * position`.

    Attributes:
        kind: of a time scale, values are days since 1970-01-01, or days of a day for times of day.
        exponent: of a power scale, f(v) = v ** exponent; else 1.
        residual: root mean square distance of the ticks from their places, in points.
        ticks: how many labels agree.
        outliers: how many numbers of the axis do not.
        step: difference of neighbouring tick values, the smallest.
        values: those of the ticks that agree, in the order of their positions.
        positions: theirs.
    """

    kind: ScaleKind
    slope: float
    offset: float
    exponent: float
    residual: float
    ticks: int
    outliers: int
    values: tuple[float, ...]
    positions: tuple[float, ...]

    def value(self, position: float) -> float:
        place = self.offset + self.slope * position
        if self.kind == ScaleKind.LOG:
            return float(10.0 ** min(place, 300.0))
        if self.kind == ScaleKind.POWER:
            return math.copysign(abs(place) ** (1 / self.exponent), place)
        return place

    def position(self, value: float) -> float | None:
        """None for a value that the scale does not have, such as 0 of a log scale."""
        if self.kind == ScaleKind.LOG:
            return (math.log10(value) - self.offset) / self.slope if value > 0 else None
        if self.kind == ScaleKind.POWER:
            value = math.copysign(abs(value) ** self.exponent, value)
        return (value - self.offset) / self.slope

    def moved(self, by: float) -> "Scale":
        """The scale with its values at positions that are `by` points farther."""
        positions = tuple(position + by for position in self.positions)
        return replace(self, offset=self.offset - self.slope * by, positions=positions)

    def resolution(self, position: float, points: float = 0.05) -> float:
        """By how much the value changes over a length in points."""
        return abs(self.value(position + points) - self.value(position))

    @property
    def step(self) -> float:
        return min((abs(b - a) for a, b in zip(self.values, self.values[1:], strict=False)), default=0.0)

    @property
    def extent(self) -> float:
        """Difference of the outermost tick values."""
        return max(self.values) - min(self.values)


_MANTISSAS = frozenset((1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 7.5, 8.0, 9.0, 1.25))
"""Of ticks of log scales."""
_POWERS = (0.5, 2.0, 1 / 3)


def fit_numbers(
    values: Sequence[float | None], positions: Sequence[Sequence[float]], *, powers: bool = False
) -> Scale | None:
    """The scale on which labels lie; None where no scale explains them.

    Args:
        values: of the labels.
        positions: for each label the places where its tick may be, the likeliest first.
        powers: whether the labels are written as powers of one base, which only a log scale has.
    """
    known = [(v, p) for v, p in zip(values, positions, strict=True) if v is not None]
    if len(known) < 2 or len(known) > _MOST_LABELS or len({v for v, _ in known}) < len(known):
        return None
    numbers = [v for v, _ in known]
    places = [p for _, p in known]
    if powers and min(numbers) > 0:
        return _fit(ScaleKind.LOG, numbers, places, math.log10)
    linear = _fit(ScaleKind.LINEAR, numbers, places, lambda v: v)
    if linear is not None and not linear.outliers and linear.ticks > 2 and _are_ticks(linear):
        return linear
    others: list[Scale | None] = [linear]
    if min(numbers) > 0 and len(numbers) > 2:
        others.append(_fit(ScaleKind.LOG, numbers, places, math.log10))
    if len(numbers) > 3:
        for exponent in _POWERS:
            others.append(_fit(ScaleKind.POWER, numbers, places, partial(_signed_power, exponent=exponent), exponent))
    fits = [fit for fit in others if fit is not None and _are_ticks(fit)]
    return max(fits, key=lambda fit: (fit.ticks, fit.kind != ScaleKind.POWER, -fit.residual), default=None)


def are_even(places: Sequence[float]) -> bool:
    """Whether three or more places have equal distances, as the ticks of a linear scale have."""
    steps = np.diff(np.array(places))
    return len(steps) > 1 and float(steps.min()) > 1 and float(np.ptp(steps)) < 0.6


def are_decades(values: Sequence[float]) -> bool:
    """Whether two values are powers of ten apart."""
    low, high = sorted(map(abs, values))
    return low > 0 and abs((decades := math.log10(high / low)) - round(decades)) < 1e-6


def log_of_decades(scale: Scale, places: Sequence[float]) -> Scale | None:
    """A scale of two labels as a log scale, where the ticks between them stand at the multiples of powers of ten."""
    (low, high), (start, end) = scale.values, scale.positions
    if low <= 0 or high <= 0 or abs((decades := math.log10(high / low)) - round(decades)) > 1e-6 or not round(decades):
        return None
    slope = decades / (end - start)
    found = 0
    for place in places:
        mantissa = 10.0 ** ((math.log10(low) + slope * (place - start)) % 1.0)
        found += any(abs(math.log10(mantissa / whole) / slope) < 0.8 for whole in range(1, 11))
    if found < len(places):
        return None
    return replace(scale, kind=ScaleKind.LOG, slope=slope, offset=math.log10(low) - slope * start)


def _signed_power(value: float, exponent: float) -> float:
    return math.copysign(abs(value) ** exponent, value)


def _are_ticks(scale: Scale) -> bool:
    """Whether values are such as ticks have, and not any numbers that stand in a row: multiples of a step, or of
    powers of ten."""
    if scale.kind == ScaleKind.LOG:
        mantissas = [value / 10 ** math.floor(math.log10(value) + 1e-9) for value in scale.values]
        return all(abs(part - round(part, 1)) < 1e-6 and part in _MANTISSAS for part in map(_exact, mantissas))
    steps = sorted(abs(b - a) for a, b in zip(sorted(scale.values), sorted(scale.values)[1:], strict=False))
    if not steps or steps[0] <= 0:
        return False
    # Labels that were rounded, such as 0.33, 0.67, 1, miss their multiples by a little; some labels may be left out.
    return any(
        all(abs(step / unit - round(step / unit)) < slack * step / unit for step in steps)
        for unit, slack in ((steps[0], 0.04), (steps[0] / 2, 0.005), (steps[0] / 3, 0.003))
    )


def _exact(mantissa: float) -> float:
    return round(mantissa, 6)


def fit_days(days: Sequence[float], positions: Sequence[Sequence[float]]) -> Scale | None:
    """A time scale of dates in days; calendar units differ in length, so equal bands are no time scale."""
    if len(set(days)) < len(days) or not 2 <= len(days) <= _MOST_LABELS:
        return None
    return _fit(ScaleKind.TIME, list(days), [list(p) for p in positions], lambda v: v)


def _fit(
    kind: ScaleKind,
    values: Sequence[float],
    positions: Sequence[Sequence[float]],
    transform: Callable[[float], float],
    exponent: float = 1.0,
) -> Scale | None:
    places = np.array([transform(value) for value in values])
    options = [np.array(option) for option in positions]
    count = len(values)
    pairs = [(i, j) for i, j in combinations(range(count), 2) if places[i] != places[j]]
    pairs.sort(key=lambda pair: pair[0] - pair[1])
    best: tuple[int, float, Points, Points] | None = None
    for i, j in pairs[:_MOST_PAIRS]:
        for a in options[i][:4]:
            for b in options[j][:4]:
                if abs(b - a) < 3:
                    continue
                slope = (places[j] - places[i]) / (b - a)
                expected = a + (places - places[i]) / slope
                nearest = np.array(
                    [option[np.abs(option - at).argmin()] for option, at in zip(options, expected, strict=True)]
                )
                off = np.abs(nearest - expected)
                tolerance = _TOLERANCE + 0.002 * abs(b - a)
                fits = off <= tolerance
                # Labels are centred with less care than ticks are drawn, and the likelier places come first.
                mean = float(off[fits].mean()) // _CARE * _CARE
                found = int(fits.sum()), -mean, fits, nearest
                if best is None or found[:2] > best[:2]:
                    best = found
        if best is not None and best[0] == count and best[1] > -0.3:
            break
    if best is None:
        return None
    ticks, _, fits, nearest = best
    if ticks < max(2, math.ceil(_INLIERS * count)) or (ticks == 2 and count > 2):
        return None
    x, y = nearest[fits], places[fits]
    slope, offset = np.polyfit(x, y, 1)
    if not math.isfinite(slope) or slope == 0:
        return None
    residual = float(np.sqrt(np.mean((x - (y - offset) / slope) ** 2)))
    order = np.argsort(x)
    chosen = [value for value, fit in zip(values, fits, strict=True) if fit]
    return Scale(
        kind, float(slope), float(offset), exponent, residual, ticks, count - ticks,
        tuple(chosen[k] for k in order), tuple(float(x[k]) for k in order),
    )  # fmt: skip
