"""Values of lines: their knots, the plateaus of steps, or the point marks that stand on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..axes.axis import Axis
from ..axes.plots import Plot
from ..axes.scales import ScaleKind
from ..drawing import Points, Shape, same_colour
from .mark import Mark, Measured, NotMeasuredError, Style
from .point_marks import PointMark

MAX_POINTS = 5000
"""Knots of a plot above which its lines are declined."""
_ON = 0.9
"""Points within which a mark stands on a line."""
_RESOLVED = 0.05
_SAMPLES = 40
"""Knots from which on a line may be a curve that was drawn as many short lines."""
_BEND, _MOST_BEND = 0.15, 1.0
"""Radians by which half, and nine tenths, of the parts of such a curve turn at most; measured data turn by more."""
_CURVE_DOUBT = 0.3
_EXTENT = 4.0
"""Half of the box of a point of a line, in points."""


@dataclass(frozen=True)
class LineMarks:
    """Values of lines, and the point marks that none of them explains."""

    measured: Measured | None
    points: tuple[PointMark, ...]
    left: tuple[Shape, ...]


def measure_lines(
    lines: Sequence[Shape], points: Sequence[PointMark], plot: Plot, axis_of: dict[int, Axis]
) -> LineMarks:
    """The values of the lines of a plot.

    Args:
        axis_of: the value axis of each line, by its place in `lines`.

    Raises:
        NotMeasuredError: there are too many points, or lines that turn back.
    """
    if sum(len(line.knots) for line in lines) > 4 * MAX_POINTS:
        raise NotMeasuredError("the lines have too many points")
    free = list(points)
    loose = [point for point in points if not any(_is_on(point, line) for line in lines)]
    marks: list[Mark] = []
    left: list[Shape] = []
    turning = smoothed = 0
    for number, line in enumerate(lines):
        axis = axis_of[number]
        if axis.scale is None or axis.scale.kind == ScaleKind.TIME:
            raise NotMeasuredError("the axis of the line has no numbers")
        knots = _distinct(line.knots)
        steps = _steps(knots)
        data = knots if steps is None else steps
        on_line = [point for point in free if _is_on(point, line)]
        hollow = [point for point in free if _is_paper(point) and _distance(point.centre, data) < _ON]
        on_line = on_line or hollow
        form = ""
        if (on_line and len(on_line) >= 0.5 * len(data)) or (
            on_line and steps is None and len(knots) > 40 and len(on_line) > 2
        ):
            data = np.array(sorted(point.centre for point in on_line))
            form = on_line[0].form
            free = [point for point in free if not any(point is other for other in on_line)]
        elif (len(knots) == 2 and (len(free) > 4 or min(abs(knots[1] - knots[0])) < 0.5)) or (
            len(loose) > 4 and not on_line and _through_points(line, loose)
        ):
            left.append(line)
            continue
        elif steps is None and _is_sampled(line, knots):
            if sum(_distance(point.centre, line.outline) < _ON for point in free[:300]) > 2:
                # The point marks are the data, in whatever colour.
                left.append(line)
                continue
            smoothed += 1
        elif on_line:
            free = [point for point in free if not any(point is other for other in on_line)]
        if len(data) > 2 and _turns_back(data[:, 0]):
            turning += 1
            left.append(line)
            continue
        style = Style(line.stroke or (0.0, 0.0, 0.0), line.dashes, form)
        for x, y in data.tolist():
            box = (x - _EXTENT, y - _EXTENT, x + _EXTENT, y + _EXTENT)
            marks.append(Mark(style, x, x, axis.scale.value(y), y, axis.scale.resolution(y, _RESOLVED), box, line.path))
    if len(marks) > MAX_POINTS:
        raise NotMeasuredError("the lines have too many points")
    if turning and not marks:
        raise NotMeasuredError("lines turn back, so that they are no series of values")
    doubt = min(1.0, turning / max(1, len(lines)) + (_CURVE_DOUBT if smoothed else 0.0))
    causes = ["a smooth curve was drawn as many short lines, whose ends are no data"] if smoothed else []
    causes += ["some lines turn back, so that they are no series of values"] if turning else []
    measured = Measured("line", True, tuple(marks), doubt=doubt, cause="; ".join(causes)) if marks else None
    return LineMarks(measured, tuple(free), tuple(left))


def _distinct(knots: Points) -> Points:
    """Knots without immediate repetitions."""
    if len(knots) < 2:
        return knots
    keep = np.ones(len(knots), np.bool_)
    keep[1:] = np.abs(np.diff(knots, axis=0)).max(1) > 0.02
    return knots[keep]


def _steps(knots: Points) -> Points | None:
    """The data of a line of steps; None for another line.

    Steps after a point start with a horizontal part and end with a vertical one or with half a step, steps before it
    the other way;
    steps around it start and end with horizontal parts, the first and last half as long.
    """
    if len(knots) < 5:
        return None
    moves = np.abs(np.diff(knots, axis=0))
    flat = (moves[:, 1] < 0.05) & (moves[:, 0] > 0.05)
    upright = (moves[:, 0] < 0.05) & (moves[:, 1] > 0.05)
    if not (flat | upright).all():
        return None
    # Equal neighbours make one longer horizontal part.
    if (flat[:-1] & flat[1:]).mean() > 0.5:
        return None
    starts_flat, ends_flat = bool(flat[0]), bool(flat[-1])
    plateaus = [(knots[k], knots[k + 1]) for k in range(len(moves)) if flat[k]]
    if starts_flat and ends_flat:
        lengths = [float(b[0] - a[0]) for a, b in plateaus]
        inner = sorted(lengths[1:-1])
        if (
            inner
            and abs(lengths[0] - inner[0] / 2) < 0.1 * inner[0] + 0.2
            and abs(lengths[-1] - inner[0] / 2) < 0.1 * inner[0] + 0.2
        ):
            middle = [((a[0] + b[0]) / 2, a[1]) for a, b in plateaus[1:-1]]
            return np.array([tuple(knots[0]), *middle, tuple(knots[-1])])
        return np.array([tuple(a) for a, _ in plateaus])
    if starts_flat:
        return np.array([*(tuple(a) for a, _ in plateaus), tuple(knots[-1])])
    if ends_flat:
        return np.array([tuple(knots[0]), *(tuple(b) for _, b in plateaus)])
    return None


def _is_sampled(line: Shape, knots: Points) -> bool:
    """Whether a line is a smooth curve in many short parts, whose knots are no data."""
    if line.curved or len(knots) < _SAMPLES:
        return False
    moves = np.diff(knots, axis=0)
    angles = np.arctan2(moves[:, 1], moves[:, 0])
    half, most = np.quantile(np.abs(np.diff(angles)), (0.5, 0.9))
    return bool(half < _BEND and most < _MOST_BEND and np.ptp(knots[:, 1]) > 3)


def _distance(point: tuple[float, float], outline: Points) -> float:
    """From a point to a polyline."""
    a, b = outline[:-1], outline[1:]
    along = b - a
    length = np.maximum((along**2).sum(1), 1e-9)
    to = np.array(point) - a
    share = np.clip((to * along).sum(1) / length, 0, 1)[:, None]
    return float(np.sqrt(((to - share * along) ** 2).sum(1).min()))


def _is_on(point: PointMark, line: Shape) -> bool:
    """Whether a point mark has the colour of a line and stands on it."""
    colours = (point.shape.colour, point.shape.stroke)
    return any(same_colour(colour, line.stroke, 0.04) for colour in colours) and (
        _distance(point.centre, line.outline) < _ON
    )


def _is_paper(point: PointMark) -> bool:
    fill = point.shape.fill
    return fill is not None and min(fill) > 0.97


def _through_points(line: Shape, points: Sequence[PointMark]) -> bool:
    """A fitted curve: most point marks of the plot lie beside it."""
    beside = sum(_distance(point.centre, line.outline) > 2 for point in points[:300])
    return beside > 0.5 * min(300, len(points)) and not np.any(np.diff(line.knots[:, 0]) < -0.05)


def _turns_back(x: Points) -> bool:
    moves = np.diff(x)
    return bool((moves < -0.3).any() and (moves > 0.3).any())
