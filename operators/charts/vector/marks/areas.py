"""Values of areas: heights over the base line, or over the area below in a stack."""

from collections.abc import Sequence

import numpy as np

from ..axes.axis import Axis
from ..axes.plots import Plot
from ..axes.scales import ScaleKind
from ..drawing import Points, Shape
from .mark import Mark, Measured, NotMeasuredError, Style

_FLAT = 0.8
_MOST = 5000
_CLOSE = 1.3
"""Points within which knots are of one place."""
_RESOLVED = 0.05
_EXTENT = 4.0


def measure_areas(shapes: Sequence[Shape], lines: Sequence[Shape], plot: Plot) -> tuple[Measured | None, set[int]]:
    """The values of the areas of a plot, and the places in `lines` of the lines that are their edges.

    Raises:
        NotMeasuredError: a shape is no area between two edges, or its lower edge is no base line.
    """
    axis = plot.y
    if axis is None or axis.scale is None or axis.scale.kind == ScaleKind.TIME:
        raise NotMeasuredError("the axis of the areas has no numbers")
    chains = []
    for shape in shapes:
        edges = _edges(shape.knots)
        if edges is None:
            if shape.size[0] * shape.size[1] < 0.02 * (plot.box[2] - plot.box[0]) * (plot.box[3] - plot.box[1]):
                continue
            raise NotMeasuredError("filled shapes are neither bars nor areas")
        chains.append((shape, *edges))
    if sum(len(top) + len(bottom) for _, top, bottom in chains) > _MOST:
        raise NotMeasuredError("the areas have too many points")
    base = _base(plot, axis)
    marks: list[Mark] = []
    covered: set[int] = set()
    bands = 0
    for shape, upper, lower in chains:
        flat_low = bool((np.abs(lower[:, 1] - lower[0, 1]) < _FLAT).all())
        flat_high = bool((np.abs(upper[:, 1] - upper[0, 1]) < _FLAT).all())
        places = _places(np.concatenate([upper[:, 0], lower[:, 0]]))
        above, below = _at(upper, places), _at(lower, places)
        if flat_low and abs(lower[0, 1] - base) < 1.5:
            kind = "base"
        elif flat_high and abs(upper[0, 1] - base) < 1.5:
            kind, above, below = "base", below, above
        elif any(
            _same_edge(lower, other) or _same_edge(upper, other_low)
            for another, other, other_low in chains
            if another is not shape
        ):
            kind = "stack"
        elif any(_within(line, upper, lower) for line in lines):
            bands += 1
            continue
        else:
            raise NotMeasuredError("the lower edge of an area is neither the base line nor another area")
        style = Style(shape.colour)
        for number, line in enumerate(lines):
            if _is_edge(line, upper) or _is_edge(line, lower):
                covered.add(number)
        for x, high, low in zip(places.tolist(), above.tolist(), below.tolist(), strict=True):
            value = axis.scale.value(high)
            if kind == "stack":
                value -= axis.scale.value(low)
            box = (x - _EXTENT, high - _EXTENT, x + _EXTENT, high + _EXTENT)
            marks.append(Mark(style, x, x, value, high, axis.scale.resolution(high, _RESOLVED), box, shape.path))
    return (Measured("area", True, tuple(marks), doubt=0.05) if marks else None), covered


def _base(plot: Plot, axis: Axis) -> float:
    assert axis.scale is not None
    zero = axis.scale.position(0.0) if axis.scale.kind != ScaleKind.LOG else None
    if zero is not None and plot.box[1] - 2 <= zero <= plot.box[3] + 2:
        return zero
    return plot.box[3]


def _edges(knots: Points) -> tuple[Points, Points] | None:
    """The upper and the lower edge of an area, both from left to right; None where it is no such shape."""
    if np.abs(knots[0] - knots[-1]).max() < 0.02:
        knots = knots[:-1]
    if len(knots) < 3:
        return None
    x = knots[:, 0]
    left, right = float(x.min()), float(x.max())
    if right - left < 3:
        return None
    count = len(knots)
    at_left = x <= left + 0.05
    at_right = x >= right - 0.05
    start = next((k for k in range(count) if at_left[k] and not at_left[(k + 1) % count]), None)
    if start is None:
        return None
    rolled = np.roll(knots, -start, axis=0)
    is_left, is_right = np.roll(at_left, -start), np.roll(at_right, -start)
    first_right = int(np.flatnonzero(is_right)[0])
    last_right = first_right
    while last_right + 1 < count and is_right[last_right + 1]:
        last_right += 1
    one = rolled[: first_right + 1]
    back = rolled[last_right:]
    first_left = next((k for k in range(len(back)) if is_left[last_right + k]), None)
    back = np.concatenate([back, rolled[:1]]) if first_left is None else back[: first_left + 1]
    other = back[::-1]
    for edge in (one, other):
        if len(edge) < 2 or (np.diff(edge[:, 0]) < -0.05).any():
            return None
    middle = np.linspace(left, right, 9)[1:-1]
    if _at(one, middle).mean() <= _at(other, middle).mean():
        return one, other
    return other, one


def _places(x: Points) -> Points:
    """Places of the knots; ggplot2 adds knots beside those of the data, of which the middle one is kept."""
    x = np.unique(np.round(x, 2))
    groups: list[list[float]] = [[float(x[0])]]
    for place in x[1:].tolist():
        if place - groups[-1][0] < _CLOSE:
            groups[-1].append(place)
        else:
            groups.append([place])
    middles = [group[len(group) // 2] for group in groups]
    # At the ends the outline rises upright, with small steps aside.
    middles[0], middles[-1] = (
        groups[0][-1] if len(groups[0]) < 3 else middles[0],
        groups[-1][0] if len(groups[-1]) < 3 else middles[-1],
    )
    return np.array(middles)


def _at(edge: Points, places: Points) -> Points:
    return np.interp(places, edge[:, 0], edge[:, 1])


def _same_edge(one: Points, other: Points) -> bool:
    low, high = max(one[0, 0], other[0, 0]), min(one[-1, 0], other[-1, 0])
    if high - low < 0.5 * max(one[-1, 0] - one[0, 0], 1.0):
        return False
    places = np.linspace(low, high, 25)
    return bool((np.abs(_at(one, places) - _at(other, places)) < 1.0).mean() > 0.85)


def _is_edge(line: Shape, edge: Points) -> bool:
    knots = line.knots
    if len(knots) < 2 or (np.diff(knots[:, 0]) < -0.05).any():
        return False
    return _same_edge(knots, edge)


def _within(line: Shape, upper: Points, lower: Points) -> bool:
    """Whether a line runs inside of a band."""
    knots = line.knots
    inner = knots[(knots[:, 0] >= upper[0, 0]) & (knots[:, 0] <= upper[-1, 0])]
    if len(inner) < 2:
        return False
    y = inner[:, 1]
    return bool(((y >= _at(upper, inner[:, 0]) - 0.5) & (y <= _at(lower, inner[:, 0]) + 0.5)).mean() > 0.9)
