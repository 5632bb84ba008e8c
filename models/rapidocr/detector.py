"""The PP-OCR detector: where lines of text stand.

It paints a map of text probability (differentiable binarisation, Liao et al. 2020, arXiv:1911.08947); each connected
region becomes a rectangle, grown back to the size of the text, since the network was trained on shrunk regions.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from .files import DETECTOR_FILE
from .quads import FloatArray, rectangle
from .session import Session, normalised

PIXEL_THRESHOLD = 0.3
REGION_THRESHOLD = 0.5
GROWTH = 1.6
"""The three as the model's authors set them: probability of a text pixel, mean of a region, area/perimeter factor."""

STRIDE = 32
"""The network takes inputs whose sides are multiples of this, in pixels."""

MAX_REGIONS = 3000
_MIN_SIDE = 3.0
_NO_QUADS = np.empty((0, 4, 2), np.float32)


class Detector:
    """Finds lines on a picture."""

    def __init__(self, threads: int) -> None:
        self._session = Session(DETECTOR_FILE, threads)

    def find(self, image: NDArray[np.uint8], scale: float) -> FloatArray:
        """Quads of the lines on (h, w, 3) RGB, looked at with its sides multiplied by `scale`.

        Returns:
            (n, 4, 2) rectangles in the pixels of `image`, first side rightwards; they may reach over its edges.
        """
        height, width = image.shape[:2]
        size = tuple(max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (width, height))
        shrinks = size[0] < width and size[1] < height
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        probability = self._session.run(normalised(np.asarray(resized, np.uint8)))[0, 0]
        quads = _regions(probability)
        return quads * np.array([width / size[0], height / size[1]], np.float32)


def _regions(probability: FloatArray) -> FloatArray:
    """Quads of the regions of an (h, w) map of probabilities, in its pixels."""
    mask = cv2.dilate((probability > PIXEL_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in contours[:MAX_REGIONS]:
        centre, (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE:
            continue
        inner = rectangle(centre, (width, height), degrees)
        if _mean_inside(probability, inner) < REGION_THRESHOLD:
            continue
        margin = 2 * GROWTH * width * height / (2 * (width + height))
        quads.append(rectangle(centre, (width + margin, height + margin), degrees))
    return np.stack(quads) if quads else _NO_QUADS


def _mean_inside(probability: FloatArray, quad: FloatArray) -> float:
    """Mean of the map inside a quad."""
    limit = np.array(probability.shape[::-1]) - 1
    x0, y0 = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, limit)
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, limit)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [np.asarray(quad - (x0, y0), np.int32)], 1)
    return float(cv2.mean(probability[y0 : y1 + 1, x0 : x1 + 1], mask)[0])
