"""Values of point marks and dashes that stand by themselves."""

from collections import Counter
from collections.abc import Sequence

from ..axes.axis import Axis
from ..axes.plots import Plot
from ..axes.scales import ScaleKind
from ..drawing import Shape
from .mark import Mark, Measured, NotMeasuredError, Style
from .point_marks import PointMark, is_round

MAX_POINTS = 20_000
_RESOLVED = 0.05
_LEAST_LATTICE = 12
_MOST_HEADS = 3
"""Arrowheads of the axes of a sketch, at most."""
_MOST_ASPECTS = 8
"""Shapes of point marks, by width over height, of one plot: a series has one, whatever its size."""


def measure_points(points: Sequence[PointMark], plot: Plot) -> Measured:
    """The values of point marks: y where its axis has numbers, else x, as in a dot plot of categories.

    Raises:
        NotMeasuredError: no axis has numbers, or there are too many.
    """
    if len(points) > MAX_POINTS:
        raise NotMeasuredError("there are too many point marks")
    aspects = {
        round(4 * point.shape.size[0] / max(point.shape.size[1], 0.1)) for point in points if not point.shape.rounded
    }
    if len(aspects) > _MOST_ASPECTS:
        raise NotMeasuredError("the small shapes are turned in many ways, as arrows are")
    if _are_cells(points):
        raise NotMeasuredError("the squares touch each other as the cells of a heat map do")
    if _are_lattice(points):
        raise NotMeasuredError("the marks stand at all crossings of a lattice, as those of a pattern do")
    if _are_arrowheads(points, plot):
        raise NotMeasuredError("the axes end in arrows, as those of a sketch do")
    upright, axis = measured_axis(plot)
    assert axis.scale is not None
    marks = []
    for point in points:
        x, y = point.centre
        place, at = (x, y) if upright else (y, x)
        style = Style(_colour(point), marker=point.form)
        resolution = axis.scale.resolution(at, _RESOLVED)
        marks.append(Mark(style, place, place, axis.scale.value(at), at, resolution, point.box, point.shape.path))
    return Measured("scatter", upright, tuple(marks))


def _are_arrowheads(points: Sequence[PointMark], plot: Plot) -> bool:
    """Whether a few filled shapes that are neither circles nor squares stand beyond the labels of both axes, one above
    and another one at the right."""
    if plot.x is None:
        return False
    right = max(tick.position for tick in plot.x.ticks)
    top = min((tick.position for tick in plot.y.ticks), default=plot.box[1]) if plot.y is not None else plot.box[1] + 1
    centres = [
        point.centre
        for point in points
        if point.shape.fill is not None and not is_round(point.shape) and not point.shape.is_rect
    ]
    few = len(centres) <= _MOST_HEADS
    return few and any(y < top for _, y in centres) and any(x > right for x, _ in centres)


def _are_lattice(points: Sequence[PointMark]) -> bool:
    """Whether nearly all marks stand at every place of several columns and rows."""
    places = {(round(point.centre[0]), round(point.centre[1])) for point in points}
    columns, rows = (Counter(place[k] for place in places) for k in (0, 1))
    inner = [(x, y) for x, y in places if columns[x] > 2 and rows[y] > 2]
    whole = len({x for x, _ in inner}) * len({y for _, y in inner})
    return len(inner) == whole >= _LEAST_LATTICE and len(inner) > 0.9 * len(places)


def _are_cells(points: Sequence[PointMark]) -> bool:
    """Whether a third of many squares have another one right beside or above them."""
    squares = [point for point in points if point.shape.is_rect and not point.shape.rounded]
    if len(squares) < 9:
        return False
    width, height = squares[0].shape.size
    places = {(round(x / width * 4), round(y / height * 4)) for x, y in (point.centre for point in squares)}
    touching = sum((x + 4, y) in places or (x, y + 4) in places for x, y in places)
    return touching > len(places) / 3


def measure_dashes(strokes: Sequence[Shape], plot: Plot) -> Measured:
    """The values of dashes of one direction and length, which stand across the measured axis.

    Raises:
        NotMeasuredError: they are of several directions or lengths.
    """
    upright, axis = measured_axis(plot)
    if any(stroke.horizontal for stroke in strokes) and any(not stroke.horizontal for stroke in strokes):
        raise NotMeasuredError("short lines of several directions are no marks that are known")
    horizontal = strokes[0].horizontal
    both = plot.x is not None and plot.x.is_number and plot.y is not None and plot.y.is_number
    if both or (horizontal and plot.y is not None and plot.y.is_number):
        upright = horizontal
        found = plot.y if upright else plot.x
        assert found is not None
        axis = found
    lengths = sorted(max(stroke.size) for stroke in strokes)
    if lengths[-1] > 1.6 * lengths[0] + 1 or axis.scale is None or axis.scale.kind == ScaleKind.TIME:
        raise NotMeasuredError("short lines of several lengths are no marks that are known")
    marks = []
    for stroke in strokes:
        x, y = stroke.centre
        low, high, at = (stroke.box[0], stroke.box[2], y) if upright else (stroke.box[1], stroke.box[3], x)
        value = axis.scale.value(at)
        x0, y0, x1, y1 = stroke.box
        box = (x0, y0 - 1, x1, y1 + 1) if horizontal else (x0 - 1, y0, x1 + 1, y1)
        style = Style(stroke.colour)
        marks.append(Mark(style, low, high, value, at, axis.scale.resolution(at, _RESOLVED), box, stroke.path))
    return Measured("scatter", upright, tuple(marks), doubt=0.05)


def measured_axis(plot: Plot) -> tuple[bool, Axis]:
    """Whether the measured axis is the vertical one, and that axis; years are what values are plotted against.

    Raises:
        NotMeasuredError: no axis has numbers.
    """
    if plot.y is not None and plot.y.years and plot.x is not None and plot.x.is_number and not plot.x.years:
        return False, plot.x
    if plot.y is not None and plot.y.is_number:
        return True, plot.y
    if plot.x is not None and plot.x.is_number:
        return False, plot.x
    raise NotMeasuredError("no axis has numbers")


def _colour(point: PointMark) -> tuple[float, float, float]:
    """Of the fill, unless it is that of the paper."""
    shape = point.shape
    if shape.fill is not None and (min(shape.fill) < 0.97 or shape.stroke is None):
        return shape.fill
    return shape.stroke or (0.0, 0.0, 0.0)
