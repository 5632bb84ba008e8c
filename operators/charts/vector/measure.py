"""From a page to its charts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from .axes.axis import Axis, Side
from .axes.find import ends_of
from .axes.independent import AT_LABEL, BESIDE_LABEL, places
from .axes.plots import Plot, find_plots
from .axes.scales import ScaleKind
from .axes.surroundings import REACH
from .checks import at_labels, beyond, colours_tell_categories, is_sketch, placeless, repeated
from .confidence import CUT, Evidence, confidence, objections
from .drawing import Drawing, Label, Point, Rect, Shape, inside, is_grey, middle, union
from .extract import TooManyPathsError, read_drawing
from .legends import Legend, find_legends
from .marks.areas import measure_areas
from .marks.bars import measure_bars
from .marks.content import Content, content
from .marks.lines import measure_lines
from .marks.mark import Measured, NotMeasuredError, Style
from .marks.pies import Pie, find_pies
from .marks.printed import printed_values
from .marks.scatter import measure_dashes, measure_points
from .names import find_titles
from .outlined_text import outlined_frames
from .result import DeclinedChart, MeasuredChart, MeasuredValue
from .rounding import rounded
from .series import SeriesNames, name_series
from .two_axes import Layer, layers_of

OUTLINED = "the labels of the axes are drawn as outlines, and are no text"
"""The reason for which a chart is declined until OCR has read its labels, see `read_labels`."""

_LEAST_SHAPES = 3
_WHITE = (1.0, 1.0, 1.0)
_SKETCH = 0.3
"""Doubt of what may be a sketch."""
_LEAST_IMAGE = 4.0
"""Square points of a plot that an image covers from which on it may be a mark."""
_BEHIND = 2.0
"""Times the area of a plot from which on an image is a picture of the whole page, or a ground."""
_TICK_HALF = 0.6
"""Half the height of a label at the end of an axis, with a margin, in font sizes."""
_CUT = 1.0
"""Points by which a plot area that is seen whole reaches beyond the page at most; lines are drawn around its edge."""
_FLAT = 0.5
"""Points that a ruling is thick at most."""


def measure_charts(page: Any, regions: Sequence[Rect] | None = None) -> tuple[MeasuredChart | DeclinedChart, ...]:
    """The charts of a `pymupdf.Page`.

    Args:
        regions: boxes of figures in points of the page as displayed; None for the whole page. A region with more paths
            than are read is declined.
    """
    whole = (0.0, 0.0, float(page.rect.width), float(page.rect.height))
    try:
        drawing = read_drawing(page)
    except TooManyPathsError:
        reason = "the page has too many paths to measure charts on it"
        return tuple(DeclinedChart(box, "other", reason) for box in regions or [whole])
    if regions is None:
        return charts_of(drawing)
    return tuple(chart for box in regions for chart in charts_of(part_of(drawing, box)))


def part_of(drawing: Drawing, box: Rect) -> Drawing:
    """What has its middle in a box."""
    shapes = tuple(shape for shape in drawing.shapes if inside(shape.centre, box, 2))
    labels = tuple(label for label in drawing.labels if inside(label.centre, box, 2))
    shaded = tuple(shaded for shaded in drawing.shaded if inside(middle(shaded), box, 2))
    images = tuple(image for image in drawing.images if inside(middle(image), box, 2))
    return Drawing(drawing.size, shapes, labels, shaded=shaded, images=images)


def charts_of(drawing: Drawing) -> tuple[MeasuredChart | DeclinedChart, ...]:
    """The charts of a drawing, in the order of reading."""
    if len(drawing.shapes) < _LEAST_SHAPES:
        return ()
    if not drawing.labels:
        return tuple(_outlined(drawing, []))
    legends = find_legends(drawing.labels, drawing.shapes)
    named = {id(label) for legend in legends for label in legend.labels}
    samples = {id(shape) for legend in legends for entry in legend.entries for shape in entry.shapes}
    samples |= {id(shape) for shape in drawing.shapes if any(_frames_legend(shape, legend) for legend in legends)}
    found: list[tuple[Rect, MeasuredChart | DeclinedChart]] = []
    for pie in find_pies([shape for shape in drawing.shapes if id(shape) not in samples], drawing.labels, legends):
        found.append((pie.box, _pie_chart(pie, drawing, named)))
    free = tuple(label for label in drawing.labels if id(label) not in named)
    unnamed = tuple(shape for shape in drawing.shapes if id(shape) not in samples)
    plots = find_plots(replace(drawing, labels=free, shapes=unnamed))
    for plot in plots:
        if any(inside(((pie[0] + pie[2]) / 2, (pie[1] + pie[3]) / 2), plot.box) for pie, _ in found):
            continue
        chart = _plot_chart(plot, plots, drawing, legends, samples, free)
        if chart is not None:
            found.append((plot.box, chart))
    return (*(chart for _, chart in found), *_outlined(drawing, [box for box, _ in found]))


def _outlined(drawing: Drawing, taken: Sequence[Rect]) -> Iterator[DeclinedChart]:
    """Charts without any text at their axes but outlined characters."""
    for box in outlined_frames(drawing, taken):
        kind = kind_of_marks(box, drawing.shapes)
        if kind != "other":
            yield DeclinedChart(box, kind, OUTLINED)


def kind_of_marks(box: Rect, shapes: Sequence[Shape]) -> str:
    """The type of the chart that the marks in a box make; `other` where there are none."""
    return _likely_type(content(Plot(box, None, None), shapes, set(), _background(box, shapes)))


def _plot_chart(
    plot: Plot,
    plots: Sequence[Plot],
    drawing: Drawing,
    legends: Sequence[Legend],
    samples: set[int],
    free: Sequence[Label],
) -> MeasuredChart | DeclinedChart | None:
    """The chart of a plot; None where the plot has no marks, as tables and forms have none."""
    background = _background(plot.box, drawing.shapes)
    others = [other.box for other in plots if other is not plot]
    mine = [shape for shape in drawing.shapes if not any(inside(shape.centre, box) for box in others)]
    inner = content(plot, mine, samples, background)
    box = _whole_box(plot)
    own = _legends_of(plot, plots, legends)
    taken = [label.box for other in plots for axis in (other.x, other.y, other.y2) if axis for label in axis.labels]
    spare = [label for label in free if not any(inside(label.centre, one, 0.5) for one in taken)]
    unmeasured = _unmeasured(plot, drawing)
    try:
        layers = [Layer(inner, plot, None)] if plot.y2 is None else layers_of(inner, plot, own, drawing, spare)
        parts = [(part, layer) for layer in layers for part in _measured(layer.content, layer.plot)]
    except NotMeasuredError as error:
        is_chart = _looks_like_chart(plot) and not _are_rulings(inner)
        return DeclinedChart(box, _likely_type(inner), str(error)) if is_chart else None
    if unmeasured:
        return DeclinedChart(box, "other", unmeasured) if parts or _looks_like_chart(plot) else None
    if not parts:
        return None
    measured = [part for part, _ in parts]
    names = name_series(measured, own, spare)
    if plot.y2 is not None:
        names = _by_axes(names, parts)
    spare = [label for label in spare if not any(label is used for used in names.labels)]
    titles = find_titles(plot.box, plot.x, plot.y, [label for label in spare if not label.unseen])
    styles = {mark.style for part in measured for mark in part.marks}
    by_category = colours_tell_categories(measured)
    values: list[MeasuredValue] = []
    unplaced, all_at_labels = 0, True
    used = [*names.labels, *(label for legend in own for label in legend.labels)]
    rows: list[Rect] = []
    for part, layer in parts:
        axis = layer.plot.y if part.upright else plot.x
        other = plot.x if part.upright else layer.plot.y
        assert axis is not None
        assert axis.scale is not None
        printed = printed_values(
            part.marks,
            part.upright,
            [label for label in spare if inside(label.centre, plot.box, 12)],
            axis.scale.extent,
        )
        at = places(part.marks, other, part.bins, AT_LABEL if part.kind in ("line", "area") else BESIDE_LABEL)
        all_at_labels &= at_labels(part.marks, at, other)
        # The scale of numbers and times proves their labels.
        if other is not None and other.scale is None:
            used.extend(other.labels)
            rows.append(_row_of(other, plot.box))
        for k, (mark, place) in enumerate(zip(part.marks, at, strict=True)):
            if place.x is None and other is not None:
                unplaced += 1
                continue
            name = None if by_category else names.names.get(mark.style)
            exact = printed.get(k)
            value = exact.value if exact else rounded(mark.value, mark.resolution)
            values.append(
                MeasuredValue(name, place.x, place.x_number, value, exact.box if exact else mark.box, exact is not None)
            )
    if not values:
        reason = "the marks stand at none of the labels of their axis"
        return DeclinedChart(box, _likely_type(inner), reason) if _looks_like_chart(plot) else None
    total = sum(len(part.marks) for part in measured)
    value_axis = plot.y if measured[0].upright else plot.x
    assert value_axis is not None
    assert value_axis.scale is not None
    unnamed = len(styles) > 1 and not names.sure and not by_category
    doubtful = max(measured, key=lambda part: part.doubt)
    if is_sketch(measured, plot) and titles.x_label is None and titles.y_label is None and not own:
        doubtful = replace(doubtful, doubt=max(_SKETCH, doubtful.doubt), cause="a few points on axes without titles")
    evidence = Evidence(
        ticks=value_axis.scale.ticks + value_axis.even,
        residual=value_axis.scale.residual,
        # Bars between labels, which programs leave out where they would overlap, are left out too.
        unplaced=0.0 if all_at_labels and 3 * unplaced < total else unplaced / total,
        unnamed=unnamed,
        out_of_range=sum(beyond(mark, plot, part.upright) for part in measured for mark in part.marks) / total,
        doubt=doubtful.doubt,
        rivals=value_axis.rivals or (plot.x is not None and plot.x.rivals),
        placeless=placeless(measured, plot, names.sure),
        repeated=repeated(values, measured),
        repeated_weight=(0.0 if unnamed else 0.1) if all(part.kind == "bar" for part in measured) else 0.4,
        cut=_is_cut(plot.box, drawing.size) or any(label.unseen for label in used),
    )
    kind = max(measured, key=lambda part: len(part.marks)).kind
    whole = union([box, *titles.boxes, *(legend.box for legend in own)])
    against = objections(evidence, doubtful.cause)
    scales = [axis.scale for axis in (plot.x, plot.y, plot.y2) if axis is not None and axis.scale is not None]
    agreeing = min(scale.ticks - scale.outliers for scale in scales)
    return MeasuredChart(
        whole,
        kind,
        titles.title,
        titles.x_label,
        titles.y_label,
        tuple(values),
        confidence(evidence),
        against,
        agreeing,
        tuple(used),
        tuple(rows),
        tuple(_free_ends(plot)),
        plot.box,
    )


def _free_ends(plot: Plot) -> Iterator[Rect]:
    """Where factors of axes of numbers would stand that have none, beside their labels."""
    for axis in (plot.x, plot.y, plot.y2):
        if axis is None or axis.scale is None or axis.scale.kind != ScaleKind.LINEAR or axis.beside is not None:
            continue
        size = axis.labels[0].size
        for x0, y0, x1, y1 in ends_of(axis, plot.box, size):
            yield (x0, axis.far, x1, y1) if axis.side == Side.BOTTOM else (x0, y0, x1, y1 - _TICK_HALF * size)


def _row_of(axis: Axis, frame: Rect) -> Rect:
    """The row of the labels of an axis along the whole side of a plot area."""
    x0, y0, x1, y1 = union([label.box for label in axis.labels])
    return (frame[0], y0, frame[2], y1) if axis.side.horizontal else (x0, frame[1], x1, frame[3])


def _is_cut(frame: Rect, size: Point) -> bool:
    """Whether a plot area goes on beyond the page."""
    return frame[0] < -_CUT or frame[1] < -_CUT or frame[2] > size[0] + _CUT or frame[3] > size[1] + _CUT


def _unmeasured(plot: Plot, drawing: Drawing) -> str:
    """Why marks of a plot may be no paths; empty where nothing says so."""
    if any(_is_shaded_mark(shaded, plot.box) for shaded in drawing.shaded):
        return "marks are drawn with colour gradients or patterns"
    if any(_may_hold_marks(image, plot.box) for image in drawing.images):
        return "an image stands in the plot, which may hold marks"
    return ""


def _is_shaded_mark(shaded: Rect, frame: Rect) -> bool:
    """Whether a colour gradient is within a plot and does not fill it."""
    x0, y0, x1, y1 = shaded
    fills = x1 - x0 > 0.97 * (frame[2] - frame[0]) and y1 - y0 > 0.97 * (frame[3] - frame[1])
    return inside(middle(shaded), frame, 2) and not fills


def _may_hold_marks(image: Rect, frame: Rect) -> bool:
    """Whether an image is in a plot, and is no picture behind it that is far larger."""
    shared = _area(max(image[0], frame[0]), max(image[1], frame[1]), min(image[2], frame[2]), min(image[3], frame[3]))
    return shared > _LEAST_IMAGE and _area(*image) < _BEHIND * _area(*frame)


def _area(x0: float, y0: float, x1: float, y1: float) -> float:
    return max(0.0, x1 - x0) * max(0.0, y1 - y0)


def _looks_like_chart(plot: Plot) -> bool:
    """Whether an axis has a scale of three labels with ticks, which numbers beside the rulings of a table do not
    have."""
    axes = [
        axis for axis in (plot.x, plot.y) if axis is not None and axis.scale is not None and not axis.scale.outliers
    ]
    return any(len(axis.ticks) > 2 and 2 * axis.marks >= len(axis.ticks) for axis in axes)


def _are_rulings(inner: Content) -> bool:
    """Whether all that stands in a plot are straight lines along it, as in a ruled table."""
    return not (inner.bars or inner.areas or inner.points) and all(min(line.size) < _FLAT for line in inner.lines)


def _measured(inner: Content, plot: Plot) -> list[Measured]:
    found: list[Measured] = []
    lines = list(inner.lines)
    if inner.areas:
        areas, covered = measure_areas(inner.areas, lines, plot)
        lines = [line for k, line in enumerate(lines) if k not in covered]
        if areas is not None:
            found.append(areas)
    if inner.bars:
        found.append(measure_bars(inner.bars, inner.strokes, plot))
    points = list(inner.points)
    if lines:
        if plot.y is None or plot.y.scale is None:
            raise NotMeasuredError("the axis of the lines has no numbers")
        result = measure_lines(lines, points, plot, dict.fromkeys(range(len(lines)), plot.y))
        points = list(result.points)
        if result.measured is not None:
            found.append(result.measured)
    if found and points:
        points = _not_on(points, found)
    if points:
        found.append(measure_points(points, plot))
    if not found and inner.strokes and not all(is_grey(stroke.colour) for stroke in inner.strokes):
        found.append(measure_dashes(inner.strokes, plot))
    return [part for part in found if part.marks]


def _by_axes(names: SeriesNames, parts: Sequence[tuple[Measured, Layer]]) -> SeriesNames:
    """Names of series with those of the axes for the only series of an axis."""
    found = dict(names.names)
    styles: dict[str, set[Style]] = defaultdict(set)
    for part, layer in parts:
        if layer.name:
            styles[layer.name].update(mark.style for mark in part.marks)
    for name, own in styles.items():
        if len(own) == 1:
            found.setdefault(next(iter(own)), name)
    count = len({mark.style for part, _ in parts for mark in part.marks})
    return SeriesNames(found, len(found) == count == len(set(found.values())), names.labels)


def _not_on(points: Sequence[Any], found: Sequence[Measured]) -> list[Any]:
    """Point marks that stand at no value that was measured already."""
    places = {(round(mark.middle), round(mark.at)) for part in found for mark in part.marks if part.upright}
    left = []
    for point in points:
        x, y = point.centre
        near = {(round(x) + dx, round(y) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
        if not near & places:
            left.append(point)
    return left


def _frames_legend(shape: Shape, legend: Legend) -> bool:
    """Whether a shape is the box or the shadow of a legend."""
    x0, y0, x1, y1 = legend.box
    a0, b0, a1, b1 = shape.box
    size = 2.2 * legend.entries[0].label.size
    around = x0 - a0 < size and y0 - b0 < 2 * size and a1 - x1 < size and b1 - y1 < size
    return around and a0 <= x0 + 1 and b0 <= y0 + 1 and a1 >= x1 - 0.12 * (x1 - x0) and b1 >= y1 - 1


def _background(frame: Rect, shapes: Sequence[Shape]) -> tuple[float, float, float]:
    """The fill of the last box that covers the plot area."""
    for shape in reversed(shapes):
        if shape.fill is not None and shape.is_rect:
            x0, y0, x1, y1 = shape.box
            if x0 <= frame[0] + 1 and y0 <= frame[1] + 1 and x1 >= frame[2] - 1 and y1 >= frame[3] - 1:
                return shape.fill
    return _WHITE


def _whole_box(plot: Plot) -> Rect:
    labels = [label.box for axis in (plot.x, plot.y, plot.y2) if axis and plot.own for label in axis.labels]
    return union([plot.box, *(box for box in labels if _overlaps(box, plot.box, REACH))])


def _overlaps(one: Rect, other: Rect, margin: float) -> bool:
    """Whether a box is at another one, as the labels of an axis that a facet shares with others may not be."""
    across = one[0] <= other[2] + margin and one[2] >= other[0] - margin
    return across and one[1] <= other[3] + margin and one[3] >= other[1] - margin


def _legends_of(plot: Plot, plots: Sequence[Plot], legends: Sequence[Legend]) -> list[Legend]:
    """Legends in the plot; else those outside of all plots, of which the nearest where there are several plots."""
    inner = [legend for legend in legends if inside(middle(legend.box), plot.box, 2)]
    if inner:
        return inner
    return [legend for legend in legends if not any(inside(middle(legend.box), other.box, 2) for other in plots)]


def _likely_type(inner: Content) -> str:
    sizes = {"bar": len(inner.bars), "line": len(inner.lines), "area": len(inner.areas), "scatter": len(inner.points)}
    best = max(sizes, key=lambda kind: sizes[kind])
    return best if sizes[best] else "other"


def _pie_chart(pie: Pie, drawing: Drawing, named: set[int]) -> MeasuredChart | DeclinedChart:
    box = union([pie.box, *(label.box for label in pie.labels)])
    if pie.reason is not None:
        return DeclinedChart(box, "pie", pie.reason)
    used = {id(label) for label in pie.labels} | named
    names = tuple(label for label in drawing.labels if id(label) in used)
    if _is_cut(pie.box, drawing.size) or any(label.unseen for label in names):
        return DeclinedChart(box, "pie", CUT)
    free = [label for label in drawing.labels if id(label) not in used and not label.unseen]
    titles = find_titles(pie.box, None, None, free)
    values = [
        MeasuredValue(
            None,
            part.name,
            None,
            part.printed if part.printed is not None else rounded(part.share, 0.001),
            part.box,
            part.printed is not None,
        )
        for part in pie.slices
    ]
    return MeasuredChart(box, "pie", titles.title, None, None, tuple(values), 0.96, names=names)
