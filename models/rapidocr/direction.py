"""Determines the orientation of a page and of each of its lines.

The detector's boxes show whether text runs along or across the page. The recogniser decides between the two opposite
directions: read upside down, its confidence drops. A turn needs clear evidence, since a
false one destroys a page that was good. Directions count clockwise quarter turns of the text.
"""

import numpy as np

from .quads import FloatArray, sizes, turned
from .reader import LineReader
from .recogniser import Reading

TALL = 1.5
"""A box this many times as high as wide may hold a line that runs across the page."""

SIDEWAYS_SHARE = 0.6
"""A page is rotated by a quarter turn if this share of its lines' length runs across it."""

SURE = 0.85
"""Confidence above which no other direction is tried."""

GAIN = 0.15
"""How much more confident the other direction must be."""

SAMPLE = 9


def page_direction(reader: LineReader, quads: FloatArray) -> int:
    """Clockwise quarter turns of the page's text, 0 to 3; `quads` (n, 4, 2) with their first side rightwards."""
    width, height = sizes(quads)
    tall = height > TALL * width
    if height[tall].sum() < SIDEWAYS_SHARE * (height[tall].sum() + width[~tall].sum()):
        lines = _sample(quads[~tall])
        ahead = _confidence(reader.read(lines))
        if ahead >= SURE:
            return 0
        return 2 if _confidence(reader.read(turned(lines, 2))) > ahead + GAIN else 0
    lines = _sample(turned(quads[tall], 1))
    down, up = (_confidence(reader.read(turned(lines, quarters))) for quarters in (0, 2))
    if max(down, up) < SURE - GAIN:
        return 0
    return 1 if down >= up else 3


def settle_lines(reader: LineReader, quads: FloatArray) -> tuple[FloatArray, list[Reading]]:
    """Read (n, 4, 2) quads that start in the page's direction, rotating single lines that read better.

    Returns:
        The quads, each starting at the top left of its text as read, and one reading for each.
    """
    width, height = sizes(quads)
    usual = float(np.median(np.minimum(width, height))) if len(quads) else 0.0
    across = (height > TALL * width) & (height > 2 * usual)
    quads = np.where(across[:, None, None], turned(quads, 1), quads)
    readings = reader.read(quads)
    long = np.maximum(width, height) > 2 * np.minimum(width, height)
    doubtful = [i for i, reading in enumerate(readings) if long[i] and reading.confidence < SURE]
    others = turned(quads[doubtful], 2)
    for index, quad, other in zip(doubtful, others, reader.read(others), strict=True):
        lead = 0.0 if across[index] else GAIN
        if other.confidence > max(readings[index].confidence + lead, SURE - GAIN):
            quads[index], readings[index] = quad, other
    return quads, readings


def _sample(quads: FloatArray) -> FloatArray:
    """A few lines that are long enough to be decisive and short enough to be cheap."""
    width, height = sizes(quads)
    distance = np.abs(np.log(width / np.maximum(height, 1) / 6))
    return quads[np.argsort(distance, kind="stable")[:SAMPLE]]


def _confidence(readings: list[Reading]) -> float:
    """Median over the lines."""
    return float(np.median([reading.confidence for reading in readings])) if readings else 0.0
