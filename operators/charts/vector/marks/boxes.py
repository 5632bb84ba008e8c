"""Boxes that may be bars: thick strokes, bins of one outline, boxes like the other bars, and their borders."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..drawing import Shape


def starts_and_ends_low(shape: Shape) -> bool:
    """Whether a line rises upright from a level to which it falls back at its end, as the outline of a histogram
    does."""
    if len(shape.knots) < 8:
        return False
    (ax, ay), (bx, by) = shape.knots[0].tolist(), shape.knots[-1].tolist()
    lowest = float(shape.knots[:, 1].max())
    upright = bool(abs(shape.knots[1][0] - ax) < 0.05 and abs(shape.knots[-2][0] - bx) < 0.05)
    return upright and abs(ay - lowest) < 0.1 and abs(by - lowest) < 0.1


def bins_of_outline(shape: Shape) -> list[Shape]:
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


def box_of_stroke(shape: Shape) -> Shape:
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


def like_bars(shapes: Sequence[Shape], bars: Sequence[Shape]) -> list[Shape]:
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


def without_outlines(bars: list[Shape]) -> list[Shape]:
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
