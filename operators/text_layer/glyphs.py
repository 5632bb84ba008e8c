"""Finds fonts of a page whose glyphs are not what its text says: other digits, or nothing at all.

A character map that is right for the letters and wrong for the digits leaves no trace in the text: any digits are a
number. So each digit that a font prints is drawn once a document, and held against the digits of the standard fonts.
That is no recognition: a glyph that resembles no digit, or several, says nothing. What does resemble another digit
makes its font doubtful, and OCR of the page decides.

Glyphs without an outline print nothing. Of each font a sample is looked at when it is first met; words of a font that
has an empty one are looked for on the page, see `visibility`.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image
from pymupdf import mupdf

from ..documents.render import drawing
from .extract import RawPage
from .words.bidi import Word

_ZERO, _DIGITS = ord("0"), frozenset("0123456789")
_STANDARD = tuple(
    f"{family}{style}"
    for family, styles in (
        ("Helvetica", ("", "-Bold", "-Oblique", "-BoldOblique")),
        ("Courier", ("", "-Bold", "-Oblique", "-BoldOblique")),
        ("Times", ("-Roman", "-Bold", "-Italic", "-BoldItalic")),
    )
    for style in styles
)
# Pixels: font size, and the sides of the square in which a glyph is drawn with its origin at (8, 30).
_SIZE, _CELL, _ORIGIN = 28, 40, (8, 30)
# The shape of a glyph is what it covers of the cells of a grid over its own box: columns and rows.
_GRID = (12, 16)
_DRAWN = 96
# A glyph is another digit if its distance to that is this part of its distance to the one it is taken for, or less.
# Of 2,140 digits of 350 fonts in public PDFs none is below 0.86, and of those digits taken for another one 98.5% are.
_OTHER = 0.75
# Fonts of a document that are looked at, and letters and digits of each that may be empty.
_MOST_FONTS, _SAMPLE = 500, 20
# Words of a font that are looked at on a page.
_MOST_LOOKS = 20
# Font sizes: MuPDF gives an empty glyph a box of 1e-7.
_EMPTY = 1e-6
_UNSCALED = mupdf.ll_fz_scale(1, 1)


@dataclass
class LookedAt:
    """What is known of the fonts of a document, by the number of the font in `Walk.fonts`.

    Attributes:
        fonts: the fonts themselves: as long as they are held, no other font gets their number.
        digits: the digits that were looked at.
        wrong: those among them that are drawn as another one.
        empty: fonts that have a letter or digit without an outline.
    """

    fonts: dict[int, Any] = field(default_factory=dict)
    digits: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    wrong: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    empty: set[int] = field(default_factory=set)


def with_glyphs_looked_at(page: Any, raw: RawPage, known: LookedAt) -> RawPage:
    """The page with what is wrong with its fonts: `misread` and `empty`.

    Only the digits 0 to 9 that occur on the page count, and the first 500 fonts of a document.

    Args:
        page: the `pymupdf.Page`.
        known: what is known of the document's fonts, which is added to.
    """
    words: dict[int, list[Word]] = defaultdict(list)
    for word, font in zip(raw.words, raw.word_fonts, strict=True):
        words[font].append(word)
    printed = {font: _DIGITS.intersection("".join([word[4] for word in words[font]])) for font in words}
    fresh = {
        font: digits - known.digits[font]
        for font, digits in printed.items()
        if font in raw.seen.loaded and not (font in known.fonts and digits <= known.digits[font])
    }
    if fresh and len(known.fonts) < _MOST_FONTS:
        # With its prefix, a subset has another name than other subsets of the same font.
        pymupdf.TOOLS.set_subset_fontnames(True)
        try:
            _look(page, raw, {font: (words[font], digits) for font, digits in fresh.items()}, known)
        finally:
            pymupdf.TOOLS.set_subset_fontnames(False)
    misread = frozenset(font for font, digits in printed.items() if not digits.isdisjoint(known.wrong.get(font, ())))
    empty = known.empty & printed.keys()
    return replace(raw, misread=misread, empty=frozenset(empty)) if misread or empty else raw


def _look(page: Any, raw: RawPage, fresh: Mapping[int, tuple[list[Word], Set[str]]], known: LookedAt) -> None:
    """Add the fonts of some words, and some digits of each, to what is known."""
    glyphs, numbers, printed, drawn = _Glyphs(page), [], [], []
    for number, (words, digits) in fresh.items():
        font, is_new = raw.seen.loaded[number], number not in known.fonts
        known.fonts[number] = font
        known.digits[number] |= digits
        of_font = glyphs.of_font(mupdf.fz_font_name(font), words, digits, sampled=is_new)
        sample = islice((glyph for code, glyph in of_font if chr(code).isalnum()), _SAMPLE)
        if any(_is_empty(font, glyph) for glyph in sample):
            known.empty.add(number)
        for code, glyph in of_font:
            if chr(code) in digits:
                numbers.append(number)
                printed.append(code - _ZERO)
                drawn.append((font, glyph))
    if drawn:
        for place in _others(printed, _shapes(drawn)):
            known.wrong[numbers[place]].add(str(printed[place]))


class _Glyphs:
    """The glyphs of a `pymupdf.Page` with their characters, of as little of it as is asked for.

    MuPDF skips what lies outside of the part of a display list that it is asked for; each character that it does not
    skip becomes a Python object, which for a whole page takes longer than to read its text.
    """

    def __init__(self, page: Any) -> None:
        self._drawing = drawing(page)
        self._turned = page.rotation_matrix
        self._found: dict[str, set[tuple[int, int]]] = defaultdict(set)

    def of_font(self, name: str, words: list[Word], digits: Set[str], *, sampled: bool) -> list[tuple[int, int]]:
        """Code points of a font, in order, and the numbers of their glyphs.

        Args:
            words: words of the font.
            digits: are among them, if they are drawn where one of those words is.
            sampled: whether at least the characters of one word are among them, also where it has no digits.
        """
        found, looks = self._found[name], 0
        # A word with many digits spares others.
        numbers = [word for word in words if not digits.isdisjoint(word[4])]
        numbers.sort(key=lambda word: -len(digits & {*word[4]}))
        for word in numbers or words[:_MOST_LOOKS]:
            seen = {chr(code) for code, _ in found}
            missing = digits - seen
            is_known = not sampled or any(map(str.isalnum, seen))
            if looks == _MOST_LOOKS or (not missing and is_known):
                break
            # A word counts as of the font of its beginning, so its digits need not be of that font.
            if not missing.isdisjoint(word[4]) or not is_known:
                self._look_at(word)
                looks += 1
        return sorted(found)

    def _look_at(self, word: Word) -> None:
        rows: list[dict[str, Any]] = []
        device = pymupdf.extra.JM_new_texttrace_device(rows)
        area = mupdf.FzRect(*(pymupdf.Rect(word[:4]) * self._turned))
        mupdf.fz_run_display_list(self._drawing.this, device, mupdf.FzMatrix(), area, mupdf.FzCookie())
        mupdf.fz_close_device(device)
        for row in rows:
            self._found[row["font"]].update([character[:2] for character in row["chars"]])


def _is_empty(font: Any, glyph: int) -> bool:
    box = mupdf.ll_fz_bound_glyph(font.m_internal, glyph, _UNSCALED)
    return bool(box.x1 - box.x0 < _EMPTY and box.y1 - box.y0 < _EMPTY)


def _others(digits: list[int], shapes: NDArray[np.float32]) -> list[int]:
    """The places of those of some digits whose (n, cells) shapes are those of another digit."""
    known = _references()
    squares = (shapes**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * shapes @ known.T
    distance = np.sqrt(np.maximum(squares, 0)).reshape(len(shapes), 10, -1).min(axis=2)
    own = distance[np.arange(len(digits)), digits]
    distance[np.arange(len(digits)), digits] = np.inf
    # Where nothing is drawn there is no other digit.
    found = (distance.min(axis=1) <= _OTHER * own) & shapes.any(axis=1)
    return [int(place) for place in np.flatnonzero(found)]


@cache
def _references() -> NDArray[np.float32]:
    """(10 · fonts, cells) the shape of each digit in each of the standard fonts, those of a digit together."""
    fonts = [mupdf.fz_new_base14_font(name) for name in _STANDARD]
    drawn = [(font, mupdf.fz_encode_character(font, _ZERO + digit)) for digit in range(10) for font in fonts]
    return _shapes(drawn)


def _shapes(glyphs: list[tuple[Any, int]]) -> NDArray[np.float32]:
    """(n, cells) the shape of each glyph of an `FzFont`, between 0 and 1; 0 for one of which nothing is drawn."""
    shapes = np.zeros((len(glyphs), _GRID[0] * _GRID[1]), np.float32)
    text, grey = mupdf.FzText(), mupdf.FzColorspace(mupdf.FzColorspace.Fixed_GRAY)
    for place, (font, glyph) in enumerate(glyphs):
        where = mupdf.fz_make_matrix(_SIZE, 0, 0, -_SIZE, place * _CELL + _ORIGIN[0], _ORIGIN[1])
        mupdf.fz_show_glyph(text, font, where, glyph, 0, 0, 0, mupdf.FZ_BIDI_LTR, mupdf.FZ_LANG_UNSET)
    area = mupdf.FzIrect(0, 0, len(glyphs) * _CELL, _CELL)
    pixmap = mupdf.FzPixmap(grey, area, mupdf.FzSeparations(), 0)
    mupdf.fz_clear_pixmap_with_value(pixmap, 0)
    device = mupdf.fz_new_draw_device(mupdf.FzMatrix(), pixmap)
    mupdf.fz_fill_text(device, text, mupdf.FzMatrix(), grey, [1.0], 1.0, mupdf.FzColorParams())
    mupdf.fz_close_device(device)
    made = pymupdf.Pixmap("raw", pixmap)
    strip = np.frombuffer(made.samples_mv, np.uint8).reshape(_CELL, made.stride)[:, : made.width].copy()
    image = Image.fromarray(strip)
    # What is as faint as the edges of strokes is no part of the box.
    drawn = (strip > _DRAWN).reshape(_CELL, len(glyphs), _CELL)
    across, down = _extents(np.any(drawn, axis=0)), _extents(np.any(drawn, axis=2).T)
    for place, ((x0, x1), (y0, y1)) in enumerate(zip(across, down, strict=True)):
        if x0 < x1:
            box = (place * _CELL + x0, y0, place * _CELL + x1, y1)
            resized = image.resize(_GRID, Image.Resampling.BILINEAR, box)
            shapes[place] = np.asarray(resized, np.float32).ravel() / 255
    return shapes


def _extents(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where the marks of each of (n, cells) rows begin and end; (0, 0) for a row without any."""
    begin, end = marks.argmax(axis=1), marks.shape[1] - marks[:, ::-1].argmax(axis=1)
    inside = marks.any(axis=1)
    return list(zip((begin * inside).tolist(), (end * inside).tolist(), strict=True))
