"""Words of a line that was read, each with its own part of the line's quad."""

from dataclasses import dataclass

import numpy as np

from .quads import FloatArray, sizes
from .recogniser import Reading


@dataclass(frozen=True)
class LineWords:
    """Words of one line: `text` m strings, `polygons` (m, 4, 2) pixels, `confidence` (m,)."""

    text: list[str]
    polygons: FloatArray
    confidence: FloatArray


def split_words(reading: Reading, quad: FloatArray, ends: float = 0.0) -> LineWords:
    """Cut a reading at its white space.

    The recogniser gives the centre of each character only. A word's edge is half a character outside its first
    and last centre, a character being as wide as the usual distance of centres in the line; towards a neighbour
    it is at most half way, and towards an end of the line it leaves out the blank there, which is
    `ends` of the line's height.
    """
    inked = np.array([not character.isspace() for character in reading.text])
    first = np.flatnonzero(inked & ~np.concatenate([[False], inked[:-1]]))
    last = np.flatnonzero(inked & ~np.concatenate([inked[1:], [False]]))
    left, right = reading.centres[first], reading.centres[last]
    half = _half_width(reading.centres, inked)
    between = (right[:-1] + left[1:]) / 2
    width, height = sizes(quad[None])
    blank = min(0.25, ends * float(height[0]) / max(float(width[0]), 1e-6))
    # A first or last character may itself reach into the blank.
    start, end = min(blank, left[0] - half / 2), max(1 - blank, right[-1] + half / 2)
    begins = np.maximum(left - half, np.concatenate([[max(0.0, start)], between]))
    finishes = np.minimum(right + half, np.concatenate([between, [min(1.0, end)]]))
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = [quad[0] + np.outer(begins, top), quad[0] + np.outer(finishes, top)]
    corners += [quad[3] + np.outer(finishes, bottom), quad[3] + np.outer(begins, bottom)]
    return LineWords(
        text=[reading.text[a : b + 1] for a, b in zip(first, last, strict=True)],
        polygons=np.stack(corners, axis=1).astype(np.float32),
        confidence=np.array(
            [reading.probability[a : b + 1].mean() for a, b in zip(first, last, strict=True)], np.float32
        ),
    )


def _half_width(centres: FloatArray, inked: np.ndarray) -> float:
    """Half of the median distance between neighbouring characters of one word, as a share of the line."""
    steps = np.diff(centres)[inked[1:] & inked[:-1]]
    return float(np.median(steps)) / 2 if len(steps) else 0.5 / max(1, len(centres))
