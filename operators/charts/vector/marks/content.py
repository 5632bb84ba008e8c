"""The marks of a plot, apart from its grid, ticks, borders and legend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..axes.plots import Plot
from ..drawing import Shape, is_grey, same_colour
from .boxes import bins_of_outline, box_of_stroke, like_bars, starts_and_ends_low, without_outlines
from .furniture import arrows, belongs, is_grid, is_tick, on_border, runs_on_border, touches_both
from .mark import marker_form
from .point_marks import (
    LARGEST_MARKER,
    LEAST_MARKER,
    PointMark,
    crosses_of_strokes,
    is_round,
    is_square,
    point_marks,
    too_different,
)

_BUBBLE = 90.0
"""Largest circle in points."""


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
    shapes = [shape for shape in shapes if id(shape) not in left_out]
    inner = [shape for shape in shapes if belongs(shape, frame)]
    colours = {shape.colour for shape in inner if not shape.is_segment and not is_grey(shape.colour)}
    beyond = [
        shape
        for shape in shapes
        if shape.colour in colours and not shape.is_segment and belongs(shape, plot.reach) and not belongs(shape, frame)
    ]
    shapes = sorted([*inner, *beyond], key=lambda shape: shape.path)
    crosses, parts = crosses_of_strokes(shapes)
    parts |= arrows(shapes)
    for shape in shapes:
        if id(shape) in parts:
            continue
        if shape.fill is not None and shape.stroke is None and same_colour(shape.fill, background, 0.005):
            continue
        width, height = shape.size
        if shape.is_segment:
            if is_grid(shape, frame) or is_tick(shape, frame) or on_border(shape, frame):
                if shape.fill is not None and not is_grid(shape, frame):
                    thin.append(shape)
                continue
            if shape.fill is not None:
                thin.append(shape)
            elif shape.width >= 3 and max(width, height) > 1.2 * shape.width:
                bars.append(box_of_stroke(shape))
            else:
                strokes.append(shape)
        elif shape.is_rect and not is_round(shape):
            if width > 0.97 * (frame[2] - frame[0]) and height > 0.97 * (frame[3] - frame[1]):
                continue
            if touches_both(shape, frame):
                full.append(shape)
            elif max(width, height) < LEAST_MARKER:
                # Where rulings cross, some programs fill the corner.
                continue
            elif max(width, height) <= LARGEST_MARKER and 0.9 < width / height < 1.1:
                small.append(shape)
            else:
                bars.append(shape)
        elif max(width, height) < LEAST_MARKER:
            continue
        elif max(width, height) <= LARGEST_MARKER or (is_round(shape) and max(width, height) <= _BUBBLE):
            small.append(shape)
        elif shape.fill is not None:
            bins = bins_of_outline(shape)
            bars.extend(bins)
            if not bins:
                areas.append(shape)
        elif not runs_on_border(shape, frame):
            bins = bins_of_outline(shape) if starts_and_ends_low(shape) else []
            bars.extend(bins)
            if not bins:
                lines.append(shape)
    if len(bars) > 2 and all(is_square(shape) for shape in bars):
        # Squares of different sizes are bubbles.
        small, bars = [*small, *bars], []
    points, squares, rest = point_marks(small)
    points.extend(crosses)
    if squares and (bars or (too_different(squares) and not all(map(is_square, squares)))) and not points:
        bars.extend(squares)
    else:
        points.extend(PointMark(shape, marker_form(shape), shape.box) for shape in squares)
    strokes.extend(shape for shape in rest if shape.is_segment)
    lines.extend(shape for shape in rest if not shape.is_segment and shape.fill is None)
    bars.extend(like_bars(full, bars))
    like = like_bars(thin, bars)
    bars.extend(like)
    strokes.extend(shape for shape in thin if not any(shape is bar for bar in like) and not on_border(shape, frame))
    bars = without_outlines(bars)
    lines = _without_edges(_chained(lines, strokes), bars, areas)
    return Content(tuple(bars), tuple(lines), tuple(areas), tuple(points), tuple(strokes))


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
