"""Puts accents that are drawn as characters of their own onto their letters, as old programs draw `é` and `ü`."""

import re
import unicodedata
from collections.abc import Iterable, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymupdf import mupdf

from .bidi import Word, each_line

# Accents that stand alone, and those that combine with the letter before them (Unicode 16, UnicodeData.txt).
_COMBINING = {
    "`": "\u0300", "´": "\u0301", "ˆ": "\u0302", "˜": "\u0303", "¯": "\u0304", "˘": "\u0306", "˙": "\u0307",
    "¨": "\u0308", "˚": "\u030a", "˝": "\u030b", "ˇ": "\u030c", "¸": "\u0327", "˛": "\u0328",
}  # fmt: skip
_ACCENT = re.compile(f"[{''.join(_COMBINING)}]")
_DOTLESS = {"ı": "i", "ȷ": "j"}
# Share of a letter's width by which the middle of its accent may be off the letter's own, and the difference of their
# baselines in font sizes.
_OFF_MIDDLE = 0.35
_OFF_BASELINE = 0.4
_TO_THE_RIGHT = 0.999
_MAX_LINES = 500


_next_char = mupdf.fz_stext_char.next.fget
_code = mupdf.fz_stext_char.c.fget
_quad = mupdf.fz_stext_char.quad.fget


def with_accents(page: Any, words: list[Word]) -> list[Word]:
    """The words of an `fz_stext_page`, accents that are drawn over a letter being part of that letter.

    The letter is looked for in the line of the accent, and in the ones that were drawn before and after it.
    """
    text = "".join([word[4] for word in words])
    if ("`" not in text and text.isascii()) or not _ACCENT.search(text):
        return words
    with_accent = {word[5:7] for word in words if _ACCENT.search(word[4])}
    lines = _lines_around(page, with_accent) if len(with_accent) <= _MAX_LINES else {}
    chosen = [place for place, word in enumerate(words) if word[5:7] in lines]
    text = "".join([words[place][4] for place in chosen])
    places = _places(lines.values())
    # The characters of the words, one for one; otherwise it is not known which is which.
    if places is None or places[0] != text:
        return words
    letters = _composed(text, places[1])
    found, at = list(words), 0
    for place in chosen:
        word = words[place]
        changed = "".join(letters[at : at + len(word[4])])
        at += len(word[4])
        if changed != word[4]:
            found[place] = (*word[:4], changed, *word[5:])
    return [word for word in found if word[4]]


def _composed(text: str, places: NDArray[np.float64]) -> list[str]:
    """The characters, an accent that stands over a letter being part of it and "" in its own place."""
    x0, x1, y, size = places.T
    letters = list(text)
    is_letter = np.array([one.isalpha() for one in text])
    for match in _ACCENT.finditer(text):
        accent = match.start()
        off = np.abs((x0 + x1) / 2 - (x0[accent] + x1[accent]) / 2) / np.maximum(x1 - x0, 1e-6)
        near = is_letter & (off <= _OFF_MIDDLE) & (np.abs(y - y[accent]) <= _OFF_BASELINE * size)
        if not near.any():
            continue
        letter = int(np.argmin(np.where(near, off, np.inf)))
        base = _DOTLESS.get(letters[letter], letters[letter])
        composed = unicodedata.normalize("NFC", base + _COMBINING[text[accent]])
        if len(composed) == 1:
            letters[letter], letters[accent] = composed, ""
    return letters


def _lines_around(page: Any, wanted: Set[tuple[int, ...]]) -> dict[tuple[int, ...], Any]:
    """The `fz_stext_line` of some lines, and those before and after each, by the numbers of block and line."""
    every = list(each_line(page))
    near = {at + step for at, (key, _) in enumerate(every) if key in wanted for step in (-1, 0, 1)}
    return {key: line for at, (key, line) in enumerate(every) if at in near}


def _places(lines: Iterable[Any]) -> tuple[str, NDArray[np.float64]] | None:
    """The characters that are no space, with (n, 4) left, right and baseline, in points, and font size of each.

    None where a line does not run to the right.
    """
    text: list[str] = []
    rows: list[tuple[float, float, float, float]] = []
    for line in lines:
        if line.dir.x < _TO_THE_RIGHT:
            return None
        one = line.first_char
        # Both are nearly the same over a line.
        baseline, size = one.origin.y, one.size
        while one is not None:
            code = _code(one)
            # What ends a word for PyMuPDF.
            if code > ord(" ") and code != ord("\xa0"):
                quad = _quad(one)
                text.append(chr(code))
                rows.append((quad.ll.x, quad.lr.x, baseline, size))
            one = _next_char(one)
    return "".join(text), np.array(rows, np.float64).reshape(-1, 4)
