"""Titles of a chart and of its axes."""

from collections.abc import Sequence
from dataclasses import dataclass

from .axes.axis import Axis, Side
from .drawing import Label, Rect, union

_LEADING = 1.1
"""Gap between two lines of a title, as a share of the height of its letters."""
_WORD_GAP = 0.75
_APART = 0.7
"""Least gap between the title of an axis and the name of a row of facets, in sizes of the font."""
_REACH = 3.2
"""Distance of the title of an axis from its labels, in sizes of the font."""


@dataclass(frozen=True)
class Titles:
    """What stands around a plot; None where nothing does."""

    title: str | None
    x_label: str | None
    y_label: str | None
    boxes: tuple[Rect, ...]


def lines_of(labels: Sequence[Label]) -> list[tuple[str, Rect, Label]]:
    """Labels of one line joined: text, box, and the first label."""
    groups: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: (label.direction[1], round(_across(label)), _along(label))):
        last = groups[-1][-1] if groups else None
        if (
            last is not None
            and abs(label.direction[1] - last.direction[1]) < 0.1
            and abs(_across(label) - _across(last)) < 0.35 * label.size
            and -0.5 * label.size < _along(label) - _along_end(last) < _WORD_GAP * label.size
            and abs(label.size - last.size) < 0.2 * label.size
        ):
            groups[-1].append(label)
        else:
            groups.append([label])
    return [
        (" ".join(label.text for label in group), union([label.box for label in group]), group[0]) for group in groups
    ]


def _along(label: Label) -> float:
    return label.start[0] * label.direction[0] + label.start[1] * label.direction[1]


def _along_end(label: Label) -> float:
    return label.end[0] * label.direction[0] + label.end[1] * label.direction[1]


def _across(label: Label) -> float:
    return label.start[1] * label.direction[0] - label.start[0] * label.direction[1]


def find_titles(frame: Rect, x: Axis | None, y: Axis | None, free: Sequence[Label]) -> Titles:
    """Titles among the labels that name nothing else."""
    lines = lines_of(free)
    used: list[Rect] = []
    x_label = _axis_title(frame, x, lines, used)
    y_label = _axis_title(frame, y, lines, used)
    title = (
        _strip(frame, y, lines, used) or (y_label and _header(frame, y, lines, used)) or _title(frame, x, lines, used)
    )
    return Titles(title, x_label, y_label, tuple(used))


def axis_title(frame: Rect, axis: Axis, free: Sequence[Label]) -> tuple[str, Label] | None:
    """The title of a vertical axis, beside it or above its end, and its first label."""
    lines = lines_of(free)
    best = _beyond_labels(frame, axis, lines, []) or _above_end(frame, axis, lines)
    return None if best is None else (best[1], best[3])


def _above_end(frame: Rect, axis: Axis, lines: list[tuple[str, Rect, Label]]) -> tuple[float, str, Rect, Label] | None:
    """The nearest line above the upper end of a vertical axis."""
    side = frame[0] if axis.side == Side.LEFT else frame[2]
    low, high = sorted((side, axis.far))
    found = [
        (gap, text, box, label)
        for text, box, label in lines
        if label.is_horizontal
        and any(map(str.isalpha, text))
        and 0 <= (gap := frame[1] - box[3]) <= _REACH * label.size
        and (low - label.size < box[0] < high + 1 or low - 1 < box[2] < high + label.size)
    ]
    return min(found, key=lambda one: one[0], default=None)


def _axis_title(frame: Rect, axis: Axis | None, lines: list[tuple[str, Rect, Label]], used: list[Rect]) -> str | None:
    best = None if axis is None else _beyond_labels(frame, axis, lines, used)
    if best is None:
        return None
    used.append(best[2])
    return best[1]


def _beyond_labels(
    frame: Rect, axis: Axis, lines: list[tuple[str, Rect, Label]], used: list[Rect]
) -> tuple[float, str, Rect, Label] | None:
    """The nearest line beyond the labels of an axis, at the middle of it or at its end."""
    best: tuple[float, str, Rect, Label] | None = None
    for text, box, label in lines:
        if box in used or not any(map(str.isalpha, text)):
            continue
        if axis.side.horizontal:
            gap = box[1] - axis.far if axis.side == Side.BOTTOM else axis.far - box[3]
            centre = (box[0] + box[2]) / 2
            fits = label.is_horizontal and frame[0] - 4 <= centre <= frame[2] + 4
        else:
            gap = axis.far - box[2] if axis.side == Side.LEFT else box[0] - axis.far
            centre = (box[1] + box[3]) / 2
            fits = label.is_vertical and frame[1] - 4 <= centre <= frame[3] + 4
        if fits and -1 <= gap <= _REACH * label.size and (best is None or gap < best[0]):
            best = gap, text, box, label
    return best


def _strip(frame: Rect, y: Axis | None, lines: list[tuple[str, Rect, Label]], used: list[Rect]) -> str | None:
    """The label of a facet that runs down along its right side."""
    if y is None or y.side == Side.RIGHT:
        return None
    middle = (frame[1] + frame[3]) / 2
    for text, box, label in lines:
        gap = box[0] - frame[2]
        beside = box not in used and label.direction[1] > 0.99 and -2.5 * label.size < gap < 2 * label.size
        if beside and abs((box[1] + box[3]) / 2 - middle) < 2 and any(map(str.isalnum, text)):
            used.append(box)
            return text
    return None


def _header(frame: Rect, y: Axis | None, lines: list[tuple[str, Rect, Label]], used: list[Rect]) -> str | None:
    """The name of a row of facets, turned, beyond the title of its vertical axis, which was used last."""
    if y is None or y.side == Side.RIGHT:
        return None
    middle, beside = (frame[1] + frame[3]) / 2, used[-1]
    found: list[tuple[float, str, Rect]] = []
    for text, box, label in lines:
        gap = beside[0] - box[2]
        fits = box not in used and label.is_vertical and _APART * label.size < gap < _REACH * label.size
        if fits and abs((box[1] + box[3]) / 2 - middle) < 2 and any(map(str.isalnum, text)):
            found.append((gap, text, box))
    if not found:
        return None
    used.append(min(found)[2])
    return min(found)[1]


def _title(frame: Rect, x: Axis | None, lines: list[tuple[str, Rect, Label]], used: list[Rect]) -> str | None:
    """The nearest line above the plot (above its axis where that is at the top), over it and not beside it."""
    top = x.far if x is not None and x.side == Side.TOP else frame[1]
    best: tuple[float, str, Rect] | None = None
    for text, box, label in lines:
        if box in used or not label.is_horizontal or not any(map(str.isalnum, text)):
            continue
        gap = top - box[3]
        centre = (box[0] + box[2]) / 2
        over = frame[0] - 100 <= box[0] and box[2] <= frame[2] + 60 and frame[0] - 40 <= centre <= frame[2] + 20
        if over and -1 <= gap <= 3.5 * label.size and (best is None or gap < best[0]):
            best = gap, text, box
    if best is None:
        return None
    used.append(best[2])
    words, above, size = best[1], best[2], best[2][3] - best[2][1]
    for text, box, label in sorted(lines, key=lambda line: -line[1][3]):
        # The lines of one title stand close above each other.
        beside = box[0] < above[2] and box[2] > above[0]
        alike = label.is_horizontal and abs(box[3] - box[1] - size) < 0.08 * size
        if box not in used and alike and beside and 0 <= above[1] - box[3] < _LEADING * size:
            words, above = f"{text} {words}", box
            used.append(box)
    return words
