"""Leaves out the words of a text layer that nobody sees, and tells an OCR layer over a scan from other hidden text.

Words are suspected for little cost: they are not drawn (render mode 3), microscopic, of a font with empty glyphs, or
as light as what is behind them, or an opaque rectangle or an image was drawn over them later. On an image that may be a
scan every word is suspected, since the glyphs of an OCR layer may be empty; so it is on a page with tiling patterns, of
which MuPDF does not say what they cover. Only where a page has suspects is it drawn, once with its text and once
without: a word where both images are the same is not seen, whatever the cause.
"""

import math
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import clip, covered, to_shares, turn_boxes
from ..documents import ink
from ..documents.render import enlargement, grey_with_and_without_text
from .extract import NO_GROUND, UNEVEN, RawPage, Shapes
from .quality import SCANNED_PART
from .words.bidi import Word
from .words.spans import line_key, span_key

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
# A word that replaces a covered one takes this share of its box at least, and is as high as it, at most by this factor.
_REPLACES, _AS_HIGH = 0.05, 1.5
# Shares of the width and height of a word from which a shape may cover a part of it, and the width of what is seen to
# be covered in heights: about a character.
_PART, _MOST, _CHARACTER = 0.1, 0.5, 0.38
# Share of a covered word's box, outside the words that replace it, below which nothing would be seen of it.
_REST = 0.25
_NEVER = 1 << 40


@dataclass(frozen=True)
class Suspects:
    """Words that may be hidden, in part at least, (n,) masks over all words of a page.

    Attributes:
        undrawn: neither filled nor stroked, or transparent.
        microscopic: too low to be read.
        doubtful: whether they are seen must be looked for on the drawn page.
        cover: number of the block, see `Shapes.after`, after which the first shape over each word was drawn; a number
            above all blocks where there is none.
        on_image: on an image that was drawn before and may be a scan, and suspected of nothing else.
    """

    undrawn: Mask
    microscopic: Mask
    doubtful: Mask
    cover: NDArray[np.int64]
    on_image: Mask

    @property
    def any(self) -> Mask:
        return self.undrawn | self.microscopic | self.doubtful


def suspects(page: RawPage) -> Suspects | None:
    """The words that may be hidden; None where there are none."""
    shapes, blocks = page.shapes, page.drawn
    seen, words = page.seen, page.words
    any_shape, low = len(shapes.after) > 0, _MICROSCOPIC / enlargement(*page.size)
    thin = [min(word[3] - word[1], word[2] - word[0]) for word in words]
    if not words or not (any_shape or seen.undrawn or seen.grey or page.empty or page.tiled or min(thin) < low):
        return None
    boxes = np.fromiter(chain.from_iterable(map(_BOX, words)), np.float64, 4 * len(words)).reshape(-1, 4)
    size = boxes[:, 2:] - boxes[:, :2]
    microscopic = size.min(axis=1) < low
    if microscopic.any():
        microscopic &= size.max(axis=1) < low * np.array([max(1, len(word[4])) for word in words])
    undrawn = _in_spans(words, seen.undrawn)
    cover = _cover(boxes, blocks, shapes)
    doubtful = (cover < _NEVER) | (size.min(axis=1) < low)
    if page.empty:
        doubtful |= np.isin(np.array(page.word_fonts), list(page.empty))
    if any_shape or seen.grey:
        doubtful |= _faint(words, boxes, blocks, shapes, seen.grey)
    doubtful |= page.tiled
    on_image = ~(doubtful | undrawn | microscopic)
    on_image &= page.image_cover >= SCANNED_PART and _over_image(boxes, blocks, shapes)
    doubtful = (doubtful | on_image) & ~undrawn & ~microscopic
    if not (undrawn.any() or microscopic.any() or doubtful.any()):
        return None
    return Suspects(undrawn, microscopic, doubtful, cover, on_image)


def without_lines(page: RawPage) -> RawPage:
    """The page with areas and images alone for shapes that may cover text."""
    areas = page.shapes.grey != NO_GROUND
    if areas.all():
        return page
    shapes = Shapes(page.shapes.boxes[areas], page.shapes.after[areas], page.shapes.grey[areas])
    return replace(page, shapes=shapes)


def _cover(boxes: NDArray[np.float64], blocks: NDArray[np.int64], shapes: Shapes) -> NDArray[np.int64]:
    """(n,) `Suspects.cover`: shapes that were drawn later than each word, and reach over its centre or a part of it."""
    late = shapes.after >= 0
    if not late.any():
        return np.full(len(boxes), _NEVER)
    after = shapes.after[late]
    over = shapes.boxes[late]
    # A strip may lie over the middle of a word that other strips cover too.
    found = (_contain(boxes, over) | _covered_in_part(boxes, over)) & (after >= blocks[:, None])
    return np.asarray(np.where(found, after, _NEVER).min(axis=1))


def _covered_in_part(boxes: NDArray[np.float64], over: NDArray[np.float64]) -> Mask:
    """(len(boxes), len(over)) whether each of the others reaches over most of the height and a part of a box."""
    x0, y0, x1, y1 = (side[:, None] for side in boxes.T)
    across = np.minimum(x1, over[:, 2]) - np.maximum(x0, over[:, 0])
    down = np.minimum(y1, over[:, 3]) - np.maximum(y0, over[:, 1])
    return np.asarray((across > _PART * (x1 - x0)) & (down > _MOST * (y1 - y0)))


def _over_image(boxes: NDArray[np.float64], blocks: NDArray[np.int64], shapes: Shapes) -> Mask:
    """(n,) whether the centre of each word lies on an image that was drawn earlier."""
    images = shapes.grey == UNEVEN
    return np.asarray((_contain(boxes, shapes.boxes[images]) & (shapes.after[images] < blocks[:, None])).any(axis=1))


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
    boxes = turn_boxes(to_shares(_boxes(raw), raw.rect), raw.rotation)
    boxes, inside = clip(boxes)
    hidden, printed = found.undrawn.copy(), _on_image(raw)
    clipping = found.undrawn & _in_spans(raw.words, raw.seen.clipping)
    if clipping.any():
        # What is drawn in the shape of their glyphs is no print under them.
        printed[clipping] = _over_image(_boxes(raw), raw.drawn, raw.shapes)[clipping]
    look = (found.doubtful | (found.undrawn & ~printed)) & inside
    if look.any():
        area = (*boxes[look, :2].min(axis=0).tolist(), *boxes[look, 2:].max(axis=0).tolist())
        with_text, without = grey_with_and_without_text(page, *raw.size, area)
        there = (boxes - np.tile(area[:2], 2)) / np.tile(np.subtract(area[2:], area[:2]), 2)
        changed = np.abs(with_text.astype(np.int16) - without) >= _CHANGE
        hidden[look] |= found.doubtful[look] & ~ink.on_ink(changed, there[look])
        covered_words = found.doubtful & (found.cover < _NEVER)
        places = there * np.tile(changed.shape[::-1], 2)
        hidden |= _replaced(raw, found, changed, places, look & covered_words & ~hidden)
        hidden |= _cut_out(raw, changed, places, look & covered_words & ~hidden)
        clipping &= look
        printed[look] = _printed(ink.ink_mask(without), there[look])
        hidden &= ~(clipping & printed)
    layer = hidden & printed & ~found.microscopic
    gone = (hidden & ~layer) | found.microscopic
    lines = np.array([line_key(word) for word in raw.words])
    # A line of which a part is seen is no line of an OCR layer.
    gone |= layer & np.isin(lines, lines[~hidden & ~gone])
    layer &= ~gone
    length = np.array([len(word[4]) for word in raw.words])
    if length[layer].sum() < _LAYER * length[~gone].sum():
        # What an image shows in any case may stand in it again, as where a program draws a part of a page as an image.
        gone, layer = gone | (layer & ~found.on_image), np.zeros_like(layer)
    words = [word for word, left in zip(raw.words, gone.tolist(), strict=True) if not left]
    seen = replace(raw.seen, invisible=set(lines[layer].tolist()))
    return replace(raw, words=words, drawn=raw.drawn[~gone], seen=seen, hidden=raw.hidden + int((gone & inside).sum()))


def _replaced(raw: RawPage, found: Suspects, changed: Mask, places: NDArray[np.float64], words: Mask) -> Mask:
    """(n,) on which of some covered `words` other words stand that were drawn later.

    Where these stand the text changes the page in any case; a covered word is seen if it changes the rest of its place.

    Args:
        changed: the pixels that text changes.
        places: (n, 4) the boxes of all words, in pixels.
    """
    gone = np.zeros(len(places), np.bool_)
    tall = places[:, 3] - places[:, 1]
    for index in np.flatnonzero(words).tolist():
        x0, y0, x1, y1 = box = places[index]
        later = (raw.drawn > found.cover[index]) & (tall <= _AS_HIGH * tall[index])
        across = np.minimum(places[:, 2], x1) - np.maximum(places[:, 0], x0)
        down = np.minimum(places[:, 3], y1) - np.maximum(places[:, 1], y0)
        over = later & (across > 0) & (down > 0)
        if (across * down)[over].sum() < _REPLACES * (x1 - x0) * (y1 - y0):
            continue
        left, top = np.floor(box[:2]).astype(int).clip(0).tolist()
        mine = changed[top : math.ceil(y1), left : math.ceil(x1)]
        others = (places[over] - np.tile([left, top], 2)) / np.tile(mine.shape[::-1], 2)
        rest = ~covered(others.astype(np.float32), *mine.shape)
        count = np.count_nonzero(rest)
        gone[index] = count < _REST * rest.size or np.count_nonzero(mine & rest) < max(1, 0.01 * count)
    return gone


def _cut_out(raw: RawPage, changed: Mask, places: NDArray[np.float64], words: Mask) -> Mask:
    """(n,) which of some covered `words` lack letters or digits where a later shape lies: the rest is another word.

    Args:
        changed: the pixels that text changes.
        places: (n, 4) the boxes of all words, in pixels.
    """
    gone = np.zeros(len(places), np.bool_)
    for index in np.flatnonzero(words).tolist():
        x0, y0, x1, y1 = places[index].tolist()
        text, tall = raw.words[index][4], y1 - y0
        if x1 - x0 < tall or tall <= 0:
            continue
        left, top = max(0, math.floor(x0)), max(0, math.floor(y0))
        empty = ~changed[top : math.ceil(y1), left : math.ceil(x1)].any(axis=0)
        bounds = np.flatnonzero(np.diff(np.concatenate([[0], empty, [0]])))
        for first, last in bounds.reshape(-1, 2).tolist():
            middle = (left + (first + last) / 2 - x0) / (x1 - x0)
            character = text[min(len(text) - 1, max(0, int(middle * len(text))))]
            if last - first >= max(3, _CHARACTER * tall) and character.isalnum():
                gone[index] = True
    return gone


def _printed(mask: Mask, boxes: NDArray[np.floating]) -> Mask:
    share = ink.share_in(mask, boxes)
    return np.asarray((share >= _PRINT[0]) & (share <= _PRINT[1]))


def _on_image(raw: RawPage) -> Mask:
    """(n,) whether the centre of each word lies on an image."""
    if not raw.seen.images:
        return np.zeros(len(raw.words), np.bool_)
    return np.asarray(_contain(_boxes(raw), np.array(raw.seen.images, np.float64)).any(axis=1))


def _boxes(raw: RawPage) -> NDArray[np.float64]:
    return np.array([word[:4] for word in raw.words], np.float64).reshape(-1, 4)
