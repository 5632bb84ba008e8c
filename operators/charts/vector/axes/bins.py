"""The edges of bins of one width, which are rounder numbers than the sides of their bars."""

import math
from collections.abc import Sequence

import numpy as np

from ..marks.mark import Mark
from .scales import Scale, ScaleKind

_EVEN = 0.5
"""Points by which the middles of bars may lie off equal distances."""
_BESIDE = 1.3
"""Points by which bars may be drawn beside their bins: some programs leave gaps at one side."""
_LEAST_BINS = 3


def even_bins(marks: Sequence[Mark], scale: Scale) -> list[tuple[float, float]] | None:
    """The bin of each bar; None where bins are not all of one width on a linear axis."""
    if scale.kind != ScaleKind.LINEAR:
        return None
    places = np.array([mark.middle for mark in marks])
    middles = np.unique(np.round(places, 1))
    if len(middles) < _LEAST_BINS:
        return None
    pitch = float(np.diff(middles).min())
    counts = np.round((places - places.min()) / pitch)
    if counts.max() < _LEAST_BINS - 1:
        return None
    pitch, first = (float(part) for part in np.polyfit(counts, places, 1))
    if np.abs(first + pitch * counts - places).max() > _EVEN or any(
        mark.high - mark.low > 1.1 * pitch for mark in marks
    ):
        return None
    width = _roundest(pitch * abs(scale.slope), _EVEN * abs(scale.slope) / (counts.max() + 1))
    slack = _BESIDE * abs(scale.slope)
    start = scale.value(first) - width / 2
    off = [_off(tick - start, width) for tick in scale.values]
    on_edges = [tick for tick, miss in zip(scale.values, off, strict=True) if abs(miss) <= slack]
    if 2 * len(on_edges) > len(off):
        start = min(on_edges, key=lambda tick: abs(_off(tick - start, width)))
    else:
        start = _roundest(start, slack)
    lows = [start + width * round((scale.value(mark.middle) - width / 2 - start) / width) for mark in marks]
    return [(_clean(low, width), _clean(low + width, width)) for low in lows]


def _off(distance: float, width: float) -> float:
    """From the nearest multiple of a width."""
    return distance - width * round(distance / width)


def _roundest(value: float, slack: float) -> float:
    """The number of the fewest digits that is near enough."""
    if value == 0 or not math.isfinite(value):
        return value
    top = math.floor(math.log10(max(abs(value), slack))) + 1
    for digits in range(-top, 16 - top):
        rounded = round(value, digits)
        if abs(rounded - value) <= slack:
            return rounded
        half = round(2 * value, digits) / 2
        if abs(half - value) <= slack:
            return half
    return value


def _clean(value: float, width: float) -> float:
    """Without the digits that sums of floats leave."""
    found = round(value, 9 - math.floor(math.log10(width)))
    return 0.0 if found == 0 else found
