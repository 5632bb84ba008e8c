"""Charts whose text was drawn as outlines: they look like charts, but nothing says what their axes measure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .axes.axis import Side
from .axes.frames import frame_candidates
from .axes.surroundings import REACH, Surroundings
from .drawing import Drawing, Rect, Shape, inside, middle

_GLYPH = 16.0
"""Points that an outlined character is large at most."""
_LEAST_GLYPHS = 4
"""Outlined characters beside an axis; the axis has at least two labels, and the parts of a character count."""
_LEAST_TICKS = 3
_MOST_FRAMES = 40


def outlined_frames(drawing: Drawing, taken: Sequence[Rect]) -> list[Rect]:
    """Plot areas with ticks and outlined characters, and no text, at the left and below.

    Args:
        taken: plot areas of charts that were found already.
    """
    glyphs = np.array([shape.box for shape in drawing.shapes if _may_be_glyph(shape)]).reshape(-1, 4)
    if len(glyphs) < 2 * _LEAST_GLYPHS:
        return []
    around = Surroundings(drawing.labels, [shape for shape in drawing.shapes if shape.is_segment])
    found: list[Rect] = []
    for box in frame_candidates(drawing.shapes)[:_MOST_FRAMES]:
        if any(inside(middle(box), other) or inside(middle(other), box) for other in (*taken, *found)):
            continue
        if all(_has_outlined_labels(box, side, glyphs, around) for side in (Side.LEFT, Side.BOTTOM)):
            found.append(box)
    return found


def _may_be_glyph(shape: Shape) -> bool:
    return shape.fill is not None and 1.0 < max(shape.size) <= _GLYPH and not shape.is_rect and not shape.is_segment


def _has_outlined_labels(box: Rect, side: Side, glyphs: NDArray[np.float64], around: Surroundings) -> bool:
    if len(around.places(box, side)) < _LEAST_TICKS or around.labels(box, side):
        return False
    along, across = (0, 1) if side.horizontal else (1, 0)
    distance = glyphs[:, across] - box[across + 2] if side is Side.BOTTOM else box[across] - glyphs[:, across + 2]
    centre = (glyphs[:, along] + glyphs[:, along + 2]) / 2
    near = (distance >= 0) & (distance <= REACH) & (centre >= box[along] - _GLYPH) & (centre <= box[along + 2] + _GLYPH)
    return int(near.sum()) >= _LEAST_GLYPHS
