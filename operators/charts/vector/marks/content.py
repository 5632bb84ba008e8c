"""The marks of a plot, apart from its grid, ticks, borders and legend."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..axes.plots import Plot
from ..drawing import Rect, Shape, inside, same_colour
from .mark import marker_form

_SPAN = 0.92
"""Share of the plot area from which on a line is a grid line or a rule."""
_TICK = 14.0
_MARKER = 16.0
"""Largest point mark in points, where it is no circle."""
_LEAST_MARKER = 1.1
_BUBBLE = 90.0


@dataclass(frozen=True)
class PointMark:
    """A point mark: a circle, a square, a cross."""

    shape: Shape
    form: str
    box: Rect

    @property
    def centre(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True)
class Content:
    """What stands in a plot area.

    Attributes:
        bars: boxes, filled or outlined.
        lines: open lines of two or more segments, or of one that is not parallel to an axis.
        areas: filled shapes that are neither boxes nor point marks.
        points: point marks.
        strokes: short lines parallel to an axis: dashes, error bars, needles.
    """

    bars: tuple[Shape, ...]
    lines: tuple[Shape, ...]
    areas: tuple[Shape, ...]
    points: tuple[PointMark, ...]
    strokes: tuple[Shape, ...]


def content(plot: Plot, shapes: Sequence[Shape], left_out: set[int], background: tuple[float, float, float]) -> Content:
    """Sort the shapes of a plot.

    Args:
        left_out: ids of shapes of legends.
        background: the colour of the plot area, which is no mark.
    """
    frame = plot.box
    bars: list[Shape] = []
    full: list[Shape] = []
    thin: list[Shape] = []
    lines: list[Shape] = []
    areas: list[Shape] = []
    small: list[Shape] = []
    strokes: list[Shape] = []
    shapes = [shape for shape in shapes if id(shape) not in left_out and _belongs(shape, frame)]
    crosses, parts = _crosses(shapes)
    for shape in shapes:
        if id(shape) in parts:
            continue
        if shape.fill is not None and shape.stroke is None and same_colour(shape.fill, background, 0.005):
            continue
        width, height = shape.size
        if shape.is_segment:
            if _is_grid(shape, frame) or _is_tick(shape, frame) or _on_border(shape, frame):
                if shape.fill is not None and not _is_grid(shape, frame):
                    thin.append(shape)
                continue
            if shape.fill is not None:
                thin.append(shape)
            elif shape.width >= 3 and max(width, height) > 1.2 * shape.width:
                bars.append(_thick(shape))
            else:
                strokes.append(shape)
        elif shape.is_rect and not _is_round(shape):
            if width > 0.97 * (frame[2] - frame[0]) and height > 0.97 * (frame[3] - frame[1]):
                continue
            if _touches_both(shape, frame):
                full.append(shape)
            elif max(width, height) < _LEAST_MARKER:
                # Where rulings cross, some programs fill the corner.
                continue
            elif max(width, height) <= _MARKER and 0.9 < width / height < 1.1:
                small.append(shape)
            else:
                bars.append(shape)
        elif max(width, height) < _LEAST_MARKER:
            continue
        elif max(width, height) <= _MARKER or (_is_round(shape) and max(width, height) <= _BUBBLE):
            small.append(shape)
        elif shape.fill is not None:
            bins = _bins(shape)
            bars.extend(bins)
            if not bins:
                areas.append(shape)
        elif not _runs_on_border(shape, frame):
            bins = _bins(shape) if _starts_and_ends_low(shape) else []
            bars.extend(bins)
            if not bins:
                lines.append(shape)
    points, squares, rest = _points(small)
    points.extend(crosses)
    if squares and (bars or _too_different(squares)) and not points:
        bars.extend(squares)
    else:
        points.extend(PointMark(shape, marker_form(shape), shape.box) for shape in squares)
    strokes.extend(shape for shape in rest if shape.is_segment)
    lines.extend(shape for shape in rest if not shape.is_segment and shape.fill is None)
    bars.extend(_like_bars(full, bars, frame))
    like = _like_bars(thin, bars, frame)
    bars.extend(like)
    strokes.extend(shape for shape in thin if not any(shape is bar for bar in like) and not _on_border(shape, frame))
    bars = _without_outlines(bars)
    lines = _without_edges(_chained(lines, strokes), bars, areas)
    return Content(tuple(bars), tuple(lines), tuple(areas), tuple(points), tuple(strokes))


def _belongs(shape: Shape, frame: Rect) -> bool:
    x0, y0, x1, y1 = shape.box
    width = min(x1, frame[2] + 2) - max(x0, frame[0] - 2)
    height = min(y1, frame[3] + 2) - max(y0, frame[1] - 2)
    if width < 0 or height < 0:
        return False
    if inside(shape.centre, frame, 2):
        return x1 - x0 <= 1.5 * (frame[2] - frame[0]) and y1 - y0 <= 3 * (frame[3] - frame[1])
    if shape.clip is None:
        return False
    return width * height > 0.2 * (x1 - x0) * (y1 - y0) and min(width, height) > 1


def _is_grid(shape: Shape, frame: Rect) -> bool:
    if shape.horizontal:
        return shape.size[0] > _SPAN * (frame[2] - frame[0])
    return shape.size[1] > _SPAN * (frame[3] - frame[1])


def _is_tick(shape: Shape, frame: Rect) -> bool:
    """A short line that starts at a side of the plot area and is upright to it."""
    if max(shape.size) > _TICK or (shape.fill is not None and max(shape.size) > 8):
        return False
    x0, y0, x1, y1 = shape.box
    if shape.horizontal:
        return min(abs(x0 - frame[0]), abs(x1 - frame[0]), abs(x0 - frame[2]), abs(x1 - frame[2])) < 1.2
    return min(abs(y0 - frame[1]), abs(y1 - frame[1]), abs(y0 - frame[3]), abs(y1 - frame[3])) < 1.2


def _on_border(shape: Shape, frame: Rect) -> bool:
    """A part of an axis line."""
    (x, y), limit = shape.centre, 0.75
    if shape.horizontal:
        return min(abs(y - frame[1]), abs(y - frame[3])) < limit and shape.size[0] > 0.3 * (frame[2] - frame[0])
    return min(abs(x - frame[0]), abs(x - frame[2])) < limit and shape.size[1] > 0.3 * (frame[3] - frame[1])


def _runs_on_border(shape: Shape, frame: Rect) -> bool:
    """Whether all of a line runs along the sides of the plot area, as two or three axes that are one line do."""
    if shape.curved or not 3 <= len(shape.knots) <= 6:
        return False
    limit = 0.75
    for (ax, ay), (bx, by) in pairwise(shape.knots.tolist()):
        on_side = any(abs(ax - side) < limit and abs(bx - side) < limit for side in (frame[0], frame[2]))
        on_end = any(abs(ay - side) < limit and abs(by - side) < limit for side in (frame[1], frame[3]))
        if not on_side and not on_end:
            return False
    return True


def _starts_and_ends_low(shape: Shape) -> bool:
    """Whether a line rises upright from a level to which it falls back at its end, as the outline of a histogram
    does."""
    if len(shape.knots) < 8:
        return False
    (ax, ay), (bx, by) = shape.knots[0].tolist(), shape.knots[-1].tolist()
    lowest = float(shape.knots[:, 1].max())
    upright = bool(abs(shape.knots[1][0] - ax) < 0.05 and abs(shape.knots[-2][0] - bx) < 0.05)
    return upright and abs(ay - lowest) < 0.1 and abs(by - lowest) < 0.1


def _bins(shape: Shape) -> list[Shape]:
    """The bins of a histogram that is one outline, as boxes from its flat base; none for another shape."""
    knots = shape.knots
    if shape.curved or len(knots) < 8:
        return []
    moves = np.abs(np.diff(knots, axis=0))
    if not (moves.min(axis=1) < 0.05).all():
        return []
    base = float(knots[:, 1].max())
    boxes = []
    for (ax, ay), (bx, by) in pairwise(knots.tolist()):
        if abs(ay - by) < 0.05 and abs(ay - base) > 0.05 and abs(ax - bx) > 0.5:
            left, right = sorted((ax, bx))
            corners = np.array([(left, base), (right, base), (right, ay), (left, ay)])
            boxes.append(replace(shape, knots=corners, outline=corners, closed=True, fill=shape.colour, stroke=None))
    spans = sorted((box.box[0], box.box[2]) for box in boxes)
    apart = all(b[0] - a[1] > -0.1 for a, b in pairwise(spans))
    widths = [right - left for left, right in spans]
    return boxes if len(boxes) > 2 and apart and max(widths) < 4.5 * min(widths) else []


def _touches_both(shape: Shape, frame: Rect) -> bool:
    x0, y0, x1, y1 = shape.box
    return (x0 < frame[0] + 1 and x1 > frame[2] - 1) or (y0 < frame[1] + 1 and y1 > frame[3] - 1)


def _is_round(shape: Shape) -> bool:
    """A circle has 0.785 of its box, rounded boxes have more."""
    width, height = shape.size
    return shape.rounded and 0.8 < width / max(height, 0.01) < 1.25 and 0.7 < shape.area / (width * height) < 0.87


def _thick(shape: Shape) -> Shape:
    """A wide stroke as the box that it covers."""
    (ax, ay), (bx, by) = shape.knots[0].tolist(), shape.knots[-1].tolist()
    half = shape.width / 2
    across = (0.0, half) if shape.horizontal else (half, 0.0)
    corners = np.array(
        [
            (ax - across[0], ay - across[1]),
            (bx - across[0], by - across[1]),
            (bx + across[0], by + across[1]),
            (ax + across[0], ay + across[1]),
        ]
    )
    return replace(shape, knots=corners, outline=corners, closed=True, fill=shape.stroke, stroke=None)


def _points(small: Sequence[Shape]) -> tuple[list[PointMark], list[Shape], list[Shape]]:
    """Point marks, squares that may be bars too, and what is left.

    Parts of one path around one centre, such as the strokes of a cross, are one mark.
    """
    by_path: dict[int, list[Shape]] = defaultdict(list)
    for shape in small:
        by_path[shape.path].append(shape)
    points: list[PointMark] = []
    squares: list[Shape] = []
    rest: list[Shape] = []
    for parts in by_path.values():
        for group in _concentric(parts):
            if _is_outline(group, points[-1] if points else None, squares[-1] if squares else None):
                continue
            first = group[0]
            if len(group) == 1 and not first.closed and not _is_cross(first):
                rest.append(first)
            elif len(group) == 1 and min(first.size) < _LEAST_MARKER:
                # The caps of error bars are point marks of some programs.
                rest.append(first)
            elif len(group) == 1 and first.is_rect and not first.rounded:
                squares.append(first)
            else:
                boxes = np.array([shape.box for shape in group])
                box = (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())
                points.append(PointMark(first, marker_form(first, len(group)), box))
    return points, squares, rest


def _crosses(shapes: Sequence[Shape]) -> tuple[list[PointMark], set[int]]:
    """Crosses and stars whose strokes are paths of their own, and the ids of the strokes."""
    found: list[PointMark] = []
    used: set[int] = set()
    group: list[Shape] = []

    def close() -> None:
        if 2 <= len(group) <= 4:
            boxes = np.array([shape.box for shape in group])
            box = (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())
            found.append(PointMark(group[0], marker_form(group[0], len(group)), box))
            used.update(map(id, group))
        group.clear()

    for shape in shapes:
        is_stroke = len(shape.knots) == 2 and shape.fill is None and 1.5 < max(shape.size) <= _MARKER
        if group and not (is_stroke and _crosses_at(group[-1], shape)):
            close()
        if is_stroke:
            group.append(shape)
    close()
    return found, used


def _crosses_at(one: Shape, other: Shape) -> bool:
    """Whether two strokes that were drawn one after the other have one middle and different directions."""
    (ax, ay), (bx, by) = one.centre, other.centre
    if (
        abs(ax - bx) > 0.3
        or abs(ay - by) > 0.3
        or other.path - one.path > 1
        or not same_colour(one.stroke, other.stroke)
    ):
        return False
    first, second = one.knots[1] - one.knots[0], other.knots[1] - other.knots[0]
    turn = abs(float(first[0] * second[1] - first[1] * second[0]))
    return turn > 0.3 * float(np.hypot(*first) * np.hypot(*second))


def _is_outline(group: Sequence[Shape], point: PointMark | None, square: Shape | None) -> bool:
    """Whether a shape is the border of the point mark before it, which was drawn as a path of its own."""
    first = group[0]
    if first.fill is not None or len(group) > 1:
        return False
    before = [
        shape for shape in (point.shape if point else None, square) if shape is not None and shape.fill is not None
    ]
    return any(
        0 < first.path - shape.path <= 2
        and abs(first.centre[0] - shape.centre[0]) < 0.25
        and abs(first.centre[1] - shape.centre[1]) < 0.25
        and abs(first.size[0] - shape.size[0]) < 1.5
        for shape in before
    )


def _concentric(parts: list[Shape]) -> list[list[Shape]]:
    groups: list[list[Shape]] = []
    for shape in parts:
        x, y = shape.centre
        for group in groups[-4:]:
            gx, gy = group[0].centre
            if abs(x - gx) < 0.6 and abs(y - gy) < 0.6:
                group.append(shape)
                break
        else:
            groups.append([shape])
    return groups


def _is_cross(shape: Shape) -> bool:
    return len(shape.knots) >= 8


def _too_different(squares: Sequence[Shape]) -> bool:
    sizes = Counter(round(shape.size[0], 0) for shape in squares)
    return len(squares) < 3 or sizes.most_common(1)[0][1] < 0.7 * len(squares)


def _like_bars(shapes: Sequence[Shape], bars: Sequence[Shape], frame: Rect) -> list[Shape]:
    """Boxes as wide (or as high) as bars of the plot: a value near zero, or one as long as the axis."""
    if not bars:
        # Where each spans the plot area they may still be bars, side by side.
        return []
    widths = np.array([bar.size[0] for bar in bars])
    heights = np.array([bar.size[1] for bar in bars])
    found = []
    for shape in shapes:
        width, height = shape.size
        if ((np.abs(widths - width) < 0.6).mean() > 0.3 and width > 1.5) or (
            (np.abs(heights - height) < 0.6).mean() > 0.3 and height > 1.5
        ):
            found.append(shape)
    return found


def _without_outlines(bars: list[Shape]) -> list[Shape]:
    """One shape for each box; where there are filled boxes, outlines are their borders."""
    kept: dict[tuple[int, ...], Shape] = {}
    filled = [bar for bar in bars if bar.fill is not None]
    for bar in filled:
        key = tuple(round(side * 2) for side in bar.box)
        other = kept.get(key)
        if other is None or other.path < bar.path:
            kept[key] = bar
    for bar in [] if filled else bars:
        kept.setdefault(tuple(round(side * 2) for side in bar.box), bar)
    return sorted(kept.values(), key=lambda bar: bar.path)


def _chained(lines: list[Shape], strokes: list[Shape]) -> list[Shape]:
    """Lines that were drawn in parts, each starting where the last ended, as one; strokes that take part leave
    `strokes`."""
    parts = sorted([*lines, *strokes], key=lambda shape: shape.path)
    chains: list[list[Shape]] = []
    for shape in parts:
        last = chains[-1][-1] if chains else None
        if (
            last is not None
            and np.abs(last.knots[-1] - shape.knots[0]).max() < 0.05
            and same_colour(last.stroke, shape.stroke)
            and last.dashes == shape.dashes
            and not last.closed
        ):
            chains[-1].append(shape)
        else:
            chains.append([shape])
    found = []
    for chain in chains:
        if len(chain) == 1:
            if any(chain[0] is line for line in lines):
                found.append(chain[0])
            continue
        knots = np.concatenate([chain[0].knots, *(shape.knots[1:] for shape in chain[1:])])
        outline = np.concatenate([chain[0].outline, *(shape.outline[1:] for shape in chain[1:])])
        found.append(replace(chain[0], knots=knots, outline=outline, curved=any(shape.curved for shape in chain)))
        for shape in chain:
            for k, stroke in enumerate(strokes):
                if stroke is shape:
                    del strokes[k]
                    break
    return found


def _without_edges(lines: list[Shape], bars: Sequence[Shape], areas: Sequence[Shape]) -> list[Shape]:
    """Lines that are not the outline of a bar."""
    if not bars:
        return lines
    edges = np.array([bar.box for bar in bars])
    return [
        line for line in lines if not (len(line.knots) <= 6 and (np.abs(edges - np.array(line.box)).max(1) < 1.5).any())
    ]
