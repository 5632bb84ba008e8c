"""Point marks: circles, squares, crosses, also those that were drawn in parts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..drawing import Rect, Shape, same_colour
from .mark import marker_form

LARGEST_MARKER = 16.0
"""Largest point mark in points, where it is no circle."""
LARGEST_SQUARE = 60.0
LEAST_MARKER = 1.1
"""Points below which nothing is a mark: where rulings cross, some programs fill the corner."""


@dataclass(frozen=True)
class PointMark:
    """A point mark: a circle, a square, a cross."""

    shape: Shape
    form: str
    box: Rect

    @property
    def centre(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def point_marks(small: Sequence[Shape]) -> tuple[list[PointMark], list[Shape], list[Shape]]:
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
            elif len(group) == 1 and min(first.size) < LEAST_MARKER:
                # The caps of error bars are point marks of some programs.
                rest.append(first)
            elif len(group) == 1 and first.is_rect and not first.rounded:
                squares.append(first)
            else:
                boxes = np.array([shape.box for shape in group])
                box = (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())
                points.append(PointMark(first, marker_form(first, len(group)), box))
    return points, squares, rest


def crosses_of_strokes(shapes: Sequence[Shape]) -> tuple[list[PointMark], set[int]]:
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
        is_stroke = len(shape.knots) == 2 and shape.fill is None and 1.5 < max(shape.size) <= LARGEST_MARKER
        if group and not (is_stroke and _crosses_at(group[-1], shape)):
            close()
        if is_stroke:
            group.append(shape)
    close()
    return found, used


def is_round(shape: Shape) -> bool:
    """A circle has 0.785 of its box, rounded boxes have more."""
    width, height = shape.size
    return shape.rounded and 0.8 < width / max(height, 0.01) < 1.25 and 0.7 < shape.area / (width * height) < 0.87


def is_square(shape: Shape) -> bool:
    width, height = shape.size
    return abs(width - height) < 0.02 * width + 0.05 and width < LARGEST_SQUARE


def too_different(squares: Sequence[Shape]) -> bool:
    sizes = Counter(round(shape.size[0], 0) for shape in squares)
    return len(squares) < 3 or sizes.most_common(1)[0][1] < 0.7 * len(squares)


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
