"""Where tables may be on a page: regions of the layout, and grids of rulings that the layout does not have."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ...schemas.geometry import Box
from .structure.area import Area, Line, Word
from .structure.runs import is_number, runs_of, text_rows

MEETS = 3.0
"""Points by which a line may miss another one that it meets."""

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
# Of tables side by side without frames: fewest rulings over the width of each, the share of it they cover, heights of a
# word between two, and the share of text rows with several texts, and of those with words in front.
_FEWEST_LONG, _WHOLE, _BETWEEN, _IN_COLUMNS = 3, 0.95, 0.8, 0.5
# Edges of backgrounds closer than this are one, and together cover this share of the area's width.
_SAME_EDGE, _BAND = 1.0, 0.6
# With more rulings than this, a table's rows are divided by them and backgrounds say nothing more.
_UNRULED = 3


def ruled_grids(horizontal: Sequence[Line], vertical: Sequence[Line], meets: float = MEETS) -> list[Box]:
    """Boxes of rulings that cross or meet one another, at least three in each direction.

    Args:
        meets: by how much a line may miss another one that it meets.
    """
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
            if h.start - meets <= v.at <= h.end + meets and v.start - meets <= h.at <= v.end + meets:
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
            if ends <= MEETS and height <= line.at - last.at <= _ROW_HEIGHTS * height:
                stack.append(line)
                break
        else:
            stacks.append([line])
    return [
        Box(stack[0].start, stack[0].at, stack[0].end, stack[-1].at) for stack in stacks if len(stack) > _FEWEST_ROWS
    ]


def tables_in(
    box: Box, grids: Sequence[Box], horizontal: Sequence[Line], vertical: Sequence[Line], words: Sequence[Word]
) -> list[Box]:
    """The tables in a region that the layout took for one, from left to right or from above; else the region itself.

    Grids of rulings are tables of their own where they stand beside one another with a gap and hold nearly all words of
    the region, or below one another with other columns; else see `_beside_grid` and `_ruled_apart`.
    """
    inside = sorted(grid for grid in grids if shared_part(grid, box) > _WITHIN and _area(grid) < _WITHIN * _area(box))
    apart = [b.x0 - a.x1 > 2 * MEETS and min(a.y1, b.y1) > max(a.y0, b.y0) for a, b in pairwise(inside)]
    held = [word for word in words if _holds(box, word)]
    if len(inside) == 1:
        return _beside_grid(box, inside[0], held)
    stacked = sorted(inside, key=lambda grid: grid.y0)
    if len(inside) > 1 and all(_other_table(a, b, vertical) for a, b in pairwise(stacked)):
        apart, inside = [True], stacked
    if len(inside) < 2 or not all(apart):
        return _ruled_apart(box, horizontal, held)
    if sum(any(_holds(grid, word) for grid in inside) for word in held) < _WITHIN * len(held):
        return [box]
    return inside


def _other_table(above: Box, below: Box, vertical: Sequence[Line]) -> bool:
    """Whether a grid stands below another one with a gap and has other columns."""
    if below.y0 - above.y1 <= 2 * MEETS:
        return False
    ours, theirs = (
        [line.at for line in vertical if grid.x0 <= line.at <= grid.x1 and line.start < grid.y1 and line.end > grid.y0]
        for grid in (above, below)
    )
    missed = [at for at in theirs if all(abs(at - other) > 2 * MEETS for other in ours)]
    return bool(missed)


def _beside_grid(box: Box, grid: Box, held: Sequence[Word]) -> list[Box]:
    """A grid of rulings and the table above or below it that is not in it, if that has rows and columns of its own.

    One or two rows outside are a header or sums of the grid.
    """
    outside = [word for word in held if not _holds(grid, word)]
    above = [word for word in outside if word.y1 <= grid.y0]
    other = above or [word for word in outside if word.y0 >= grid.y1]
    if not other or len(other) < len(outside):
        return [box]
    height = median(word.height for word in other)
    y0, y1 = min(word.y0 for word in other), max(word.y1 for word in other)
    gap = grid.y0 - y1 if above else y0 - grid.y1
    if gap < _BETWEEN * height or len(text_rows(other)) < _FEWEST_ROWS or not _has_columns(other):
        return [box]
    rest = Box(box.x0, box.y0, box.x1, y1) if above else Box(box.x0, y0, box.x1, box.y1)
    return [rest, grid] if above else [grid, rest]


def _ruled_apart(box: Box, horizontal: Sequence[Line], held: Sequence[Word]) -> list[Box]:
    """The parts of a region that stacks of rulings without frames cover, with no ruling over the gap between them.

    Each part has columns of its own, of which the first has words: columns of one table, and groups of them, may have
    rulings of their own too.
    """
    if not held:
        return [box]
    height = median(word.height for word in held)
    lines = [line for line in horizontal if box.y0 - height <= line.at <= box.y1 + height]
    lines = [line for line in lines if line.end > box.x0 and line.start < box.x1]
    extents: list[tuple[float, float]] = []
    for line in sorted(lines, key=lambda line: line.start):
        if extents and line.start <= extents[-1][1] + _BETWEEN * height:
            extents[-1] = extents[-1][0], max(extents[-1][1], line.end)
        else:
            extents.append((line.start, line.end))
    if len(extents) < 2:
        return [box]
    parts = [Box(x0, box.y0, x1, box.y1) for x0, x1 in extents]
    inside = [[word for word in held if _holds(part, word)] for part in parts]
    if sum(map(len, inside)) < _WITHIN * len(held):
        return [box]
    for part, own in zip(parts, inside, strict=True):
        wide = part.x1 - part.x0
        long = [line for line in lines if min(line.end, part.x1) - max(line.start, part.x0) >= _WHOLE * wide]
        if len({round(line.at) for line in long}) < _FEWEST_LONG or not _has_columns(own):
            return [box]
    return parts


def _has_columns(words: Sequence[Word]) -> bool:
    """Whether most text rows have several texts, of which the first is no number."""
    rows = [runs_of(row, ()) for row in text_rows(words)]
    several = [row for row in rows if len(row) > 1]
    led = [row for row in several if not is_number(row[0].text)]
    return len(several) >= _IN_COLUMNS * len(rows) > 0 and len(led) >= _IN_COLUMNS * len(several)


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
