"""Geometry of quads: (4, 2) float32 corners of a line of text, clockwise from the top left of the text as read."""

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def rectangle(centre: tuple[float, float], size: tuple[float, float], degrees: float) -> FloatArray:
    """Corners of a turned rectangle, clockwise on the image, starting at the corner nearest its top left.

    The first side then runs rightwards within 45 degrees of level.
    """
    corners = np.asarray(cv2.boxPoints((centre, size, degrees)), np.float32)
    middle = corners.mean(axis=0)
    angle = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    corners = corners[np.argsort(angle, kind="stable")]
    sides = np.roll(corners, -1, axis=0) - corners
    levelness = sides[:, 0] - np.abs(sides[:, 1]) * (1 + 1e-3)
    lengths = np.maximum(np.hypot(sides[:, 0], sides[:, 1]), 1e-6)
    return np.roll(corners, -int(np.argmax(levelness / lengths)), axis=0)


def sizes(quads: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Width along the reading direction and height across it, of (n, 4, 2) quads, in pixels."""
    width = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    height = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    return width.astype(np.float32), height.astype(np.float32)


def turned(quads: FloatArray, quarters: int) -> FloatArray:
    """The same areas read after `quarters` clockwise quarter turns of the reader's head; (…, 4, 2)."""
    starting = (np.arange(4) + quarters) % 4
    return quads[..., starting, :]


def inset(quads: FloatArray, ends: float, edges: float) -> FloatArray:
    """The quads less these shares of their height at either end and along either edge; (n, 4, 2).

    No end loses more than a quarter of the width.
    """
    width, height = sizes(quads)
    along = np.minimum(ends * height / np.maximum(width, 1e-6), 0.25)
    across = np.full_like(height, edges)
    x = np.stack([along, 1 - along, 1 - along, along], axis=1)[:, :, None]
    y = np.stack([across, across, 1 - across, 1 - across], axis=1)[:, :, None]
    origin, right, down = quads[:, :1], quads[:, 1:2] - quads[:, :1], quads[:, 3:] - quads[:, :1]
    return np.asarray(origin + x * right + y * down, np.float32)


def unturned_points(points: FloatArray, quarters: int, width: int, height: int) -> FloatArray:
    """Points of `np.rot90(image, quarters)` as points of `image`, which is `width` by `height` pixels."""
    x, y = points[..., 0], points[..., 1]
    mapped = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[quarters % 4]
    return np.stack(mapped, axis=-1).astype(np.float32)


def crop(image: NDArray[np.uint8], quad: FloatArray) -> NDArray[np.uint8]:
    """The quad's area turned upright, at the image's own resolution; at least 1 by 1 pixel."""
    width, height = (max(1, round(float(side[0]))) for side in sizes(quad[None]))
    target = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    matrix = cv2.getAffineTransform(quad[[0, 1, 3]], target)
    x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 2, 0)
    x1, y1 = np.ceil(quad.max(axis=0)).astype(int) + 3
    matrix[:, 2] += matrix[:, 0] * x0 + matrix[:, 1] * y0
    part = image[y0:y1, x0:x1]
    if part.size == 0:
        return np.zeros((1, 1, 3), np.uint8)
    warped = cv2.warpAffine(part, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)
