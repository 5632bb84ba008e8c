"""A page's text layer as MuPDF gives it: its words, and what its word list leaves out.

MuPDF's structured text is walked for direction, visibility and images.
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
# A text layer over a scan is hidden as a whole: while no line of the page was, a long block is not looked at further.
_LINES_LOOKED_AT = 4
# Cosine above which a baseline counts as running along an axis: less than a degree off.
_ALONG_AN_AXIS = 0.9999

BLOCK_BIT = 20
"""A line's key is its block's number from this bit on, and below it its own number in the block."""

Rect = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass
class Walk:
    """What the walk found. Lines are named by a key, see `BLOCK_BIT`.

    Attributes:
        invisible: keys of lines whose first character is not drawn.
        direction: baseline direction of each line that does not run to the right.
        corners: the eight corners of the first and last character of a line that runs at an odd angle.
        images: boxes of images, at most 2,000 of them.
    """

    invisible: set[int] = field(default_factory=set)
    direction: dict[int, Point] = field(default_factory=dict)
    corners: dict[int, list[Point]] = field(default_factory=dict)
    images: list[Rect] = field(default_factory=list)


# Each attribute of a MuPDF struct is a call into the bindings: the loop makes as few as it can, and makes them
# without the property in between.
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
    """Walks over an `fz_stext_page`; block and line numbers are those of `TextPage.extractWORDS`."""
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
            # MuPDF begins a block where the direction changes: the first line speaks for all.
            turned = line is not None and _x(_direction(line)) < _ALONG_AN_AXIS
            transparent = line is not None and not _argb(_first_char(line)) & _ALPHA
            last = key + _LINES_LOOKED_AT
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


# What Arrow, Parquet and a reader's eye cannot use: controls, surrogates, direction marks, byte order marks.
_REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_MEANINGLESS = re.compile("[\ufffd\x01-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010fffd]")
# Bullets of the Symbol and Wingdings fonts, which map to private use, and presentation forms of Latin ligatures.
_EXPANDED = str.maketrans(
    {
        "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0e0": "→", "\xa0": " ",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_BLANK = re.compile(r"[^\S\n]+")
_PRINTABLE_ODD = re.compile("[\ufffd\ufb00-\ufb06]")


def clean_words(words: list[str]) -> tuple[list[str], int]:
    """As many words, some of them empty perhaps, and the number of characters that meant nothing."""
    joined = "\n".join(words)
    bad = 0
    # Every other character with a special treatment is not printable in Python's sense.
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


# Ligatures are expanded (no PRESERVE_LIGATURES), clipped text is left out, glyphs without a meaning become
# U+FFFD (no USE_CID), images are listed. Paths are not (no COLLECT_VECTORS): they would cut blocks apart.
FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_CLIP

_IMAGE_GRID = 48

Word = tuple[float, float, float, float, str, int, int, int]


@dataclass(frozen=True)
class RawPage:
    """A page as MuPDF gives it: its text layer before anything is made of it, and its ink where that is needed.

    Attributes:
        page_number: counts from 1.
        words: of `TextPage.extractWORDS`: x0, y0, x1, y1, text, and the numbers of block, line and word; in the units
            and the orientation of the page as it is stored.
        seen: what the word list leaves out.
        rect: x0, y0, x1, y1 of the page in the same units.
        rotation: clockwise degrees by which the page is turned when it is displayed; 0 for all but PDF.
        ink: a mask of the ink of the page as displayed, where its text layer must be compared with that.
    """

    page_number: int
    words: list[Word]
    seen: Walk
    rect: tuple[float, float, float, float]
    rotation: int
    ink: NDArray[np.bool_] | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page as it is displayed."""
        x0, y0, x1, y1 = self.rect
        return (x1 - x0, y1 - y0) if self.rotation % 180 == 0 else (y1 - y0, x1 - x0)

    @cached_property
    def characters(self) -> int:
        return sum(len(word[4]) for word in self.words)

    @property
    def hides_text(self) -> bool:
        """Whether a word on the page stands in a line that is not drawn."""
        if not self.seen.invisible:
            return False
        left, top, right, bottom = self.rect
        return any(
            block << BLOCK_BIT | line in self.seen.invisible and x0 < right and x1 > left and y0 < bottom and y1 > top
            for x0, y0, x1, y1, _, block, line, _ in self.words
        )

    @cached_property
    def image_cover(self) -> float:
        """Share of the page under images."""
        if not self.seen.images:
            return 0.0
        boxes, keep = clip(to_shares(np.array(self.seen.images, np.float64), self.rect))
        return float(covered(boxes[keep], _IMAGE_GRID, _IMAGE_GRID).mean())


def raw_page(page: Any) -> RawPage:
    """A `pymupdf.Page` with its text layer, without its ink."""
    text_page = page.get_textpage(flags=FLAGS)
    # What `text_page.rect` makes an object of.
    structured = text_page.this.m_internal
    box = structured.mediabox
    rect = (box.x0, box.y0, box.x1, box.y1)
    return RawPage(page.number + 1, text_page.extractWORDS(), walk(structured), rect, int(page.rotation) % 360)
