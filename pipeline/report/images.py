"""Encodes pages and crops as images inside the HTML, with a limit for their total size."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...schemas.geometry import Box

DRAWN_SIDE = 2200
"""Pixels of the longer side of rendered pages: A4 at 188 dpi, so that small print in a crop is legible."""

# Longer side in pixels and WebP quality, from the best to the smallest that is still useful.
_PAGE_STEPS = ((1500, 72), (1500, 50), (1100, 50), (800, 40), (500, 30))
_CROP_STEPS = ((900, 80), (900, 60), (700, 45), (400, 30))
# Weight of a crop, relative to a page, when the bytes are divided.
_CROP_WEIGHT = 0.25
_MOST_FOR_A_PAGE = 400_000


@dataclass(frozen=True)
class EncodedImage:
    """An image, ready for `src`; width and height in pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True)
class Crop:
    """A region of a page, in shares of it, with its image; the image is None if the page could not be rendered."""

    region: Box
    image: EncodedImage | None
    reason: str | None = None


class Studio:
    """Encodes images so that `pages` pages and `crops` crops need at most `total_bytes` (before base64)."""

    def __init__(self, pages: int, crops: int, total_bytes: int) -> None:
        share = total_bytes / max(1.0, pages + crops * _CROP_WEIGHT)
        self._page_bytes = int(min(share, _MOST_FOR_A_PAGE))
        self._crop_bytes = int(min(share, _MOST_FOR_A_PAGE) * _CROP_WEIGHT)

    def page(self, image: NDArray[np.uint8]) -> EncodedImage | None:
        """The encoded image; None if even the smallest encoding is too large."""
        return _encode(Image.fromarray(image), _PAGE_STEPS, self._page_bytes)

    def crop(self, image: NDArray[np.uint8], region: Box) -> EncodedImage | None:
        height, width = image.shape[:2]
        x0, y0 = int(region.x0 * width), int(region.y0 * height)
        x1, y1 = max(x0 + 1, round(region.x1 * width)), max(y0 + 1, round(region.y1 * height))
        return _encode(Image.fromarray(image[y0:y1, x0:x1]), _CROP_STEPS, self._crop_bytes)


def _encode(image: Image.Image, steps: Sequence[tuple[int, int]], most: int) -> EncodedImage | None:
    for side, quality in steps:
        fitted = image.copy()
        fitted.thumbnail((side, side), Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        fitted.save(stream, "webp", quality=quality, method=4)
        if stream.tell() <= most:
            data = base64.b64encode(stream.getvalue()).decode("ascii")
            return EncodedImage(f"data:image/webp;base64,{data}", fitted.width, fitted.height)
    return None


def surroundings(boxes: Sequence[Box]) -> Box:
    """The part of a page to show around some boxes, with enough context to find the place.

    If boxes are far apart, only the surroundings of the first one are shown.
    """
    whole = _union(boxes)
    if whole.y1 - whole.y0 > 0.4:
        whole = boxes[0]
    return _widened(whole, margin=0.03, least_width=0.45, least_height=0.09)


def framed(box: Box) -> Box:
    """A region with a small margin."""
    return _widened(box, margin=0.01, least_width=0.05, least_height=0.05)


def within(box: Box, region: Box) -> Box | None:
    """A box as shares of a region; None if it is outside."""
    width, height = region.x1 - region.x0, region.y1 - region.y0
    x0, y0 = max(box.x0, region.x0), max(box.y0, region.y0)
    x1, y1 = min(box.x1, region.x1), min(box.y1, region.y1)
    if x0 >= x1 or y0 >= y1:
        return None
    return Box((x0 - region.x0) / width, (y0 - region.y0) / height, (x1 - region.x0) / width, (y1 - region.y0) / height)


def _union(boxes: Sequence[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def _widened(box: Box, margin: float, least_width: float, least_height: float) -> Box:
    x0, x1 = _interval(box.x0 - margin, box.x1 + margin, least_width)
    y0, y1 = _interval(box.y0 - margin, box.y1 + margin, least_height)
    return Box(x0, y0, x1, y1)


def _interval(low: float, high: float, least: float) -> tuple[float, float]:
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    # Moved onto the page, not clipped, so that it keeps its length.
    if low < 0:
        low, high = 0.0, high - low
    if high > 1:
        low, high = low - (high - 1), 1.0
    return max(0.0, low), min(1.0, high)
