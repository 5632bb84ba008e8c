"""Rebuilds the lines of pages whose text is not drawn in reading order, from where it stands on the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import union_of_runs
from ...schemas.page import TextLines
from ..layout.blocks import group_lines, text_blocks
from ..layout.reading_order import mirrored, reading_order
from .quality import TextLayer
from .words.bidi import RIGHT_TO_LEFT, is_right_to_left, logical_order, with_brackets

IDEOGRAPHS = re.compile("[\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]")
"""Characters of the scripts that are written from top to bottom too, with their punctuation."""

_SAME_ROW = 0.3

_NEAR = 0.5
"""MuPDF goes on with a line up to a gap of 0.8 em if it is drawn in order; a line's height is 1.0 to 1.4 em."""

_OVERLAP = 0.3
# Glyphs nearer than this share of the height are of one word, see `bidi`.
_LEAST_SPACE = 0.1
_SAME_EDGE = 0.1
_WIDE = 1.5
# A row with that many wide gaps is one of a table.
_MOST_WIDE = 2
_SIMILAR = 0.7
# Where more of the lines than this had to be put together, neither lines nor blocks are drawn in reading order.
# Lines of a column, at least.
_COLUMN_LINES = 3
_MANY = 0.3


def rows_of(
    boxes: NDArray[np.floating], pages: NDArray[np.integer], apart: float = _SAME_ROW
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lines by row and from left to right within a row, and (n,) the number of the row of each of them.

    Args:
        boxes: (n, 4) boxes, in one unit along both axes of a page.
        pages: (n,) page of each line.
        apart: how far a line of a row may be from the one above it, in heights, measured at their middles.
    """
    middle, height = (boxes[:, 1] + boxes[:, 3]) / 2, boxes[:, 3] - boxes[:, 1]
    down = np.lexsort((middle, pages))
    lower = np.minimum(height[down[1:]], height[down[:-1]])
    new = (np.diff(middle[down]) > apart * lower) | (np.diff(pages[down]) != 0)
    row = np.concatenate([[0], np.cumsum(new)])
    across = np.lexsort((boxes[down, 0], row))
    return down[across], row[across]


def joinable(
    boxes: NDArray[np.floating], block: NDArray[np.integer], order: NDArray[np.intp], row: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """(n - 1,) whether each line of `order` and the next one may be parts of one printed line.

    Cells of narrow columns may be as near to each other as words. They are told from words by the lines of the cell
    above or below that begin at the same place, or by wide gaps in the row.

    Args:
        boxes, block: of all lines, in the order of drawing; numbers of blocks differ over all pages.
        order, row: from `rows_of`.
    """
    left, right = boxes[order[:-1]], boxes[order[1:]]
    heights = left[:, 3] - left[:, 1], right[:, 3] - right[:, 1]
    low, high = np.minimum(*heights), np.maximum(*heights)
    gap = right[:, 0] - left[:, 2]
    same_row = row[1:] == row[:-1]
    near = same_row & (gap <= _NEAR * high) & (gap >= -_OVERLAP * low) & (low >= _SIMILAR * high)
    wide = np.bincount(row[1:][same_row & (gap > _WIDE * high)], minlength=len(order))[row[1:]]
    return np.asarray(near & ~_begins_as_neighbour(boxes, block)[order[1:]] & (wide < _MOST_WIDE))


def overlapping(boxes: NDArray[np.floating], order: NDArray[np.intp], row: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(n - 1,) whether each line of `order` and the next one are as high, in one row, and one over the other in part.

    Args:
        boxes: of all lines.
        order, row: from `rows_of`.
    """
    left, right = boxes[order[:-1]], boxes[order[1:]]
    heights = left[:, 3] - left[:, 1], right[:, 3] - right[:, 1]
    low, high = np.minimum(*heights), np.maximum(*heights)
    over = left[:, 2] - right[:, 0] > _LEAST_SPACE * low
    return np.asarray((row[1:] == row[:-1]) & over & (low >= _SIMILAR * high))


def _begins_as_neighbour(boxes: NDArray[np.floating], block: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(n,) whether the line drawn before or after is of the same block, in another row, and begins at the same x."""
    height = boxes[1:, 3] - boxes[1:, 1]
    same = (np.abs(np.diff(boxes[:, 0])) < _SAME_EDGE * height) & (np.abs(np.diff(boxes[:, 1])) > _SAME_ROW * height)
    same &= np.diff(block) == 0
    found = np.zeros(len(boxes), np.bool_)
    found[1:] |= same
    found[:-1] |= same
    return found


def runs_across(lines: TextLines) -> NDArray[np.bool_]:
    """(n,) whether each line is upright and runs across the page, and not down as `vertical` makes them."""
    upright = np.array([polygon is None for polygon in lines.polygons], np.bool_)
    tall = np.flatnonzero(lines.boxes[:, 3] - lines.boxes[:, 1] > lines.boxes[:, 2] - lines.boxes[:, 0])
    for index in tall.tolist():
        upright[index] &= len(lines.text[index]) == 1 or not IDEOGRAPHS.match(lines.text[index])
    return upright


def put_together(layer: TextLayer, size: tuple[float, float]) -> TextLayer:
    """The layer with the parts of printed lines that were drawn in another order as one line each.

    Args:
        size: width and height of the page.
    """
    lines = layer.lines
    boxes = (lines.boxes * np.array([*size, *size])).astype(np.float64)
    groups = _parts_of_lines(lines, boxes)
    mixed = [index for group in groups if len(group) > 1 and _has_right_to_left(lines, group) for index in group]
    if any(" " in lines.text[index] for index in mixed):
        # What is read first may be a part of a line that is joined to another one.
        return put_together(in_words(layer, set(mixed)), size)
    joined = sum(len(group) for group in groups if len(group) > 1)
    usual = is_right_to_left(lines.text)
    sequences = [_reading_sequence(lines, boxes, group, usual) for group in groups]
    brackets = {index: text for _, _, turned in sequences for index, text in turned.items()}
    found = regrouped(
        _with_texts(layer, brackets) if brackets else layer,
        [group for group, _, _ in sequences],
        glued=[glued for _, glued, _ in sequences],
    )
    touched = {int(lines.block[min(group)]) for group in groups if len(group) > 1}
    if joined > _MANY * len(lines):
        return ordered_anew(found, size)
    return _blocks_from_top(found, touched, np.array([int(lines.block[min(group)]) for group in groups]))


def _parts_of_lines(lines: TextLines, boxes: NDArray[np.float64]) -> list[list[int]]:
    """The lines in groups, in the order of drawing: each from left to right, of what is one printed line."""
    order, row = rows_of(boxes, np.zeros(len(lines), np.intp))
    across = runs_across(lines)
    joins = joinable(boxes, lines.block, order, row) & across[order[:-1]] & across[order[1:]]
    starts = np.flatnonzero(np.concatenate([[True], ~joins]))
    apart = np.concatenate([[0], np.cumsum(np.diff(order) != 1)])
    groups = []
    joined: set[int] = set()
    for first, last in pairwise([*starts.tolist(), len(lines)]):
        members = order[first:last].tolist()
        # Parts from right to left are in another order in any case.
        if apart[last - 1] > apart[first] or (last - first > 1 and _has_right_to_left(lines, members)):
            groups.append(members)
            joined.update(members)
    alone = [[index] for index in range(len(lines)) if index not in joined]
    return sorted(groups + alone, key=min)


def unwoven(layer: TextLayer, size: tuple[float, float]) -> TextLayer:
    """The layer with one line in place of those that stand in the gaps of each other.

    A file may draw the glyphs of a line in two passes, such as those of one subset of its font after those of another.

    Args:
        size: width and height of the page.
    """
    lines = layer.lines
    boxes = (lines.boxes * np.array([*size, *size])).astype(np.float64)
    words = (lines.word_boxes * np.array([*size, *size])).astype(np.float64)
    bounds = np.searchsorted(lines.word_line, np.arange(len(lines) + 1)).tolist()
    order, row = rows_of(boxes, np.zeros(len(lines), np.intp))
    across = runs_across(lines)
    woven: list[set[int]] = []
    widest = 0
    for place in range(1, len(order)):
        if row[place] != row[widest]:
            widest = place
            continue
        one, other = int(order[widest]), int(order[place])
        low, high = sorted((boxes[one, 3] - boxes[one, 1], boxes[other, 3] - boxes[other, 1]))
        shared = min(boxes[one, 2], boxes[other, 2]) - boxes[other, 0]
        if shared > _LEAST_SPACE * low and low >= _SIMILAR * high and across[one] and across[other]:
            mine, others = (words[bounds[index] : bounds[index + 1]] for index in (one, other))
            if _in_gaps(mine, others, low) and woven and one in woven[-1]:
                woven[-1].add(other)
            elif _in_gaps(mine, others, low):
                woven.append({one, other})
        if boxes[other, 2] > boxes[one, 2]:
            widest = place
    if not woven:
        return layer
    apart = in_words(layer, set().union(*woven))
    number = {index: place for place, group in enumerate(woven) for index in group}
    groups: dict[int, list[int]] = {}
    at = 0
    for index, (first, last) in enumerate(pairwise(bounds)):
        count = last - first if index in number and last > first else 1
        groups.setdefault(number.get(index, len(woven) + index), []).extend(range(at, at + count))
        at += count
    sequences = [sorted(group, key=lambda index: apart.lines.boxes[index, 0]) for group in groups.values()]
    left = (apart.lines.boxes * np.array([*size, *size])).astype(np.float64)
    return regrouped(apart, sequences, glued=[_touching(left, sequence) for sequence in sequences])


def _in_gaps(words: NDArray[np.float64], others: NDArray[np.float64], height: float) -> bool:
    """Whether words of two lines stand next to each other and nowhere over each other."""
    across = np.minimum(words[:, None, 2], others[:, 2]) - np.maximum(words[:, None, 0], others[:, 0])
    return len(words) > 0 < len(others) and bool((across <= _LEAST_SPACE * height).all())


def in_words(layer: TextLayer, chosen: set[int]) -> TextLayer:
    """The layer with a line for each word of some of its lines, which are upright."""
    old = layer.lines
    bounds = np.searchsorted(old.word_line, np.arange(len(old) + 1)).tolist()
    parts = [
        (line, word)
        for line, (first, last) in enumerate(pairwise(bounds))
        for word in (range(first, last) if line in chosen and last > first else [None])
    ]
    of_line = np.array([line for line, _ in parts], np.intp)
    alone = np.array([word is not None for _, word in parts])
    boxes = old.boxes[of_line]
    boxes[alone] = old.word_boxes[[word for _, word in parts if word is not None]]
    starts = np.searchsorted(of_line, np.arange(len(old)))
    word_line = starts[old.word_line]
    word_line = word_line + np.where(
        np.isin(old.word_line, list(chosen)), np.arange(len(old.word_text)) - np.array(bounds)[old.word_line], 0
    )
    lines = TextLines(
        text=[old.text[line] if word is None else old.word_text[word] for line, word in parts],
        boxes=boxes,
        polygons=[old.polygons[line] for line in of_line.tolist()],
        confidence=old.confidence[of_line],
        block=old.block[of_line],
        word_text=old.word_text,
        word_boxes=old.word_boxes,
        word_confidence=old.word_confidence,
        word_line=word_line.astype(np.int32),
    )
    return TextLayer(lines, layer.blocks, layer.visible[of_line])


def _has_right_to_left(lines: TextLines, members: Sequence[int]) -> bool:
    return any(RIGHT_TO_LEFT.search(lines.text[index]) for index in members)


def _reading_sequence(
    lines: TextLines, boxes: NDArray[np.float64], members: list[int], usual: bool
) -> tuple[list[int], list[bool], dict[int, str]]:
    """The parts of a line as they are read, for each but the first whether no space stands before it, and brackets.

    The brackets are the parts that are nothing else and are mirrored, with their text.

    Args:
        members: from left to right.
        usual: whether the page runs from right to left.
    """
    touching = _touching(boxes, members)
    if len(members) < 2 or not _has_right_to_left(lines, members):
        return members, touching, {}
    # With the spaces between them, which decide about punctuation and numbers.
    pieces, at = [lines.text[members[0]]], {0: members[0]}
    for index, touches in zip(members[1:], touching, strict=True):
        pieces += [] if touches else [" "]
        at[len(pieces)] = index
        pieces.append(lines.text[index])
    order, mirrored = logical_order(pieces, usual)
    texts = with_brackets(pieces, order, mirrored)
    places = [place for place, piece in enumerate(order) if piece in at]
    turned = {at[order[place]]: texts[place] for place in places if texts[place] != pieces[order[place]]}
    glued = [after == before + 1 for before, after in pairwise(places)]
    return [at[order[place]] for place in places], glued, turned


def _with_texts(layer: TextLayer, texts: Mapping[int, str]) -> TextLayer:
    """The layer with other texts for some lines of one word."""
    lines = layer.lines
    words = list(lines.word_text)
    for word, line in enumerate(lines.word_line.tolist()):
        words[word] = texts.get(line, words[word])
    text = [texts.get(index, one) for index, one in enumerate(lines.text)]
    return replace(layer, lines=replace(lines, text=text, word_text=words))


def _touching(boxes: NDArray[np.float64], sequence: Sequence[int]) -> list[bool]:
    """For each line but the first whether there is no space between it and the line before."""
    touching = []
    for one, other in pairwise(sequence):
        gap = max(boxes[other, 0] - boxes[one, 2], boxes[one, 0] - boxes[other, 2])
        touching.append(bool(gap < _LEAST_SPACE * (boxes[one, 3] - boxes[one, 1])))
    return touching


def _blocks_from_top(layer: TextLayer, touched: set[int], old: NDArray[np.intp]) -> TextLayer:
    """The lines of each block in `touched` from top to bottom; a block's lines stay together."""
    top = np.where(np.isin(old, list(touched)), layer.lines.boxes[:, 1], 0.0)
    first = {block: place for place, block in reversed(list(enumerate(old.tolist())))}
    place = np.array([first[block] for block in old.tolist()])
    return reordered(layer, np.lexsort((np.arange(len(old)), top, place)), old)


def left_first(layer: TextLayer, size: tuple[float, float]) -> TextLayer:
    """The layer with what is drawn from right to left the other way round: parts of a row, and columns of lines.

    Nothing is changed on a page of a right-to-left script, or with lines that run down. A column is three lines or more
    that are drawn one after the other, right of other such lines that are drawn next and begin no lower.

    Args:
        size: width and height of the page.
    """
    lines = layer.lines
    if is_right_to_left(lines.text) or not runs_across(lines).all():
        return layer
    boxes = (lines.boxes * np.array([*size, *size])).astype(np.float64)
    order = list(range(len(lines)))
    for place in range(1, len(lines)):
        right, left = boxes[order[place - 1]], boxes[order[place]]
        if left[2] > right[0]:
            continue
        if _in_a_row(right, left):
            start = place - 1
            while start and _in_a_row(boxes[order[start - 1]], left) and boxes[order[start - 1]][0] >= left[2]:
                start -= 1
            order[start : place + 1] = [order[place], *order[start:place]]
        elif left[1] < right[1] and (columns := _columns(boxes[order], place)):
            start, end = columns
            order[start:end] = order[place:end] + order[start:place]
    if order == list(range(len(lines))):
        return layer
    return reordered(layer, np.array(order, np.intp), lines.block)


def _in_a_row(box: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    low, high = sorted((box[3] - box[1], other[3] - other[1]))
    return bool(abs(box[1] + box[3] - other[1] - other[3]) < low and low >= _SIMILAR * high)


def _columns(boxes: NDArray[np.float64], place: int) -> tuple[int, int] | None:
    """Start and end of two columns, of which the left one begins at `place`; None where there are none."""
    edge, end = boxes[place - 1][0], place
    while end < len(boxes) and boxes[end][2] <= edge:
        end += 1
    start, edge = place, float(boxes[place:end, 2].max(initial=0.0))
    while start and boxes[start - 1][0] >= edge:
        start -= 1
    if min(place - start, end - place) < _COLUMN_LINES:
        return None
    right, left = boxes[start:place], boxes[place:end]
    height = float(np.median(left[:, 3] - left[:, 1]))
    shared = min(right[:, 3].max(), left[:, 3].max()) - max(right[:, 1].min(), left[:, 1].min())
    tall = min(right[:, 3].max() - right[:, 1].min(), left[:, 3].max() - left[:, 1].min())
    begins_no_lower = left[0][1] <= right[:, 1].min() + height
    return (start, end) if begins_no_lower and shared >= tall / 2 else None


def ordered_anew(layer: TextLayer, size: tuple[float, float]) -> TextLayer:
    """The lines in reading order, whatever order they are drawn in, and in new blocks."""
    boxes = (layer.lines.boxes * np.array([*size, *size])).astype(np.float32)
    if is_right_to_left(layer.lines.text):
        boxes = mirrored(boxes, size[0])
    order = reading_order(boxes).astype(np.intp)
    whole = reordered(layer, order, np.zeros(len(order), np.intp))
    lines, blocks = group_lines(whole.lines)
    return TextLayer(lines, blocks, whole.visible)


def reordered(layer: TextLayer, order: NDArray[np.intp], block: NDArray[np.integer]) -> TextLayer:
    """The lines in the order given; lines that follow each other and share a `block` (by old index) are a block."""
    return regrouped(layer, [[index] for index in order.tolist()], block[order])


def regrouped(
    layer: TextLayer,
    groups: Sequence[Sequence[int]],
    block: NDArray[np.integer] | None = None,
    glued: Sequence[Sequence[bool]] | None = None,
) -> TextLayer:
    """A layer with a line for each group of lines.

    Args:
        groups: indices of the lines of each new line, in reading order.
        block: number of the block of each new line, a new block where it changes; None: that of the first line drawn.
        glued: for each line of a group but the first whether no space stands before it; None: spaces stand everywhere.
    """
    old = layer.lines
    order = np.array([index for group in groups for index in group], np.intp)
    starts = np.cumsum([0, *[len(group) for group in groups]])[:-1]
    if block is None:
        block = np.array([old.block[min(group)] for group in groups])
    changes = np.concatenate([[0], np.cumsum(np.diff(block) != 0)]).astype(np.int32)
    bounds = np.searchsorted(old.word_line, np.arange(len(old) + 1)).tolist()
    text: list[str] = []
    word_text: list[str] = []
    places: list[int] = []
    word_starts: list[int] = []
    word_line: list[int] = []
    for number, group in enumerate(groups):
        line = ""
        for place, index in enumerate(group):
            a, b = bounds[index], bounds[index + 1]
            joint = glued is not None and place > 0 and glued[number][place - 1]
            line += old.text[index] if joint or not line else f" {old.text[index]}"
            word_starts += range(len(places), len(places) + b - a)
            places += range(a, b)
            word_text += old.word_text[a:b]
            word_line += [number] * (b - a)
            if joint and b > a and len(word_line) > b - a and word_line[a - b - 1] == number:
                last = len(word_text) - (b - a)
                word_text[last - 1 : last + 1] = [word_text[last - 1] + word_text[last]]
                del word_starts[last], word_line[last]
        text.append(line)
    unknown = np.full(max(len(groups), len(word_text)), np.nan, np.float32)
    lines = TextLines(
        text=text,
        boxes=union_of_runs(old.boxes[order], starts),
        polygons=[old.polygons[group[0]] if len(group) == 1 else None for group in groups],
        confidence=unknown[: len(groups)],
        block=changes,
        word_text=word_text,
        word_boxes=union_of_runs(old.word_boxes[np.array(places, np.intp)], np.array(word_starts, np.intp)),
        word_confidence=unknown[: len(word_text)],
        word_line=np.array(word_line, np.int32),
    )
    block_starts = np.flatnonzero(np.concatenate([[True], np.diff(changes) != 0]))
    blocks = text_blocks(lines, union_of_runs(lines.boxes, block_starts))
    return TextLayer(lines, blocks, np.logical_and.reduceat(layer.visible[order], starts))
