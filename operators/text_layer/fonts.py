"""Finds fonts of a page whose characters are not those that their glyphs show.

A font with a wrong character map turns text into other letters. Two things give it away: the sequence of its letters is
that of no language, and the widths of its words do not follow the widths that these letters have in any proportional
font. Each font is judged by itself, since the text of other fonts hides what is wrong with one.
"""

import math
import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from .extract import RawPage
from .features import LetterFeatures, letter_features
from .words.bidi import Word
from .words.spans import line_key

# Fewer pairs of letters than this say nothing.
_FEW_LETTERS = 10
# Score from which a font is doubtful; docs/engines.md has how many right and wrong fonts are above.
_DOUBTFUL = 4.5
# Score of all letters of a font from which it is examined further; of fonts that are right 8% reach it.
_WORTH_MEASURING = 2.5
# Share of meaningless characters from which a font has no usable character map.
_MEANINGLESS = 0.3
_FEW_UNKNOWN = 3
# Letters with accents by which numbers of glyphs taken for characters are told: no language has as many of them.
_ACCENTED, _LATIN = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]"), re.compile("[A-Za-z]")
_FEW_ACCENTED, _FEW_DIFFERENT, _ALL_ACCENTED = 8, 4, 0.6
_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"[^\W\d_]{3,}")
_WORD = re.compile(r"[^\W\d_]{4}")
_FEW_WORDS = 5
# The fit is perfect where all characters have one width, which says nothing about the letters.
_MONOSPACED = 0.003

_HELVETICA = pymupdf.Font("helv")
# Width of each character of Latin-1 in Helvetica, in font sizes.
_WIDTHS = np.array([_HELVETICA.glyph_advance(code) if code > 32 else 0.0 for code in range(256)])
_UNKNOWN = "\ufffd"
_FEW_IN_WORD = 2

UNMAPPED = "unmapped"
"""What stands for the font of lines with words that have no Unicode values."""

_VOUCHED_TYPES = ("Type1", "TrueType", "MMType1")
_VOUCHED_ENCODINGS = ("WinAnsiEncoding", "MacRomanEncoding", "StandardEncoding")


def fonts_by_word(page: Any, raw: RawPage) -> list[str]:
    """The name of the font of each word of a `pymupdf.Page`; fonts that cannot be wrong share the name ''.

    A word of a font that is misread has a name of its own also where that font cannot be wrong by what is known of it.
    """
    vouched = _vouched(page)
    # With its prefix, a subset has another name than other subsets of the same font.
    pymupdf.TOOLS.set_subset_fontnames(True)
    try:
        blocks = page.get_text("dict", flags=pymupdf.TEXT_PRESERVE_WHITESPACE)["blocks"]
    finally:
        pymupdf.TOOLS.set_subset_fontnames(False)
    spans = [span for block in blocks for line in block.get("lines", ()) for span in line["spans"]]
    if not spans:
        return [""] * len(raw.words)
    boxes = np.array([span["bbox"] for span in spans], np.float64)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    reach = np.maximum((boxes[:, 2:] - boxes[:, :2]) / 2, 1e-6)
    names = [span["font"] for span in spans]
    names = ["" if name.partition("+")[2] in vouched or name in vouched else name for name in names]
    found = []
    for word, font in zip(raw.words, raw.word_fonts, strict=True):
        x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
        # The nearest span in half widths and heights: below 1 the word lies in it.
        name = names[int(np.abs((np.array((x, y)) - centre) / reach).max(axis=1).argmin())]
        found.append(name or (str(font) if font in raw.misread else ""))
    return found


def with_unmapped_apart(page: RawPage, fonts: Sequence[Any]) -> Sequence[Any]:
    """The font of each word; lines with a word of mostly characters without a Unicode value have one of their own.

    A font may have a map for its letters and none for its digits.
    """
    lines = {line_key(word) for word in page.words if not word[4].isascii() and _is_unmapped(word[4])}
    if not lines:
        return fonts
    return [UNMAPPED if line_key(word) in lines else font for font, word in zip(fonts, page.words, strict=True)]


def _is_unmapped(text: str) -> bool:
    if (unknown := text.count(_UNKNOWN)) < _FEW_IN_WORD:
        return False
    return 2 * unknown >= unknown + sum(map(str.isalnum, text))


def _vouched(page: Any) -> set[str]:
    """Names of fonts whose characters follow from the names of their glyphs alone."""
    good: set[str] = set()
    bad: set[str] = set()
    for xref, _, kind, name, _, encoding, *_ in page.get_fonts(full=True):
        plain = name.partition("+")[2] or name
        own_map = xref and page.parent.xref_get_key(xref, "ToUnicode")[0] != "null"
        vouched = kind in _VOUCHED_TYPES and encoding in _VOUCHED_ENCODINGS and not own_map
        (good if vouched else bad).add(plain)
    return good - bad


def doubtful_fonts(pages: Sequence[Sequence[Word]], fonts: Sequence[Sequence[Any]]) -> list[set[Any]]:
    """The fonts of each page whose character map may be wrong.

    Args:
        pages: the words of each page.
        fonts: the font of each word; '' and 0 are never doubtful.
    """
    groups = [_grouped(words, of_word) for words, of_word in zip(pages, fonts, strict=True)]
    texts = ["\n".join([word[4] for word in words]) for group in groups for words in group.values()]
    judged = iter(zip(texts, letter_features(texts), strict=True))
    return [
        {font for font, words in group.items() if (_is_doubtful(words, *next(judged)) and font) or font == UNMAPPED}
        for group in groups
    ]


def _grouped(words: Sequence[Word], fonts: Sequence[Any]) -> dict[Any, list[Word]]:
    groups: dict[Any, list[Word]] = {}
    for word, font in zip(words, fonts, strict=True):
        groups.setdefault(font, []).append(word)
    return groups


def _is_doubtful(words: Sequence[Word], text: str, letters: LetterFeatures) -> bool:
    if not text.isascii() and (unknown := text.count(_UNKNOWN)) >= _FEW_UNKNOWN and unknown >= _MEANINGLESS * len(text):
        # Fonts of symbols have words of one character.
        return any(_UNKNOWN in word[4] and len(word[4]) > 1 for word in words)
    if not text.isascii() and _is_all_accented(text):
        return True
    if letters.letters < _FEW_LETTERS or _score(letters) < _WORTH_MEASURING:
        return False
    (letters,) = letter_features(["\n".join(_telling(words))])
    if letters.letters < _FEW_LETTERS:
        return False
    score = _score(letters)
    misfit = width_misfit(words)
    if misfit is not None:
        score += max(-1.0, min((misfit - 0.045) / 0.02, 4.0))
    # Few letters vary more.
    weight = 0.5 + 0.5 * math.sqrt(min(1.0, letters.letters / 40))
    return score * weight >= _DOUBTFUL


def _is_all_accented(text: str) -> bool:
    accented = _ACCENTED.findall(text)
    if len(accented) < _FEW_ACCENTED or len(set(accented)) < _FEW_DIFFERENT:
        return False
    return len(accented) >= _ALL_ACCENTED * (len(accented) + len(_LATIN.findall(text)))


def _score(letters: LetterFeatures) -> float:
    return (
        max(0.0, 0.40 - letters.vowel_share) / 0.045
        + max(0.0, letters.vowel_share - 0.45) / 0.06
        + max(0.0, 1.45 - letters.alternation) / 0.12
    )


def _telling(words: Sequence[Word]) -> list[str]:
    """The different runs of letters, without variables of a formula and without codes such as 03-7FA81."""
    runs = [_RUN.findall(word[4]) for word in words if not _DIGIT.search(word[4]) or _WORD.search(word[4])]
    return list(dict.fromkeys(chain.from_iterable(runs)))


def width_misfit(words: Sequence[Word]) -> float | None:
    """How far the widths of words are from what their letters lead to expect, as a share of the width.

    The width of each word over its height is fitted by the widths of its characters in Helvetica and by their number,
    which accounts for the font's width and letter spacing. The misfit is the median deviation, scaled to a standard
    deviation. None for fewer than 5 words of two characters, and for fonts of a single width.
    """
    chosen = [
        word for word in words if len(word[4]) > 1 and word[3] > word[1] and word[2] - word[0] > word[3] - word[1]
    ]
    if len(chosen) < _FEW_WORDS:
        return None
    texts = [word[4].encode("latin-1", "replace") for word in chosen]
    count = np.array([len(text) for text in texts])
    starts = np.cumsum(count) - count
    expected = np.add.reduceat(_WIDTHS[np.frombuffer(b"".join(texts), np.uint8)], starts)
    measured = np.array([(word[2] - word[0]) / (word[3] - word[1]) for word in chosen])
    columns: NDArray[np.float64] = np.stack([expected, count], axis=1) / measured[:, None]
    factors = np.linalg.lstsq(columns, np.ones(len(chosen)), rcond=None)[0]
    misfit = 1.4826 * float(np.median(np.abs(columns @ factors - 1)))
    return misfit if misfit > _MONOSPACED else None
