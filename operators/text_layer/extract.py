"""Extracts a page's text layer with MuPDF: the word list, and properties that the word list does not have.

Those properties (direction and visibility of lines, boxes of images) come from a walk over MuPDF's structured text, see
`walk`.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray
from pymupdf import mupdf

from ...schemas.geometry import clip, covered, to_shares
from ...schemas.page import FloatArray
from ..documents.form_fields import form_fields, unseen_values
from ..documents.patterns import has_tiling_patterns
from .words.accents import with_accents
from .words.bidi import Word, has_right_to_left, logical_words
from .words.dingbats import with_marks
from .words.drawn_signs import with_drawn_signs
from .words.letter_spacing import with_words_set_apart
from .words.soft_hyphens import with_printed_hyphens
from .words.spans import span_key, whole_words, words_in_lines
from .words.walk import BLACK, BLOCK_BIT, TEXT_BLOCK, THIN, VECTOR_BLOCK, Rect, Walk, grey_level, walk

# Every word is compared with each of them; of more, as on a map, the largest are taken.
_MAX_SHAPES = 4000
# Points: height or width of the box of a stroked line that may cover words; MuPDF's box is twice as wide as the line.
_WIDE_LINE = (8.0, 50.0)


# Characters that are invisible, or that Arrow and Parquet cannot store: controls, surrogates, direction marks, byte
# order marks.
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_MEANINGLESS = re.compile("[\ufffd\x01-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010fffd]")
# Bullets of the Symbol and Wingdings fonts, which have private use code points, and presentation forms of Latin
# ligatures.
_EXPANDED = str.maketrans(
    {
        "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0e0": "→", "\xa0": " ",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_BLANK = re.compile(r"[^\S\n]+")
_PRINTABLE_ODD = re.compile("[\ufffd\ufb00-\ufb06]")


def clean_words(words: list[str]) -> tuple[list[str], int]:
    """The cleaned words, as many as given and some possibly empty, and the number of meaningless characters."""
    joined = "\n".join(words)
    bad = 0
    # All other characters that need cleaning are not printable by `str.isprintable`.
    odd = not joined.replace("\n", "").isprintable()
    if odd or (not joined.isascii() and _PRINTABLE_ODD.search(joined)):
        expanded = joined.translate(_EXPANDED)
        bad = len(_MEANINGLESS.findall(expanded))
        # A soft hyphen is printed only where a line ends after it.
        joined = _REMOVED.sub("", expanded).replace("\xad\n", "-\n").replace("\xad", "")
        joined = _BLANK.sub(" ", joined).replace(" \n", "\n").replace("\n ", "\n").strip(" ")
        words = joined.split("\n")
    if not joined.isascii() and not unicodedata.is_normalized("NFC", joined):
        words = unicodedata.normalize("NFC", joined).split("\n")
    return words, bad


# Ligatures are expanded (no PRESERVE_LIGATURES), clipped text is dropped, glyphs without a Unicode value become U+FFFD
# (no USE_CID), images and paths are listed. Paths are collected lazily, so that they part no line. Text that the file
# gives in place of glyphs (ActualText) need not be what they show, and may be empty. Each span becomes a line of its
# own, see `Walk`.
FLAGS = (
    pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_PRESERVE_IMAGES
    | pymupdf.TEXT_CLIP
    | pymupdf.TEXT_COLLECT_VECTORS
    | pymupdf.TEXT_LAZY_VECTORS
    | mupdf.FZ_STEXT_IGNORE_ACTUALTEXT
    | mupdf.FZ_STEXT_PRESERVE_SPANS
)

_IMAGE_GRID = 48
UNEVEN = -1.0
NO_GROUND = -2.0


@dataclass(frozen=True)
class Shapes:
    """Images, opaque areas and thick lines, in the order in which they are drawn.

    Attributes:
        boxes: (n, 4) in the units and the orientation of the stored page.
        after: (n,) number of the last block of text that was drawn before each, -1 for none.
        grey: (n,) grey level 0 to 255 of an area; `UNEVEN` for an image; `NO_GROUND` for a line, which backs no text.
    """

    boxes: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    after: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    grey: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class RawPage:
    """A page as MuPDF returns it: its raw text layer, and its ink where that is needed.

    Attributes:
        page_number: counts from 1.
        words: the words of `TextPage.extractWORDS`: x0, y0, x1, y1, text, and the numbers of block, line and word; in
            the units and the orientation of the stored page. Words that nobody sees are left out.
            Those of right-to-left lines are in logical order.
        seen: the properties that the word list does not have.
        rect: x0, y0, x1, y1 of the page in the same units.
        rotation: clockwise rotation in degrees for display; 0 for all formats except PDF.
        shapes: what may cover its text.
        drawn: number of the block in which each word was drawn, where there are shapes; see `Shapes.after`.
        ink: a mask of the ink of the page as displayed, where the text layer must be compared with the ink.
        hidden: number of words that were left out.
        paper_in_image: see `quality.TextLayerFeatures`.
        outlines: (n, 4) boxes of filled paths that may be characters, in the units and the orientation of the stored
            page.
        unread: (n, 4) boxes, in shares of the page as displayed, of print that the text layer does not have.
        fields: boxes of the form fields, in the units and the orientation of the page as displayed.
        unseen_values: number of form fields whose value the page does not show.
        misread: fonts, as `Walk.fonts` numbers them, whose digits are not those that their glyphs show.
        empty: fonts that have glyphs of which nothing is drawn.
        tiled: whether anything may be filled with a tiling pattern.
    """

    page_number: int
    words: list[Word]
    seen: Walk
    rect: tuple[float, float, float, float]
    rotation: int
    shapes: Shapes = field(default_factory=Shapes)
    drawn: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    ink: NDArray[np.bool_] | None = None
    hidden: int = 0
    paper_in_image: bool = False
    outlines: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 4)))
    unread: FloatArray = field(default_factory=lambda: np.empty((0, 4), np.float32))
    fields: tuple[Rect, ...] = ()
    unseen_values: int = 0
    misread: frozenset[int] = frozenset()
    empty: frozenset[int] = frozenset()
    tiled: bool = False

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page as displayed."""
        x0, y0, x1, y1 = self.rect
        return (x1 - x0, y1 - y0) if self.rotation % 180 == 0 else (y1 - y0, x1 - x0)

    @cached_property
    def word_fonts(self) -> list[int]:
        """The font of the span of each word, as `Walk.fonts` numbers it."""
        fonts = self.seen.fonts
        different = set(fonts.values())
        if len(different) < 2:
            return [*different, 0][:1] * len(self.words)
        found, key, font = [], -1, 0
        for word in self.words:
            if key != (key := span_key(word)):
                font = fonts.get(key, font)
            found.append(font)
        return found

    @cached_property
    def characters(self) -> int:
        return sum(len(word[4]) for word in self.words)

    @cached_property
    def image_cover(self) -> float:
        """Share of the page that images cover."""
        if not self.seen.images:
            return 0.0
        boxes, keep = clip(to_shares(np.array(self.seen.images, np.float64), self.rect))
        return float(covered(boxes[keep], _IMAGE_GRID, _IMAGE_GRID).mean())


def raw_page(page: Any, *, fonts: bool = True) -> RawPage:
    """The text layer of a `pymupdf.Page`, without its ink.

    The text is that of the glyphs, unless fewer are unknown with the text that the file gives in their place.

    Args:
        fonts: whether to read the fonts of words.
    """
    raw = _raw_page(page, FLAGS, fonts=fonts)
    if unknown := _unknown(raw):
        given = _raw_page(page, FLAGS & ~mupdf.FZ_STEXT_IGNORE_ACTUALTEXT, fonts=fonts)
        if _unknown(given) < unknown:
            return given
    return raw


def _unknown(raw: RawPage) -> int:
    """Number of glyphs without a Unicode value."""
    text = "".join([word[4] for word in raw.words])
    return len(_MEANINGLESS.findall(text.translate(_EXPANDED))) if _MEANINGLESS.search(text) else 0


def _raw_page(page: Any, flags: int, *, fonts: bool) -> RawPage:
    text_page = page.get_textpage(flags=flags)
    words = text_page.extractWORDS()
    right_to_left, spans = has_right_to_left(words), bool(flags & mupdf.FZ_STEXT_PRESERVE_SPANS)
    if right_to_left and spans:
        # Order is decided by whole lines.
        return _raw_page(page, flags & ~mupdf.FZ_STEXT_PRESERVE_SPANS, fonts=fonts)
    # The values of `text_page.rect`, without the object that it creates.
    structured = text_page.this.m_internal
    box = structured.mediabox
    rect = (box.x0, box.y0, box.x1, box.y1)
    seen = walk(structured, fonts=fonts, spans=spans)
    shapes, paths, outlines = _shapes(text_page, seen)
    if page.parent.is_pdf:
        words = with_printed_hyphens(structured, words)
    if not right_to_left:
        words = with_accents(structured, words)
    if seen.dingbats:
        words = with_marks(words, seen.dingbats, BLOCK_BIT)
    if right_to_left:
        words = logical_words(structured, words)
    if seen.moved:
        words = words_in_lines(words, seen)
    if paths and words:
        words = with_drawn_signs(words, paths, seen.direction)
    if not right_to_left:
        words = with_words_set_apart(words)
    drawn = _blocks(words) if len(shapes.after) else np.zeros(len(words), np.int64)
    fields = _fields(page) if words else ()
    unseen = unseen_values(page, [word[4] for word in words]) if fields or not words else 0
    rotation = int(page.rotation) % 360
    return RawPage(
        page.number + 1,
        words,
        seen,
        rect,
        rotation,
        shapes,
        drawn,
        outlines=outlines,
        fields=fields,
        unseen_values=unseen,
        tiled=has_tiling_patterns(page),
    )


def _blocks(words: list[Word]) -> NDArray[np.int64]:
    return np.array([(~word[7] >> BLOCK_BIT) if word[7] < 0 else word[5] for word in words], np.int64)


def with_whole_words(raw: RawPage) -> RawPage:
    """The page with the parts of a word put together that `raw_page` leaves apart until hidden ones are left out."""
    if not raw.seen.touching:
        return raw
    words, kept = whole_words(raw.words, raw.seen)
    return raw if len(words) == len(raw.words) else replace(raw, words=words, drawn=raw.drawn[kept])


# How PyMuPDF describes an opaque path in `extractBLOCKS`.
_PATH = re.compile(r"<vector (filled|stroked), color: #([0-9a-f]{6}), alpha: 255, is-rect: (true|false)")
# Points: sides of a path that may be a character, and how many times as wide as high it may be.
_CHARACTER = (2.0, 60.0)
_WIDEST = 3.0


def _shapes(text_page: Any, seen: Walk) -> tuple[Shapes, list[Rect], NDArray[np.float64]]:
    """What may cover text, the boxes of all paths, and those of paths that may be characters."""
    found = [(*box, float(after), UNEVEN) for box, after in zip(seen.images, seen.image_after, strict=True)]
    paths: list[Rect] = []
    outlines: list[Rect] = []
    if seen.has_paths:
        number = -1
        for x0, y0, x1, y1, text, _, kind in text_page.extractBLOCKS():
            if kind != VECTOR_BLOCK:
                number += kind == TEXT_BLOCK
                continue
            paths.append((x0, y0, x1, y1))
            wide, high = x1 - x0, y1 - y0
            if high < THIN or wide < THIN or not (match := _PATH.search(text)):
                continue
            is_area = match[1] == "filled"
            if is_area and match[3] == "false" and _CHARACTER[0] <= high <= _CHARACTER[1] and wide <= _WIDEST * high:
                outlines.append((x0, y0, x1, y1))
            if is_area or _WIDE_LINE[0] <= min(high, wide) <= _WIDE_LINE[1]:
                grey = grey_level(BLACK | int(match[2], 16)) if is_area else NO_GROUND
                found.append((x0, y0, x1, y1, float(number), grey))
    table = np.array(found, np.float64).reshape(-1, 6)
    if len(table) > _MAX_SHAPES:
        size = (table[:, 2] - table[:, 0]) * (table[:, 3] - table[:, 1])
        table = table[np.sort(np.argsort(-size, kind="stable")[:_MAX_SHAPES])]
    shapes = Shapes(table[:, :4], table[:, 4].astype(np.int64), table[:, 5])
    return shapes, paths, np.array(outlines, np.float64).reshape(-1, 4)


def _fields(page: Any) -> tuple[Rect, ...]:
    """Boxes of the form fields of a `pymupdf.Page`; none where they cannot be read."""
    try:
        boxes = [mupdf.pdf_bound_widget(field) for field in form_fields(page)]
        return tuple((box.x0, box.y0, box.x1, box.y1) for box in boxes)
    except Exception:
        # They are only needed for the order of the text, which must not cost the page.
        return ()
