"""Text rows, and the runs of words in them that no wide gap and no ruling divides."""

import re
from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from .area import Line, Word, lines_between
from .gutters import NARROWEST, Gutter

# A word belongs to a text row that overlaps at least this share of its height.
_ROW_OVERLAP = 0.5
# The edges of a text row do not change any more once it has this many words.
_ENOUGH = 40
# Gaps in heights of a word above which words are in different cells: in general, and between two numbers, whose
# columns stand closer than words do.
_GAP, _NUMBER_GAP = 0.62, 0.42
# By how much wider they are within a line of OCR.
_IN_A_LINE = 1.7
# A bullet belongs to the words behind it up to this gap.
_BULLET_GAP = 3.0

_BULLET = re.compile(r"[•◦▪‣·●○■□➢✓\uf0b7]")
# A sign of a currency alone belongs to the number behind it, which often stands at the other end of the column.
_SIGN = re.compile(r"[$€£¥]")
_NUMBER = re.compile(
    r"[\s$€£¥(<>≤≥≈~+±*†‡§-]*(?:[A-Z]{3}\s)?\d[\d.,'/:\s]*(?:\s?[%‰)*†‡§]|\s?(?:[a-zA-Z]|[A-Z]{3}|\(\d\)))?[)*†‡§]*"
    # The mark of a footnote, apart from the number: `12.5 1)`, `12.5 % a)`.
    r"(?:\s(?:\d|[a-z])\))?"
)
_SPACED = re.compile(r"[-(+$€£]*\d{1,3}(?: \d{3})+(?:[.,]\d+)?[)%*]*")
_MARK = re.compile(r"\(?(?:\d|[a-z])\)|[*†‡§#]+")
_BRACKETED = re.compile(r"\(.*\)[%*]*")
_EMPTY = re.compile(r"[-–—−:.…*/x]+|n\.?\s?/?a\.?|n\.?s\.?|nil|\(\.+\)|\(?[-–—]\)?%?", re.IGNORECASE)


class Run(NamedTuple):
    """Words of one text row that stand close together."""

    words: tuple[Word, ...]
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def width(self) -> float:
        return self.x1 - self.x0


def run_of(words: Sequence[Word]) -> Run:
    return Run(
        tuple(words),
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
    )


@lru_cache(1 << 14)
def is_number(text: str) -> bool:
    """Whether a text is a number with at most a unit or a mark beside it."""
    return len(text) < 40 and _NUMBER.fullmatch(text.replace("−", "-").replace("–", "-").strip()) is not None


@lru_cache(1 << 14)
def are_numbers(text: str) -> bool:
    """Whether a text is two numbers or more, as where two columns or rows were not told apart.

    Groups of three digits are one number, and so is a number with another one in brackets, or a mark, behind it.
    """
    parts = [part for part in text.replace("−", "-").replace("–", "-").split() if not _MARK.fullmatch(part)]
    several = len(parts) > 1 and all(is_number(part) for part in parts)
    return several and not _SPACED.fullmatch(" ".join(parts)) and not any(map(_BRACKETED.fullmatch, parts[1:]))


@lru_cache(1 << 14)
def is_filler(text: str) -> bool:
    """Whether a text says that there is no value: a dash, dots, `n/a`."""
    return _EMPTY.fullmatch(text.strip()) is not None


def text_rows(words: Sequence[Word], horizontal: Sequence[Line] = ()) -> list[list[Word]]:
    """Words grouped by vertical overlap; rows from top to bottom, each from left to right.

    The words of a line stay together. A ruling over or under both of two pieces keeps them apart.
    """
    rows: list[_Row] = []
    for piece in sorted(_pieces(words), key=lambda piece: piece.y0 + piece.y1):
        near = [
            row for row in rows[-3:] if row.shared(piece) >= _ROW_OVERLAP and not _ruled_apart(row, piece, horizontal)
        ]
        if near:
            max(near, key=lambda row: row.shared(piece)).add(piece)
        else:
            rows.append(piece)
    rows.sort(key=lambda row: row.y0 + row.y1)
    return [sorted(row.words, key=lambda word: word.x0) for row in rows]


class _Row:
    """Words beside one another, with their median edges, which one tall word does not move."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.y0, self.y1 = median(word.y0 for word in words), median(word.y1 for word in words)

    def shared(self, other: "_Row") -> float:
        """The part of the lower one's height that both share."""
        height = min(self.y1 - self.y0, other.y1 - other.y0)
        return (min(self.y1, other.y1) - max(self.y0, other.y0)) / max(height, 1e-6)

    def add(self, other: "_Row") -> None:
        self.words += other.words
        if len(self.words) < _ENOUGH:
            self.y0, self.y1 = median(word.y0 for word in self.words), median(word.y1 for word in self.words)


def _ruled_apart(a: _Row, b: _Row, horizontal: Sequence[Line]) -> bool:
    low, high = sorted(((a.y0 + a.y1) / 2, (b.y0 + b.y1) / 2))
    between = lines_between(horizontal, low, high)
    if not between:
        return False
    ends = [(min(w.x0 for w in row.words), max(w.x1 for w in row.words)) for row in (a, b)]
    return any(all(line.start < (x0 + x1) / 2 < line.end for x0, x1 in ends) for line in between)


def _pieces(words: Sequence[Word]) -> list[_Row]:
    lines: dict[int, list[Word]] = {}
    alone = []
    for word in words:
        if word.line < 0:
            alone.append([word])
        else:
            lines.setdefault(word.line, []).append(word)
    # The box of a bullet in a symbol font is often that of two lines: it goes with the words behind it.
    for line in list(lines):
        after = lines.get(line + 1)
        if after and len(lines[line]) == 1 and _is_bullet_of(lines[line][0], after[0]):
            bullet = lines.pop(line)[0]
            after.insert(0, bullet._replace(y0=after[0].y0, y1=after[0].y1))
    return [_Row(members) for members in [*lines.values(), *alone]]


def _is_bullet_of(word: Word, first: Word) -> bool:
    return (
        _BULLET.fullmatch(word.text) is not None
        and 0 <= first.x0 - word.x1 <= _BULLET_GAP * first.height
        and word.y0 < first.y1
        and first.y0 < word.y1
    )


def runs_of(
    row: Sequence[Word], vertical: Sequence[Line], gutters: Sequence[Gutter] = (), *, scanned: bool = False
) -> list[Run]:
    """The runs of a text row; a ruling between two words divides them however close they are.

    Args:
        gutters: from `narrow_gutters`; a gap over one of them divides words too.
        scanned: whether OCR read the words: what it reads as one line rarely has a column's end within it.
    """
    height = median(word.height for word in row)
    runs: list[list[Word]] = []
    for word in row:
        if runs and not _divided(runs[-1], word, height, vertical, gutters, scanned):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [run_of(words) for words in runs]


def _divided(
    before: Sequence[Word],
    word: Word,
    height: float,
    vertical: Sequence[Line],
    gutters: Sequence[Gutter],
    scanned: bool,
) -> bool:
    last = before[-1]
    centre, middle, start = word.centre, (last.x0 + last.x1) / 2, (word.x0 + word.x1) / 2
    if any(line.start <= centre <= line.end for line in lines_between(vertical, middle, start)):
        return True
    if _SIGN.fullmatch(last.text) and is_number(word.text):
        return False
    gap = word.x0 - max(one.x1 for one in before)
    if len(before) == 1 and _BULLET.fullmatch(last.text):
        return gap > _BULLET_GAP * height
    if scanned and last.line == word.line:
        height *= _IN_A_LINE
    if gap > _NUMBER_GAP * height and is_number(last.text) and is_number(word.text):
        return True
    if gap > NARROWEST * height and any(word.x0 - gap <= low and high <= word.x0 for low, high in gutters):
        return True
    return gap > _GAP * height
