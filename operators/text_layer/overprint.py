"""Finds words that a page draws more than once at the same place, as for fake bold or a shadow.

A person sees such a word once. MuPDF itself joins a letter that is drawn twice in a row; what comes from separate
strings is a line of its own, which is found here by its words.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import run_starts, union_of_runs
from ...schemas.page import FloatArray

# Offset between two drawings of a word, as a share of the thickness of its box (1.4 em for upright text, the width
# of a digit for a lone one): 0.2 to 0.3 em. Separate words are farther apart, even the dots of a row.
_OFFSET = 0.2
# Lines with the same upper edge, each compared with those after it; a row of a table has fewer cells.
_MOST_IN_A_ROW = 64
# Above these the page is no print but a drawing made of letters, or made to cost time: lines on lines on a page, and
# words of one line times those of another.
_MOST_PAIRS = 10_000
# Above the height of any page, see `documents.render.check_size`.
_PAGE = 1e8
_MOST_WORDS = 250_000
# A part of a word that is drawn again stands where its letters are; letters differ in width.
_PLACE = 0.15


def overprinted(
    words: Sequence[str],
    boxes: FloatArray,
    lines: NDArray[np.int64],
    pages: NDArray[np.int64],
    hidden: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """(n,) whether a word is another drawing of a word that stays.

    Of two drawings the one stays that can be seen, and of two such the one in the line of more words.

    Args:
        words: n words, those of a line next to each other.
        boxes: (n, 4) in points or any other unit that is the same along and across.
        lines: (n,) key of each word's line, another one on each page.
        pages: (n,) number of each word's page, ascending.
        hidden: (n,) whether each word is invisible.
    """
    double = np.zeros(len(words), np.bool_)
    starts = run_starts(lines)
    pairs = _overlapping(union_of_runs(boxes, starts), pages[starts])
    ends = np.append(starts[1:], len(words))
    for first, second in pairs:
        longer, shorter = sorted(
            (range(starts[first], ends[first]), range(starts[second], ends[second])),
            key=lambda line: (bool(hidden[line.start]), -len(line), line.start),
        )
        if len(longer) * len(shorter) <= _MOST_WORDS:
            _mark(words, boxes, longer, shorter, double)
    return double


def _overlapping(boxes: FloatArray, pages: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Pairs of boxes of a page with nearly the same upper edge that overlap from left to right."""
    # On one axis for all pages, which are far apart on it.
    top = boxes[:, 1].astype(np.float64) + pages * _PAGE
    order = np.argsort(top, kind="stable")
    x0, _, x1, _ = boxes[order].T
    top = top[order]
    reach = _OFFSET * np.min(boxes[:, 2:] - boxes[:, :2], axis=1)[order]
    places = np.arange(len(order))
    last = np.searchsorted(top, top + reach.max(initial=0), "right") - 1
    count = np.minimum(last - places, _MOST_IN_A_ROW)
    first = np.repeat(places, count)
    if not len(first):
        return []
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    near = top[second] - top[first] <= np.maximum(reach[first], reach[second])
    near &= np.minimum(x1[first], x1[second]) > np.maximum(x0[first], x0[second])
    if not near.any():
        return []
    pairs = list(zip(order[first[near]].tolist(), order[second[near]].tolist(), strict=True))
    if len(pairs) <= _MOST_PAIRS:
        return pairs
    of_page = Counter(pages[one] for one, _ in pairs)
    return [pair for pair in pairs if of_page[pages[pair[0]]] <= _MOST_PAIRS]


def _mark(words: Sequence[str], boxes: FloatArray, kept: range, again: range, double: NDArray[np.bool_]) -> None:
    """Mark the words of the line `again` that the line `kept` has at the same place."""
    if [words[place] for place in kept] == [words[place] for place in again] and _same_extent(boxes, kept, again):
        double[again.start : again.stop] = True
        return
    by_text: dict[str, list[int]] = defaultdict(list)
    for place in kept:
        if not double[place]:
            by_text[words[place]].append(place)
    for place in again:
        if double[place]:
            continue
        same = by_text.get(words[place], ())
        if any(_same_place(boxes[place], boxes[other]) for other in same) or any(
            _is_part(words[place], boxes[place], words[other], boxes[other])
            for other in chain.from_iterable(by_text.values())
            if len(words[other]) > len(words[place]) and words[place] in words[other]
        ):
            double[place] = True


def _same_extent(boxes: FloatArray, line: range, other: range) -> bool:
    """Whether two lines begin at the same place and are about as long: another font has other widths."""
    box, around = (union_of_runs(boxes[one.start : one.stop], np.zeros(1, np.intp))[0] for one in (line, other))
    reach = _OFFSET * min(box[2] - box[0], box[3] - box[1])
    begins = np.abs(box[[0, 1, 3]] - around[[0, 1, 3]]).max() <= reach
    return bool(begins and abs(box[2] - around[2]) <= _PLACE * (box[2] - box[0]))


def _same_place(box: FloatArray, other: FloatArray) -> bool:
    reach = _OFFSET * min(box[2] - box[0], box[3] - box[1])
    return bool(np.abs(box - other).max() <= reach)


def _is_part(part: str, box: FloatArray, word: str, around: FloatArray) -> bool:
    """Whether an upright box is where `part` stands in a word with the box `around`."""
    height, width = box[3] - box[1], around[2] - around[0]
    if np.abs(box[[1, 3]] - around[[1, 3]]).max() > _OFFSET * height:
        return False
    x0, x1 = (box[[0, 2]] - around[0]) / width
    at = word.find(part)
    while at >= 0:
        a, b = at / len(word), (at + len(part)) / len(word)
        if abs(x0 - a) <= _PLACE and abs(x1 - b) <= _PLACE:
            return True
        at = word.find(part, at + 1)
    return False
