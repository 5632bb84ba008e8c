"""Where tables may be on a page: regions of the layout, and grids of rulings that the layout does not have."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ...schemas.geometry import Box
from .structure.area import Area, Line, Word

# Points by which a line may miss another one that it meets.
_MEETS = 3.0
# Fewest horizontal and vertical rulings of a grid.
_FEWEST = 3
# More rulings than this are no grid that needs a search of its own.
_MOST = 1500
# Rulings of one area that count.
_MOST_INSIDE = 1000
# A grid is one of the layout's tables where they share this much of the smaller one's area.
_SAME = 0.3
_MARGIN = 2.0
# Rows between rulings of a table without vertical ones: fewest, and in heights of a word their length and pitch.
_FEWEST_ROWS, _LONG, _ROW_HEIGHTS = 4, 12.0, 3.0
# A grid is within a region by this share of its area, or of its words.
_WITHIN = 0.85
# Edges of backgrounds closer than this are one, and together cover this share of the area's width.
_SAME_EDGE, _BAND = 1.0, 0.6
# With more rulings than this, a table's rows are divided by them and backgrounds say nothing more.
_UNRULED = 3


def ruled_grids(horizontal: Sequence[Line], vertical: Sequence[Line]) -> list[Box]:
    """Boxes of rulings that cross or meet one another, at least three in each direction."""
    if not _FEWEST <= len(horizontal) <= _MOST or not _FEWEST <= len(vertical) <= _MOST:
        return []
    parent = list(range(len(horizontal) + len(vertical)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for j, v in enumerate(vertical):
        for i, h in enumerate(horizontal):
            if h.start - _MEETS <= v.at <= h.end + _MEETS and v.start - _MEETS <= h.at <= v.end + _MEETS:
                parent[root(len(horizontal) + j)] = root(i)
    groups: dict[int, tuple[list[Line], list[Line]]] = {}
    for i, h in enumerate(horizontal):
        groups.setdefault(root(i), ([], []))[0].append(h)
    for j, v in enumerate(vertical):
        groups.setdefault(root(len(horizontal) + j), ([], []))[1].append(v)
    return [
        Box(min(h.start for h in hs), min(v.start for v in vs), max(h.end for h in hs), max(v.end for v in vs))
        for hs, vs in groups.values()
        if len(hs) >= _FEWEST and len(vs) >= _FEWEST
    ]


def ruled_rows(horizontal: Sequence[Line], words: Sequence[Word]) -> list[Box]:
    """Boxes of long rulings one below another from the same place to the same place, with one row of text between each.

    Rulings further apart than a few rows of text divide sections of a page or of a form.
    """
    if not words or not _FEWEST_ROWS < len(horizontal) <= _MOST:
        return []
    height = median(word.height for word in words)
    stacks: list[list[Line]] = []
    for line in sorted(horizontal):
        if line.end - line.start < _LONG * height:
            continue
        for stack in stacks:
            last = stack[-1]
            ends = abs(last.start - line.start) + abs(last.end - line.end)
            if ends <= _MEETS and height <= line.at - last.at <= _ROW_HEIGHTS * height:
                stack.append(line)
                break
        else:
            stacks.append([line])
    return [
        Box(stack[0].start, stack[0].at, stack[0].end, stack[-1].at) for stack in stacks if len(stack) > _FEWEST_ROWS
    ]


def side_by_side(box: Box, grids: Sequence[Box], words: Sequence[Word]) -> list[Box]:
    """The grids of rulings in a region that the layout took for one table, from left to right; else the region itself.

    They are tables of their own where they stand beside one another with a gap and hold nearly all words of the region.
    """
    inside = sorted(grid for grid in grids if shared_part(grid, box) > _WITHIN and _area(grid) < _WITHIN * _area(box))
    apart = [b.x0 - a.x1 > 2 * _MEETS and min(a.y1, b.y1) > max(a.y0, b.y0) for a, b in pairwise(inside)]
    if len(inside) < 2 or not all(apart):
        return [box]
    held = [word for word in words if _holds(box, word)]
    if sum(any(_holds(grid, word) for grid in inside) for word in held) < _WITHIN * len(held):
        return [box]
    return inside


def _holds(box: Box, word: Word) -> bool:
    return box.x0 <= (word.x0 + word.x1) / 2 <= box.x1 and box.y0 <= word.centre <= box.y1


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)


def area_in(
    box: Box, words: Sequence[Word], horizontal: Sequence[Line], vertical: Sequence[Line], margin: float = _MARGIN
) -> Area:
    """The words whose middle is in a box, and the rulings that reach into it."""
    x0, y0, x1, y1 = box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin
    inside = [w for w in words if x0 <= (w.x0 + w.x1) / 2 <= x1 and y0 <= w.centre <= y1]
    return Area(
        box,
        inside,
        _longest([h for h in horizontal if y0 - margin <= h.at <= y1 + margin and h.end > x0 and h.start < x1]),
        _longest([v for v in vertical if x0 - margin <= v.at <= x1 + margin and v.end > y0 and v.start < y1]),
    )


def with_bands(area: Area, edges: Sequence[Line]) -> Area:
    """The area with the edges of backgrounds among its rulings, where those do not divide its rows themselves.

    Only edges over most of its width count, alone or together: a background of one cell or of one word divides no rows,
    and neither does an edge on which a row of text stands.
    """
    x0, y0, x1, y1 = area.box
    if sum(y0 < line.at < y1 for line in area.horizontal) > _UNRULED or len(area.vertical) > _UNRULED:
        return area
    inside = [line for line in edges if y0 <= line.at <= y1 and line.end > x0 and line.start < x1]
    if not inside:
        return area
    rows: list[list[Line]] = []
    for line in sorted(inside):
        if rows and line.at - rows[-1][0].at <= _SAME_EDGE:
            rows[-1].append(line)
        else:
            rows.append([line])
    wide = [row for row in rows if _covered(row, x0, x1) >= _BAND * (x1 - x0)]
    centres = sorted((word.centre, word.height) for word in area.words)
    found = [line for row in wide if not _runs_through_text(row[0].at, centres) for line in row]
    return replace(area, horizontal=_longest([*area.horizontal, *found]))


def _covered(lines: Sequence[Line], low: float, high: float) -> float:
    total, end = 0.0, low
    for line in sorted(lines, key=lambda line: line.start):
        total += max(0.0, min(line.end, high) - max(line.start, end))
        end = max(end, line.end)
    return total


def _runs_through_text(at: float, centres: Sequence[tuple[float, float]]) -> bool:
    """Whether the middle of a word is nearer to an edge than a quarter of its height."""
    near = bisect_left(centres, (at, 0.0))
    return any(abs(centre - at) < height / 4 for centre, height in centres[max(0, near - 1) : near + 1])


def _longest(lines: Sequence[Line]) -> list[Line]:
    """The lines sorted; of very many the longest."""
    return sorted(sorted(lines, key=lambda line: line.start - line.end)[:_MOST_INSIDE])


def without_known(grids: Sequence[Box], known: Sequence[Box]) -> list[Box]:
    """The grids that share little with any known table, and with one another."""
    out: list[Box] = []
    for grid in grids:
        if all(shared_part(grid, other) < _SAME for other in [*known, *out]):
            out.append(grid)
    return out


def shared_part(a: Box, b: Box) -> float:
    """The area that both share, as a part of the smaller one's."""
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(min(_area(a), _area(b)), 1e-9)
