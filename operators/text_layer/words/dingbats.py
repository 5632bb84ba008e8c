"""Gives the marks of ZapfDingbats, with which forms are filled in and lists are set, their Unicode values.

MuPDF takes the number in the name of a glyph for its value: the bullet, which is named a71, becomes G, and the check
mark a20 a control character, which ends a word. With another encoding than its own, the font's codes stay letters.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymupdf import mupdf

from .bidi import Word

# Unicode values by the number of the glyph's name, and by the code in the encoding of the font (Adobe's list of
# glyph names zapfdingbats.txt; ISO 32000-2, D.6).
_BY_NAME = {19: "✓", 20: "✔", 21: "✕", 22: "✖", 23: "✗", 24: "✘", 35: "★", 71: "●", 73: "■", 78: "◆"}
_BY_CODE = {"3": "✓", "4": "✔", "5": "✕", "6": "✖", "7": "✗", "8": "✘", "H": "★", "l": "●", "n": "■", "u": "◆"}
_TABLE = _BY_NAME | {ord(code): mark for code, mark in _BY_CODE.items()}

Rect = tuple[float, float, float, float]

CODES = frozenset(_TABLE)
"""The values that MuPDF gives to these marks."""

# Values that end a word for MuPDF, so that no word has them.
_LOST = frozenset(code for code in CODES if code <= ord(" "))


def is_dingbats(font: Any) -> bool:
    """Whether an `fz_font` is ZapfDingbats."""
    return "Dingbats" in str(mupdf.ll_fz_font_name(font))


def with_marks(words: Sequence[Word], marks: Mapping[int, tuple[Rect, int]], block_bit: int) -> list[Word]:
    """The words of `TextPage.extractWORDS` with the right marks, also those that are no words for MuPDF.

    Args:
        marks: see `Walk.dingbats`.
        block_bit: see `walk.BLOCK_BIT`.
    """
    found = [
        (*word[:4], word[4].translate(_TABLE), *word[5:]) if word[5] << block_bit | word[6] in marks else word
        for word in words
    ]
    lost = [
        (*box, _TABLE[value], key >> block_bit, key & (1 << block_bit) - 1, 0)
        for key, (box, value) in marks.items()
        if value in _LOST
    ]
    return sorted(found + lost, key=lambda word: word[5:7]) if lost else found
