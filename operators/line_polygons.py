"""Corners of lines that do not stand upright, in their own reading direction."""

import numpy as np
from numpy.typing import NDArray

from ..schemas.geometry import turn_points
from ..schemas.page import FloatArray
from .raw_text import RawText


def line_polygons(raw: RawText, keys: NDArray[np.int64], boxes: FloatArray) -> list[FloatArray | None]:
    """For each line None where it is upright, else (4, 2) corners in shares of the page as it is displayed.

    Args:
        keys: (n,) names of the lines in `raw.seen`.
        boxes: (n, 4) their boxes in shares of the page as it is displayed.
    """
    seen, rotation = raw.seen, raw.rotation
    if not seen.direction and not rotation:
        return [None] * len(keys)
    quarters = np.full(len(keys), rotation // 90 % 4)
    odd: dict[int, FloatArray] = {}
    if seen.direction:
        for index, key in enumerate(keys.tolist()):
            if key in seen.corners:
                odd[index] = _along_baseline(seen.corners[key], seen.direction[key], raw)
            elif key in seen.direction:
                x, y = seen.direction[key]
                quarters[index] += round(float(np.degrees(np.arctan2(y, x))) // 90)
    quarters %= 4
    x0, y0, x1, y1 = boxes.T
    around = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    order = (np.arange(4) + quarters[:, None]) % 4
    corners = np.take_along_axis(around, order[:, :, None], axis=1)
    upright = quarters == 0
    polygons = [None if up else corner for up, corner in zip(upright.tolist(), corners, strict=True)]
    return [odd.get(index, polygon) for index, polygon in enumerate(polygons)] if odd else polygons


def _along_baseline(corners: list[tuple[float, float]], direction: tuple[float, float], raw: RawText) -> FloatArray:
    """The rectangle along the baseline around the first and last character, in shares of the turned page."""
    x0, y0, x1, y1 = raw.rect
    u = np.array(direction)
    v = np.array([-u[1], u[0]])
    points = np.array(corners) - np.array([x0, y0])
    along, across = points @ u, points @ v
    a, b, c, d = along.min(), along.max(), across.min(), across.max()
    turned = np.array([a * u + c * v, b * u + c * v, b * u + d * v, a * u + d * v]) / np.array([x1 - x0, y1 - y0])
    return np.clip(turn_points(turned, raw.rotation), 0, 1)
