"""Single characters and dashes that stand alone, as in the cells of tables, which the detector often passes over."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .quads import FloatArray, sizes

_CONTRAST = 20
"""Grey levels by which ink is darker than the mean around it."""
_AS_DARK = 0.25
"""Share of the contrast of the text that a mark has at least: the lines of a grid between the bars of a chart are
level with the labels of its axis."""
_SURROUNDINGS = 4.0
"""Side of the square whose mean that is, in heights of a line, as all lengths below."""
_MIDDLE, _ROW = (0.3, 0.75), (0.6, 1.8)
"""Where in the height of a line beside it a mark has its middle, from the top, and how high such a line is."""
_MOST = 500
"""Marks outside of lines; where there are more, the image is a screen or noise."""
_MARGIN = 0.25
"""Of the quads around the ink, as those of lines have it."""


@dataclass(frozen=True)
class _Shape:
    """What a kind of mark looks like.

    Attributes:
        widths, heights: the least and the greatest.
        flatness: width by height, the least and the greatest. A single stroke of a broken ruling is slimmer than a `1`.
        filled: share of the box that is ink, at least.
        pixels: of the longer side, at least.
        free: distance to the left and right, and above and below, in which there is no other ink.
    """

    widths: tuple[float, float]
    heights: tuple[float, float]
    flatness: tuple[float, float]
    filled: float
    pixels: int
    free: tuple[float, float]


_DASH = _Shape((0.15, 1.4), (0.0, 0.28), (1.5, 100.0), 0.55, 4, (0.45, 0.45))
_CHARACTER = _Shape((0.1, 1.0), (0.25, 1.2), (0.3, 1.4), 0.15, 6, (0.4, 0.12))


@dataclass(frozen=True)
class LoneMarks:
    """(n, 4, 2) upright rectangles in pixels with a margin: of dashes, as high as a small letter, and of characters."""

    dashes: FloatArray
    characters: FloatArray


def lone_marks(image: NDArray[np.uint8], lines: FloatArray) -> LoneMarks:
    """Marks on (h, w, 3) RGB beside (n, 4, 2) quads of lines, at least one, close around text that runs rightwards.

    They stand alone, outside of all lines and at the height of one that is further left or right. Whether a character
    is one, only reading it can tell.
    """
    unit = float(np.median(np.minimum(*sizes(lines))))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    side = max(3, int(_SURROUNDINGS * unit) | 1)
    contrast = max(_CONTRAST, _AS_DARK * _contrast(np.asarray(grey, np.uint8), lines))
    ink = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, side, contrast)
    outside = ink.copy()
    for quad in lines:
        cv2.fillConvexPoly(outside, quad.astype(np.int32), 0)
    # Also within the frames of tables; the holes of letters are found too, around which there is ink.
    contours, _ = cv2.findContours(outside, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = np.array([cv2.boundingRect(contour) for contour in contours], np.int32).reshape(-1, 4)
    dashes = _marks(_DASH, np.asarray(ink, np.uint8), boxes, lines, unit)
    for box in dashes:
        middle, half = (box[1] + box[3]) / 2, _CHARACTER.heights[0] * unit
        box[1], box[3] = middle - half, middle + half
    characters = _marks(_CHARACTER, np.asarray(ink, np.uint8), boxes, lines, unit)
    return LoneMarks(_rectangles(dashes, _MARGIN * unit), _rectangles(characters, _MARGIN * unit))


def _contrast(grey: NDArray[np.uint8], lines: FloatArray) -> float:
    """Median over the lines of what their darkest pixels are darker than their usual ones, in grey levels."""
    height, width = grey.shape
    low = np.clip(lines.min(axis=1).astype(int), 0, (width - 1, height - 1))
    high = np.clip(np.ceil(lines.max(axis=1)).astype(int), low + 1, (width, height))
    parts = [grey[y0:y1, x0:x1] for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True)]
    return float(np.median([float(np.median(part)) - float(part.min()) for part in parts]))


def _marks(
    shape: _Shape, ink: NDArray[np.uint8], boxes: NDArray[np.int32], lines: FloatArray, unit: float
) -> list[list[float]]:
    """Edges of the boxes, (n, 4) of left, top, width and height, that have a shape and stand alone beside lines."""
    width, height = boxes[:, 2], boxes[:, 3]
    fits = (width >= shape.widths[0] * unit) & (width <= shape.widths[1] * unit)
    fits &= (height >= shape.heights[0] * unit) & (height <= shape.heights[1] * unit)
    fits &= (width >= shape.flatness[0] * height) & (width <= shape.flatness[1] * height)
    fits &= np.maximum(width, height) >= shape.pixels
    boxes = boxes[fits]
    boxes = boxes[_are_beside(boxes, lines, unit)]
    if len(boxes) > _MOST:
        return []
    aside, above = (max(1, round(distance * unit)) for distance in shape.free)
    found = []
    for x, y, width, height in boxes.tolist():
        own = int(ink[y : y + height, x : x + width].sum())
        around = ink[max(0, y - above) : y + height + above, max(0, x - aside) : x + width + aside]
        if own >= shape.filled * width * height and int(around.sum()) == own:
            found.append([float(x), float(y), float(x + width), float(y + height)])
    return found


def _are_beside(boxes: NDArray[np.int32], lines: FloatArray, unit: float) -> NDArray[np.bool_]:
    """Which of (m, 4) boxes have their middle at the middle of a line."""
    top, bottom = lines[:, :, 1].min(axis=1), lines[:, :, 1].max(axis=1)
    heights = bottom - top
    rows = (heights > _ROW[0] * unit) & (heights < _ROW[1] * unit)
    low, high = (np.sort((top + place * heights)[rows]) for place in _MIDDLE)
    middle = boxes[:, 1] + boxes[:, 3] / 2
    # As many ranges have begun above a middle as there are that it is in or that have ended above it.
    return np.asarray(np.searchsorted(low, middle, "left") > np.searchsorted(high, middle, "right"))


def _rectangles(boxes: list[list[float]], margin: float) -> FloatArray:
    """Quads of boxes that are wider by a margin on every side."""
    if not boxes:
        return np.empty((0, 4, 2), np.float32)
    x0, y0, x1, y1 = np.array(boxes, np.float32).T + np.array([[-margin], [-margin], [margin], [margin]], np.float32)
    corners = [np.stack(corner, axis=1) for corner in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    return np.stack(corners, axis=1)
