"""Determines the reading order of the lines of a page.

The algorithm is a simplified recursive X-Y cut (Nagy & Seth 1984): it splits lines into bands from top to bottom;
where consecutive bands share a gap and both sides are running text, the left side is read before the right. Rows of a
table or a receipt look like columns too, but their cells are short, so they are read row by row. `block_order` keeps
the order in which a file draws its blocks where it is a plausible reading order.
"""

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import TextLines

FloatArray = NDArray[np.float32]
Rows = list[NDArray[np.intp]]

MIN_COLUMN_ROWS = 3
"""Lines that each side of a gap needs to count as a column."""

MIN_COLUMN_WIDTH = 8.0
"""Least median width of a column's lines in line heights: about 16 Latin characters."""

MIN_GAP = 0.7
"""Least width of the gap between columns in line heights."""

_CORE = 0.25
"""Share of a line's height that is ignored at its top and bottom, since boxes of adjacent lines often overlap."""


def reading_order(boxes: FloatArray) -> NDArray[np.int32]:
    """Indices of (n, 4) boxes x0 y0 x1 y1 in reading order, left to right and top to bottom.

    The unit must be the same along both axes: pixels or points, not shares of a page.
    """
    exact = np.asarray(boxes, np.float64).reshape(-1, 4)
    order = _ordered(exact, np.arange(len(exact)))
    return np.array(order, np.int32)


def _ordered(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> list[int]:
    if len(members) < 2:
        return [int(index) for index in members]
    height = _median(boxes[members, 3] - boxes[members, 1])
    order: list[int] = []
    for run in _runs(boxes, _bands(boxes, members), MIN_GAP * height):
        inside = np.concatenate(run)
        edge = _column_edge(boxes, inside, height)
        if edge is None:
            order += [int(index) for band in run for index in _row_by_row(boxes, band)]
            continue
        left = boxes[inside, 0] < edge
        order += _ordered(boxes, inside[left]) + _ordered(boxes, inside[~left])
    return order


def _bands(boxes: NDArray[np.float64], members: NDArray[np.intp]) -> Rows:
    """Groups from top to bottom that horizontal lines separate without touching the core of a box."""
    y0, y1 = boxes[members, 1], boxes[members, 3]
    core = _CORE * (y1 - y0)
    return _chains(y0 + core, y1 - core, members)


def _chains(starts: NDArray[np.float64], ends: NDArray[np.float64], members: NDArray[np.intp]) -> Rows:
    """Groups of members whose intervals overlap, directly or through others, ordered by start."""
    by_start = np.argsort(starts, kind="stable")
    reach = np.maximum.accumulate(ends[by_start])
    breaks = np.flatnonzero(starts[by_start][1:] >= reach[:-1]) + 1
    return np.split(members[by_start], breaks)


def _gaps(boxes: NDArray[np.float64], members: NDArray[np.intp], least: float) -> list[tuple[float, float]]:
    """Vertical strips (x0, x1) of at least the width `least` between the members that no member touches."""
    if len(members) < 2:
        return []
    by_start = members[np.argsort(boxes[members, 0], kind="stable")]
    starts = boxes[by_start, 0]
    reach = np.maximum.accumulate(boxes[by_start, 2])
    before = np.flatnonzero(starts[1:] >= reach[:-1] + least)
    return list(zip(reach[before].tolist(), starts[before + 1].tolist(), strict=True))


def _runs(boxes: NDArray[np.float64], bands: Rows, least: float) -> list[Rows]:
    """Runs of consecutive bands that share a gap, or that all have no gap."""
    runs: list[Rows] = []
    inside = np.empty(0, np.intp)
    inside_has_gap = False
    for band in bands:
        joined = np.concatenate([inside, band])
        shares_gap = bool(_gaps(boxes, joined, least))
        band_has_gap = shares_gap or bool(_gaps(boxes, band, least))
        if runs and (shares_gap or not (inside_has_gap or band_has_gap)):
            runs[-1].append(band)
            inside, inside_has_gap = joined, shares_gap
        else:
            runs.append([band])
            inside, inside_has_gap = band, band_has_gap
    return runs


def _column_edge(boxes: NDArray[np.float64], members: NDArray[np.intp], height: float) -> float | None:
    """The right end of the widest gap between two columns of running text; None where there is none."""
    for _, edge in sorted(_gaps(boxes, members, MIN_GAP * height), key=lambda gap: gap[0] - gap[1]):
        left = boxes[members, 0] < edge
        if _is_column(boxes, members[left], height) and _is_column(boxes, members[~left], height):
            return edge
    return None


def _is_column(boxes: NDArray[np.float64], members: NDArray[np.intp], height: float) -> bool:
    if len(members) < MIN_COLUMN_ROWS:
        return False
    width = _median(boxes[members, 2] - boxes[members, 0])
    return width >= MIN_COLUMN_WIDTH * height and len(_bands(boxes, members)) >= MIN_COLUMN_ROWS


def _row_by_row(boxes: NDArray[np.float64], band: NDArray[np.intp]) -> list[int]:
    """Indices row by row, each row from left to right; a band has several rows where a scan is skewed."""
    if len(band) == 1:
        return [int(band[0])]
    y0, y1, left = boxes[band, 1], boxes[band, 3], boxes[band, 0].tolist()
    height, middle = (y1 - y0).tolist(), ((y0 + y1) / 2).tolist()
    rows: list[list[int]] = []
    for index in sorted(range(len(band)), key=lambda index: (middle[index], left[index])):
        first = rows[-1][0] if rows else index
        if rows and middle[index] - middle[first] <= min(height[first], height[index]) / 2:
            rows[-1].append(index)
        else:
            rows.append([index])
    return [int(band[index]) for row in rows for index in sorted(row, key=left.__getitem__)]


def mirrored(boxes: FloatArray, width: float = 1.0) -> FloatArray:
    """Boxes on a page of that width as in a mirror: what is read from right to left is read from left to right."""
    return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1)


# With fewer upward jumps than this, only a header or a footer is drawn last.
_MIN_JUMPS = 3
_MIN_JUMP_SHARE = 0.15
_MAX_TURNED = 0.2
# Pages with more lines than this are large tables: ordering their blocks instead of their lines takes a tenth of the
# time.
_MAX_LINES = 150


def out_of_order(tops: NDArray[np.floating], pages: NDArray[np.integer], count: int) -> NDArray[np.bool_]:
    """(count,) for each page whether it may need `block_order`; most pages are drawn from top to bottom.

    Args:
        tops: (n,) upper edges of all blocks, page after page.
        pages: (n,) page of each block, from 0.
        count: number of pages.
    """
    jumps = (tops[1:] < tops[:-1]) & (pages[1:] == pages[:-1])
    back = np.bincount(pages[1:][jumps], minlength=count)
    blocks = np.bincount(pages, minlength=count)
    least = np.maximum(_MIN_JUMPS, _MIN_JUMP_SHARE * (blocks - 1))
    return np.asarray((blocks > _MIN_JUMPS) & (back >= least))


def _median(values: NDArray[np.floating]) -> float:
    """The median, without NumPy's own function, which imports its masked arrays for 30 ms the first time."""
    ordered = np.sort(values)
    return float((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)


def block_order(
    lines: TextLines, width: float, height: float, *, from_the_right: bool = False
) -> NDArray[np.intp] | None:
    """A better order of the blocks of a page of that size; None where the given order is plausible.

    In a plausible order the next block is below or to the right. Where many blocks break this rule, the page was not
    drawn in reading order, and its blocks are sorted by their first line in `reading_order`.

    Args:
        from_the_right: whether columns are read from right to left.
    """
    count = int(lines.block[-1]) + 1 if len(lines) else 0
    if count < _MIN_JUMPS + 1:
        return None
    starts = np.searchsorted(lines.block, np.arange(count))
    boxes = mirrored(lines.boxes) if from_the_right else lines.boxes
    top = np.minimum.reduceat(boxes[:, 1], starts)
    least = max(_MIN_JUMPS, _MIN_JUMP_SHARE * (count - 1))
    left = np.minimum.reduceat(boxes[:, 0], starts)
    right = np.maximum.reduceat(boxes[:, 2], starts)
    line_height = _median(boxes[:, 3] - boxes[:, 1])
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
