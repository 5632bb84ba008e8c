"""Axes of a plot area: the labels along one of its sides, with the scale or the categories that they name."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from .drawing import Label, Rect, Shape
from .scales import Scale, ScaleKind, fit_days, fit_numbers
from .tick_numbers import tick_numbers
from .tick_times import are_days_of_a_year, are_times_of_day, days_of_labels, month_name, months_of, named

_REACH = 70.0
"""Points from a side of the plot area within which its tick labels start."""
_TICK = 14.0
"""Points that a tick mark may be long."""
_SNAP = 2.2
"""Points within which the tick of a label stands; labels are centred at their ticks."""
_NARROW = 0.015
"""A gap between characters of neighbouring labels that touch, as a share of the font's size; kerning is mostly negative."""
_WORD_GAP = 0.12
"""A gap between words, as a share of the font's size."""
_MOST_ATOMS = 120
_YEARS = (1500, 2199)


class Side(StrEnum):
    """A side of a plot area."""

    BOTTOM = "bottom"
    LEFT = "left"
    TOP = "top"
    RIGHT = "right"

    @property
    def horizontal(self) -> bool:
        return self in (Side.BOTTOM, Side.TOP)


@dataclass(frozen=True)
class Tick:
    """A label of an axis at its place along it."""

    text: str
    position: float
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Axis:
    """Labels along a side.

    Attributes:
        scale: None for categories.
        ticks: in the order of their positions.
        clock: whether a time scale has times of day and no dates.
        yearless: whether it has days and no year.
        years: whether the labels are years, which are numbers too.
        unit: what stands after the numbers.
        far: the outer edge of its labels, across the axis.
        beside: a factor at the end of the axis, such as `1e6`, by which its numbers are multiplied.
        rivals: whether another reading of the labels fits as well.
        marks: how many of the labels have a tick or grid line at their place.
    """

    side: Side
    scale: Scale | None
    ticks: tuple[Tick, ...]
    clock: bool = False
    yearless: bool = False
    years: bool = False
    unit: str = ""
    far: float = 0.0
    beside: Label | None = None
    rivals: bool = False
    marks: int = 0

    @property
    def is_time(self) -> bool:
        return self.scale is not None and self.scale.kind == ScaleKind.TIME

    @property
    def is_number(self) -> bool:
        return self.scale is not None and self.scale.kind != ScaleKind.TIME

    @property
    def labels(self) -> tuple[Label, ...]:
        beside = () if self.beside is None else (self.beside,)
        return (*(label for tick in self.ticks for label in tick.labels), *beside)

    @property
    def spacing(self) -> float:
        """The least distance of neighbouring ticks, in points."""
        places = [tick.position for tick in self.ticks]
        return min((b - a for a, b in zip(places, places[1:], strict=False)), default=0.0)


class Surroundings:
    """The labels and straight lines of a figure, by their boxes."""

    def __init__(self, labels: Sequence[Label], segments: Sequence[Shape]) -> None:
        self.all_labels = labels
        self._labels, self._segments = labels, segments
        self._label_boxes = np.array([label.box for label in labels]).reshape(-1, 4)
        self._segment_boxes = np.array([segment.box for segment in segments]).reshape(-1, 4)
        width, height = (self._segment_boxes[:, 2:] - self._segment_boxes[:, :2]).T
        self._horizontal = width >= height

    def labels(self, frame: Rect, side: Side) -> list[Label]:
        """Labels that start within reach of a side, in no order."""
        boxes = self._label_boxes
        along, across = (0, 1) if side.horizontal else (1, 0)
        after = side in (Side.BOTTOM, Side.RIGHT)
        distance = boxes[:, across] - frame[across + 2] if after else frame[across] - boxes[:, across + 2]
        # Words that belong to a label in reach may be farther.
        near = (distance >= -2.5) & (distance <= 3 * _REACH)
        near &= (boxes[:, along + 2] >= frame[along] - 5) & (boxes[:, along] <= frame[along + 2] + 5)
        return [self._labels[k] for k in np.flatnonzero(near)]

    def text_share(self, frame: Rect) -> float:
        """The share of a box that text covers."""
        boxes = self._label_boxes
        if not len(boxes):
            return 0.0
        low = np.maximum(boxes[:, :2], frame[:2])
        high = np.minimum(boxes[:, 2:], frame[2:])
        return float(np.clip(high - low, 0, None).prod(1).sum()) / max(
            1.0, (frame[2] - frame[0]) * (frame[3] - frame[1])
        )

    def places(self, frame: Rect, side: Side) -> list[float]:
        """Places along a side where a tick or a grid line stands, rising."""
        along, across = (0, 1) if side.horizontal else (1, 0)
        edge = frame[across + 2] if side in (Side.BOTTOM, Side.RIGHT) else frame[across]
        length = frame[across + 2] - frame[across]
        boxes = self._segment_boxes[self._horizontal != side.horizontal]
        place = (boxes[:, along] + boxes[:, along + 2]) / 2
        a, b = boxes[:, across], boxes[:, across + 2]
        is_tick = (b - a <= _TICK) & (a - 2.5 <= edge) & (edge <= b + 2.5)
        is_grid = (b - a >= 0.9 * length) & (a <= frame[across + 2]) & (b >= frame[across])
        within = (frame[along] - 1.5 <= place) & (place <= frame[along + 2] + 1.5)
        found = np.sort(place[within & (is_tick | is_grid)]).tolist()
        return [place for k, place in enumerate(found) if not k or place - found[k - 1] > 0.05]


def find_axis(frame: Rect, side: Side, around: Surroundings) -> Axis | None:
    """The axis at a side of a plot area; None where no row of labels stands there."""
    along = 0 if side.horizontal else 1
    low, high = frame[along], frame[along + 2]
    labels = around.labels(frame, side)
    if not labels:
        return None
    if not side.horizontal:
        labels = _whole_lines(labels)
    near = [(distance, label) for label in labels if (distance := _distance(frame, side, label)) is not None]
    near = [(distance, label) for distance, label in near if _reaches(label, side, low, high)]
    near.sort(key=lambda entry: entry[0])
    places = around.places(frame, side)
    for _ in range(2):
        if not near:
            return None
        row = _row(near, side)
        axis = _read_row(row, [label for _, label in near], side, places, frame)
        if axis is not None:
            return axis
        taken = {id(label) for _, label in row}
        near = [entry for entry in near if id(entry[1]) not in taken]
    return None


def _distance(frame: Rect, side: Side, label: Label) -> float | None:
    x0, y0, x1, y1 = label.box
    distance = {
        Side.BOTTOM: y0 - frame[3], Side.TOP: frame[1] - y1, Side.LEFT: frame[0] - x1, Side.RIGHT: x0 - frame[2]
    }[side]  # fmt: skip
    return distance if -2.5 <= distance <= _REACH else None


_FACTOR = re.compile(r"(?:1e|[x×]\s?10\^?)(?P<power>[-−+]?\d{1,3})")


def with_factor(axis: Axis, frame: Rect, labels: Sequence[Label]) -> Axis:
    """An axis of numbers with the factor that matplotlib and others write at its end."""
    scale = axis.scale
    if scale is None or scale.kind != ScaleKind.LINEAR:
        return axis
    for label in labels:
        match = _FACTOR.fullmatch(label.text)
        if match is None or not label.is_horizontal:
            continue
        x, y = label.centre
        if axis.side.horizontal:
            near = frame[2] - 60 <= x <= frame[2] + 30 and abs(y - axis.far) < 2.5 * label.size
        else:
            near = frame[1] - 2.5 * label.size <= y <= frame[1] and min(abs(x - frame[0]), abs(x - frame[2])) < 40
        if near:
            factor = 10.0 ** int(match["power"].replace("−", "-"))
            values = tuple(value * factor for value in scale.values)
            scaled = replace(scale, slope=scale.slope * factor, offset=scale.offset * factor, values=values)
            return replace(axis, scale=scaled, beside=label)
    return axis


def _reaches(label: Label, side: Side, low: float, high: float) -> bool:
    """Whether a label may stand at an axis from `low` to `high`: a word of a horizontal one may lie outside."""
    if side.horizontal and label.is_horizontal:
        return label.box[2] >= low and label.box[0] <= high
    return low - 4 <= _anchor(label, side) <= high + 4


def _anchor(label: Label, side: Side) -> float:
    """Where the tick of a label should be: at its middle, or at the end of slanted text that is nearer to the axis."""
    along, across = (0, 1) if side.horizontal else (1, 0)
    lean = label.direction[across]
    if abs(lean) < 0.1 or abs(lean) > 0.99 or not side.horizontal:
        return label.centre[along]
    toward = -1 if side == Side.BOTTOM else 1
    return (label.end if lean * toward > 0 else label.start)[along]


def _span(label: Label, side: Side) -> tuple[float, float]:
    """The extent of a label across its axis."""
    across = 1 if side.horizontal else 0
    return label.box[across], label.box[across + 2]


def _row(near: list[tuple[float, Label]], side: Side) -> list[tuple[float, Label]]:
    """The labels that stand in one row with the nearest."""
    first = near[0][1]
    low, high = _span(first, side)
    row = []
    for distance, label in near:
        a, b = _span(label, side)
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
    labels = sorted((label for _, label in row), key=lambda label: _anchor(label, side))
    if side.horizontal:
        labels = [label for label in _at_ticks(labels, places) if _of_axis(label, frame, side)]
        if not labels:
            return None
    if not side.horizontal:
        labels_of_ticks = _joined_rows(labels)
    else:
        labels_of_ticks = [(label,) for label in labels]
    ticks = [
        Tick(" ".join(label.text for label in group), _middle(group, side), tuple(group)) for group in labels_of_ticks
    ]
    edges = [edge for label in labels for edge in _span(label, side)]
    far = max(edges) if side in (Side.BOTTOM, Side.RIGHT) else min(edges)
    last = len(ticks) - 1
    options = [_options(tick, along, places, 0 < k < last) for k, tick in enumerate(ticks)]
    marks = sum(
        len(option) > 1 and abs(option[0] - tick.position) < _SNAP for option, tick in zip(options, ticks, strict=True)
    )
    made = Axis(side, None, tuple(ticks), far=far, marks=marks)
    return _as_times(made, options) or _as_numbers(made, options) or _as_categories(made, near, places)


def _of_axis(label: Label, frame: Rect, side: Side) -> bool:
    """Whether the tick of a label is within the plot area; labels at its ends may be shifted inwards or centred there."""
    along = 0 if side.horizontal else 1
    return frame[along] - 4 <= _anchor(label, side) <= frame[along + 2] + 4


def _at_ticks(labels: list[Label], places: Sequence[float]) -> list[Label]:
    """Horizontal labels that touch each other or that were drawn word by word, cut and joined so that each is centred at a tick.

    They stay as they are where that does not come out even.
    """
    inner = [place for place in places if labels[0].box[0] - 3 <= place <= labels[-1].box[2] + 3]
    if not labels[0].is_horizontal or len(inner) < 2 or not all(label.places for label in labels):
        return labels
    if all(min(abs(label.centre[0] - place) for place in inner) < _SNAP for label in labels):
        return labels
    atoms = [atom for label in labels for atom in _atoms(label)]
    if len(atoms) > _MOST_ATOMS:
        return labels
    groups = _centred(atoms, inner)
    return labels if groups is None else [_joined(group) for group in groups]


def _atoms(label: Label) -> list[Label]:
    """The parts of a label between gaps, also the narrowest."""
    cuts = [0]
    for k in range(1, len(label.text)):
        apart = label.places[k][0] - label.places[k - 1][1] > _NARROW * label.size
        if label.text[k] != " " and (apart or k in label.cuts):
            cuts.append(k)
    cuts.append(len(label.text))
    parts = [label.part(a, b) for a, b in itertools.pairwise(cuts)]
    return [part for part in parts if part.text.strip()]


def _centred(atoms: Sequence[Label], ticks: Sequence[float]) -> list[list[Label]] | None:
    """Neighbouring atoms as labels, each at a tick of its own, with the least distances from the ticks; None where they are far.

    The first and the last label may be shifted so that they end at their tick.
    """
    count, places = len(atoms), np.array(ticks)
    best: list[tuple[float, int, int] | None] = [None] * (count + 1)
    best[0] = (0.0, -1, -1)
    for end in range(1, count + 1):
        for start in range(end - 1, max(-1, end - 8), -1):
            before = best[start]
            if start < end - 1 and atoms[start + 1].box[0] - atoms[start].box[2] > 0.8 * atoms[start].size:
                break
            if before is None:
                continue
            low, high = atoms[start].box[0], atoms[end - 1].box[2]
            tick = int(np.abs(places - (low + high) / 2).argmin())
            off = abs(float(places[tick]) - (low + high) / 2)
            if off > _SNAP and start == 0:
                tick, off = int(np.abs(places - low).argmin()), float(np.abs(places - low).min())
            elif off > _SNAP and end == count:
                tick, off = int(np.abs(places - high).argmin()), float(np.abs(places - high).min())
            if off > _SNAP or tick <= before[1]:
                continue
            # More labels that are all in their places are likelier than fewer.
            cost = before[0] + off - 1.5
            known = best[end]
            if known is None or cost < known[0]:
                best[end] = (cost, tick, start)
    groups = []
    end = count
    while end > 0:
        found = best[end]
        if found is None:
            return None
        groups.append(list(atoms[found[2] : end]))
        end = found[2]
    return groups[::-1]


def _joined(pieces: list[Label]) -> Label:
    """Labels of one line as one."""
    if len(pieces) == 1:
        return pieces[0]
    first, last = pieces[0], pieces[-1]
    box = (first.box[0], min(piece.box[1] for piece in pieces), last.box[2], max(piece.box[3] for piece in pieces))
    text = first.text.strip()
    for before, piece in itertools.pairwise(pieces):
        # A cut inside of a word is no space.
        apart = before.text.endswith(" ") or piece.box[0] - before.box[2] > _WORD_GAP * piece.size
        text += (" " if apart else "") + piece.text.strip()
    return Label(text, box, first.size, first.direction, first.start, last.end, first.colour)


def _whole_lines(labels: Sequence[Label]) -> list[Label]:
    """Horizontal labels with the words beside them that were drawn apart."""
    groups: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: (round(label.centre[1] * 2), label.box[0])):
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and label.is_horizontal
            and last.is_horizontal
            and abs(label.centre[1] - last.centre[1]) < 0.15 * label.size
            and 0 < label.box[0] - last.box[2] < 0.6 * label.size
        ):
            groups[-1].append(label)
        else:
            groups.append([label])
    return [_joined(group) for group in groups]


def _joined_rows(labels: list[Label]) -> list[tuple[Label, ...]]:
    """Horizontal labels beside a vertical axis: what stands in one line is one label."""
    groups: list[list[Label]] = []
    for label in labels:
        last = groups[-1][-1] if groups else None
        if last is not None and label.is_horizontal and abs(label.centre[1] - last.centre[1]) < 0.3 * label.size:
            groups[-1].append(label)
        else:
            groups.append([label])
    return [tuple(sorted(group, key=lambda label: label.box[0])) for group in groups]


def _middle(group: Sequence[Label], side: Side) -> float:
    return float(np.mean([_anchor(label, side) for label in group]))


def _options(tick: Tick, along: int, places: Sequence[float], inner: bool) -> list[float]:
    """Places where a label's tick may be: a mark at its middle, its middle, or, of the first and last label, which may be shifted
    into the plot, a mark at its end."""
    if not places:
        return [tick.position]
    nearest = min(places, key=lambda place: abs(place - tick.position))
    distance = abs(nearest - tick.position)
    if distance <= _SNAP:
        return [nearest, tick.position]
    if inner:
        return [tick.position]
    low, high = min(label.box[along] for label in tick.labels), max(label.box[along + 2] for label in tick.labels)
    ends = [min(places, key=lambda place: abs(place - end)) for end in (low, high)]
    shifted = [place for place, end in zip(ends, (low, high), strict=True) if abs(place - end) <= _SNAP + 1]
    return list(dict.fromkeys([tick.position, *shifted, *([nearest] if low - 3 <= nearest <= high + 3 else [])]))


def _as_numbers(axis: Axis, options: Sequence[Sequence[float]]) -> Axis | None:
    texts = [tick.text for tick in axis.ticks]
    fits: list[tuple[Scale, str]] = []
    for reading in tick_numbers(texts):
        read = sum(value is not None for value in reading.values)
        if read < max(2, 0.7 * len(texts)):
            continue
        scale = fit_numbers(reading.values, options)
        if scale is not None:
            fits.append((scale, reading.unit))
    if not fits:
        return None
    scale, unit = max(fits, key=lambda fit: (fit[0].ticks, fit[0].residual < 1))
    others = [fit[0] for fit in fits if fit[0] is not scale and fit[0].ticks == scale.ticks]
    years = (
        not unit
        and scale.kind == ScaleKind.LINEAR
        and all(value == int(value) and _YEARS[0] <= value <= _YEARS[1] for value in scale.values)
        and all(len(tick.text) == 4 for tick in axis.ticks)
    )
    return replace(axis, scale=scale, unit=unit, years=years, rivals=bool(others))


def _as_times(axis: Axis, options: Sequence[Sequence[float]]) -> Axis | None:
    texts = [tick.text for tick in axis.ticks]
    if all(text.isdigit() and len(text) == 4 for text in texts) or len(texts) < 2:
        return None
    if axis.side.horizontal:
        orders = [list(range(len(texts)))]
    else:
        orders = [list(range(len(texts) - 1, -1, -1)), list(range(len(texts)))]
    for order in orders:
        for days in days_of_labels([texts[k] for k in order]):
            scale = fit_days(days, [options[k] for k in order])
            if scale is not None and not scale.outliers:
                yearless = are_days_of_a_year([named(text) for text in texts])
                return replace(axis, scale=scale, clock=are_times_of_day(texts), yearless=yearless)
    return None


def _as_categories(axis: Axis, near: Sequence[Label], places: Sequence[float]) -> Axis | None:
    ticks = list(axis.ticks)
    if axis.side.horizontal:
        ticks = _joined_words(ticks, places)
        ticks, far = _with_further_lines(ticks, near, axis)
    else:
        far = axis.far
    if not ticks or len({tick.text for tick in ticks}) < len(ticks):
        return None
    return replace(axis, ticks=tuple(_with_skipped_months(ticks)), far=far)


def _with_skipped_months(ticks: list[Tick]) -> list[Tick]:
    """Months of no year are categories; where only every second or third one has a label, the others stand between them."""
    texts = [tick.text for tick in ticks]
    months = months_of(texts)
    if months is None or len(ticks) < 3:
        return ticks
    steps = {(b - a) % 12 for a, b in itertools.pairwise(months)}
    if len(steps) > 1 or not 1 < (step := steps.pop()) < 5:
        return ticks
    filled = [ticks[0]]
    for k, (before, after) in enumerate(itertools.pairwise(ticks)):
        for part in range(1, step):
            name = month_name((months[k] + part - 1) % 12 + 1, texts)
            if name is None:
                return ticks
            filled.append(Tick(name, before.position + (after.position - before.position) * part / step, ()))
        filled.append(after)
    last = filled[-1].position - filled[-2].position
    for part in range(1, step):
        name = month_name((months[-1] + part - 1) % 12 + 1, texts)
        if name is not None and name not in [tick.text for tick in filled]:
            filled.append(Tick(name, ticks[-1].position + part * last, ()))
    return filled


def _joined_words(ticks: list[Tick], places: Sequence[float]) -> list[Tick]:
    """Words that were placed one by one and share one tick are one label."""
    inner = [place for place in places if ticks and ticks[0].position - 20 <= place <= ticks[-1].position + 20]
    if len(inner) < 2 or len(inner) >= len(ticks):
        return ticks
    groups: dict[float, list[Tick]] = {}
    for tick in ticks:
        groups.setdefault(min(inner, key=lambda place: abs(place - tick.position)), []).append(tick)
    joined = []
    for group in groups.values():
        labels = [label for tick in group for label in tick.labels]
        gaps = [b.box[0] - a.box[2] for a, b in zip(labels, labels[1:], strict=False)]
        if gaps and max(gaps) > 0.8 * labels[0].size:
            return ticks
        middle = (min(label.box[0] for label in labels) + max(label.box[2] for label in labels)) / 2
        joined.append(Tick(" ".join(label.text for label in labels), middle, tuple(labels)))
    return joined


def _with_further_lines(ticks: list[Tick], near: Sequence[Label], axis: Axis) -> tuple[list[Tick], float]:
    """Labels of several lines: each further line stands close below and has a part for two labels at least."""
    far = axis.far
    if axis.side != Side.BOTTOM or len(ticks) < 2 or not ticks[0].labels[0].is_horizontal:
        return ticks, far
    size = ticks[0].labels[0].size
    reach = 0.4 * min(b.position - a.position for a, b in zip(ticks, ticks[1:], strict=False))
    for _ in range(3):
        line = [label for label in near if label.is_horizontal and 0 <= label.box[1] - far + 0.1 * size <= 0.7 * size]
        line = [label for label in line if abs(label.size - size) <= 0.05 * size]
        owners: dict[int, list[Label]] = {}
        for label in sorted(line, key=lambda label: label.box[0]):
            k = min(range(len(ticks)), key=lambda k: abs(ticks[k].position - label.centre[0]))
            owners.setdefault(k, []).append(label)

        def middle(labels: list[Label]) -> float:
            return (labels[0].box[0] + labels[-1].box[2]) / 2

        if len(owners) < 2 or any(abs(middle(labels) - ticks[k].position) > reach for k, labels in owners.items()):
            return ticks, far
        for k, labels in owners.items():
            text = " ".join([ticks[k].text, *(label.text for label in labels)])
            ticks[k] = replace(ticks[k], text=text, labels=(*ticks[k].labels, *labels))
        far = max(label.box[3] for label in line)
    return ticks, far
