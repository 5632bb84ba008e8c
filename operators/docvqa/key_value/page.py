"""A page as words and runs: pieces of lines without a wide gap, in rows, measured in heights of its own text."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import bidirectional

import numpy as np
from numpy.typing import NDArray

from ....schemas.page import PageReading, TextLines

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GAP = 1.1
"""A gap of so many heights of the text separates two runs of a line."""

_JOIN = 0.8
"""Pieces of a row with a smaller gap are one run, also where the reader has them as lines of their own."""

_TINY = 0.4
"""Words lower than this share of the page's usual height, and than `_LEAST_POINTS`, are not read by a reader."""

_LEAST_POINTS = 3.0
_MOST_WORDS = 6000
"""Words of a page beyond these are not looked at, so that a question takes a bounded time."""


@dataclass(frozen=True)
class Page:
    """The words of one page, turned upright and, where it is read from the right, mirrored.

    Lengths are in heights of the page's usual text. Runs are numbered from left to right and from top to bottom.

    Attributes:
        number: number of the page.
        words: n texts.
        boxes: (n, 4) boxes for the geometry.
        shares: (n, 4) boxes in shares of the page as displayed.
        line: (n,) index into the lines of the reading.
        confidence: (n,) of OCR, NaN where there is none.
        run: (n,) index of the run of each word.
        starts, ends: (r,) indices of words.
        texts: r texts, the words with single spaces.
        run_boxes: (r, 4).
        row: (r,) index of the row, from the top.
        place: (r,) index of the run in its row.
        size: width and height of the page.
    """

    number: int
    words: list[str]
    boxes: Floats
    shares: Floats
    line: Ints
    confidence: Floats
    run: Ints
    starts: Ints
    ends: Ints
    texts: list[str]
    run_boxes: Floats
    row: Ints
    place: Ints
    size: tuple[float, float]

    @property
    def heights(self) -> Floats:
        """(r,) the height of each run."""
        return self.run_boxes[:, 3] - self.run_boxes[:, 1]


def build_page(reading: PageReading) -> Page:
    """The words of a reading as runs; lines in another direction than most of the page are left out."""
    lines = reading.lines
    width, height = reading.width or 1.0, reading.height or 1.0
    text, shares, line, confidence = _words(lines)
    boxes = shares * np.array([width, height, width, height])
    turns = _turns(lines, width / height)[line] if len(line) else np.zeros(0, np.int64)
    turn = int(np.bincount(turns, minlength=4).argmax()) if len(turns) else 0
    keep = turns == turn
    boxes, size = _turned(boxes, (width, height), turn)
    if len(boxes):
        tall = boxes[:, 3] - boxes[:, 1]
        usual = max(float(np.median(tall)), 1e-6)
        keep &= (tall > _TINY * usual) & ~((reading.unit == "pt") & (tall < _LEAST_POINTS))
        boxes = boxes / usual
        size = (size[0] / usual, size[1] / usual)
    chosen = np.flatnonzero(keep)[:_MOST_WORDS]
    words = [text[i] for i in chosen.tolist()]
    boxes = boxes[chosen]
    if _from_right(words):
        boxes = np.stack([size[0] - boxes[:, 2], boxes[:, 1], size[0] - boxes[:, 0], boxes[:, 3]], axis=1)
    return _with_runs(reading.page_number, words, boxes, shares[chosen], line[chosen], confidence[chosen], size)


def _words(lines: TextLines) -> tuple[list[str], Floats, Ints, Floats]:
    """The words of all lines; a line without words is one word."""
    text, boxes = list(lines.word_text), [np.asarray(lines.word_boxes, np.float64).reshape(-1, 4)]
    line = [np.asarray(lines.word_line, np.int64)]
    confidence = [np.asarray(lines.word_confidence, np.float64)]
    bare = np.setdiff1d(np.arange(len(lines)), line[0])
    if len(bare):
        text += [lines.text[i] for i in bare.tolist()]
        boxes.append(np.asarray(lines.boxes, np.float64)[bare])
        line.append(bare)
        confidence.append(np.asarray(lines.confidence, np.float64)[bare])
    return text, np.concatenate(boxes), np.concatenate(line), np.concatenate(confidence)


def _turns(lines: TextLines, aspect: float) -> Ints:
    """(lines,) clockwise quarter turns of each line; `aspect` is the page's width over its height."""
    turns = np.zeros(max(len(lines), 1), np.int64)
    for index, (text, box) in enumerate(zip(lines.text, lines.boxes.tolist(), strict=True)):
        if len(text) > 3 and box[3] - box[1] > 2 * aspect * (box[2] - box[0]):
            turns[index] = 3
    for index, polygon in enumerate(lines.polygons):
        if polygon is not None and len(polygon) >= 2:
            along = np.asarray(polygon[1], float) - np.asarray(polygon[0], float)
            if abs(along[1]) > abs(along[0]):
                turns[index] = 1 if along[1] > 0 else 3
            elif along[0] < 0:
                turns[index] = 2
    return turns


def _turned(boxes: Floats, size: tuple[float, float], turn: int) -> tuple[Floats, tuple[float, float]]:
    """Boxes of a page whose text is turned clockwise by `turn` quarters, as they are on the upright page."""
    width, height = size
    x0, y0, x1, y1 = boxes.reshape(-1, 4).T
    if turn == 1:
        return np.stack([y0, width - x1, y1, width - x0], axis=1), (height, width)
    if turn == 2:
        return np.stack([width - x1, height - y1, width - x0, height - y0], axis=1), size
    if turn == 3:
        return np.stack([height - y1, x0, height - y0, x1], axis=1), (height, width)
    return boxes, size


def _from_right(words: Sequence[str]) -> bool:
    """Whether most words are read from right to left."""
    letters = [next((bidirectional(c) for c in word if c.isalpha()), "") for word in words]
    right = sum(kind in ("R", "AL") for kind in letters)
    return right > sum(kind == "L" for kind in letters)


def _with_runs(
    number: int,
    words: list[str],
    boxes: Floats,
    shares: Floats,
    line: Ints,
    confidence: Floats,
    size: tuple[float, float],
) -> Page:
    pieces: list[tuple[int, int]] = []
    begin = 0
    tall = boxes[:, 3] - boxes[:, 1]
    for at in range(1, len(words) + 1):
        if at == len(words) or line[at] != line[at - 1]:
            ends = True
        else:
            gap = boxes[at, 0] - boxes[at - 1, 2]
            # Words of a run stand side by side; those of a line that was put together from several rows do not.
            apart = abs(boxes[at, 1] + boxes[at, 3] - boxes[at - 1, 1] - boxes[at - 1, 3]) > tall[at] + tall[at - 1]
            ends = gap > _GAP * max(tall[at], tall[at - 1]) or gap < -3.0 or bool(apart)
        if ends:
            pieces.append((begin, at))
            begin = at
    around = _around(boxes, [list(range(*piece)) for piece in pieces])
    row = _rows(around)
    order = np.lexsort((around[:, 0], row)).tolist()
    groups: list[list[int]] = []
    rows: list[int] = []
    for index in order:
        following = list(range(*pieces[index]))
        if groups and rows[-1] == row[index] and _continues(boxes, groups[-1][-1], following[0]):
            groups[-1] += following
        else:
            groups.append(following)
            rows.append(int(row[index]))
    # Words are numbered anew in the order of their runs.
    sequence = np.array([word for group in groups for word in group], np.int64)
    lengths = np.array([len(group) for group in groups], np.int64)
    ends_at = np.cumsum(lengths)
    row = np.array(rows, np.int64)
    around = _around(boxes, groups)
    words = [words[i] for i in sequence.tolist()]
    starts = ends_at - lengths
    return Page(
        number=number,
        words=words,
        boxes=boxes[sequence].reshape(-1, 4),
        shares=shares[sequence].reshape(-1, 4),
        line=line[sequence],
        confidence=confidence[sequence],
        run=np.repeat(np.arange(len(groups)), lengths),
        starts=starts,
        ends=ends_at,
        texts=[" ".join(words[a:b]) for a, b in zip(starts.tolist(), ends_at.tolist(), strict=True)],
        run_boxes=around,
        row=row,
        place=np.arange(len(groups)) - np.searchsorted(row, row),
        size=size,
    )


def _around(boxes: Floats, groups: Sequence[Sequence[int]]) -> Floats:
    """(g, 4) the box around each group of boxes."""
    if not groups:
        return np.zeros((0, 4))
    flat = boxes[[at for group in groups for at in group]]
    starts = np.cumsum([0, *(len(group) for group in groups[:-1])])
    low, high = np.minimum.reduceat(flat[:, :2], starts), np.maximum.reduceat(flat[:, 2:], starts)
    return np.concatenate([low, high], axis=1)


def _continues(boxes: Floats, last: int, following: int) -> bool:
    """Whether a word goes on with the run of the word before it, which the reader took for another line."""
    tall = boxes[[last, following], 3] - boxes[[last, following], 1]
    gap = boxes[following, 0] - boxes[last, 2]
    level = np.abs(boxes[last, [1, 3]] - boxes[following, [1, 3]]).max()
    return bool(
        -0.2 * tall.min() < gap < _JOIN * tall.max() and level < 0.35 * tall.max() and tall.max() < 1.35 * tall.min()
    )


def _rows(boxes: Floats) -> Ints:
    """(r,) the row of each run: those whose middles lie within each other's height share one."""
    row = np.zeros(len(boxes), np.int64)
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    current, top, bottom = -1, 0.0, -1.0
    for index in np.argsort(middle, kind="stable").tolist():
        if (
            current < 0
            or middle[index] > bottom
            or boxes[index, 1] + (boxes[index, 3] - boxes[index, 1]) * 0.4 > bottom
        ):
            current += 1
            top, bottom = boxes[index, 1], boxes[index, 3]
        else:
            # The row keeps to its first runs, so that a slope does not join two rows.
            bottom = min(bottom, boxes[index, 3]) if boxes[index, 3] > top else bottom
        row[index] = current
    return row
