"""Puts the values of a form behind their labels where the file draws them elsewhere.

Values of form fields, and what a program fills into a template, are often drawn after all labels.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import FloatArray
from .quality import TextLayer
from .regroup import reordered, rows_of

SAME_ROW = 0.5
"""A value stands beside its label if they are at most this many heights apart, measured at their middles."""

_MARKED = re.compile(r"[:：]\s*[._…\s]*$")
# A label within a line, such as "Date : 5 May".
_LABELLED = re.compile(r"[^\W\d]\.?\s*[:：]\s")
_DIGIT = re.compile(r"\d")
_MAX_LABEL = 40
_MAX_VALUE = 80
# A block of more lines is running text, unless labels stand beside most of its lines.
_MAX_VALUE_LINES = 3
# Values in a column of their own, without colons at their labels, need that many rows.
_LEAST_ROWS = 2
# Lines whose edges differ by less than this share of their height are aligned.
_ALIGNED = 0.5
# Vertical gap between a label and its value below, in heights of the line.
_BELOW = 1.0
_ABOVE_FIELD = 1.5


@dataclass(frozen=True)
class _Page:
    """Lines in the order of drawing.

    Attributes:
        boxes: (n, 4) in the unit of the page's size.
        before: for each line the one to its left in its row, else None.
        alone: for each line whether its row has no more than two lines.
    """

    texts: list[str]
    boxes: NDArray[np.float64]
    block: list[int]
    before: list[int | None]
    alone: list[bool]


def with_values_at_labels(layer: TextLayer, size: tuple[float, float], fields: FloatArray) -> TextLayer:
    """The layer with values right after their labels.

    Args:
        size: width and height of the page.
        fields: (n, 4) boxes of the form fields in shares of the page.
    """
    page = _page(layer, size)
    after = _field_values(page, fields * np.array([*size, *size]))
    for label, value in [*_marked_values(page), *_columns_of_values(page)]:
        after.setdefault(value, label)
    if not after:
        return layer
    order = _order(page, after)
    if order == list(range(len(order))):
        return layer
    block = layer.lines.block.copy()
    for value in sorted(after, key=order.index):
        block[value] = block[after[value]]
    return reordered(layer, np.array(order, np.intp), block)


def _page(layer: TextLayer, size: tuple[float, float]) -> _Page:
    lines = layer.lines
    boxes = (lines.boxes * np.array([*size, *size])).astype(np.float64)
    order, row = rows_of(boxes, np.zeros(len(lines), np.intp), SAME_ROW)
    before: list[int | None] = [None] * len(lines)
    for (left, right), same in zip(pairwise(order.tolist()), (np.diff(row) == 0).tolist(), strict=True):
        if same:
            before[right] = left
    count = np.bincount(row)[row]
    alone = [True] * len(lines)
    for index, held in zip(order.tolist(), count.tolist(), strict=True):
        alone[index] = held <= 2
    return _Page(lines.text, boxes, lines.block.tolist(), before, alone)


def _field_values(page: _Page, fields: NDArray[np.float64]) -> dict[int, int]:
    """The line after which each line in a form field belongs: the label beside it, or above it."""
    if not len(fields):
        return {}
    middle = (page.boxes[:, None, :2] + page.boxes[:, None, 2:]) / 2
    inside = np.asarray(((middle >= fields[None, :, :2]) & (middle <= fields[None, :, 2:])).all(axis=2), np.bool_)
    values = np.asarray(inside.any(axis=1), np.bool_)
    field_of = inside.argmax(axis=1)
    after: dict[int, int] = {}
    last_of: dict[int, int] = {}
    places = np.flatnonzero(values)
    for value in places[np.lexsort((page.boxes[places, 0], page.boxes[places, 1]))].tolist():
        field = int(field_of[value])
        if field in last_of:
            label: int | None = last_of[field]
        else:
            label = page.before[value]
            if label is None or values[label]:
                above = _above(page, value, fields[field], values)
                label = label if above is None else above
        if label is not None:
            after[value] = label
            last_of[field] = value
    return after


def _above(page: _Page, value: int, field: NDArray[np.float64], values: NDArray[np.bool_]) -> int | None:
    boxes = page.boxes
    height = boxes[value, 3] - boxes[value, 1]
    shared = np.minimum(boxes[:, 2], field[2]) - np.maximum(boxes[:, 0], field[0])
    gap = boxes[value, 1] - boxes[:, 3]
    above = np.flatnonzero((shared > 0) & (gap > -height / 2) & (gap < _ABOVE_FIELD * height) & ~values)
    return int(above[np.argmin(gap[above])]) if len(above) else None


def _marked_values(page: _Page) -> list[tuple[int, int]]:
    """Labels that end in a colon, with the value beside them that is drawn elsewhere."""
    found = []
    beside_of = {left: right for right, left in enumerate(page.before) if left is not None}
    for value, label in enumerate(page.before):
        if label is None or value == label + 1 or not _MARKED.search(page.texts[label]):
            continue
        between = range(label + 1, value)
        if between and all(page.block[index] == page.block[value] for index in between):
            continue
        if len(page.texts[value]) > _MAX_VALUE or _is_labelled(page.texts[value]) or _has_value_below(page, label):
            continue
        behind = beside_of.get(value)
        if behind is not None and not _MARKED.search(page.texts[behind]):
            continue
        found.append((label, value))
    beside = {value for _, value in found}
    return [(label, value) for label, value in found if _is_short_block(page, value, beside)]


def _is_labelled(text: str) -> bool:
    return bool(_MARKED.search(text) or _LABELLED.search(text))


def _has_value_below(page: _Page, label: int) -> bool:
    """Whether the line that is drawn next stands right below the label and is no label itself."""
    following = label + 1
    if following >= len(page.texts) or _MARKED.search(page.texts[following]):
        return False
    one, other = page.boxes[label], page.boxes[following]
    height = one[3] - one[1]
    return bool(abs(other[0] - one[0]) < 2 * height and -height / 2 < other[1] - one[3] < _BELOW * height)


def _is_short_block(page: _Page, value: int, beside: set[int]) -> bool:
    members = [index for index, block in enumerate(page.block) if block == page.block[value]]
    return len(members) <= _MAX_VALUE_LINES or 2 * sum(index in beside for index in members) >= len(members)


def _columns_of_values(page: _Page) -> list[tuple[int, int]]:
    """Labels without colons that are drawn one after the other, and the values beside them that follow as a whole."""
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    pairs = sorted(
        (label, value)
        for value, label in enumerate(page.before)
        if label is not None and page.alone[value] and value != label + 1 and _may_be_label(page.texts[label])
    )
    for label, value in pairs:
        if run and not (label == run[-1][0] + 1 and value == run[-1][1] + 1 and _aligned(page, run[-1][0], label)):
            found += _complete(page, run)
            run = []
        run.append((label, value))
    return found + _complete(page, run)


def _complete(page: _Page, run: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The run where it has all labels and all values, most of which are numbers or dates; else nothing."""
    if len(run) < _LEAST_ROWS or (run[-1][0] + 1 != run[0][1] and run[-1][1] + 1 != run[0][0]):
        return []
    values = [page.texts[value] for _, value in run]
    aligned = all(
        _aligned(page, one, other) or _aligned(page, one, other, edge=2) for (_, one), (_, other) in pairwise(run)
    )
    if any(_is_labelled(text) for text in values):
        return []
    numbers = sum(bool(_DIGIT.search(text)) and len(text) <= _MAX_LABEL for text in values)
    return run if aligned and 2 * numbers >= len(values) else []


def _may_be_label(text: str) -> bool:
    return len(text) <= _MAX_LABEL and not _DIGIT.search(text) and any(character.isalpha() for character in text)


def _aligned(page: _Page, one: int, other: int, edge: int = 0) -> bool:
    height = page.boxes[one, 3] - page.boxes[one, 1]
    return bool(abs(page.boxes[one, edge] - page.boxes[other, edge]) < _ALIGNED * height)


def _order(page: _Page, after: dict[int, int]) -> list[int]:
    """The lines with each value after its label, and the rest of a value's block after the value."""
    follows: dict[int, list[int]] = {}
    moved = dict(after)
    for value in sorted(after):
        following = value + 1
        while (
            following < len(page.texts)
            and following not in moved
            and page.block[following] == page.block[value]
            and page.before[following] is None
        ):
            moved[following] = following - 1
            following += 1
    for value in sorted(moved, key=lambda index: float(page.boxes[index, 0])):
        follows.setdefault(moved[value], []).append(value)
    order: list[int] = []
    left = [index for index in reversed(range(len(page.texts))) if index not in moved]
    while left:
        index = left.pop()
        order.append(index)
        left += reversed(follows.get(index, []))
    # Values whose labels are values of each other keep their places.
    return order if len(order) == len(page.texts) else list(range(len(page.texts)))
