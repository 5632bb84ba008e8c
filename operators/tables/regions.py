"""Where tables may be on a page: regions of the layout, and grids of rulings that the layout does not have."""

from collections.abc import Sequence

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
    areas = ((box.x1 - box.x0) * (box.y1 - box.y0) for box in (a, b))
    return width * height / max(min(areas), 1e-9)
