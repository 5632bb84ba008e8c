"""Operations on boxes and points on a page.

Boxes are (n, 4) arrays x0 y0 x1 y1, points (n, 2) arrays, both with the origin at the top left. "Shares" are
parts of the page's width and height, as in the tables.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .page import FloatArray

Array = NDArray[np.floating]
_LEAST = np.float32(1e-6)


class Box(NamedTuple):
    """Shares of the width and height of the page as displayed, origin at the top left."""

    x0: float
    y0: float
    x1: float
    y1: float


def to_shares(boxes: Array, page: tuple[float, float, float, float]) -> FloatArray:
    """Boxes in the page's units as shares of the page rectangle `page` (x0, y0, x1, y1); not clipped."""
    x0, y0, x1, y1 = page
    size = np.array([x1 - x0, y1 - y0, x1 - x0, y1 - y0], np.float64)
    return ((boxes - np.array([x0, y0, x0, y0], np.float64)) / size).astype(np.float32)


def turn_points(points: Array, degrees: int) -> FloatArray:
    """Points in shares after the page was rotated clockwise by a multiple of 90 degrees.

    A clockwise quarter turn takes the top left corner to the top right one: (x, y) → (1 - y, x).
    """
    turned = np.asarray(points, np.float32)
    for _ in range(degrees // 90 % 4):
        turned = np.stack([1 - turned[..., 1], turned[..., 0]], axis=-1)
    return turned


def turn_boxes(boxes: Array, degrees: int) -> FloatArray:
    """Boxes in shares after the page was rotated clockwise by a multiple of 90 degrees."""
    turned = np.asarray(boxes, np.float32)
    for _ in range(degrees // 90 % 4):
        x0, y0, x1, y1 = turned[:, 0], turned[:, 1], turned[:, 2], turned[:, 3]
        turned = np.stack([1 - y1, x0, 1 - y0, x1], axis=1)
    return turned


def clip(boxes: Array) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Boxes in shares clipped to the page, and a mask of those that still have an area; a box with a NaN has none."""
    clipped = np.asarray(boxes, np.float32).clip(0, 1)
    size = clipped[:, 2:] - clipped[:, :2]
    keep: NDArray[np.bool_] = (size > _LEAST).all(axis=1)
    return clipped, keep


def run_starts(values: NDArray[np.integer]) -> NDArray[np.intp]:
    """The first index of each run of equal values."""
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return np.flatnonzero(first)


def union_of_runs(boxes: FloatArray, starts: NDArray[np.intp]) -> FloatArray:
    """The bounding box of each run of consecutive boxes; `starts` are the runs' first indices, ascending from 0."""
    if not len(starts):
        return np.empty((0, 4), np.float32)
    low = np.minimum.reduceat(boxes[:, :2], starts)
    high = np.maximum.reduceat(boxes[:, 2:], starts)
    return np.concatenate([low, high], axis=1)


def areas(boxes: Array) -> NDArray[np.floating]:
    """The area of each box; 0 for an inverted one."""
    return np.clip(boxes[:, 2] - boxes[:, 0], 0, None) * np.clip(boxes[:, 3] - boxes[:, 1], 0, None)


def overlaps(a: Array, b: Array) -> NDArray[np.floating]:
    """(len(a), len(b)): the area that each box of `a` shares with each box of `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared: NDArray[np.floating] = np.clip(high - low, 0, None).prod(axis=2)
    return shared


def covered(boxes: Array, height: int, width: int) -> NDArray[np.bool_]:
    """A (height, width) mask of the pixels that boxes in shares touch."""
    mask = np.zeros((height, width), np.bool_)
    scale = np.array([width, height, width, height], np.float64)
    scaled = np.clip(np.nan_to_num(boxes * scale), 0, scale)
    low = np.floor(scaled[:, :2]).astype(np.intp).tolist()
    high = np.ceil(scaled[:, 2:]).astype(np.intp).tolist()
    for (x0, y0), (x1, y1) in zip(low, high, strict=True):
        mask[y0:y1, x0:x1] = True
    return mask
