"""Rulings in the image of a page: long thin runs of ink, found with morphology."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ..structure.area import Rulings
from .drawings import Piece, in_shares, joined

# The image is examined at a width or height of at most this many pixels, at which a hairline of a scan of 150 dpi
# still is one.
_LONGEST_SIDE = 2400
# Shares of the longer side: the shortest line, the window of the local threshold, the thickest line.
_SHORTEST, _WINDOW, _THICKEST = 1 / 60, 1 / 40, 1 / 220
# A pixel is ink that is darker than its surroundings by this much.
_DARKER = 14
# Gaps in a line, in shares of the longer side, that a scan tears.
_TORN = 1 / 250
# More lines than this are a picture or a pattern.
_MOST = 3000


def image_rulings(image: NDArray[np.uint8]) -> Rulings:
    """The rulings of an image (height, width, 3) RGB or (height, width) grey, in shares of its size.

    Slanting lines count, up to two degrees; each gets its middle as its place.
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _LONGEST_SIDE / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = grey.shape
    side = max(height, width)
    window = int(side * _WINDOW) | 1
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, max(3, window), _DARKER)
    horizontal = _lines(ink, side)
    vertical = _lines(ink.T, side)
    gap, apart, shortest = side * _TORN, side * _THICKEST / 2, side * _SHORTEST * 1.2
    h, v = joined(horizontal, gap, apart, shortest), joined(vertical, gap, apart, shortest)
    if len(h) + len(v) > _MOST:
        return Rulings()
    return Rulings(in_shares(h, height, width), in_shares(v, width, height), from_image=True)


def _lines(ink: NDArray[np.uint8], side: int) -> list[Piece]:
    """Long thin runs along the rows of a mask: place across, start and end."""
    length = max(8, int(side * _SHORTEST))
    # Runs of ink as long as a line, after the tears of a scan and the steps of a slant were closed.
    closed = cv2.morphologyEx(np.ascontiguousarray(ink), cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))
    runs = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    count, _, stats, centres = cv2.connectedComponentsWithStats(runs, connectivity=8)
    if count > 4 * _MOST:
        return []
    found = []
    for i in range(1, count):
        x, _, w, h, area = stats[i]
        thickness = area / max(1, w)
        # A slanting line has a high box but few pixels.
        if thickness <= side * _THICKEST and h <= max(side * _THICKEST * 2, w * 0.04):
            found.append((float(centres[i][1]), float(x), float(x + w)))
    return found
