"""A text as it is searched for."""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..values.normalization import letters, loose, parts_words, plain
from ..values.numbers import COMPACT

MAX_LENGTH = 4000
"""Letters of a value that are looked for; the rest of a longer one counts as not found."""


class WantedText:
    """A value with its letters, words and numbers.

    Attributes:
        value: as it was written.
        length: number of its letters.
        letters, loose: the first `MAX_LENGTH` of them (see `normalization`).
        origin: for each, its index in `value`.
    """

    def __init__(self, value: str) -> None:
        self.value = value
        found = letters(value)
        self.length = len(found.text)
        self.letters: str = found.text[:MAX_LENGTH]
        self.origin: NDArray[np.int32] = found.origin[:MAX_LENGTH]
        self.loose: str = loose(self.letters)

    @cached_property
    def words(self) -> list[tuple[int, int]]:
        """First and last letter (exclusive) of each word."""
        parting = np.cumsum(np.fromiter(map(parts_words, self.value), np.int32, len(self.value)))
        starts = np.flatnonzero(np.diff(parting[self.origin], prepend=-1)).tolist()
        return list(pairwise([*starts, len(self.letters)]))

    @cached_property
    def numbers(self) -> list[tuple[int, int, str]]:
        """First and last letter (exclusive) of each number, and the number in plain characters."""
        found = []
        for match in COMPACT.finditer(plain(self.value)):
            first, last = np.searchsorted(self.origin, match.span()).tolist()
            if last > first:
                found.append((first, last, match[0]))
        return found

    @cached_property
    def symbols_before(self) -> str:
        """Symbols before the first letter, without spaces."""
        return "".join(plain(self.value[: self.origin[0]] if len(self.origin) else self.value).split())

    @cached_property
    def symbols_after(self) -> str:
        """Symbols after the last letter, without spaces; empty where letters were left out."""
        if self.length > len(self.letters) or not len(self.origin):
            return ""
        return "".join(plain(self.value[self.origin[-1] + 1 :]).split())
