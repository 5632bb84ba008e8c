"""How large an image is shown to the detector.

The detector wants type of a certain height, not an image of a certain size: it misses small type, finds large
type less well, and its cost grows with the area. So a first look at a bounded size measures the type, and only
where that is too small is there a second one. On very large images the first look would see nothing of small
type; there a few samples at full size measure it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from .detector import Detector
from .quads import FloatArray, sizes

FIRST_AREA = 800_000
"""Pixels of the first look, a quarter of a second of one core; docs/ocr.md has the measurements."""

LEAST_TYPE = 11.0
"""Height of a small line's quad, in pixels of the detector's input, that needs no second look."""

GOOD_TYPE = 18.0
"""Height that a second look aims at."""

MOST_AREA = 24_000_000
"""Pixels of the largest input; some eight seconds of one core."""

LARGEST = 2.0
"""Small images of small type are enlarged up to this."""

SAMPLE_BELOW = 0.45
"""Scale of the first look under which the type's height is sampled at full size."""

SAMPLE_SIDE = 640
SAMPLES = 3
SMALL_SHARE = 0.2
"""Quantile of the heights that represents a page's small type."""


def find_lines(detector: Detector, image: NDArray[np.uint8], deadline: float | None = None) -> FloatArray:
    """Quads of all lines on (h, w, 3) RGB, (n, 4, 2) pixels.

    Raises:
        TimeoutError: `time.monotonic()` passed `deadline`.
    """
    height, width = image.shape[:2]
    scale = min(1.0, (FIRST_AREA / (height * width)) ** 0.5)
    if scale < SAMPLE_BELOW:
        heights = [_small_type(detector.find(part, 1.0, deadline)) for part in _busiest(image)]
        heights = [type_height for type_height in heights if 0 < type_height < SAMPLE_SIDE / 4]
        better = _bounded(GOOD_TYPE / min(heights), height, width) if heights else scale
        return detector.find(image, max(scale, better), deadline)
    quads = detector.find(image, scale, deadline)
    type_height = _small_type(quads) * scale
    if not 0 < type_height < LEAST_TYPE:
        return quads
    better = _bounded(scale * GOOD_TYPE / type_height, height, width)
    return detector.find(image, better, deadline) if better > 1.1 * scale else quads


def _bounded(scale: float, height: int, width: int) -> float:
    return float(min(scale, LARGEST, (MOST_AREA / (height * width)) ** 0.5))


def _small_type(quads: FloatArray) -> float:
    """Height of an image's small lines in pixels; 0 if it has no lines."""
    return float(np.quantile(np.minimum(*sizes(quads)), SMALL_SHARE)) if len(quads) else 0.0


def _busiest(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Square parts with the strongest edges, where there are any edges: there is text, if anywhere."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    edges = cv2.convertScaleAbs(cv2.Laplacian(grey, cv2.CV_16S))
    rows, columns = (max(1, side // SAMPLE_SIDE) for side in edges.shape)
    energy = np.asarray(cv2.resize(edges, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    parts = []
    for index in np.argsort(-energy, axis=None)[:SAMPLES]:
        row, column = divmod(int(index), columns)
        if energy[row, column] > 0:
            y, x = row * image.shape[0] // rows, column * image.shape[1] // columns
            parts.append(np.ascontiguousarray(image[y : y + SAMPLE_SIDE, x : x + SAMPLE_SIDE]))
    return parts
