"""Finds the pages whose text is not drawn in reading order, and has their lines rebuilt.

Most pages are drawn in reading order. What tells the others is computed for many pages at a time, see `lines`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import clip
from ...schemas.page import FloatArray
from . import forms, vertical
from .extract import RawPage
from .quality import TextLayer
from .regroup import joinable, left_first, ordered_anew, overlapping, put_together, rows_of, unwoven
from .words.bidi import is_right_to_left

# More than a page has blocks.
_BLOCKS = 1 << 24
# Rows mean nothing on a page whose text runs down or up.
_MAX_TURNED = 0.2
# Lines of a block that are drawn from the bottom up: so many at least, and most of the steps from line to line.
_FEW_RISES, _MOST = 3, 0.5


def arranged(raws: Sequence[RawPage], layers: list[TextLayer]) -> list[TextLayer]:
    """The layers with lines of words drawn apart, columns of vertical text, and values of forms at their labels."""
    found = [_in_columns(raw, layer) for raw, layer in zip(raws, layers, strict=True)]
    apart, displaced, upwards, over = _out_of_place(raws, found)
    for index in np.flatnonzero(over).tolist():
        whole = found[index]
        found[index] = unwoven(whole, raws[index].size)
        apart[index] |= found[index] is not whole
    for index in np.flatnonzero(apart).tolist():
        found[index] = put_together(found[index], raws[index].size)
    for index in np.flatnonzero(upwards).tolist():
        if _is_upright(found[index]) and not _reads_upwards(found[index].lines.text):
            found[index] = ordered_anew(found[index], raws[index].size)
    for index in np.flatnonzero(displaced).tolist():
        if _is_upright(found[index]):
            found[index] = left_first(found[index], raws[index].size)
    for index, raw in enumerate(raws):
        if (displaced[index] or raw.fields) and _is_upright(found[index]):
            found[index] = forms.with_values_at_labels(found[index], raw.size, _fields(raw))
    return found


def _in_columns(raw: RawPage, layer: TextLayer) -> TextLayer:
    texts = layer.lines.text
    return vertical.with_columns(layer, raw.size) if vertical.has_single_glyphs(texts) else layer


def _out_of_place(
    raws: Sequence[RawPage], layers: Sequence[TextLayer]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """For each page whether parts of a line are drawn apart, a row of lines is, lines rise, and lines overlap."""
    counts = [len(layer.lines) for layer in layers]
    page = np.repeat(np.arange(len(raws)), counts)
    if len(page) < 2:
        nowhere = np.zeros(len(raws), np.bool_)
        return nowhere, nowhere, nowhere, nowhere
    sizes = np.tile(np.array([raw.size for raw in raws], np.float64), 2)
    boxes = np.concatenate([layer.lines.boxes for layer in layers]) * np.repeat(sizes, counts, axis=0)
    order, row = rows_of(boxes, page)
    block = np.concatenate([layer.lines.block for layer in layers]) + _BLOCKS * page
    apart = joinable(boxes, block, order, row)
    # In a right-to-left script, what is drawn from the left is out of place.
    from_left = set(page[order[:-1]][apart & (np.diff(order) == 1)].tolist())
    backwards = [number for number in from_left if is_right_to_left(layers[number].lines.text)]
    apart &= (np.diff(order) != 1) | np.isin(page[order[:-1]], backwards)
    beside, row = rows_of(boxes, page, forms.SAME_ROW)
    displaced = (row[1:] == row[:-1]) & (np.diff(beside) != 1)
    return (
        np.bincount(page[order[:-1]], weights=apart, minlength=len(raws)) > 0,
        np.bincount(page[beside[:-1]], weights=displaced, minlength=len(raws)) > 0,
        _upwards(boxes, block, page, len(raws)),
        np.bincount(page[order[:-1]], weights=overlapping(boxes, order, row), minlength=len(raws)) > 0,
    )


def _upwards(
    boxes: NDArray[np.float64], block: NDArray[np.int64], page: NDArray[np.intp], count: int
) -> NDArray[np.bool_]:
    """(count,) whether the lines of the blocks of each page are drawn from the bottom up."""
    step = np.diff(boxes[:, 1] + boxes[:, 3]) / 2
    low = np.minimum(boxes[1:, 3] - boxes[1:, 1], boxes[:-1, 3] - boxes[:-1, 1]) / 2
    below = (np.minimum(boxes[1:, 2], boxes[:-1, 2]) > np.maximum(boxes[1:, 0], boxes[:-1, 0])) & (np.diff(block) == 0)
    rises, falls = (np.bincount(page[:-1][below & far], minlength=count) for far in (step < -low, step > low))
    return np.asarray((rises >= _FEW_RISES) & (rises > _MOST * (rises + falls)))


def _reads_upwards(lines: Sequence[str]) -> bool:
    """Whether sentences go on from line to line in the order of drawing and not against it, as on a mirrored page."""
    ends = [line[-1] not in ".!?:;" for line in lines]
    goes_on = [line[0].islower() for line in lines]
    drawn = sum(end and start for end, start in zip(ends, goes_on[1:], strict=False))
    return drawn > sum(end and start for end, start in zip(ends[1:], goes_on, strict=False))


def _is_upright(layer: TextLayer) -> bool:
    turned = sum(polygon is not None for polygon in layer.lines.polygons)
    return len(layer.lines) > 1 and turned <= _MAX_TURNED * len(layer.lines)


def _fields(raw: RawPage) -> FloatArray:
    if not raw.fields:
        return np.empty((0, 4), np.float32)
    boxes, keep = clip(np.array(raw.fields, np.float64) / np.tile(np.array(raw.size), 2))
    return boxes[keep]
