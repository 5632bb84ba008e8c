"""Axes that were drawn half a pixel beside the marks, so that their lines are sharp on a screen."""

from collections.abc import Sequence

import numpy as np

from .axis import Axis
from .labels import SNAP

_PIXELS = (0.75, 1.0)
"""Points of a pixel: in PDFs that browsers and converters make of SVG, and in SVG files."""
_EXACT = 0.04
"""Share of a pixel by which a line may lie off the middle of one."""
_LEAST_LINES = 3


def half_pixel(across: Sequence[float], down: Sequence[float]) -> float:
    """By how many points an axis is drawn to the right of and below its marks; 0 for most programs.

    Vega and D3 round ticks to pixels and move the axes by half a pixel, and leave marks where they are.

    Args:
        across, down: places of the ticks and grid lines of the two axes.
    """
    places = np.array([*across, *down])
    if max(len(across), len(down)) < _LEAST_LINES:
        return 0.0
    for pixel in _PIXELS:
        off = np.abs((places / pixel) % 1.0 - 0.5)
        if bool((off < _EXACT).all()):
            return pixel / 2
    return 0.0


def beside_pixels(axis: Axis, places: Sequence[float], ends: tuple[float, float], shift: float) -> Axis:
    """An axis with its values where marks have them.

    Labels are placed exactly, and ticks are rounded to pixels, but for those at the ends of the axis.

    Args:
        places: of the ticks and grid lines of the axis.
        ends: of the plot area.
        shift: as `half_pixel` gives it.
    """
    if axis.scale is None or not places:
        return axis.moved(-shift)
    at = [position for value in axis.scale.values if (position := axis.scale.position(value)) is not None]
    nearest = [(min(places, key=lambda place: abs(place - position)), position) for position in at]
    found = [(place, place - position) for place, position in nearest if abs(place - position) < SNAP]
    off = [miss for place, miss in found if min(abs(place - end) for end in ends) < _EXACT]
    off = off or [miss for _, miss in found]
    if not off:
        # The middle of digits beside an axis is about as far above its tick.
        return axis.moved(-shift if axis.side.horizontal else 0.0)
    return axis.moved((min(off) + max(off)) / 2 - shift)
