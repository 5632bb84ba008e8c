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

_TEXT, _IMAGE = 0, 1
_DRAWN = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED
_ALPHA = 0xFF000000
_MAX_IMAGES = 2000
# Lines of a block that the walk examines while no line of the page is invisible: a text layer over a scan is
# invisible as a whole.
_LINES_EXAMINED = 4
# Cosine above which a baseline counts as parallel to an axis: less than one degree of deviation.
_ALONG_AN_AXIS = 0.9999

BLOCK_BIT = 20
"""A line's key has the number of its block from this bit on, and the number of the line in the block below it."""

Rect = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass
class Walk:
    """The result of the walk. A key identifies each line, see `BLOCK_BIT`.

    Attributes:
        invisible: keys of lines whose first character is not drawn.
        direction: unit vector of the baseline of each line that does not run to the right, by key.
        corners: the eight corners of the first and last character of each line that is not parallel to an axis,
            by key.
        images: boxes of images, at most 2,000 of them.
    """

    invisible: set[int] = field(default_factory=set)
    direction: dict[int, Point] = field(default_factory=dict)
    corners: dict[int, list[Point]] = field(default_factory=dict)
    images: list[Rect] = field(default_factory=list)


# Each access to an attribute of a MuPDF struct is a call into the bindings. The loop makes as few of them as possible,
# and calls the getters directly instead of through the property.
_point_at = mupdf.FzStextBlock.m_internal.fset
_lines = mupdf.FzStextBlock.begin
_pointed_at = mupdf.FzStextBlockIterator.m_internal.fget
_block_type = mupdf.fz_stext_block.type.fget
_next_block = mupdf.fz_stext_block.next.fget
_next_line = mupdf.fz_stext_line.next.fget
_direction = mupdf.fz_stext_line.dir.fget
_first_char = mupdf.fz_stext_line.first_char.fget
_flags = mupdf.fz_stext_char.flags.fget
_argb = mupdf.fz_stext_char.argb.fget
_x = mupdf.fz_point.x.fget


def walk(page: Any) -> Walk:
    """Walk over an `fz_stext_page`; block and line numbers are those of `TextPage.extractWORDS`."""
    found = Walk()
    number = -1
    block = page.first_block
    pointer = mupdf.FzStextBlock(block)
    while block is not None:
        number += 1
        kind = _block_type(block)
        if kind == _TEXT:
            key = number << BLOCK_BIT
            _point_at(pointer, block)
            line = _pointed_at(_lines(pointer))
            # MuPDF starts a new block where the direction changes: the first line's direction is that of all.
            turned = line is not None and _x(_direction(line)) < _ALONG_AN_AXIS
            transparent = line is not None and not _argb(_first_char(line)) & _ALPHA
            last = key + _LINES_EXAMINED
            while line is not None:
                if transparent or not _flags(_first_char(line)) & _DRAWN:
                    found.invisible.add(key)
                if turned:
                    x, y = found.direction[key] = (line.dir.x, line.dir.y)
                    if max(abs(x), abs(y)) < _ALONG_AN_AXIS:
                        found.corners[key] = _corners(line.first_char.quad) + _corners(line.last_char.quad)
                key += 1
                if key == last and not turned and not found.invisible:
                    break
                line = _next_line(line)
        elif kind == _IMAGE and len(found.images) < _MAX_IMAGES:
            box = block.bbox
            found.images.append((box.x0, box.y0, box.x1, box.y1))
        block = _next_block(block)
    return found


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
# (no USE_CID), images are listed. Paths are not listed (no COLLECT_VECTORS), since they would split blocks.
FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_CLIP

_IMAGE_GRID = 48

Word = tuple[float, float, float, float, str, int, int, int]


@dataclass(frozen=True)
class RawPage:
    """A page as MuPDF returns it: its raw text layer, and its ink where that is needed.

    Attributes:
        page_number: counts from 1.
        words: the words of `TextPage.extractWORDS`: x0, y0, x1, y1, text, and the numbers of block, line and word; in
            the units and the orientation of the stored page.
        seen: the properties that the word list does not have.
        rect: x0, y0, x1, y1 of the page in the same units.
        rotation: clockwise rotation in degrees for display; 0 for all formats except PDF.
        ink: a mask of the ink of the page as displayed, where the text layer must be compared with the ink.
    """

    page_number: int
    words: list[Word]
    seen: Walk
    rect: tuple[float, float, float, float]
    rotation: int
    ink: NDArray[np.bool_] | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page as displayed."""
        x0, y0, x1, y1 = self.rect
        return (x1 - x0, y1 - y0) if self.rotation % 180 == 0 else (y1 - y0, x1 - x0)

    @cached_property
    def characters(self) -> int:
        return sum(len(word[4]) for word in self.words)

    @property
    def hides_text(self) -> bool:
        """Whether a word on the page belongs to a line that is not drawn."""
        if not self.seen.invisible:
            return False
        left, top, right, bottom = self.rect
        return any(
            block << BLOCK_BIT | line in self.seen.invisible and x0 < right and x1 > left and y0 < bottom and y1 > top
            for x0, y0, x1, y1, _, block, line, _ in self.words
        )

    @cached_property
    def image_cover(self) -> float:
        """Share of the page that images cover."""
        if not self.seen.images:
            return 0.0
        boxes, keep = clip(to_shares(np.array(self.seen.images, np.float64), self.rect))
        return float(covered(boxes[keep], _IMAGE_GRID, _IMAGE_GRID).mean())


def raw_page(page: Any) -> RawPage:
    """The text layer of a `pymupdf.Page`, without its ink."""
    text_page = page.get_textpage(flags=FLAGS)
    # The values of `text_page.rect`, without the object that it creates.
    structured = text_page.this.m_internal
    box = structured.mediabox
    rect = (box.x0, box.y0, box.x1, box.y1)
    return RawPage(page.number + 1, text_page.extractWORDS(), walk(structured), rect, int(page.rotation) % 360)
