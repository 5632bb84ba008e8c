"""What is drawn around the marks of a plot: its grid, ticks and borders."""

from collections.abc import Sequence
from itertools import pairwise

from ..drawing import Rect, Shape, inside

_SPAN = 0.92
"""Share of the plot area from which on a line is a grid line or a rule."""
_TICK = 14.0
_HEAD = 14.0
"""Points that the head of an arrow may be large."""
_MOST_HEADS = 50


def belongs(shape: Shape, frame: Rect) -> bool:
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


def is_grid(shape: Shape, frame: Rect) -> bool:
    if shape.horizontal:
        return shape.size[0] > _SPAN * (frame[2] - frame[0])
    return shape.size[1] > _SPAN * (frame[3] - frame[1])


def is_tick(shape: Shape, frame: Rect) -> bool:
    """A short line that starts at a side of the plot area and is upright to it."""
    if max(shape.size) > _TICK or (shape.fill is not None and max(shape.size) > 8):
        return False
    x0, y0, x1, y1 = shape.box
    if shape.horizontal:
        return min(abs(x0 - frame[0]), abs(x1 - frame[0]), abs(x0 - frame[2]), abs(x1 - frame[2])) < 1.2
    return min(abs(y0 - frame[1]), abs(y1 - frame[1]), abs(y0 - frame[3]), abs(y1 - frame[3])) < 1.2


def on_border(shape: Shape, frame: Rect) -> bool:
    """A part of an axis line."""
    (x, y), limit = shape.centre, 0.75
    if shape.horizontal:
        return min(abs(y - frame[1]), abs(y - frame[3])) < limit and shape.size[0] > 0.3 * (frame[2] - frame[0])
    return min(abs(x - frame[0]), abs(x - frame[2])) < limit and shape.size[1] > 0.3 * (frame[3] - frame[1])


def runs_on_border(shape: Shape, frame: Rect) -> bool:
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


def arrows(shapes: Sequence[Shape]) -> set[int]:
    """The ids of lines that end in an open head, and of their heads."""
    heads = [shape for shape in shapes if len(shape.knots) == 3 and not shape.closed and max(shape.size) < _HEAD]
    found: set[int] = set()
    for head in heads[:_MOST_HEADS]:
        x, y = head.knots[1].tolist()
        for shaft in shapes:
            if len(shaft.knots) > 4 or shaft.fill is not None or shaft is head or shaft.stroke != head.stroke:
                continue
            ends = (shaft.knots[0].tolist(), shaft.knots[-1].tolist())
            if any(abs(ex - x) < 1 and abs(ey - y) < 1 for ex, ey in ends):
                found |= {id(head), id(shaft)}
    return found


def touches_both(shape: Shape, frame: Rect) -> bool:
    x0, y0, x1, y1 = shape.box
    return (x0 < frame[0] + 1 and x1 > frame[2] - 1) or (y0 < frame[1] + 1 and y1 > frame[3] - 1)
