"""Lone dashes: what a table prints for no value, and the detector passes over."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .quads import FloatArray, sizes

TEXT = "-"

CONFIDENCE = 0.95
"""Of each dash. Of the marks found on scans of tables and on receipts nearly all were dashes, see docs/ocr.md."""

_CONTRAST = 20
"""Grey levels by which ink is darker than the mean around it."""
_SURROUNDINGS = 4.0
"""Side of the square whose mean that is, in heights of a line, as all lengths below."""
_WIDTHS, _HIGHEST = (0.2, 1.4), 0.28
"""The shortest and the longest dash, and the thickest one."""
_FLATNESS, _FILLED = 1.5, 0.55
"""Width by height at least, and share of the box that is ink at least."""
_LEAST_PIXELS = 4
_FREE = 0.45
"""Distance in which there is no other ink."""
_MIDDLE, _ROW = (0.3, 0.75), (0.6, 1.8)
"""Where in the height of a line beside it a dash stands, from the top, and how high such a line is."""
_HALF_HEIGHT = 0.3
"""Of the box of a dash, which is as high as a small letter."""
_MOST = 2_000
"""Marks of this size outside of lines; where there are more, the image is a screen or noise."""


def lone_dashes(image: NDArray[np.uint8], lines: FloatArray) -> FloatArray:
    """Boxes of single dashes on (h, w, 3) RGB beside (n, 4, 2) quads of lines, whose text runs rightwards.

    A dash is a short flat mark that stands alone, outside of all lines and at the middle of the height of one that is
    further left or right.

    Returns:
        (m, 4, 2) upright rectangles in pixels, from left to right within each row of pixels.
    """
    nothing = np.empty((0, 4, 2), np.float32)
    if len(lines) == 0:
        return nothing
    unit = float(np.median(np.minimum(*sizes(lines))))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    side = max(3, int(_SURROUNDINGS * unit) | 1)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, side, _CONTRAST)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    x, y, width, height, area = stats.T
    flat = (width >= np.maximum(_LEAST_PIXELS, _WIDTHS[0] * unit)) & (width <= _WIDTHS[1] * unit)
    flat &= (height <= _HIGHEST * unit) & (width >= _FLATNESS * height) & (area >= _FILLED * width * height)
    marks = np.flatnonzero(flat)
    boxes = np.stack([x, y, x + width, y + height], axis=1)[marks]
    chosen = _beside_lines(boxes, lines, unit) if len(marks) <= _MOST else np.zeros(len(marks), np.bool_)
    free = round(_FREE * unit)
    alone = [
        box for mark, box in zip(marks[chosen], boxes[chosen], strict=True) if _is_alone(int(mark), box, labels, free)
    ]
    if not alone:
        return nothing
    left, top, right, bottom = np.array(alone, np.float32).T
    middle, half = (top + bottom) / 2, _HALF_HEIGHT * unit
    corners = [(left, middle - half), (right, middle - half), (right, middle + half), (left, middle + half)]
    return np.stack([np.stack(corner, axis=1) for corner in corners], axis=1).astype(np.float32)


def _beside_lines(boxes: NDArray[np.int32], lines: FloatArray, unit: float) -> NDArray[np.bool_]:
    """Which of (m, 4) boxes are outside of all lines and at the middle of one."""
    left, top = lines.min(axis=1).T
    right, bottom = lines.max(axis=1).T
    x0, y0, x1, y1 = (side[:, None] for side in boxes.T)
    meets = (left < x1) & (right > x0) & (top < y1) & (bottom > y0)
    heights = bottom - top
    place = ((y0 + y1) / 2 - top) / np.maximum(heights, 1)
    level = (place > _MIDDLE[0]) & (place < _MIDDLE[1]) & (heights > _ROW[0] * unit) & (heights < _ROW[1] * unit)
    return np.asarray(level.any(axis=1) & ~meets.any(axis=1))


def _is_alone(mark: int, box: NDArray[np.int32], labels: NDArray[np.int32], free: int) -> bool:
    """Whether there is no ink but the mark's own within `free` pixels of its box."""
    x0, y0, x1, y1 = box.tolist()
    around = labels[max(0, y0 - free) : y1 + free, max(0, x0 - free) : x1 + free]
    return bool(np.all((around == 0) | (around == mark)))
