"""Metrics on boxes: intersection over union, precision at 0.5, one-to-one matching."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import areas, overlaps

IOU_THRESHOLD = 0.5
"""Above it a box counts as found: the P@0.5 of RefCOCO and the threshold of ICDAR's text detection."""

Box = tuple[float, float, float, float]


def iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """(len(a), len(b)): intersection over union of each box of `a` (n, 4) with each of `b` (m, 4)."""
    shared = overlaps(a, b)
    union = areas(a)[:, None] + areas(b)[None] - shared
    result: NDArray[np.floating] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return result


def best_iou(wanted: Sequence[Box], found: Sequence[Box]) -> float:
    """The best IoU of any found box with any labelled one; 0 if there is none."""
    if not wanted or not found:
        return 0.0
    return float(iou(np.array(wanted, np.float64), np.array(found, np.float64)).max())


def matched_ious(wanted: Sequence[Box], found: Sequence[Box]) -> list[float]:
    """The IoU of each wanted box with the found one that is paired with it; 0 where none is.

    Pairs are one to one, the best IoU first.
    """
    result = [0.0] * len(wanted)
    if not wanted or not found:
        return result
    table = iou(np.array(wanted, np.float64), np.array(found, np.float64))
    while (best := float(table.max())) > 0:
        row, column = np.unravel_index(int(table.argmax()), table.shape)
        result[int(row)] = best
        table[row], table[:, column] = 0, 0
    return result
