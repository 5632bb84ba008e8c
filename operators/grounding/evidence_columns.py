"""Columns of text: links each part of a line to the part directly below it.

In reading order, the lines of a table cell, or of an address next to another one, are separated by the text beside
them. In column order they follow each other.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import run_starts

FloatArray = NDArray[np.float64]

_WIDE_GAP = 2.5
"""A gap of more than this many character widths separates two words into different segments."""
_NEAR = 1.2
"""The next segment may start at most this many segment heights below a segment."""
_MAX_SEGMENTS = 5000
_MAX_PAIRS = 1_000_000
"""A page with more segments, or with more pairs to compare, gets no columns: it is not a page of text."""


@dataclass(frozen=True)
class Segment:
    """The words `first` to `last` (inclusive) of one line, without a wide gap between them."""

    first: int
    last: int


def segments(boxes: FloatArray, characters: NDArray[np.int32], line: NDArray[np.int32]) -> list[Segment]:
    """Split lines at their wide gaps.

    Args:
        boxes: (n, 4) boxes of words, rotated so that text runs along x.
        characters: (n,) number of characters of each word.
        line: (n,) line of each word.
    """
    if not len(boxes):
        return []
    width = (boxes[:, 2] - boxes[:, 0]) / np.maximum(characters, 1)
    gap = boxes[1:, 0] - boxes[:-1, 2]
    cut = (line[1:] != line[:-1]) | (gap > _WIDE_GAP * np.maximum(width[1:], width[:-1]))
    starts = np.concatenate([[0], np.flatnonzero(cut) + 1]).tolist()
    ends = [*[start - 1 for start in starts[1:]], len(boxes) - 1]
    return [Segment(first, last) for first, last in zip(starts, ends, strict=True)]


def columns(boxes: FloatArray) -> list[list[int]]:
    """Chains of segments, each directly below the one before, where that order differs from the order of `boxes`.

    Args:
        boxes: (n, 4) boxes of segments, rotated so that text runs along x.
    """
    if len(boxes) < 2 or len(boxes) > _MAX_SEGMENTS:
        return []
    below = _below(boxes)
    is_below = np.zeros(len(boxes), np.bool_)
    is_below[[index for index in below if index >= 0]] = True
    chains = []
    seen = np.zeros(len(boxes), np.bool_)
    for head in np.flatnonzero(~is_below).tolist():
        chain = [head]
        while (after := below[chain[-1]]) >= 0:
            chain.append(after)
            if seen[after]:
                break
            seen[after] = True
        if any(second != first + 1 for first, second in pairwise(chain)):
            chains.append(chain)
    return chains


def _below(boxes: FloatArray) -> list[int]:
    """For each segment, the nearest one below it that overlaps it horizontally; -1 for none."""
    order = np.argsort(boxes[:, 1], kind="stable")
    tops = boxes[order, 1]
    height = boxes[:, 3] - boxes[:, 1]
    low = np.searchsorted(tops, (boxes[:, 1] + boxes[:, 3]) / 2, side="left")
    high = np.maximum(low, np.searchsorted(tops, boxes[:, 3] + _NEAR * height, side="right"))
    count = high - low
    found = np.full(len(boxes), -1, np.intp)
    if not 0 < count.sum() <= _MAX_PAIRS:
        return found.tolist()
    above = np.repeat(np.arange(len(boxes)), count)
    below = order[np.arange(len(above)) - np.repeat(np.cumsum(count) - count, count) + low[above]]
    shared = np.minimum(boxes[below, 2], boxes[above, 2]) - np.maximum(boxes[below, 0], boxes[above, 0])
    alike = (height[below] < 2 * height[above]) & (height[below] > height[above] / 2)
    keep = (shared > 0) & alike & (below != above)
    above, below, shared = above[keep], below[keep], shared[keep]
    if not len(above):
        return found.tolist()
    # Pairs are ordered by segment, the nearest first: among about equally near ones, take the largest overlap.
    starts = run_starts(above)
    nearest = np.repeat(boxes[below[starts], 1], np.diff([*starts, len(above)]))
    level = boxes[below, 1] < nearest + height[above] / 2
    above, below, shared = above[level], below[level], shared[level]
    by_overlap = np.lexsort((-shared, above))
    best = by_overlap[run_starts(above[by_overlap])]
    found[above[best]] = below[best]
    return found.tolist()
