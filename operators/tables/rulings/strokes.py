"""Tells strokes of letters from rulings, by the places of the words."""

from collections.abc import Sequence

import numpy as np

from ..structure.area import Line, Word

# A horizontal stroke of a letter lies further inside its word than this part of the word's height, and a vertical one
# at most a quarter of it beside the word, for more than this share of its length.
_EDGE, _IN_WORDS = 0.2, 0.5


def without_strokes(lines: Sequence[Line], words: Sequence[Word], *, vertical: bool) -> list[Line]:
    """The lines that are not strokes of letters: those of which little lies in the middle of words.

    Args:
        lines: all horizontal, or all vertical ones.
    """
    if not lines or not words:
        return list(lines)
    boxes = np.array([[w.x0, w.y0, w.x1, w.y1] for w in words])
    heights = boxes[:, 3] - boxes[:, 1]
    edge = _EDGE * heights
    if vertical:
        low, high, start, end = boxes[:, 0] - edge / 4, boxes[:, 2] + edge / 4, boxes[:, 1], boxes[:, 3]
    else:
        low, high, start, end = boxes[:, 1] + edge, boxes[:, 3] - edge, boxes[:, 0], boxes[:, 2]
    kept = []
    for line in lines:
        inside = (low < line.at) & (line.at < high)
        held = np.clip(np.minimum(end[inside], line.end) - np.maximum(start[inside], line.start), 0, None).sum()
        if held <= _IN_WORDS * (line.end - line.start):
            kept.append(line)
    return kept
