"""Values of bars: simple, grouped, stacked, floating, and the bins of histograms."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..axes.axis import Axis
from ..axes.plots import Plot
from ..axes.scales import Scale, ScaleKind
from ..drawing import Colour, Rect, Shape
from .mark import Mark, Measured, NotMeasuredError, Style

_TOUCH = 1.3
"""Points within which ends of bars meet each other or the base line."""
_SLOT = 0.9
_FLOATING = 0.05
"""Doubt of bars that all start away from the axis."""
_RESOLVED = 0.1
"""Points that the place of an end is certain to; drawings round to a tenth or better, Vega's bars to nothing."""


@dataclass(frozen=True)
class _Bar:
    """A bar by its ends: `base` and `tip` along the measured axis, `low` and `high` across."""

    low: float
    high: float
    base: float
    tip: float
    shape: Shape


def measure_bars(shapes: Sequence[Shape], strokes: Sequence[Shape], plot: Plot) -> Measured:
    """The values of the bars of a plot.

    Raises:
        NotMeasuredError: they are box plots, a heat map, or start at no common line.
    """
    choices = [choice for upright in (True, False) if (choice := _explained(shapes, plot, upright)) is not None]
    if not choices:
        raise NotMeasuredError("no axis of the bars has numbers")
    best = max(choices, key=lambda choice: choice.score)
    bars, stray = best.bars, best.stray
    if len(stray) >= 2 and len(stray) >= len(bars) and not any(stacked for _, stacked in bars):
        # Among floating bars, one that starts where the axis does floats too.
        bars, stray = [], [*stray, *(bar for bar, _ in bars)]
    scale = best.value_axis.scale
    assert scale is not None
    if _are_cells([bar for bar, _ in bars]):
        raise NotMeasuredError("the boxes fill the plot like a heat map or a tree map")
    _check_other_kinds(shapes, stray, strokes, plot, best.upright)
    marks: list[Mark] = []
    shift = _shift([bar.base for bar, stacked in bars if not stacked], _base(plot.box, scale, best.upright))
    for bar, stacked in bars:
        box = bar.shape.box
        value = scale.value(bar.tip - shift)
        if stacked:
            value -= scale.value(bar.base - shift)
        marks.append(_mark(bar, value, bar.tip, scale, box))
    for bar in stray:
        ends = sorted((bar.base, bar.tip), key=scale.value)
        marks.extend(_mark(bar, scale.value(end), end, scale, bar.shape.box) for end in ends)
    bins = _are_bins([bar for bar, _ in bars], best.other_axis)
    if bins:
        marks = _with_bin_edges(marks)
    doubt = (
        min(1.0, 0.3 * len(stray) / len(shapes) + 0.4) if bars and stray else _floating_doubt(stray) if stray else 0.0
    )
    cause = "boxes start away from the axis and are no stack" if stray else ""
    return Measured("bar", best.upright, tuple(marks), bins, doubt, cause)


@dataclass(frozen=True)
class _Choice:
    upright: bool
    value_axis: Axis
    other_axis: Axis | None
    bars: list[tuple[_Bar, bool]]
    stray: list[_Bar]
    score: float


def _explained(shapes: Sequence[Shape], plot: Plot, upright: bool) -> _Choice | None:
    axis, other = (plot.y, plot.x) if upright else (plot.x, plot.y)
    if axis is None or axis.scale is None or axis.scale.kind == ScaleKind.TIME:
        return None
    base = _base(plot.box, axis.scale, upright)
    slots: dict[int, list[_Bar]] = defaultdict(list)
    edges: list[tuple[float, float]] = []
    for shape in shapes:
        x0, y0, x1, y1 = shape.box
        low, high, one, end = (x0, x1, y1, y0) if upright else (y0, y1, x0, x1)
        if axis.scale.kind == ScaleKind.LOG and (one > base) == upright:
            # Zero is no place of a log axis.
            one = base
        bar = _Bar(low, high, one, end, shape)
        for k, (a, b) in enumerate(edges):
            if abs(a - low) < _SLOT and abs(b - high) < _SLOT:
                slots[k].append(bar)
                break
        else:
            slots[len(edges)].append(bar)
            edges.append((low, high))
        if len(edges) > 4000:
            raise NotMeasuredError("too many boxes of different widths")
    bars: list[tuple[_Bar, bool]] = []
    stray: list[_Bar] = []
    for slot in slots.values():
        done, left = _stacked(slot, base)
        bars.extend(done)
        stray.extend(left)
    widths = sorted(high - low for low, high in edges)
    even = sum(abs(width - widths[len(widths) // 2]) < 1.2 for width in widths) / len(widths)
    named = other is None or other.scale is None
    score = (
        len(bars) / len(shapes) + 0.35 * even + (0.5 if named else 0.2 if other is not None and other.is_time else 0.0)
    )
    return _Choice(upright, axis, other, bars, stray, score)


def _base(frame: Rect, scale: Scale, upright: bool) -> float:
    """Where bars start: at zero, where the axis has it, else at the low end of the axis."""
    low, high = (frame[3], frame[1]) if upright else (frame[0], frame[2])
    if scale.kind == ScaleKind.LOG:
        return low
    zero = scale.position(0.0)
    if zero is not None and min(low, high) - 2 <= zero <= max(low, high) + 2:
        return zero
    return low if abs(scale.value(low)) < abs(scale.value(high)) else high


def _stacked(slot: list[_Bar], base: float) -> tuple[list[tuple[_Bar, bool]], list[_Bar]]:
    """Bars of one slot with whether they stand on another bar, and those that stand nowhere.

    Ends are turned so that `base` is where a bar starts.
    """
    done: list[tuple[_Bar, bool]] = []
    left = list(slot)
    tips: list[float] = []
    for bar in slot:
        near, far = sorted((bar.base, bar.tip), key=lambda end: abs(end - base))
        if abs(near - base) <= _TOUCH:
            done.append((_Bar(bar.low, bar.high, near, far, bar.shape), False))
            left.remove(bar)
            tips.append(far)
    grown = True
    while grown and left:
        grown = False
        for bar in list(left):
            near, far = sorted((bar.base, bar.tip), key=lambda end: abs(end - base))
            if any(abs(tip - near) <= _TOUCH for tip in tips):
                done.append((_Bar(bar.low, bar.high, near, far, bar.shape), True))
                left.remove(bar)
                tips.append(far)
                grown = True
    return done, left


def _shift(bases: Sequence[float], base: float) -> float:
    """By how many points all bars start beside the base line; Vega draws axes half a pixel beside marks."""
    off = sorted(start - base for start in bases)
    if not off or off[len(off) // 10] < off[-1 - len(off) // 10] - 0.25:
        return 0.0
    return off[len(off) // 2]


def _mark(bar: _Bar, value: float, at: float, scale: Scale, box: Rect) -> Mark:
    style = Style(_colour(bar.shape))
    return Mark(style, bar.low, bar.high, value, at, scale.resolution(at, _RESOLVED), box, bar.shape.path)


def _colour(shape: Shape) -> Colour:
    return shape.colour


def _check_other_kinds(
    shapes: Sequence[Shape], stray: Sequence[_Bar], strokes: Sequence[Shape], plot: Plot, upright: bool
) -> None:
    if len(stray) < 0.3 * len(shapes):
        return
    whiskers = 0
    inner = 0
    for bar in stray:
        middle = (bar.low + bar.high) / 2
        ends = sorted((bar.base, bar.tip))
        for stroke in strokes:
            x0, y0, x1, y1 = stroke.box
            low, high, a, b = (x0, x1, y0, y1) if upright else (y0, y1, x0, x1)
            if stroke.horizontal != upright and abs((low + high) / 2 - middle) < 1.5:
                whiskers += min(abs(a - ends[1]), abs(b - ends[0])) < 1.5 or (a < ends[0] and b > ends[1])
            elif (
                stroke.horizontal == upright
                and ends[0] < (a + b) / 2 < ends[1]
                and low > bar.low - 2
                and high < bar.high + 2
            ):
                inner += 1
    if whiskers >= 0.5 * len(stray) or inner >= 0.5 * len(stray):
        raise NotMeasuredError("box plots or candlesticks are not measured")
    sizes = {(round(bar.high - bar.low), round(abs(bar.tip - bar.base))) for bar in stray}
    if len(stray) > 11 and len(sizes) == 1:
        raise NotMeasuredError("boxes of one size that start at no common line are cells")
    cells = sum(_has_neighbours(bar, stray) for bar in stray[:200])
    if len(stray) > 8 and cells > 0.5 * min(200, len(stray)):
        raise NotMeasuredError("the boxes fill the plot like a heat map or a tree map")
    scale = plot.y if upright else plot.x
    assert scale is not None
    if any(
        abs(one.low - other.low) < _SLOT
        and one is not other
        and len(stray) > 3
        and min(one.base, one.tip) < max(other.base, other.tip) - 1
        and min(other.base, other.tip) < max(one.base, one.tip) - 1
        for one in stray[:60]
        for other in stray[:60]
    ):
        raise NotMeasuredError("boxes that lie over each other start at no common line")


def _floating_doubt(stray: Sequence[_Bar]) -> float:
    """A single box that starts nowhere is hardly a chart."""
    return _FLOATING if len(stray) > 1 else 0.5


def _are_cells(bars: Sequence[_Bar]) -> bool:
    """Whether boxes in stacks have the same edges in every stack, as the cells of a heat map have."""
    stacks: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for bar in bars:
        low, high = sorted((bar.base, bar.tip))
        stacks[round(bar.low)].add((round(low), round(high)))
    edges = list(stacks.values())
    return len(edges) > 2 and len(edges[0]) > 2 and all(stack == edges[0] for stack in edges)


def _has_neighbours(bar: _Bar, others: Sequence[_Bar]) -> bool:
    """Whether boxes stand close at both of its kinds of sides, as cells do."""
    beside = above = False
    ends = sorted((bar.base, bar.tip))
    for other in others:
        if other is bar:
            continue
        theirs = sorted((other.base, other.tip))
        gap = max(other.low - bar.high, bar.low - other.high)
        if -0.5 <= gap < 3 and min(ends[1], theirs[1]) - max(ends[0], theirs[0]) > 0.6 * (ends[1] - ends[0]):
            beside = True
        rise = max(theirs[0] - ends[1], ends[0] - theirs[1])
        if -0.5 <= rise < 3 and min(bar.high, other.high) - max(bar.low, other.low) > 0.6 * (bar.high - bar.low):
            above = True
    return beside and above


def _are_bins(bars: Sequence[_Bar], axis: Axis | None) -> bool:
    """Whether bars without gaps have their edges, and not their middles, at the ticks of a number axis."""
    if axis is None or axis.scale is None or axis.is_time or len(bars) < 2:
        return False
    slots = sorted({(round(bar.low, 1), round(bar.high, 1)) for bar in bars})
    colours = {bar.shape.colour for bar in bars}
    # Bars of several colours, one to a slot, are groups.
    if len(slots) < 2 or (len(colours) > 1 and len(slots) == len(bars)):
        return False
    widths = [high - low for low, high in slots]
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(slots)]
    limit = max(1.7, 0.13 * min(widths))
    if min(gaps) < -1.0 or sum(gap <= limit for gap in gaps) < 0.5 * len(gaps) or max(widths) > 1.5 * min(widths) + 2:
        return False
    edges = [low - max(0.0, min(gaps)) / 2 for low, _ in slots] + [slots[-1][1]]
    middles = [(low + high) / 2 for low, high in slots]
    at_edges = at_middles = 0
    for tick in axis.scale.positions:
        to_edge = min(abs(tick - edge) for edge in edges)
        to_middle = min(abs(tick - middle) for middle in middles)
        if min(to_edge, to_middle) < min(widths):
            at_edges += to_edge <= 1.2
            at_middles += to_middle <= 1.2
    return at_edges > at_middles or (at_middles < 0.5 * len(middles) and at_middles <= 2 * at_edges + 1)


def _with_bin_edges(marks: Sequence[Mark]) -> list[Mark]:
    """Bins end where the next begin; a gap between two is halved."""
    edges = sorted({(round(mark.low, 1), round(mark.high, 1)) for mark in marks})
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(edges) if b[0] - a[1] < 4]
    half = max(0.0, min(gaps, default=0.0)) / 2
    return [
        Mark(mark.style, mark.low - half, mark.high + half, mark.value, mark.at, mark.resolution, mark.box, mark.order)
        for mark in marks
    ]
