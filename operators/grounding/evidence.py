"""The search index over the words of pages.

The searched text contains the words in reading order, and a second time in column order where that order differs
(`evidence_columns`). A match in either copy leads to the same words.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import union_of_runs
from ...schemas.page import TextLines
from ..values.dates import Day, PrintedDate, printed_dates
from ..values.normalization import is_unspaced, letters, loose, parts_words, plain
from ..values.numbers import PrintedNumber, printed_numbers
from .evidence_columns import columns, segments
from .evidence_words import EvidenceWords, collect_words

GRAM = 3
"""Length of the n-grams by which similar text is found."""


class Evidence:
    """An index over the words of pages; building it takes time linear in their number, and queries are fast.

    Args:
        pages: page numbers with their lines from the text layer or OCR.
    """

    def __init__(self, pages: Sequence[tuple[int, TextLines]]) -> None:
        self.words: EvidenceWords = collect_words(pages)
        order, gaps, self.segment = _laid_out(self.words)
        """(words, 2): for each word, the first and the last word of its line part, which wide gaps delimit."""
        self._compose(order, gaps)
        found = letters(self.text)
        self.letters: str = found.text
        self.origin: NDArray[np.int32] = found.origin
        self.loose: str = loose(self.letters)

    def __len__(self) -> int:
        """Number of words."""
        return len(self.words.text)

    def _compose(self, order: list[int], gaps: list[str]) -> None:
        """Set `text`, the words with `gaps` before them, and for each character `char_word` (-1 in a gap) and
        `char_offset`, its index in the word.
        """
        pieces: list[str] = []
        lengths: list[int] = []
        for word, gap in zip(order, gaps, strict=True):
            pieces += (gap, self.words.text[word])
            lengths += (len(gap), len(self.words.text[word]))
        self.text: str = "".join(pieces)
        length = np.array(lengths, np.int64)
        owner = np.full(len(pieces), -1, np.int32)
        owner[1::2] = order
        starts = np.cumsum(length) - length
        self.char_word: NDArray[np.int32] = np.repeat(owner, length)
        self.char_offset: NDArray[np.int32] = (np.arange(len(self.text)) - np.repeat(starts, length)).astype(np.int32)

    @cached_property
    def plain(self) -> str:
        """`text` in the form that patterns match, with the same indices."""
        return plain(self.text)

    @cached_property
    def breaks(self) -> NDArray[np.bool_]:
        """(len(letters) + 1,): for each letter, whether a word may start at it or end before it."""
        apart = np.ones(len(self.letters) + 1, np.bool_)
        parting = np.cumsum(np.fromiter(map(parts_words, self.text), np.int32, len(self.text)))
        apart[1:-1] = np.diff(parting[self.origin]) > 0
        if not self.letters.isascii():
            unspaced = np.fromiter(map(is_unspaced, self.letters), np.bool_, len(self.letters))
            apart[:-1] |= unspaced
            apart[1:] |= unspaced
        return apart

    def printed_at(self, letter: int) -> tuple[int, int]:
        """The word of a letter and the offset in it: equal for both copies of a word that the text contains twice."""
        at = self.origin[min(max(letter, 0), len(self.origin) - 1)]
        return int(self.char_word[at]), int(self.char_offset[at])

    def is_recognised(self, at: int) -> bool:
        """Whether the word at an index of `text` was read by OCR."""
        return bool(self.words.recognised[max(0, int(self.char_word[at]))])

    def is_unspaced(self, at: int) -> bool:
        """Whether the letter at an index of `letters` belongs to a script without spaces."""
        return is_unspaced(self.letters[at])

    @cached_property
    def tokens(self) -> dict[str, list[int]]:
        """Runs of letters without a break, each with the indices of its first letters."""
        found: dict[str, list[int]] = {}
        edges = np.flatnonzero(self.breaks).tolist()
        for start, end in pairwise(edges):
            found.setdefault(self.letters[start:end], []).append(start)
        return found

    @cached_property
    def literal_words(self) -> dict[str, list[int]]:
        """Words as printed, each with the indices of its first characters in `text`."""
        found: dict[str, list[int]] = {}
        starts = np.flatnonzero((self.char_offset == 0) & (self.char_word >= 0))
        for start, word in zip(starts.tolist(), self.char_word[starts].tolist(), strict=True):
            found.setdefault(plain(self.words.text[word]), []).append(start)
        return found

    @cached_property
    def numbers(self) -> dict[str, list[PrintedNumber]]:
        """Printed numbers by canonical magnitude."""
        found: dict[str, list[PrintedNumber]] = {}
        for number in printed_numbers(self.plain):
            for amount in number.amounts:
                found.setdefault(amount, []).append(number)
        return found

    @cached_property
    def dates(self) -> dict[Day, list[PrintedDate]]:
        """Printed dates by the days that they may denote."""
        found: dict[Day, list[PrintedDate]] = {}
        for date in printed_dates(self.plain):
            for day in date.days:
                found.setdefault(day, []).append(date)
        return found

    @cached_property
    def _grams(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        keys = gram_keys(self.loose)
        order = np.argsort(keys, kind="stable").astype(np.int32)
        return keys[order], order

    def gram_places(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """The places of the n-grams with these keys: first and last index (exclusive) into the third array."""
        known, places = self._grams
        return np.searchsorted(known, keys, "left"), np.searchsorted(known, keys, "right"), places


def gram_keys(text: str) -> NDArray[np.int64]:
    """(n,) one key for each n-gram of `GRAM` characters; empty for a shorter text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    if len(codes) < GRAM:
        return np.empty(0, np.int64)
    return (codes[:-2] << 42) | (codes[1:-1] << 21) | codes[2:]


def _laid_out(words: EvidenceWords) -> tuple[list[int], list[str], NDArray[np.int32]]:
    """Words in the order of the searched text, the separator before each (space, line or page end), and segments."""
    count = len(words.text)
    line_ends = np.ones(count, np.bool_)
    page_ends = np.ones(count, np.bool_)
    page_ends[1:] = words.page[1:] != words.page[:-1]
    line_ends[1:] = page_ends[1:] | (words.line[1:] != words.line[:-1])
    order = list(range(count))
    gaps = ["\f" if page else "\n" if line else " " for page, line in zip(page_ends, line_ends, strict=True)]
    segment = np.zeros((count, 2), np.int32)
    boxes = _upright(words)
    lengths = np.array([len(text) for text in words.text], np.int32)
    for _, members in groupby(range(count), key=lambda index: (words.page[index], words.turn[index])):
        indices = np.array(list(members))
        parts = segments(boxes[indices], lengths[indices], words.line[indices])
        for part in parts:
            segment[indices[part.first : part.last + 1]] = indices[part.first], indices[part.last]
        starts = np.array([part.first for part in parts], np.intp)
        bounds = union_of_runs(boxes[indices], starts).astype(np.float64)
        for chain in columns(bounds):
            gap = "\f"
            for part in (parts[index] for index in chain):
                for word in indices[part.first : part.last + 1].tolist():
                    order.append(word)
                    gaps.append(gap)
                    gap = " "
                gap = "\n"
    return order, gaps, segment


def _upright(words: EvidenceWords) -> NDArray[np.float64]:
    """The boxes, each rotated so that its word's text runs along x from left to right."""
    x0, y0, x1, y1 = words.boxes.T if len(words.boxes) else np.empty((4, 0))
    turned = np.stack(
        [
            np.stack([x0, y0, x1, y1], 1),
            np.stack([y0, 1 - x1, y1, 1 - x0], 1),
            np.stack([1 - x1, 1 - y1, 1 - x0, 1 - y0], 1),
            np.stack([1 - y1, x0, 1 - y0, x1], 1),
        ]
    )
    upright: NDArray[np.float64] = turned[words.turn.astype(np.intp), np.arange(len(words.boxes))]
    flipped = words.from_right
    upright[flipped, 0], upright[flipped, 2] = 1 - upright[flipped, 2], 1 - upright[flipped, 0]
    return upright
