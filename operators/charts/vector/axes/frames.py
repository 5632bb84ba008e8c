"""Candidates for the plot areas of a figure: boxes that axes, grids, backgrounds or borders draw."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from ..drawing import Rect, Shape

_LEAST = 12.0
"""Points below which a side is none of a plot area."""
_LEAST_LONG = 24.0
"""The same for the longer side."""
_MOST = 240
"""Candidates that are tried on a page, the largest first."""
_MOST_BARS = 2000
_BEYOND = 0.8
"""Share of an axis line by which bars may reach beyond it; base R draws it from the first to the last tick."""
_AXIS_GAP = 40.0
"""Points between bars and the line of their axis; base R leaves a bar's width."""
_GAP_SHARE = 0.09
"""Share of an axis by which the lines of two axes may stay apart, as in base R, which leaves 4 % at each end."""


def frame_candidates(shapes: Sequence[Shape]) -> list[Rect]:
    """Boxes, the largest first, without repetitions."""
    boxes: list[Rect] = []
    across: dict[tuple[int, int], list[Rect]] = defaultdict(list)
    down: dict[tuple[int, int], list[Rect]] = defaultdict(list)
    for shape in shapes:
        width, height = shape.size
        if shape.is_segment:
            if max(width, height) < _LEAST:
                continue
            x0, y0, x1, y1 = shape.box
            if shape.horizontal:
                across[round(x0), round(x1)].append(shape.box)
            else:
                down[round(y0), round(y1)].append(shape.box)
        elif (width >= _LEAST and height >= _LEAST and shape.is_rect) or (
            len(shape.knots) == 3 and _is_corner(shape) and min(width, height) >= _LEAST
        ):
            boxes.append(shape.box)
    rows, columns = _extents(across, 1), _extents(down, 0)
    for (x0, x1), places in rows:
        if len(places) > 1 and places[-1] - places[0] >= _LEAST:
            boxes.append((x0, places[0], x1, places[-1]))
    for (y0, y1), places in columns:
        if len(places) > 1 and places[-1] - places[0] >= _LEAST:
            boxes.append((places[0], y0, places[-1], y1))
    for ((x0, x1), ys), ((y0, y1), xs) in product(rows[:60], columns[:60]):
        box = _crossed(x0, x1, ys, y0, y1, xs)
        if box is not None:
            boxes.append(box)
    beside = list(_beside_lines(shapes, across, down))
    return _distinct([*boxes, *beside])


def _beside_lines(
    shapes: Sequence[Shape], across: dict[tuple[int, int], list[Rect]], down: dict[tuple[int, int], list[Rect]]
) -> Iterator[Rect]:
    """Bars with one axis line, as R draws them: their box, widened to the line that runs beside them."""
    bars = [shape.box for shape in shapes if shape.is_rect and max(shape.size) >= 4 and (shape.fill or shape.stroke)]
    if not 2 <= len(bars) <= _MOST_BARS:
        return
    sides = np.array(bars)
    # Bars are equally thick, other than the boxes of legends and scales of colours.
    sizes = np.round(sides[:, 2:] - sides[:, :2])
    usual = [Counter(column.tolist()).most_common(1)[0][0] for column in sizes.T]
    sides = sides[(np.abs(sizes - np.array(usual)) <= 1).any(axis=1)]
    for lines, along in ((across, 0), (down, 1)):
        for (low, high), places in lines.items():
            for line in places[:4]:
                place = line[1 - along]
                inside = (sides[:, along] >= low - _BEYOND * (high - low)) & (
                    sides[:, along + 2] <= high + _BEYOND * (high - low)
                )
                inside &= (sides[:, along + 2] - sides[:, along]) <= (1 + _BEYOND) * (high - low)
                chosen = sides[inside]
                if len(chosen) < 2:
                    continue
                x0, y0 = chosen[:, :2].min(0).tolist()
                x1, y1 = chosen[:, 2:].max(0).tolist()
                gap = min(abs(place - side) for side in ((y0, y1) if along == 0 else (x0, x1)))
                if gap > _AXIS_GAP:
                    continue
                if along == 0:
                    yield min(x0, low), min(y0, place), max(x1, high), max(y1, place)
                    continue
                yield min(x0, place), min(y0, low), max(x1, place), max(y1, high)
                for (_, _), others in lines.items():
                    # A second axis at the other side.
                    right = others[0][0]
                    if place < x0 and x1 < right < x1 + _AXIS_GAP:
                        yield place, min(y0, low), right, max(y1, high)


def _is_corner(shape: Shape) -> bool:
    (ax, ay), (bx, by), (cx, cy) = shape.knots.tolist()
    return bool((abs(ax - bx) < 0.1 and abs(by - cy) < 0.1) or (abs(ay - by) < 0.1 and abs(bx - cx) < 0.1))


def _extents(lines: dict[tuple[int, int], list[Rect]], side: int) -> list[tuple[tuple[float, float], list[float]]]:
    """Extents of parallel lines, and the places of the lines that have them; most lines first."""
    found = []
    for boxes in lines.values():
        first = boxes[0]
        extent = (first[1 - side], first[3 - side])
        found.append((extent, sorted({round((box[side] + box[side + 2]) / 2, 2) for box in boxes})))
    found.sort(key=lambda entry: (-len(entry[1]), -(entry[0][1] - entry[0][0])))
    return found


def _crossed(x0: float, x1: float, ys: list[float], y0: float, y1: float, xs: list[float]) -> Rect | None:
    """The box of horizontal lines from x0 to x1 at ys and vertical ones from y0 to y1 at xs, where they belong
    together."""
    slack_x, slack_y = 2 + _GAP_SHARE * (x1 - x0), 2 + _GAP_SHARE * (y1 - y0)
    within_x = [x for x in xs if x0 - slack_x <= x <= x1 + slack_x]
    within_y = [y for y in ys if y0 - slack_y <= y <= y1 + slack_y]
    if not within_x or not within_y:
        return None
    box = (min(x0, within_x[0]), min(y0, within_y[0]), max(x1, within_x[-1]), max(y1, within_y[-1]))
    return box if box[2] - box[0] >= _LEAST and box[3] - box[1] >= _LEAST else None


def _distinct(boxes: list[Rect]) -> list[Rect]:
    boxes = [box for box in boxes if max(box[2] - box[0], box[3] - box[1]) >= _LEAST_LONG]
    kept: dict[tuple[int, ...], Rect] = {}
    for box in sorted(boxes, key=lambda box: -(box[2] - box[0]) * (box[3] - box[1])):
        kept.setdefault(tuple(round(side / 2) for side in box), box)
        if len(kept) >= _MOST:
            break
    return list(kept.values())
