"""Puts words together whose letters are set apart, as in `I N V O I C E`.

Such words come letter by letter, whether the file has spaces between them or moves each letter. Words are where the
gaps are wider than between their letters.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise

from .bidi import Word
from .spans import line_key

# Letters in a row of single characters from which they are words that are set apart, and no marks or variables.
_FEW_LETTERS = 4
# Heights of the line: gaps that are wider than this part columns.
_WIDE = 0.9
# How many times wider than the narrowest gap one between words is.
_BETWEEN_WORDS = 1.6
# Marks in words; the signs of a formula are none.
_MARKS = "-.,:/'&"


def with_words_set_apart(words: list[Word]) -> list[Word]:
    """The words, with rows of single letters, digits and marks of a line put together where the gaps between are alike.

    Letters in the order of the alphabet, as of an index, and rows of digits alone stay as they are.
    """
    if not _has_row(words):
        return words
    found: list[Word] = []
    for (_, single), group in groupby(
        words, lambda word: (line_key(word), len(word[4]) == 1 and _may_be_part(word[4]))
    ):
        row = list(group)
        found += _put_together(row) if single and _is_set_apart(row) else row
    return found


def _has_row(words: list[Word]) -> bool:
    """Whether enough single characters come one after the other: on most pages they do not."""
    length = 0
    for word in words:
        length = length + 1 if len(word[4]) == 1 else 0
        if length == _FEW_LETTERS:
            return True
    return False


def _may_be_part(character: str) -> bool:
    return character.isalnum() or character in _MARKS


def _is_set_apart(row: Sequence[Word]) -> bool:
    letters = [word[4].casefold() for word in row if word[4].isalpha()]
    if len(letters) < _FEW_LETTERS or all(one < other for one, other in pairwise(letters)):
        return False
    return all(0 < other[0] - one[2] < _WIDE * (one[3] - one[1]) for one, other in pairwise(row))


def _put_together(row: Sequence[Word]) -> list[Word]:
    gaps = [other[0] - one[2] for one, other in pairwise(row)]
    limit = _BETWEEN_WORDS * min(gaps)
    found = [row[0]]
    for word, gap in zip(row[1:], gaps, strict=True):
        if gap > limit:
            found.append(word)
            continue
        x0, y0, x1, y1, text = found[-1][:5]
        box = x0, min(y0, word[1]), max(x1, word[2]), max(y1, word[3])
        found[-1] = (*box, text + word[4], *found[-1][5:])
    return found
