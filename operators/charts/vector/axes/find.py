"""Axes of a plot area: the row of labels along one of its sides, with the scale or the categories that they name."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..drawing import Label, Rect, inside
from .axis import Axis, Side, Tick, anchor, span
from .labels import SNAP, at_ticks, common_shift, joined_rows, leaning_shift, whole_lines
from .periods import are_categories, with_skipped
from .scales import Scale, ScaleKind, are_decades, are_even, fit_days, fit_numbers, log_of_decades
from .surroundings import REACH, Surroundings
from .tick_numbers import are_powers, tick_numbers
from .tick_times import are_times_of_day, readings_of_labels

_YEARS = (1500, 2199)
_SINGLE_LINE = 0.45
"""Gap below a row in which a further line of a single label stands, as a share of the font's size."""
_STRAY = 0.35
"""Share of the distance of two slanted labels by which they may end beside their ticks and name the nearest place."""
_CENTRED = 0.8
"""Points from their ticks within which slanted labels are centred at them."""
_HYPHEN = re.compile(r"(?<=\w)\N{MINUS SIGN}(?=\w)")
"""R draws a minus for each hyphen."""
_FACTOR = re.compile(r"(?:1e|[x×]\s?10\^?)(?P<power>[-−+]?\d{1,3})")
_ADDED = re.compile(r"[-−+]\d+(?:\.\d+)?e[-−+]?\d{1,2}")


def find_axis(frame: Rect, side: Side, around: Surroundings) -> Axis | None:
    """The axis at a side of a plot area; None where no row of labels stands there."""
    along = 0 if side.horizontal else 1
    low, high = frame[along], frame[along + 2]
    labels = around.labels(frame, side)
    if not labels:
        return None
    if not side.horizontal:
        labels = whole_lines(labels)
    near = [(distance, label) for label in labels if (distance := _distance(frame, side, label)) is not None]
    near = [(distance, label) for distance, label in near if _reaches(label, side, low, high)]
    near.sort(key=lambda entry: entry[0])
    places = around.places(frame, side)
    single: Axis | None = None
    for _ in range(2):
        if not near:
            break
        row = _row(near, side)
        axis = _read_row(row, [label for _, label in near], side, places, frame)
        if axis is not None and single is None and axis.scale is None and len(axis.ticks) == 1:
            # The end of another axis may stand nearer than the labels of this one.
            single = axis
        elif axis is not None and (single is None or axis.scale is not None):
            return axis
        taken = {id(label) for _, label in row}
        near = [entry for entry in near if id(entry[1]) not in taken]
    return single


def _distance(frame: Rect, side: Side, label: Label) -> float | None:
    x0, y0, x1, y1 = label.box
    distance = {
        Side.BOTTOM: y0 - frame[3], Side.TOP: frame[1] - y1, Side.LEFT: frame[0] - x1, Side.RIGHT: x0 - frame[2]
    }[side]  # fmt: skip
    return distance if -2.5 <= distance <= REACH else None


def with_factor(axis: Axis, frame: Rect, labels: Sequence[Label]) -> Axis:
    """An axis of numbers with the factor or the summand that matplotlib and others write at its end."""
    scale = axis.scale
    if scale is None or scale.kind != ScaleKind.LINEAR:
        return axis
    for label in labels:
        match, added = _FACTOR.fullmatch(label.text), _ADDED.fullmatch(label.text)
        if (match is None and added is None) or not label.is_horizontal:
            continue
        if any(inside(label.centre, end) for end in ends_of(axis, frame, label.size)):
            factor = 1.0 if match is None else 10.0 ** int(match["power"].replace("−", "-"))
            summand = 0.0 if added is None else float(added[0].replace("−", "-"))
            values = tuple(value * factor + summand for value in scale.values)
            offset = scale.offset * factor + summand
            scaled = replace(scale, slope=scale.slope * factor, offset=offset, values=values)
            return replace(axis, scale=scaled, beside=label)
    return axis


def ends_of(axis: Axis, frame: Rect, size: float) -> list[Rect]:
    """Where a factor of an axis in letters of a size stands: below its last labels, or above one of its ends."""
    if axis.side.horizontal:
        return [(frame[2] - 60, axis.far - 2.5 * size, frame[2] + 30, axis.far + 2.5 * size)]
    return [(x - 40, frame[1] - 2.5 * size, x + 40, frame[1]) for x in (frame[0], frame[2])]


def _reaches(label: Label, side: Side, low: float, high: float) -> bool:
    """Whether a label may stand at an axis from `low` to `high`: a word of a horizontal one may lie outside."""
    if side.horizontal and label.is_horizontal:
        return label.box[2] >= low and label.box[0] <= high
    return low - 4 <= anchor(label, side) <= high + 4


def _row(near: list[tuple[float, Label]], side: Side) -> list[tuple[float, Label]]:
    """The labels that stand in one row with the nearest."""
    first = near[0][1]
    low, high = span(first, side)
    row = []
    for distance, label in near:
        a, b = span(label, side)
        shared = min(b, high) - max(a, low)
        alike = abs(label.size - first.size) <= 0.12 * first.size + 0.2
        parallel = label.direction[0] * first.direction[0] + label.direction[1] * first.direction[1] > 0.98
        if alike and parallel and shared >= 0.45 * min(b - a, high - low):
            row.append((distance, label))
            if not side.horizontal:
                low, high = min(low, a), max(high, b)
    return row


def _read_row(
    row: list[tuple[float, Label]], near: Sequence[Label], side: Side, places: Sequence[float], frame: Rect
) -> Axis | None:
    along = 0 if side.horizontal else 1
    labels = sorted((label for _, label in row), key=lambda label: anchor(label, side))
    if side.horizontal:
        labels = [label for label in at_ticks(labels, places) if _of_axis(label, frame, side)]
        if not labels:
            return None
    labels_of_ticks = joined_rows(labels) if not side.horizontal else [(label,) for label in labels]
    ticks = [
        Tick(" ".join(label.text for label in group), _middle(group, side), tuple(group)) for group in labels_of_ticks
    ]
    uncertain = astray = False
    lean = abs(labels[0].direction[1]) if side.horizontal else 0.0
    if 0.1 < lean < 0.99:
        middles = [float(np.mean([label.centre[along] for label in tick.labels])) for tick in ticks]
        beside = common_shift(middles, places)
        if len(ticks) > 1 and places and max(_misses(middles, places)) < _CENTRED:
            # Some programs centre slanted labels too.
            ticks = [replace(tick, position=middle) for tick, middle in zip(ticks, middles, strict=True)]
        else:
            shift = leaning_shift([tick.position for tick in ticks], places, labels[0].size)
            ticks = [replace(tick, position=tick.position + (shift or 0.0)) for tick in ticks]
            uncertain = bool(beside)
            # Where the program's font is not there, another one ends its words elsewhere.
            places_of_ticks = [tick.position for tick in ticks]
            miss = max(_misses(places_of_ticks, places)) if shift is None and len(places) > 1 else 0.0
            astray = miss > SNAP
            uncertain |= astray and miss > _STRAY * min(
                (b - a for a, b in itertools.pairwise(places_of_ticks)), default=1
            )
    edges = [edge for label in labels for edge in span(label, side)]
    far = max(edges) if side in (Side.BOTTOM, Side.RIGHT) else min(edges)
    last = len(ticks) - 1
    beside = common_shift([tick.position for tick in ticks], places)
    options = [_options(tick, along, places, beside, 0 < k < last) for k, tick in enumerate(ticks)]
    marks = sum(
        len(option) > 1 and abs(option[0] - tick.position) < SNAP for option, tick in zip(options, ticks, strict=True)
    )
    made = Axis(side, None, tuple(ticks), far=far, marks=marks, rivals=uncertain)
    lines, beyond = _with_further_lines(ticks, near, made)
    # A scale would be moved by as much; categories stay nearest to their labels.
    scaled = replace(made, rivals=uncertain or astray)
    several = [] if beyond == made.far else [replace(scaled, ticks=tuple(lines), far=beyond)]
    return (
        next((times for axis in (*several, scaled) if (times := _as_times(axis, options)) is not None), None)
        or _as_numbers(scaled, options, places)
        or _as_categories(made, options, near, places)
    )


def _misses(positions: Sequence[float], places: Sequence[float]) -> list[float]:
    return [min(abs(place - position) for place in places) for position in positions]


def _of_axis(label: Label, frame: Rect, side: Side) -> bool:
    """Whether the tick of a label is within the plot area; labels at its ends may be shifted inwards or centred
    there."""
    along = 0 if side.horizontal else 1
    return frame[along] - 4 <= anchor(label, side) <= frame[along + 2] + 4


def _middle(group: Sequence[Label], side: Side) -> float:
    return float(np.mean([anchor(label, side) for label in group]))


def _options(tick: Tick, along: int, places: Sequence[float], beside: float, inner: bool) -> list[float]:
    """Places where a label's tick may be: a mark at its middle, its middle, or, of the first and last label, which
    may be shifted
    into the plot, a mark at its end.

    Args:
        beside: how far all labels stand beside their ticks.
    """
    if not places:
        return [tick.position]
    nearest = min(places, key=lambda place: abs(place - tick.position - beside))
    distance = abs(nearest - tick.position)
    if distance <= SNAP:
        return [nearest, tick.position]
    if inner:
        return [tick.position]
    low, high = min(label.box[along] for label in tick.labels), max(label.box[along + 2] for label in tick.labels)
    ends = [min(places, key=lambda place: abs(place - end)) for end in (low, high)]
    shifted = [place for place, end in zip(ends, (low, high), strict=True) if abs(place - end) <= SNAP + 1]
    return list(dict.fromkeys([tick.position, *shifted, *([nearest] if low - 3 <= nearest <= high + 3 else [])]))


def _as_numbers(axis: Axis, options: Sequence[Sequence[float]], places: Sequence[float]) -> Axis | None:
    texts = [tick.text for tick in axis.ticks]
    fits: list[tuple[Scale, str]] = []
    for reading in tick_numbers(texts):
        read = sum(value is not None for value in reading.values)
        if read < max(2, 0.7 * len(texts)):
            continue
        scale = fit_numbers(reading.values, options, powers=are_powers(texts))
        if scale is not None:
            fits.append((scale, reading.unit))
    if not fits:
        return None
    scale, unit = max(fits, key=lambda fit: (fit[0].ticks, fit[0].residual < 1))
    others = [fit[0] for fit in fits if fit[0] is not scale and fit[0].ticks == scale.ticks]
    even = False
    if scale.ticks == 2 and len(texts) == 2:
        between = [place for place in places if scale.positions[0] - 1 <= place <= scale.positions[1] + 1]
        # Two ticks of a log scale are decades apart.
        even = are_even(between) or (len(between) == axis.marks == 2 and not are_decades(scale.values))
        if len(between) > 3 and not even:
            logarithmic = log_of_decades(scale, between)
            if logarithmic is None:
                return None
            scale, even = logarithmic, True
    years = (
        not unit
        and scale.kind == ScaleKind.LINEAR
        and all(value == int(value) and _YEARS[0] <= value <= _YEARS[1] for value in scale.values)
        and all(len(tick.text) == 4 for tick in axis.ticks)
    )
    return replace(axis, scale=scale, unit=unit, years=years, rivals=axis.rivals or bool(others), even=even)


def _as_times(axis: Axis, options: Sequence[Sequence[float]]) -> Axis | None:
    texts = [tick.text for tick in axis.ticks]
    if all(text.isdigit() and len(text) == 4 for text in texts) or len(texts) < 2 or are_categories(texts):
        return None
    fits = _fits_of_times(axis, options)
    if not fits:
        return None
    scale, yearless = min(fits, key=lambda fit: round(fit[0].residual, 2))
    rivals = axis.rivals or len({other for _, other in fits}) > 1
    return replace(axis, scale=scale, clock=are_times_of_day(texts), yearless=yearless, rivals=rivals)


def _fits_of_times(axis: Axis, options: Sequence[Sequence[float]]) -> list[tuple[Scale, bool]]:
    """Time scales on which all labels lie, with whether they name no year."""
    count = len(axis.ticks)
    orders = [range(count)] if axis.side.horizontal else [range(count - 1, -1, -1), range(count)]
    return [
        (scale, reading.yearless)
        for order in orders
        for reading in readings_of_labels([axis.ticks[k].text for k in order])
        if (scale := fit_days(reading.days, [options[k] for k in order])) is not None and not scale.outliers
    ]


def _as_categories(
    axis: Axis, options: Sequence[Sequence[float]], near: Sequence[Label], places: Sequence[float]
) -> Axis | None:
    ticks = list(axis.ticks)
    dated = _fits_of_times(axis, options) if are_categories([tick.text for tick in ticks]) else []
    if axis.side.horizontal:
        ticks = _joined_words(ticks, places)
        ticks, far = _with_further_lines(ticks, near, axis)
    else:
        far = axis.far
    if not ticks or len({tick.text for tick in ticks}) < len(ticks):
        return None
    ticks = [replace(tick, text=_HYPHEN.sub("-", tick.text)) for tick in ticks]
    made = replace(axis, ticks=tuple(with_skipped(ticks)), far=far)
    fits = [fit for fit in dated if fit[0].ticks > 2]
    if not fits:
        return made
    days, yearless = min(fits, key=lambda fit: fit[0].residual)
    return replace(made, days=days, yearless=yearless)


def _joined_words(ticks: list[Tick], places: Sequence[float]) -> list[Tick]:
    """Words that were placed one by one and share one tick are one label."""
    inner = [place for place in places if ticks and ticks[0].position - 20 <= place <= ticks[-1].position + 20]
    if len(inner) < 2 or len(inner) >= len(ticks) or not ticks[0].labels[0].is_horizontal:
        return ticks
    groups: dict[float, list[Tick]] = {}
    for tick in ticks:
        groups.setdefault(min(inner, key=lambda place: abs(place - tick.position)), []).append(tick)
    joined = []
    for group in groups.values():
        labels = [label for tick in group for label in tick.labels]
        gaps = [b.box[0] - a.box[2] for a, b in itertools.pairwise(labels)]
        if gaps and max(gaps) > 0.8 * labels[0].size:
            return ticks
        middle = (min(label.box[0] for label in labels) + max(label.box[2] for label in labels)) / 2
        joined.append(Tick(" ".join(label.text for label in labels), middle, tuple(labels)))
    return joined


def _with_further_lines(ticks: list[Tick], near: Sequence[Label], axis: Axis) -> tuple[list[Tick], float]:
    """Labels of several lines: each further line stands close below its label."""
    far = axis.far
    if axis.side != Side.BOTTOM or len(ticks) < 2 or not ticks[0].labels[0].is_horizontal:
        return ticks, far
    size = ticks[0].labels[0].size
    reach = 0.4 * min(b.position - a.position for a, b in itertools.pairwise(ticks))
    for _ in range(3):
        line = [label for label in near if label.is_horizontal and 0 <= label.box[1] - far + 0.1 * size <= 0.7 * size]
        line = [label for label in line if abs(label.size - size) <= 0.05 * size]
        owners: dict[int, list[Label]] = {}
        for label in sorted(line, key=lambda label: label.box[0]):
            k = min(range(len(ticks)), key=lambda k: abs(ticks[k].position - label.centre[0]))
            owners.setdefault(k, []).append(label)

        def middle(labels: list[Label]) -> float:
            return (labels[0].box[0] + labels[-1].box[2]) / 2

        # One line below one label may be the title of the axis, which stands farther away.
        close = line and min(label.box[1] for label in line) - far < _SINGLE_LINE * size
        if len(owners) < (1 if close else 2):
            return ticks, far
        if any(abs(middle(labels) - ticks[k].position) > reach for k, labels in owners.items()):
            return ticks, far
        for k, labels in owners.items():
            text = " ".join([ticks[k].text, *(label.text for label in labels)])
            ticks[k] = replace(ticks[k], text=text, labels=(*ticks[k].labels, *labels))
        far = max(label.box[3] for label in line)
    return ticks, far
