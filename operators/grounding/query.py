"""A value prepared for the search in the evidence: its letters, words, numbers and symbols."""

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..values.normalization import letters, loose, parts_words, plain
from ..values.numbers import COMPACT

MAX_LENGTH = 4000
"""Letters of a value that are searched for; the rest of a longer value counts as not found."""


class Query:
    """A value with its letters, words, numbers and symbols.

    Attributes:
        value: the original text.
        length: number of its letters.
        letters, loose: the first `MAX_LENGTH` of its letters and their loose form (see `values.normalization`).
        origin: (len(letters),) index of each letter in `value`.
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
        """First and last letter (exclusive) of each number, and the number in the form that patterns match."""
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
        """Symbols after the last letter, without spaces; empty where `letters` is cut off."""
        if self.length > len(self.letters) or not len(self.origin):
            return ""
        return "".join(plain(self.value[self.origin[-1] + 1 :]).split())
