"""Plots: plot areas with their axes. Facets share the axes of the plot below or beside them."""

import itertools
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from ..drawing import Drawing, Rect, inside
from .axis import Axis, Side
from .find import find_axis, with_factor
from .frames import frame_candidates
from .pixels import beside_pixels, half_pixel
from .scales import Scale
from .surroundings import Surroundings

_ALIGNED = 2.0
"""Points by which the sides of facets in a row may differ."""

_AT_END = 1.5
"""Points within which a label stands at the end of a plot area."""
_CLOSE = 16.0
"""Points between a plot area and the labels of its axis where there are no ticks."""
_LONG_LABEL = 32
"""Characters of the only label of an axis above which it is a title."""
_MOST_TEXT = 0.22
"""Share of its area from which on text fills a box as it fills tables and paragraphs, and no plot."""


@dataclass(frozen=True)
class Plot:
    """A plot area.

    Attributes:
        x, y: the axes at the bottom (else at the top) and at the left (else at the right).
        y2: a second axis at the right with another scale.
        own: how many of the axes stand at the plot itself.
    """

    box: Rect
    x: Axis | None
    y: Axis | None
    y2: Axis | None = None
    own: int = 2

    @property
    def reach(self) -> Rect:
        """The box, and what marks may cover beyond it: half a category, or less than a step of an open axis."""
        x0, y0, x1, y1 = self.box
        # Beside an open horizontal axis stands the legend.
        if self.x is not None and self.x.scale is None:
            x0, x1 = _reach(self.x, x0, x1)
        if self.y is not None:
            y0, y1 = _reach(self.y, y0, y1)
        return x0, y0, x1, y1


def _reach(axis: Axis, low: float, high: float) -> tuple[float, float]:
    if axis.scale is None:
        half = axis.spacing / 2
        return min(low, axis.ticks[0].position - half), max(high, axis.ticks[-1].position + half)
    positions = sorted(axis.scale.positions)
    step = 0.9 * min((b - a for a, b in itertools.pairwise(positions)), default=0.0)
    # A grid ends at its last line, and marks may lie beyond it.
    first, last = abs(positions[0] - low) < _AT_END, abs(positions[-1] - high) < _AT_END
    return low - step * first, high + step * last


def find_plots(drawing: Drawing) -> list[Plot]:
    """Plots that do not overlap, in the order of reading."""
    around = Surroundings(drawing.labels, [shape for shape in drawing.shapes if shape.is_segment])
    candidates = frame_candidates(drawing.shapes)
    found = [plot for box in candidates if (plot := _plot(box, around)) is not None]
    chosen: list[Plot] = []
    panels = {_rounded(shape.box) for shape in drawing.shapes if shape.fill is not None and shape.is_rect}
    for plot in sorted(found, key=lambda plot: _rank(plot, panels), reverse=True):
        if not any(_overlap(plot.box, other.box) > 0.1 or _shares_labels(plot, other) for other in chosen):
            chosen.append(plot)
    chosen = [_with_shared(_without_others(plot, chosen), chosen) for plot in chosen]
    chosen.extend(_facets(chosen, candidates))
    chosen.sort(key=lambda plot: (round(plot.box[1] / 10), plot.box[0]))
    return chosen


def _plot(box: Rect, around: Surroundings) -> Plot | None:
    if around.text_share(box) > _MOST_TEXT:
        return None
    left = find_axis(box, Side.LEFT, around)
    right = find_axis(box, Side.RIGHT, around)
    y = right if left is None or (left.scale is None and right is not None and _replaces(right, box)) else left
    y = None if y is None or _is_title(y) else y
    x = find_axis(box, Side.BOTTOM, around)
    if x is None or _is_title(x):
        x = find_axis(box, Side.TOP, around)
        x = None if x is None or _is_title(x) or (x.scale is None and len(x.ticks) == 1) else x
        # The headers of facets may be years.
        x = None if x is not None and x.scale is not None and 2 * x.marks < len(x.ticks) else x
    if x is None and y is not None and y.scale is not None:
        x = _at_zero(box, y.scale, around)
    axes = [axis for axis in (x, y) if axis is not None]
    if not any(axis.scale is not None for axis in axes) or (len(axes) == 1 and not _stands_alone(axes[0])):
        return None
    y2 = right if y is left and y is not None and y.scale is not None and right is not None else None
    if y2 is not None and y is not None and (not _is_second(y2, box) or _same_scale(y, y2)):
        y2 = None
    everything = around.all_labels
    x = None if x is None else with_factor(x, box, everything)
    y = None if y is None else with_factor(y, box, everything)
    across, down = (around.places(box, side) for side in (Side.BOTTOM, Side.LEFT))
    if shift := half_pixel(across, down):
        x = x and beside_pixels(x, across, (box[0], box[2]), shift)
        y, y2 = (axis and beside_pixels(axis, down, (box[1], box[3]), shift) for axis in (y, y2))
    return Plot(box, x, y, y2, len(axes))


def _at_zero(box: Rect, scale: Scale, around: Surroundings) -> Axis | None:
    """Categories below the line of zero within the plot area, as spreadsheets write them."""
    zero = scale.position(0.0)
    if zero is None or not box[1] + 6 < zero < box[3] - 6:
        return None
    axis = find_axis((box[0], box[1], box[2], zero), Side.BOTTOM, around)
    return axis if axis is not None and len(axis.ticks) > 1 and axis.far < box[3] else None


def _is_title(axis: Axis) -> bool:
    """Whether a row of a single text is a title rather than the only category."""
    return axis.scale is None and len(axis.ticks) == 1 and (not axis.marks or len(axis.ticks[0].text) > _LONG_LABEL)


def _stands_alone(axis: Axis) -> bool:
    """Whether one axis makes a plot: all of its labels are numbers of one scale, at ticks."""
    scale = axis.scale
    return (
        scale is not None
        and axis.is_number
        and scale.ticks > 2
        and not scale.outliers
        and axis.marks >= 0.8 * len(axis.ticks)
    )


def _replaces(axis: Axis, box: Rect) -> bool:
    """Whether the labels at the right are a scale, and not values printed at bars, beside categories at the left."""
    return axis.scale is not None and axis.scale.ticks > 2 and _is_second(axis, box)


def _is_second(axis: Axis, box: Rect) -> bool:
    """Whether the labels at the right are one scale, with ticks or along most of the side, and not the numbers of a
    legend."""
    scale = axis.scale
    if scale is None or scale.outliers or len(axis.ticks) < 2:
        return False
    length = abs(scale.positions[-1] - scale.positions[0]) / (box[3] - box[1])
    if axis.marks >= 0.6 * len(axis.ticks):
        return length > 0.4
    close = min(label.box[0] for label in axis.labels) - box[2] < _CLOSE
    return len(axis.ticks) > 2 and close and length > 0.6


def _same_scale(one: Axis, other: Axis) -> bool:
    assert one.scale is not None
    assert other.scale is not None
    off = [
        place - at
        for value, at in zip(other.scale.values, other.scale.positions, strict=True)
        if (place := one.scale.position(value)) is not None
    ]
    return len(off) == other.scale.ticks and max(map(abs, off)) < 2


def _rounded(box: Rect) -> tuple[int, ...]:
    return tuple(round(side) for side in box)


def _rank(plot: Plot, panels: Set[tuple[int, ...]]) -> tuple[float, ...]:
    """Plots with two axes first, then those with two scales, then those whose labels fit best, then panels that are
    filled, without the strips of their names, then the larger."""
    axes = [axis for axis in (plot.x, plot.y) if axis is not None]
    scales = [axis.scale for axis in axes if axis.scale is not None]
    ticks = sum(scale.ticks - 2 * scale.outliers for scale in scales) + sum(
        len(axis.ticks) for axis in axes if axis.scale is None
    )
    area = (plot.box[2] - plot.box[0]) * (plot.box[3] - plot.box[1])
    return len(axes), len(scales), ticks, _rounded(plot.box) in panels, area


def _overlap(one: Rect, other: Rect) -> float:
    """The shared area as a part of the smaller."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))


def _shares_labels(one: Plot, other: Plot) -> bool:
    """Whether both would use the same labels, though they are no facets of one row or column."""
    mine = [label.box for axis in (one.x, one.y) if axis for label in axis.labels]
    theirs = [label.centre for axis in (other.x, other.y) if axis for label in axis.labels]
    return any(inside(centre, box, 0.5) for centre in theirs for box in mine)


def _without_others(plot: Plot, others: Sequence[Plot]) -> Plot:
    """A plot without a second axis where that is the first one of the plot at its right."""
    if plot.y2 is None:
        return plot
    centres = [label.centre for other in others if other is not plot and other.y for label in other.y.labels]
    mine = [label.box for label in plot.y2.labels]
    taken = any(inside(centre, box, 0.5) for centre in centres for box in mine)
    return replace(plot, y2=None) if taken else plot


def _with_shared(plot: Plot, others: Sequence[Plot]) -> Plot:
    """A plot with one axis and the other axis of the nearest plot in its row or column."""
    if plot.x is not None and plot.y is not None:
        return plot
    missing = 0 if plot.x is None else 1
    near = [
        other
        for other in others
        if other is not plot
        and (other.y if missing else other.x) is not None
        and _aligned(plot.box, other.box, missing)
    ]
    if not near:
        return plot
    away = 1 - missing
    nearest = min(near, key=lambda other: abs(other.box[away] - plot.box[away]))
    return replace(plot, y=nearest.y) if missing else replace(plot, x=nearest.x)


def _facets(plots: list[Plot], candidates: Sequence[Rect]) -> list[Plot]:
    """Plot areas without labels of their own, in a row or column with one that has them."""
    found: list[Plot] = []
    for box in candidates:
        if any(_overlap(box, plot.box) > 0.05 for plot in (*plots, *found)):
            continue
        column = [plot for plot in plots if plot.x is not None and _aligned(box, plot.box, 0)]
        row = [plot for plot in plots if plot.y is not None and _aligned(box, plot.box, 1)]
        if column and row:
            x = min(column, key=lambda plot: abs(plot.box[1] - box[1])).x
            y = min(row, key=lambda plot: abs(plot.box[0] - box[0])).y
            found.append(Plot(box, x, y, own=0))
    return found


def _aligned(one: Rect, other: Rect, along: int) -> bool:
    return abs(one[along] - other[along]) <= _ALIGNED and abs(one[along + 2] - other[along + 2]) <= _ALIGNED
