"""Legends: names beside samples of a colour, a dash or a mark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .drawing import Colour, Label, Rect, Shape, inside, union
from .marks.mark import marker_form

_GAP = 3.4
"""Widest gap between sample and name, in sizes of the font."""
_WIDTH = 6.5
_HEIGHT = 2.2
"""Largest sample, in sizes of the font."""
_LIGHT = 0.85
"""Red, green and blue of the box of a legend, at least."""
_LEAST_BOX = 12.0
_MOST_BOXES = 50
_LEADING = 3.2
_ALIGNED = 1.6


@dataclass(frozen=True)
class Entry:
    """A name and its sample.

    Attributes:
        colours: of fills and strokes of the sample, the most telling first.
        markers: forms of the point marks in the sample.
    """

    name: str
    colours: tuple[Colour, ...]
    dashes: str
    markers: tuple[str, ...]
    label: Label
    shapes: tuple[Shape, ...]
    words: tuple[Label, ...]

    @cached_property
    def box(self) -> Rect:
        return union([shape.box for shape in self.shapes])

    @property
    def key(self) -> tuple[object, ...]:
        return tuple(tuple(round(part, 2) for part in colour) for colour in self.colours), self.dashes, self.markers


@dataclass(frozen=True)
class Legend:
    """Names with samples that stand in a column or a row."""

    entries: tuple[Entry, ...]
    title: Label | None

    @property
    def box(self) -> Rect:
        return union([box for entry in self.entries for box in (entry.box, *(word.box for word in entry.words))])

    @property
    def labels(self) -> tuple[Label, ...]:
        names = tuple(word for entry in self.entries for word in entry.words)
        return names if self.title is None else (*names, self.title)


def find_legends(labels: Sequence[Label], shapes: Sequence[Shape]) -> list[Legend]:
    """Legends of a figure: at least two entries that look different."""
    small = _uncovered([shape for shape in shapes if shape.size[0] < 90 and shape.size[1] < 40], shapes)
    names = [label for label in labels if label.is_horizontal and any(map(str.isalnum, label.text))]
    if not small or not names:
        return []
    boxes = np.array([shape.box for shape in small])
    firsts = [label for label in names if not any(_follows(label, other) for other in names)]
    candidates: list[Legend] = []
    for after in (False, True):
        tried = names if after else firsts
        entries = [entry for label in tried if (entry := _entry(label, names, small, boxes, after))]
        candidates.extend(_grouped(entries, after, labels))
    found: list[Legend] = []
    used: set[int] = set()
    known: set[tuple[Colour, ...]] = set()
    # Ticks and marks beside a legend may look like samples, but not those of all of its names.
    for legend in sorted(candidates, key=lambda legend: -len(legend.entries)):
        own, colours = {id(label) for label in legend.labels}, {entry.colours[:1] for entry in legend.entries}
        # Bars behind the names of their categories are no second legend.
        if not own & used and not colours & known:
            found.append(legend)
            used |= own
            known |= colours
    return found


def _uncovered(small: list[Shape], shapes: Sequence[Shape]) -> list[Shape]:
    """Shapes that are not below the box of a legend, which is drawn after the marks of the plot."""
    boxes = [
        shape
        for shape in shapes
        if shape.fill is not None and min(shape.fill) > _LIGHT and shape.is_rect and min(shape.size) > _LEAST_BOX
    ]
    for box in boxes[:_MOST_BOXES]:
        small = [shape for shape in small if shape.path >= box.path or not inside(shape.centre, box.box)]
    return small


def _entry(
    label: Label, labels: Sequence[Label], shapes: Sequence[Shape], boxes: np.ndarray, after: bool
) -> Entry | None:
    """A label with the sample before it, or behind it as gnuplot draws its keys."""
    size = label.size
    gap = boxes[:, 0] - label.box[2] if after else label.box[0] - boxes[:, 2]
    middle = np.abs((boxes[:, 1] + boxes[:, 3]) / 2 - label.centre[1])
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    fits = (
        (gap > -0.05 * size)
        & (gap < _GAP * size)
        & (middle < 0.5 * size)
        & (wide < _WIDTH * size)
        & (high < _HEIGHT * size)
    )
    chosen = np.flatnonzero(fits & (np.maximum(wide, high) > 0.2 * size))
    if not len(chosen) or len(chosen) > 40:
        return None
    nearest = chosen[gap[chosen].argmin()]
    low, high_edge = boxes[nearest, 0], boxes[nearest, 2]
    widest = max((k for k in chosen if boxes[k, 0] <= high_edge and boxes[k, 2] >= low), key=lambda k: wide[k])
    low, high_edge = boxes[widest, 0] - 0.5, boxes[widest, 2] + 0.5
    parts = [shapes[int(k)] for k in chosen if boxes[k, 0] >= low and boxes[k, 2] <= high_edge]
    words = (label,) if after else _words(label, labels)
    text = " ".join(word.text for word in words)
    return Entry(text, _colours(parts), _dashes(parts), _markers(parts), label, tuple(parts), words)


def _words(label: Label, labels: Sequence[Label]) -> tuple[Label, ...]:
    """A name with the words after it that were drawn apart."""
    words = [label]
    for other in sorted(labels, key=lambda other: other.box[0]):
        if _follows(other, words[-1]):
            words.append(other)
    return tuple(words)


def _follows(label: Label, other: Label) -> bool:
    """Whether a word stands behind another one in a line."""
    beside = abs(other.centre[1] - label.centre[1]) < 0.2 * label.size
    return beside and 0 < label.box[0] - other.box[2] < 0.7 * label.size


def _colours(parts: Sequence[Shape]) -> tuple[Colour, ...]:
    """Not white, fills first; a grey border says less than a colour."""
    listed = [shape.fill for shape in parts if shape.fill] + [shape.stroke for shape in parts if shape.stroke]
    telling = [colour for colour in listed if min(colour) < 0.97] or listed
    telling.sort(key=lambda colour: max(colour) - min(colour) < 0.04)
    return tuple(dict.fromkeys(telling))


def _dashes(parts: Sequence[Shape]) -> str:
    return next((shape.dashes for shape in parts if shape.dashes and shape.size[0] > 4), "")


def _markers(parts: Sequence[Shape]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(marker_form(shape) for shape in parts if not shape.is_segment))


def _grouped(entries: list[Entry], after: bool, labels: Sequence[Label]) -> list[Legend]:
    """Legends of several columns or rows, else of one column, else of one row.

    The labels of an axis, whose ticks look like samples, may stand in one row or column with a legend.
    """
    legends = []
    left = entries
    for ways in ((_in_column, _in_row), (_in_column,), (_in_row,)):
        rest: list[Entry] = []
        for group in _connected(left, ways, after):
            if _is_legend(group, after):
                group.sort(key=lambda entry: (round(entry.label.centre[1]), entry.label.box[0]))
                legends.append(Legend(tuple(group), _title(group, labels)))
            else:
                rest.extend(group)
        left = rest
    return legends


_Way = Callable[[Entry, Entry, bool], bool]


def _connected(entries: Sequence[Entry], ways: Sequence[_Way], after: bool) -> list[list[Entry]]:
    """Groups of entries of which each is a neighbour of another one."""
    left = list(entries)
    groups = []
    while left:
        group = [left.pop(0)]
        for member in group:
            near = [
                entry
                for entry in left
                if abs(entry.label.size - member.label.size) <= 0.5 and any(way(entry, member, after) for way in ways)
            ]
            group.extend(near)
            left = [entry for entry in left if not any(entry is one for one in near)]
        groups.append(group)
    return groups


def _in_column(one: Entry, other: Entry, after: bool) -> bool:
    del after
    size = one.label.size
    a, b = one.box, other.box
    down = abs(one.label.centre[1] - other.label.centre[1])
    return abs((a[0] + a[2]) - (b[0] + b[2])) / 2 < _ALIGNED and 0.5 * size < down < _LEADING * size


def _in_row(one: Entry, other: Entry, after: bool) -> bool:
    size = one.label.size
    if abs(one.label.centre[1] - other.label.centre[1]) > 0.25 * size:
        return False
    first, second = (one, other) if one.label.box[0] < other.label.box[0] else (other, one)
    gap = second.label.box[0] - first.box[2] if after else second.box[0] - first.label.box[2]
    return 0 < gap < 12 * size


def _is_legend(group: list[Entry], after: bool) -> bool:
    if len(group) < 2:
        return False
    if len({entry.key for entry in group}) < len(group):
        return False
    widths = [entry.box[2] - entry.box[0] for entry in group]
    return max(widths) - min(widths) < (1.0 if after else 0.6 * group[0].label.size + 1)


def _title(group: list[Entry], labels: Sequence[Label]) -> Label | None:
    """A line of its own above the first entry."""
    first = group[0]
    left = min(first.box[0], first.label.box[0])
    right = max(entry.label.box[2] for entry in group)
    above = [
        label
        for label in labels
        if label.is_horizontal
        and 0 <= first.label.box[1] - label.box[3] < 1.3 * label.size
        and left - 6 <= label.box[0] <= right
        and not any(label is entry.label for entry in group)
    ]
    return max(above, key=lambda label: label.box[3], default=None)
