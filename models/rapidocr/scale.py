"""How large a picture is shown to the detector.

What the detector needs is not a number of pixels but a height of type: about 10 pixels or more.
"""

import time

import numpy as np
from numpy.typing import NDArray

from .detector import Detector
from .quads import FloatArray, sizes

BOUND = 1280
"""Longest side of a detector input, in pixels, before anything is known of the type's height."""


def find_lines(detector: Detector, image: NDArray[np.uint8], deadline: float | None) -> FloatArray:
    """Quads of all lines, (n, 4, 2) pixels of `image`.

    Raises:
        TimeoutError: `time.monotonic()` passed `deadline`.
    """
    return detector.find(image, min(1.0, BOUND / max(image.shape[:2])))
