"""The slant of a scanned page, from the places of its words."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .structure.area import Word

_MOST_DEGREES, _STEP = 2.5, 0.05
# Words that are needed, and by how much the words must stand more in rows than without turning.
_FEWEST, _BETTER = 20, 1.04


def slant(words: Sequence[Word]) -> float:
    """Tangent of the angle by which the rows of text fall to the right; 0 where they are level or it is not clear.

    The angle is the one at which the middles of the words fall into the fewest rows, by the sum of the squares of
    their histogram.
    """
    if len(words) < _FEWEST:
        return 0.0
    x = np.array([(w.x0 + w.x1) / 2 for w in words])
    y = np.array([w.centre for w in words])
    weight = np.array([w.x1 - w.x0 for w in words])
    bin_height = max(float(np.median([w.height for w in words])) / 4, 1e-6)
    angles = np.arange(-_MOST_DEGREES, _MOST_DEGREES + _STEP / 2, _STEP)
    scores = [_score(y - x * math.tan(math.radians(angle)), weight, bin_height) for angle in angles.tolist()]
    smooth = np.convolve(scores, [0.25, 0.5, 0.25], mode="same")
    best = int(np.argmax(smooth))
    level = smooth[len(angles) // 2]
    return math.tan(math.radians(float(angles[best]))) if smooth[best] > _BETTER * level else 0.0


def _score(y: NDArray[np.float64], weight: NDArray[np.float64], height: float) -> float:
    bins = np.floor((y - y.min()) / height).astype(int)
    counts = np.bincount(bins, weights=weight)
    pairs = counts[:-1] + counts[1:] if len(counts) > 1 else counts
    return float((pairs**2).sum())
