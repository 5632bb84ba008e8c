"""The part of a page's image that OCR reads, and the place on the page of what it finds there."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import FloatArray, TextLines

# Parts whose text is remembered.
_MOST_KNOWN = 32
# Pixels around what is read: the detector needs the edge of a character to see it.
_MARGIN = 8


@dataclass(frozen=True)
class PagePart:
    """A part of a page.

    Attributes:
        image: (height, width, 3) uint8 RGB; None for a page without an image.
        box: (4,) its place in shares of the page.
    """

    image: NDArray[np.uint8] | None
    box: FloatArray

    def on_page(self, lines: TextLines) -> TextLines:
        """Lines that were found in the image, with their places on the page."""
        origin, size = self.box[:2], self.box[2:] - self.box[:2]
        corner, scale = np.tile(origin, 2), np.tile(size, 2)
        return replace(
            lines,
            boxes=lines.boxes * scale + corner,
            word_boxes=lines.word_boxes * scale + corner,
            polygons=[
                None if polygon is None else (polygon.reshape(-1, 2) * size + origin).reshape(polygon.shape)
                for polygon in lines.polygons
            ],
        )


def whole_page(image: NDArray[np.uint8] | None) -> PagePart:
    """The image of a page, all of it."""
    return PagePart(image, np.array([0, 0, 1, 1], np.float32))


def part_around(image: NDArray[np.uint8], boxes: FloatArray) -> PagePart:
    """The part of an image (H, W, 3) around boxes, in shares; what lies outside of the boxes is white."""
    height, width = image.shape[:2]
    side = np.array([width, height, width, height])
    scaled = boxes * side
    places = np.rint(scaled).astype(int)
    x0, y0 = np.maximum(places[:, :2].min(axis=0) - _MARGIN, 0).tolist()
    x1, y1 = np.minimum(places[:, 2:].max(axis=0) + _MARGIN, (width, height)).tolist()
    canvas = np.full_like(image, 255)
    for left, top, right, bottom in places.tolist():
        canvas[top:bottom, left:right] = image[top:bottom, left:right]
    return PagePart(np.ascontiguousarray(canvas[y0:y1, x0:x1]), (np.array([x0, y0, x1, y1]) / side).astype(np.float32))


class KnownParts:
    """The text of the last parts of pages that were read: a letterhead is on every page of a letter."""

    def __init__(self) -> None:
        self._known: dict[bytes, TextLines] = {}

    def read(self, image: NDArray[np.uint8], read: Callable[[NDArray[np.uint8]], TextLines]) -> TextLines:
        """The text of an image (H, W, 3), by `read` unless the same image was among the last ones."""
        key = hashlib.blake2b(image.tobytes(), key=str(image.shape).encode()).digest()
        found = self._known.pop(key, None)
        if found is None:
            found = read(image)
        self._known[key] = found
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return found
