"""Leaves out the words of a text layer that nobody sees, and tells an OCR layer over a scan from other hidden text.

Words are suspected for little cost: they are not drawn (render mode 3), microscopic, as light as what is behind them,
or an opaque rectangle or an image was drawn over them later. Only where a page has suspects is it drawn, once with its
text and once without: a word where both images are the same is not seen, whatever the cause.
"""

from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import clip, to_shares, turn_boxes
from ..documents import ink
from ..documents.render import grey_with_and_without_text
from .bidi import Word
from .extract import NO_GROUND, RawPage, Shapes
from .spans import line_key, span_key

Mask = NDArray[np.bool_]

_BOX = itemgetter(0, 1, 2, 3)

# Grey levels by which a word must differ from what is behind it to be seen without a doubt.
_CONTRAST = 40
# Grey levels by which a pixel must change where text is drawn on it.
_CHANGE = 20
# Points: text that is lower cannot be read.
_MICROSCOPIC = 1.0
# Share of a word's box that is ink where the print of a scan lies under it; a box that is full of ink is a cover.
_PRINT = (0.01, 0.7)
# Share of a page's characters below which text under pictures is no OCR layer.
_LAYER = 0.1


@dataclass(frozen=True)
class Suspects:
    """Words that may be hidden, (n,) masks over all words of a page.

    Attributes:
        undrawn: neither filled nor stroked, or transparent.
        microscopic: too low to be read.
        doubtful: whether they are seen must be looked for on the drawn page.
    """

    undrawn: Mask
    microscopic: Mask
    doubtful: Mask

    @property
    def any(self) -> Mask:
        return self.undrawn | self.microscopic | self.doubtful


def suspects(page: RawPage) -> Suspects | None:
    """The words that may be hidden; None where there are none."""
    shapes, blocks = page.shapes, page.drawn
    seen, words = page.seen, page.words
    any_shape = len(shapes.after) > 0
    if not words or not (any_shape or seen.undrawn or seen.grey or min([w[3] - w[1] for w in words]) < _MICROSCOPIC):
        return None
    boxes = np.fromiter(chain.from_iterable(map(_BOX, words)), np.float64, 4 * len(words)).reshape(-1, 4)
    size = boxes[:, 2:] - boxes[:, :2]
    microscopic = size.min(axis=1) < _MICROSCOPIC
    if microscopic.any():
        microscopic &= size.max(axis=1) < _MICROSCOPIC * np.array([max(1, len(word[4])) for word in words])
    undrawn = _in_spans(words, seen.undrawn)
    doubtful = _covered(boxes, blocks, shapes)
    if any_shape or seen.grey:
        doubtful |= _faint(words, boxes, blocks, shapes, seen.grey)
    doubtful &= ~undrawn & ~microscopic
    if not (undrawn.any() or microscopic.any() or doubtful.any()):
        return None
    return Suspects(undrawn, microscopic, doubtful)


def _covered(boxes: NDArray[np.float64], blocks: NDArray[np.int64], shapes: Shapes) -> Mask:
    """(n,) whether the centre of each word lies in a shape that was drawn later."""
    late = shapes.after >= 0
    if not late.any():
        return np.zeros(len(boxes), np.bool_)
    found = _contain(boxes, shapes.boxes[late]) & (shapes.after[late] >= blocks[:, None])
    return np.asarray(found.any(axis=1))


def _contain(boxes: NDArray[np.float64], around: NDArray[np.float64]) -> Mask:
    """(len(boxes), len(around)) whether the centre of each box lies in each of the others."""
    x, y = (boxes[:, 0] + boxes[:, 2])[:, None] / 2, (boxes[:, 1] + boxes[:, 3])[:, None] / 2
    x0, y0, x1, y1 = around.T
    return np.asarray((x > x0) & (x < x1) & (y > y0) & (y < y1))


def _in_spans(words: list[Word], keys: set[int]) -> Mask:
    if not keys:
        return np.zeros(len(words), np.bool_)
    return np.array([span_key(word) in keys for word in words], np.bool_)


def _faint(
    words: list[Word],
    boxes: NDArray[np.float64],
    blocks: NDArray[np.int64],
    shapes: Shapes,
    greys: dict[int, float],
) -> Mask:
    """(n,) whether each word is about as light as what was drawn last behind it, which without a shape is paper."""
    text = np.zeros(len(words))
    if greys:
        text[:] = [greys.get(span_key(word), 0.0) for word in words]
    behind = np.full(len(words), 255.0)
    if len(shapes.after):
        order = np.argsort(shapes.after, kind="stable")[::-1]
        order = order[shapes.grey[order] > NO_GROUND]
        under = _contain(boxes, shapes.boxes[order]) & (shapes.after[order] < blocks[:, None])
        if len(order):
            behind = np.where(under.any(axis=1), shapes.grey[order][under.argmax(axis=1)], 255.0)
    # Pictures are dark and light: on them, only words as light as paper are doubtful.
    return np.asarray(np.abs(text - np.where(behind < 0, 255.0, behind)) < _CONTRAST)


def without_hidden(page: Any, raw: RawPage, found: Suspects) -> RawPage:
    """The page without the words that nobody sees.

    Words of an OCR layer stay, their lines marked as invisible: those that are not seen and have print under them,
    which is what a scan shows.

    Args:
        page: the `pymupdf.Page`.
    """
    boxes = turn_boxes(to_shares(np.array([word[:4] for word in raw.words], np.float64), raw.rect), raw.rotation)
    boxes, inside = clip(boxes)
    hidden, printed = found.undrawn.copy(), _on_image(raw)
    look = (found.doubtful | (found.undrawn & ~printed)) & inside
    if look.any():
        area = (*boxes[look, :2].min(axis=0).tolist(), *boxes[look, 2:].max(axis=0).tolist())
        with_text, without = grey_with_and_without_text(page, *raw.size, area)
        there = (boxes[look] - np.tile(area[:2], 2)) / np.tile(np.subtract(area[2:], area[:2]), 2)
        changed = np.abs(with_text.astype(np.int16) - without) >= _CHANGE
        hidden[look] |= found.doubtful[look] & ~ink.on_ink(changed, there)
        printed[look] = _printed(ink.ink_mask(without), there)
    layer = hidden & printed & ~found.microscopic
    gone = (hidden & ~layer) | found.microscopic
    lines = np.array([line_key(word) for word in raw.words])
    # A line of which a part is seen is no line of an OCR layer.
    gone |= layer & np.isin(lines, lines[~hidden & ~gone])
    layer &= ~gone
    length = np.array([len(word[4]) for word in raw.words])
    if length[layer].sum() < _LAYER * length[~gone].sum():
        gone, layer = gone | layer, np.zeros_like(layer)
    words = [word for word, left in zip(raw.words, gone.tolist(), strict=True) if not left]
    seen = replace(raw.seen, invisible=set(lines[layer].tolist()))
    return replace(raw, words=words, drawn=raw.drawn[~gone], seen=seen, hidden=raw.hidden + int((gone & inside).sum()))


def _printed(mask: Mask, boxes: NDArray[np.floating]) -> Mask:
    share = ink.share_in(mask, boxes)
    return np.asarray((share >= _PRINT[0]) & (share <= _PRINT[1]))


def _on_image(raw: RawPage) -> Mask:
    """(n,) whether the centre of each word lies on an image."""
    if not raw.seen.images:
        return np.zeros(len(raw.words), np.bool_)
    boxes = np.array([word[:4] for word in raw.words], np.float64)
    return np.asarray(_contain(boxes, np.array(raw.seen.images, np.float64)).any(axis=1))
