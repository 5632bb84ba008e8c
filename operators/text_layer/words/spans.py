"""Puts the words of spans together to the words of lines, see `walk`."""

import re

from .bidi import Word
from .walk import BLOCK_BIT, SPACE, Walk


def line_key(word: Word) -> int:
    """The key of the word's line in `Walk`."""
    return word[5] << BLOCK_BIT | word[6]


def span_key(word: Word) -> int:
    """The key of the word's span in `Walk`."""
    return ~word[7] if word[7] < 0 else line_key(word)


_SUPERSCRIPTS = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_SUBSCRIPTS = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_SCRIPT = re.compile(r"[0-9()+-]*[0-9][0-9()+-]*")
_NOTE = re.compile(r"\(?[0-9]{1,2}\)?")
# A number with thousands or decimals.
_PARTED = re.compile(r"\d[.,'’]\d")


def words_in_lines(words: list[Word], seen: Walk) -> list[Word]:
    """The words with the numbers of their lines, those of spans put together where nothing separates them.

    The parts of a word of which one may be hidden stay apart, see `with_whole_words`. The mark of a footnote behind a
    number stays a word of its own.
    """
    found: list[Word] = []
    last = -1
    moved, touching = seen.moved, seen.touching
    for word in words:
        key = word[5] << BLOCK_BIT | word[6]
        line = moved.get(key)
        if line is None:
            found.append(word)
            last = key
            continue
        text = word[4]
        joins = key in touching and key != last and _follows(key, last)
        apart = False
        if joins and (key in seen.raised or key in seen.lowered) and _SCRIPT.fullmatch(text):
            apart = key in seen.raised and _is_note(text, found[-1][4])
            text = text.translate(_SUPERSCRIPTS if key in seen.raised else _SUBSCRIPTS)
        if joins and not apart and _alike(last, key, seen):
            found[-1] = _glued(found[-1], word, text)
            touching.discard(key)
        else:
            found.append((*word[:4], text, line >> BLOCK_BIT, line & (1 << BLOCK_BIT) - 1, ~key))
        if apart:
            touching.discard(key)
        last = key
    return found


def _is_note(mark: str, before: str) -> bool:
    """Whether raised digits behind a number are the mark of a footnote, and neither an exponent nor cents."""
    if not before[-1:].isdecimal() or before == "10":
        return False
    return _NOTE.fullmatch(mark) is not None and (len(mark.strip("()")) == 1 or _PARTED.search(before) is not None)


def _follows(key: int, other: int) -> bool:
    """Whether a span is the next one in its block, or the first of a block."""
    return key == other + 1 or (key & (1 << BLOCK_BIT) - 1 == 0 and key >> BLOCK_BIT == (other >> BLOCK_BIT) + 1)


def _alike(key: int, other: int, seen: Walk) -> bool:
    """Whether two spans are both drawn, and as light as each other."""
    return seen.grey.get(key) == seen.grey.get(other) and (key in seen.undrawn) == (other in seen.undrawn)


def _adjoins(word: Word, other: Word) -> bool:
    """Whether two words of a line are nearer to each other than separate words are."""
    gap = max(other[0] - word[2], word[0] - other[2], other[1] - word[3], word[1] - other[3])
    return line_key(word) == line_key(other) and gap < SPACE * min(word[3] - word[1], word[2] - word[0])


def _glued(word: Word, other: Word, text: str) -> Word:
    x0, y0, x1, y1 = word[:4]
    box = min(x0, other[0]), min(y0, other[1]), max(x1, other[2]), max(y1, other[3])
    return (*box, word[4] + text, *word[5:])


def whole_words(words: list[Word], seen: Walk) -> tuple[list[Word], list[int]]:
    """The words with the parts put together that `words_in_lines` leaves apart, and the index of each first part."""
    found: list[Word] = []
    kept: list[int] = []
    for place, word in enumerate(words):
        key = span_key(word)
        if found and key in seen.touching and span_key(found[-1]) != key and _adjoins(found[-1], word):
            found[-1] = _glued(found[-1], word, word[4])
        else:
            found.append(word)
            kept.append(place)
    return found, kept
