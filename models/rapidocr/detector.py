"""The PP-OCR detector: finds lines of text.

It paints a map of text probability (differentiable binarisation, Liao et al. 2020, arXiv:1911.08947); each
connected region becomes a rectangle, grown back to the size of the text, since the network was trained on
shrunk regions.
"""

import time
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from .networks import DetectorNetwork
from .quads import FloatArray, rectangle

PIXEL_THRESHOLD = 0.3
REGION_THRESHOLD = 0.5
GROWTH = 1.6
"""As the models' authors set them: probability of a text pixel, mean of a region, area to perimeter factor."""

STRIDE = 32
"""The network takes inputs whose sides are multiples of this, in pixels."""

COARSE_FROM = 640
"""Sides from here on are multiples of twice the stride: no side changes by more than a twentieth."""

TILE = 1280
"""Longest side of one input; it bounds memory to some 800 MB."""

OVERLAP = 128
"""Pixels that neighbouring tiles share; each is believed up to the middle of it."""

BLANK_RANGE = 20
"""Grey levels between the lightest and the darkest spot of an input that holds no text. Shown nothing but paper,
the network sees text everywhere; and a blank page should cost nothing."""

MAX_REGIONS = 3000
_MIN_SIDE = 3.0


class Detector:
    """Finds lines on an image."""

    def __init__(self, network: DetectorNetwork) -> None:
        self._network = network

    def find(self, image: NDArray[np.uint8], scale: float, deadline: float | None = None) -> FloatArray:
        """Quads of the lines on (h, w, 3) RGB, looked at with its sides multiplied by `scale`.

        Returns:
            (n, 4, 2) rectangles in pixels of `image`, first side rightwards; they may reach over its edges.

        Raises:
            TimeoutError: `time.monotonic()` passed `deadline`.
        """
        height, width = image.shape[:2]
        size = tuple(fitting_side(side * scale) for side in (width, height))
        shrinks = size[0] < width and size[1] < height
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        quads = _regions(self._probability(np.asarray(resized, np.uint8), deadline))
        return quads * np.array([width / size[0], height / size[1]], np.float32)

    def _probability(self, image: NDArray[np.uint8], deadline: float | None) -> FloatArray:
        """The map of text probability, (h, w), put together from tiles where the image is large."""
        probability = np.zeros(image.shape[:2], np.float32)
        for top, bottom in _tiles(image.shape[0]):
            for left, right in _tiles(image.shape[1]):
                if deadline is not None and time.monotonic() > deadline:
                    raise TimeoutError("OCR looked for lines until its deadline")
                tile = image[top:bottom, left:right]
                if _is_blank(tile):
                    continue
                part = self._network.probability(tile)
                # Text that a tile's edge cuts is seen whole by the next one.
                y = top + OVERLAP // 2 if top else 0
                x = left + OVERLAP // 2 if left else 0
                probability[y:bottom, x:right] = part[y - top :, x - left :]
        return probability


def fitting_side(length: float) -> int:
    """The nearest side of an input; long sides are few, since each new size costs a runtime some 100 ms once."""
    step = STRIDE if length < COARSE_FROM else 2 * STRIDE
    return max(STRIDE, round(length / step) * step)


def _is_blank(tile: NDArray[np.uint8]) -> bool:
    """Whether a part of an image holds nothing but paper and its noise, which a small blur levels out."""
    grey = cv2.blur(cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY), (3, 3))
    return int(grey.max()) - int(grey.min()) < BLANK_RANGE


def _tiles(length: int) -> Iterator[tuple[int, int]]:
    """Starts and ends of overlapping tiles along a side, all of them multiples of `STRIDE`."""
    if length <= TILE:
        yield 0, length
        return
    count = -(-(length - OVERLAP) // (TILE - OVERLAP))
    step = -(-(length - OVERLAP) // count // STRIDE) * STRIDE
    for start in range(0, length - OVERLAP, step):
        yield start, min(length, start + step + OVERLAP)


def _regions(probability: FloatArray) -> FloatArray:
    """Quads of the regions of an (h, w) map of probabilities, in its pixels."""
    mask = cv2.dilate((probability > PIXEL_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in contours[:MAX_REGIONS]:
        centre, (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE:
            continue
        if _mean_inside(probability, rectangle(centre, (width, height), degrees)) < REGION_THRESHOLD:
            continue
        margin = GROWTH * width * height / (width + height)
        quads.append(rectangle(centre, (width + margin, height + margin), degrees))
    return np.stack(quads) if quads else np.empty((0, 4, 2), np.float32)


def _mean_inside(probability: FloatArray, quad: FloatArray) -> float:
    """Mean of the map inside a quad."""
    limit = np.array(probability.shape[::-1]) - 1
    x0, y0 = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, limit)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, limit)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [np.asarray(quad - (x0, y0), np.int32)], 1)
    return float(cv2.mean(probability[y0 : y1 + 1, x0 : x1 + 1], mask)[0])
