"""Extracts a page's text layer with MuPDF: the word list, and properties that the word list does not have.

Those properties (direction and visibility of lines, boxes of images) come from a walk over MuPDF's structured text.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray
from pymupdf import mupdf

from ...schemas.geometry import clip, covered, to_shares
from .bidi import Word, logical_words

_TEXT, _IMAGE, _VECTOR = mupdf.FZ_STEXT_BLOCK_TEXT, mupdf.FZ_STEXT_BLOCK_IMAGE, mupdf.FZ_STEXT_BLOCK_VECTOR
_DRAWN = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED
_BLACK = 0xFF000000
_MAX_IMAGES = 2000
_MAX_FIELDS = 2000
# Cosine above which a baseline counts as parallel to an axis: less than one degree of deviation.
_ALONG_AN_AXIS = 0.9999
# Lines of a block of which the font is read.
_FONTS_READ = 4
# Points: what is lower or narrower than this covers no word, not even together with others like it.
_THIN = 1.5
# Points: height or width of the box of a stroked line that may cover words; MuPDF's box is twice as wide as the line.
_WIDE_LINE = (8.0, 50.0)
# MuPDF starts a new block where the baseline is further from the one before, in font sizes.
_NEW_BLOCK = 1.5

BLOCK_BIT = 20
"""A line's key has the number of its block from this bit on, and the number of the line in the block below it."""

Rect = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass
class Walk:
    """The result of the walk. A key identifies each line, see `BLOCK_BIT`.

    Attributes:
        invisible: keys of lines whose first character is not drawn.
        grey: grey level 0 to 255 of each line that is not black, by key: of its first or its last character, whichever
            is lighter; 255 for a translucent one.
        direction: unit vector of the baseline of each line that does not run to the right, by key.
        corners: the eight corners of the first and last character of each line that is not parallel to an axis,
            by key.
        fonts: a number for the font of the first character of some lines, by key; equal for the same font of a page. A
            line that is not in it has the font of the line before.
        images: boxes of images, at most 2,000 of them.
        image_after: for each of these images, the number of the last block of text before it; -1 for none.
        has_large_paths: whether any path is large enough to cover a word.
        joined: keys at which the lines of blocks begin that continue the block before them, by the numbers that MuPDF
            gave them: it starts a new block after each path.
    """

    invisible: set[int] = field(default_factory=set)
    grey: dict[int, float] = field(default_factory=dict)
    direction: dict[int, Point] = field(default_factory=dict)
    corners: dict[int, list[Point]] = field(default_factory=dict)
    fonts: dict[int, int] = field(default_factory=dict)
    images: list[Rect] = field(default_factory=list)
    image_after: list[int] = field(default_factory=list)
    has_large_paths: bool = False
    joined: dict[int, int] = field(default_factory=dict)


# Each access to an attribute of a MuPDF struct is a call into the bindings. The loop makes as few of them as possible,
# and calls the getters directly instead of through the property.
_point_at = mupdf.FzStextBlock.m_internal.fset
_lines = mupdf.FzStextBlock.begin
_pointed_at = mupdf.FzStextBlockIterator.m_internal.fget
_block_type = mupdf.fz_stext_block.type.fget
_next_block = mupdf.fz_stext_block.next.fget
_box_of = mupdf.fz_stext_block.bbox.fget
_next_line = mupdf.fz_stext_line.next.fget
_direction = mupdf.fz_stext_line.dir.fget
_first_char = mupdf.fz_stext_line.first_char.fget
_last_char = mupdf.fz_stext_line.last_char.fget
_flags = mupdf.fz_stext_char.flags.fget
_argb = mupdf.fz_stext_char.argb.fget
_font = mupdf.fz_stext_char.font.fget
_x = mupdf.fz_point.x.fget
_x0, _x1 = mupdf.fz_rect.x0.fget, mupdf.fz_rect.x1.fget
_y0, _y1 = mupdf.fz_rect.y0.fget, mupdf.fz_rect.y1.fget


def walk(page: Any) -> Walk:
    """Walk over an `fz_stext_page`.

    Block and line numbers are those of `TextPage.extractWORDS`, which counts only blocks of text, but for `joined`.
    """
    found = Walk()
    number = -1
    key = 0
    before: Any = None
    parted = False
    block = page.first_block
    pointer = mupdf.FzStextBlock(block)
    while block is not None:
        kind = _block_type(block)
        if kind == _VECTOR:
            parted = True
            if not found.has_large_paths:
                found.has_large_paths = _is_large(_box_of(block))
        elif kind == _TEXT:
            number += 1
            _point_at(pointer, block)
            line = _pointed_at(_lines(pointer))
            # MuPDF starts a new block where the direction changes: the first line's direction is that of all.
            turned = line is not None and _x(_direction(line)) < _ALONG_AN_AXIS
            if parted and before is not None and line is not None and not turned and _continues(before, line):
                found.joined[number] = key
            else:
                key = number << BLOCK_BIT
            parted = False
            last_read = key + _FONTS_READ
            while line is not None:
                first = _first_char(line)
                colour = _argb(first)
                if colour != _BLACK or _argb(_last_char(line)) != _BLACK:
                    found.grey[key] = max(_grey(colour), _grey(_argb(_last_char(line))))
                if not _flags(first) & _DRAWN or not colour & _BLACK:
                    found.invisible.add(key)
                if key < last_read:
                    found.fonts[key] = int(_font(first).this)
                if turned:
                    x, y = found.direction[key] = (line.dir.x, line.dir.y)
                    if max(abs(x), abs(y)) < _ALONG_AN_AXIS:
                        found.corners[key] = _corners(line.first_char.quad) + _corners(line.last_char.quad)
                key += 1
                before = line
                line = _next_line(line)
            if turned:
                before = None
        elif kind == _IMAGE:
            before = None
            if len(found.images) < _MAX_IMAGES:
                box = block.bbox
                found.images.append((box.x0, box.y0, box.x1, box.y1))
                found.image_after.append(number)
        block = _next_block(block)
    return found


def _is_large(box: Any) -> bool:
    return bool(_y1(box) - _y0(box) >= _THIN and _x1(box) - _x0(box) >= _THIN)


def _grey(argb: int) -> float:
    """The grey level 0 to 255 of a colour, as ITU-R BT.601 weighs red, green and blue; 255 if it is translucent."""
    if argb < _BLACK:
        return 255.0
    return 0.299 * (argb >> 16 & 255) + 0.587 * (argb >> 8 & 255) + 0.114 * (argb & 255)


def _continues(before: Any, line: Any) -> bool:
    """Whether a line belongs to the block of the line before it, although paths were drawn between them."""
    if _x(_direction(before)) < _ALONG_AN_AXIS:
        return False
    first = _first_char(line)
    return bool(abs(first.origin.y - before.first_char.origin.y) <= _NEW_BLOCK * first.size)


def _corners(quad: Any) -> list[Point]:
    return [(point.x, point.y) for point in (quad.ul, quad.ur, quad.ll, quad.lr)]


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
# gives in place of glyphs (ActualText) need not be what they show, and may be empty.
FLAGS = (
    pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_PRESERVE_IMAGES
    | pymupdf.TEXT_CLIP
    | pymupdf.TEXT_COLLECT_VECTORS
    | pymupdf.TEXT_LAZY_VECTORS
    | mupdf.FZ_STEXT_IGNORE_ACTUALTEXT
)

_IMAGE_GRID = 48
_UNEVEN = -1.0


@dataclass(frozen=True)
class Shapes:
    """Images, opaque areas and thick lines, in the order in which they are drawn.

    Attributes:
        boxes: (n, 4) in the units and the orientation of the stored page.
        after: (n,) number of the last block of text that was drawn before each, -1 for none.
        grey: (n,) grey level 0 to 255 of a rectangle; -1 for an image, and for what does not fill its box.
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
        fields: boxes of the form fields, in the units and the orientation of the page as displayed.
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
    fields: tuple[Rect, ...] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page as displayed."""
        x0, y0, x1, y1 = self.rect
        return (x1 - x0, y1 - y0) if self.rotation % 180 == 0 else (y1 - y0, x1 - x0)

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


def line_key(word: Word) -> int:
    """The key of the word's line in `Walk`."""
    return word[5] << BLOCK_BIT | word[6]


def raw_page(page: Any) -> RawPage:
    """The text layer of a `pymupdf.Page`, without its ink.

    The text is that of the glyphs, unless fewer are unknown with the text that the file gives in their place.
    """
    raw = _raw_page(page, FLAGS)
    if unknown := _unknown(raw):
        given = _raw_page(page, FLAGS & ~mupdf.FZ_STEXT_IGNORE_ACTUALTEXT)
        if _unknown(given) < unknown:
            return given
    return raw


def _unknown(raw: RawPage) -> int:
    """Number of glyphs without a Unicode value."""
    text = "".join([word[4] for word in raw.words])
    return 0 if text.isascii() and text.isprintable() else len(_MEANINGLESS.findall(text.translate(_EXPANDED)))


def _raw_page(page: Any, flags: int) -> RawPage:
    text_page = page.get_textpage(flags=flags)
    # The values of `text_page.rect`, without the object that it creates.
    structured = text_page.this.m_internal
    box = structured.mediabox
    rect = (box.x0, box.y0, box.x1, box.y1)
    seen = walk(structured)
    shapes = _shapes(text_page, seen)
    words = logical_words(structured, text_page.extractWORDS())
    drawn = np.array([word[5] for word in words], np.int64) if len(shapes.after) else np.zeros(len(words), np.int64)
    if seen.joined:
        words = [_joined(word, seen.joined) if word[5] in seen.joined else word for word in words]
    fields = _fields(page) if words else ()
    return RawPage(page.number + 1, words, seen, rect, int(page.rotation) % 360, shapes, drawn, fields=fields)


def _joined(word: Word, joined: dict[int, int]) -> Word:
    key = joined[word[5]] + word[6]
    return (*word[:5], key >> BLOCK_BIT, key & (1 << BLOCK_BIT) - 1, word[7])


# How PyMuPDF describes an opaque path in `extractBLOCKS`.
_PATH = re.compile(r"<vector (filled|stroked), color: #([0-9a-f]{6}), alpha: 255, is-rect: (true|false)")


def _shapes(text_page: Any, seen: Walk) -> Shapes:
    found = [(*box, float(after), _UNEVEN) for box, after in zip(seen.images, seen.image_after, strict=True)]
    if seen.has_large_paths:
        number = -1
        for x0, y0, x1, y1, text, _, kind in text_page.extractBLOCKS():
            number += kind == _TEXT
            if kind != _VECTOR or y1 - y0 < _THIN or x1 - x0 < _THIN or not (match := _PATH.search(text)):
                continue
            how, colour, rectangle = match.groups()
            if how == "filled":
                grey = _grey(_BLACK | int(colour, 16)) if rectangle == "true" else _UNEVEN
            elif _WIDE_LINE[0] <= min(y1 - y0, x1 - x0) <= _WIDE_LINE[1]:
                grey = _UNEVEN
            else:
                continue
            found.append((x0, y0, x1, y1, float(number), grey))
    table = np.array(found, np.float64).reshape(-1, 6)
    return Shapes(table[:, :4], table[:, 4].astype(np.int64), table[:, 5])


def _fields(page: Any) -> tuple[Rect, ...]:
    """Boxes of the form fields of a `pymupdf.Page`, at most 2,000 of them; none where they cannot be read."""
    boxes: list[Rect] = []
    try:
        pdf = mupdf.pdf_page_from_fz_page(page.this)
        widget = mupdf.pdf_first_widget(pdf) if pdf.m_internal else None
        while widget is not None and widget.m_internal and len(boxes) < _MAX_FIELDS:
            box = mupdf.pdf_bound_widget(widget)
            boxes.append((box.x0, box.y0, box.x1, box.y1))
            widget = mupdf.pdf_next_widget(widget)
    except Exception:
        # They are only needed for the order of the text, which must not cost the page.
        return ()
    return tuple(boxes)
