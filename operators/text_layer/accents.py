"""Puts accents that are drawn as characters of their own onto their letters, as old programs draw `é` and `ü`."""

import re
import unicodedata
from typing import Any

import numpy as np
from pymupdf import mupdf

from .bidi import Word

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
_MAX_ACCENTS = 2000


def with_accents(page: Any, words: list[Word]) -> list[Word]:
    """The words of an `fz_stext_page`, accents that are drawn over a letter being part of that letter."""
    text = "".join([word[4] for word in words])
    accents = [match.start() for match in _ACCENT.finditer(text)] if "`" in text or not text.isascii() else []
    if not 0 < len(accents) <= _MAX_ACCENTS:
        return words
    places = _places(page)
    # The characters of the words, one for one; otherwise it is not known which is which.
    if places is None or places[0] != text:
        return words
    x0, x1, y, size = places[1].T
    letters = list(text)
    is_letter = np.array([one.isalpha() for one in text])
    for accent in accents:
        middle = (x0[accent] + x1[accent]) / 2
        off = np.abs((x0 + x1) / 2 - middle) / np.maximum(x1 - x0, 1e-6)
        near = is_letter & (off <= _OFF_MIDDLE) & (np.abs(y - y[accent]) <= _OFF_BASELINE * size)
        if not near.any():
            continue
        letter = int(np.argmin(np.where(near, off, np.inf)))
        base = _DOTLESS.get(letters[letter], letters[letter])
        composed = unicodedata.normalize("NFC", base + _COMBINING[text[accent]])
        if len(composed) == 1:
            letters[letter], letters[accent] = composed, ""
    found, at = [], 0
    for word in words:
        changed = "".join(letters[at : at + len(word[4])])
        at += len(word[4])
        if changed:
            found.append(word if changed == word[4] else (*word[:4], changed, *word[5:]))
    return found


def _places(page: Any) -> tuple[str, Any] | None:
    """The characters that are no space, with (n, 4) left, right and baseline, in points, and font size of each.

    None where a line does not run to the right.
    """
    text: list[str] = []
    rows: list[tuple[float, float, float, float]] = []
    block = page.first_block
    while block is not None:
        if block.type == mupdf.FZ_STEXT_BLOCK_TEXT:
            line = mupdf.FzStextBlock(block).begin().m_internal
            while line is not None:
                if line.dir.x < 0.999:
                    return None
                one = line.first_char
                while one is not None:
                    # What ends a word for PyMuPDF.
                    if one.c > ord(" ") and one.c != 0xA0:
                        quad = one.quad
                        text.append(chr(one.c))
                        rows.append((quad.ll.x, quad.lr.x, one.origin.y, one.size))
                    one = one.next
                line = line.next
        block = block.next
    return "".join(text), np.array(rows, np.float64).reshape(-1, 4)
