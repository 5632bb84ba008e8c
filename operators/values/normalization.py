"""Normalizes texts, so that different spellings of the same text are equal.

The *letters* of a text are its letters and digits, case folded and without diacritics; spacing, punctuation,
hyphenation and typography are removed. The *loose* letters also map characters that OCR confuses to one class.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_TATWEEL = "\u0640"
# Dashes of all scripts but the wave dash of Japanese, which is a tilde.
_DASHES = (
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\xad"
    "\u058a\u05be\u1400\u1806\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\ufe31\ufe32\U00010ead"
)
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u2032`\xb4"
# Spaces without width, and marks that forbid a break.
_WITHOUT_WIDTH = "\u200b\u2060\ufeff"
_ARABIC_MARKS = {"٫": ".", "٬": ","}
_QUOTES = "\u201c\u201d\u201e\u201f\xab\xbb\u2033"

# Confusions of Latin OCR, each class under one name (after Taghva & Stofsky 2001, OCRSpell, and what the corpus shows).
# A class never contains two digits, only a letter and a digit, or letters.
_CONFUSED = str.maketrans(
    {"0": "o", "d": "o", "q": "g", "9": "g", "1": "l", "i": "l", "j": "l", "5": "s", "2": "z", "8": "b"}
)

LOOKALIKES = frozenset(
    {
        ("rn", "m"),
        ("nn", "m"),
        ("ni", "m"),
        ("in", "m"),
        ("vv", "w"),
        ("cl", "d"),
        ("li", "h"),
        ("ii", "u"),
        ("ri", "n"),
    }
)
"""Pairs of letters that OCR reads as one letter."""

_JOINERS = f"{_TATWEEL}\xad\u200c\u200d"
# Thai to Myanmar, Khmer, and from the CJK radicals to Hangul with the planes of rare ideographs.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)

_HYPHENATION = re.compile(r"-\s*[\n\f]\s*")


@dataclass(frozen=True)
class Letters:
    """The letters of a text.

    Attributes:
        text: n folded characters.
        origin: (n,) index of the source character of each in the text; never decreasing.
    """

    text: str
    origin: NDArray[np.int32]


def letters(text: str) -> Letters:
    """The letters of any text."""
    folded = [folded_character(character) for character in text]
    lengths = np.fromiter(map(len, folded), np.int32, len(folded))
    return Letters("".join(folded), np.repeat(np.arange(len(folded), dtype=np.int32), lengths))


def loose(letters_text: str) -> str:
    """Letters in which those that OCR confuses are replaced by their class; the length is unchanged."""
    return letters_text.translate(_CONFUSED)


@lru_cache(maxsize=1 << 16)
def folded_character(character: str) -> str:
    """Letters and digits of one character: `É` → `e`, `ﬁ` → `fi`, `٣` → `3`; empty for punctuation."""
    if character == _TATWEEL:
        return ""
    if "\uac00" <= character <= "\ud7a3":
        return character
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    # Marks of class 0 are the vowel signs of Indic scripts; without them different words would be equal.
    return "".join(_digit(part) for part in parts if part.isalnum() or _is_vowel_sign(part))


@lru_cache(maxsize=1 << 16)
def plain_character(character: str) -> str:
    """One character for patterns: lower case, without diacritic, with ASCII digits, marks, dashes and apostrophes.

    The result always has length 1.
    """
    if character in _DASHES:
        return "-"
    if character in _APOSTROPHES:
        return "'"
    if character in _ARABIC_MARKS:
        return _ARABIC_MARKS[character]
    if character in "\n\f…‥" or "\uac00" <= character <= "\ud7a3":
        return character
    if character.isspace() or character in _WITHOUT_WIDTH:
        return " "
    if unicodedata.category(character) == "No":
        # The superscript digit of a footnote is not part of the number before it.
        return character
    folded = unicodedata.normalize("NFKD", character).casefold()
    return _digit(folded[0]) if folded and not unicodedata.combining(folded[0]) else character


def plain(text: str) -> str:
    """`plain_character` of each character; indices are the same as in `text`."""
    return "".join(map(plain_character, text))


@lru_cache(maxsize=1 << 16)
def parts_words(character: str) -> bool:
    """Whether a character separates words: it is neither a letter or digit, nor a mark on one."""
    return (
        not folded_character(character)
        and not unicodedata.category(character).startswith("M")
        and character not in _JOINERS
    )


@lru_cache(maxsize=1 << 16)
def is_unspaced(character: str) -> bool:
    """Whether a letter belongs to a script that is written without spaces between words."""
    return _UNSPACED.match(character) is not None


@lru_cache(maxsize=1 << 12)
def printed_forms(text: str) -> frozenset[str]:
    """The forms of a text that are compared for `exact`.

    They ignore case, spacing, compatibility forms, and the kind of dashes and quotes. There are two forms if a hyphen
    at the end of a line may or may not belong to the word.
    """
    unified = _unified(text)
    if "-" not in unified:
        return frozenset({_close(unified)})
    return frozenset({_close(unified), _close(_HYPHENATION.sub("", unified))})


def _unified(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.translate(_TYPOGRAPHY)


def _close(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.split()))


_TYPOGRAPHY = str.maketrans(
    {**dict.fromkeys(_DASHES, "-"), **dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_QUOTES, '"')}
)


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _is_vowel_sign(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc") and unicodedata.combining(character) == 0
