"""Groups lines into blocks where their source has none: consecutive lines with a small vertical gap."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import union_of_runs
from ...schemas.page import Blocks, FloatArray, TextLines

# A line starts a new block where the gap to the line before is larger than this many line heights.
_GAP = 0.8


def group_lines(lines: TextLines) -> tuple[TextLines, Blocks]:
    """Lines with their `block` set, and the blocks; the order of the lines is unchanged.

    A line joins the block of the line before it where they overlap horizontally and the gap between them is less than
    0.8 of a line's height. Both are vertical lengths in shares of the page, so its aspect ratio does not matter.
    """
    count = len(lines)
    if not count:
        return lines, Blocks()
    boxes = lines.boxes
    above, below = boxes[:-1], boxes[1:]
    height = np.minimum(above[:, 3] - above[:, 1], below[:, 3] - below[:, 1])
    gap = below[:, 1] - above[:, 3]
    across = np.minimum(above[:, 2], below[:, 2]) - np.maximum(above[:, 0], below[:, 0])
    joins = (across > 0) & (gap < _GAP * height) & (gap > -1.5 * height)
    starts = np.flatnonzero(np.concatenate([[True], ~joins]))
    block = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff([*starts.tolist(), count]))
    lines = replace(lines, block=block)
    return lines, text_blocks(lines, union_of_runs(boxes, starts))


def text_blocks(lines: TextLines, boxes: FloatArray) -> Blocks:
    """Blocks of kind `text` for lines whose `block` increases from 0 in steps of at most 1.

    Args:
        boxes: (n, 4) box of each block.
    """
    bounds = np.searchsorted(lines.block, np.arange(len(boxes) + 1)).tolist()
    text: list[str | None] = ["\n".join(lines.text[a:b]) for a, b in pairwise(bounds)]
    return Blocks(["text"] * len(boxes), boxes, text, np.full(len(boxes), np.nan, np.float32))


def select_lines(lines: TextLines, order: NDArray[np.intp]) -> TextLines:
    """The lines at the indices `order`, in that order, each with its words; other lines are dropped."""
    place = np.full(len(lines), -1, np.intp)
    place[order] = np.arange(len(order))
    word_place = place[lines.word_line] if len(lines.word_text) else np.empty(0, np.intp)
    words = np.argsort(word_place, kind="stable")
    words = words[word_place[words] >= 0]
    return TextLines(
        text=[lines.text[i] for i in order.tolist()],
        boxes=lines.boxes[order],
        polygons=[lines.polygons[i] for i in order.tolist()],
        confidence=lines.confidence[order],
        block=lines.block[order],
        word_text=[lines.word_text[i] for i in words.tolist()],
        word_boxes=lines.word_boxes[words],
        word_confidence=lines.word_confidence[words],
        word_line=word_place[words].astype(np.int32),
        source=[lines.source[i] for i in order.tolist()] if lines.source else [],
    )
