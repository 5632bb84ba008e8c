"""Whether the order in which a file draws its blocks can be a reading order, and a better one where it cannot."""

import numpy as np
from numpy.typing import NDArray

from ..schemas.page import TextLines
from .reading_order import reading_order

# Fewer jumps than this are a header or a footer drawn last.
_MIN_JUMPS = 3
_MIN_JUMP_SHARE = 0.15
_MAX_TURNED = 0.2
# Pages of more lines than this are large tables: their blocks are ordered as wholes, in a tenth of the time.
_MAX_LINES = 150


def out_of_order(tops: NDArray[np.floating], pages: NDArray[np.integer], count: int) -> NDArray[np.bool_]:
    """Which of `count` pages may need `block_order`; most are drawn from top to bottom.

    Args:
        tops: (n,) upper edges of all blocks, page after page.
        pages: (n,) the page of each, from 0.
    """
    jumps = (tops[1:] < tops[:-1]) & (pages[1:] == pages[:-1])
    back = np.bincount(pages[1:][jumps], minlength=count)
    blocks = np.bincount(pages, minlength=count)
    least = np.maximum(_MIN_JUMPS, _MIN_JUMP_SHARE * (blocks - 1))
    return np.asarray((blocks > _MIN_JUMPS) & (back >= least))


def block_order(lines: TextLines, width: float, height: float) -> NDArray[np.intp] | None:
    """A better order of the blocks of a page of that size, None where the given one is good.

    From a block one reads on downwards, or to the right. A page on which many steps go back up otherwise was
    not drawn in reading order; its blocks then follow the first of their lines in `reading_order`.
    """
    count = int(lines.block[-1]) + 1 if len(lines) else 0
    if count < _MIN_JUMPS + 1:
        return None
    starts = np.searchsorted(lines.block, np.arange(count))
    boxes = lines.boxes
    top = np.minimum.reduceat(boxes[:, 1], starts)
    least = max(_MIN_JUMPS, _MIN_JUMP_SHARE * (count - 1))
    left = np.minimum.reduceat(boxes[:, 0], starts)
    right = np.maximum.reduceat(boxes[:, 2], starts)
    line_height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    back = (top[1:] < top[:-1] - line_height) & (left[1:] < right[:-1] - line_height)
    if np.count_nonzero(back) < least:
        return None
    turned = sum(polygon is not None for polygon in lines.polygons)
    if turned > _MAX_TURNED * len(lines):
        return None
    size = np.array([width, height] * 2)
    if len(lines) > _MAX_LINES:
        bottom = np.maximum.reduceat(boxes[:, 3], starts)
        whole = np.stack([left, top, right, bottom], axis=1)
        return np.asarray(reading_order((whole * size).astype(np.float32)), np.intp)
    rank = np.empty(len(lines), np.intp)
    rank[reading_order((boxes * size).astype(np.float32))] = np.arange(len(lines))
    return np.argsort(np.minimum.reduceat(rank, starts), kind="stable")
