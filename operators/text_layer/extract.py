"""Extracts a page's text layer with MuPDF: the word list, and properties that the word list does not have.

Those properties (direction and visibility of lines, boxes of images) come from a walk over MuPDF's structured text.
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
from .bidi import Word, has_right_to_left, logical_words

_TEXT, _IMAGE, _VECTOR = mupdf.FZ_STEXT_BLOCK_TEXT, mupdf.FZ_STEXT_BLOCK_IMAGE, mupdf.FZ_STEXT_BLOCK_VECTOR
_DRAWN = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED
_BLACK = 0xFF000000
_MAX_IMAGES = 2000
_MAX_FIELDS = 2000
# Every word is compared with each of them; of more, as on a map, the largest are taken.
_MAX_SHAPES = 4000
# Cosine above which a baseline counts as parallel to an axis: less than one degree of deviation.
_ALONG_AN_AXIS = 0.9999
# Points: what is lower or narrower than this covers no word, not even together with others like it.
_THIN = 1.5
# Points: height or width of the box of a stroked line that may cover words; MuPDF's box is twice as wide as the line.
_WIDE_LINE = (8.0, 50.0)
# MuPDF goes on with a line up to these distances along and across the baseline, in font sizes, and from `_SPACE` on it
# takes a gap for a space.
_SAME_LINE = 0.8
_SAME_BASELINE = 0.8
_SPACE = 0.15
_WHITE = frozenset((9, 10, 13, 32, 160))
# Width of most characters, in font sizes, at most.
_WIDEST = 1.2
# Font sizes of exponents and marks of footnotes, by those of the text, and how far these are from its baseline.
_SMALL = 0.8
_RAISED = 0.1
# MuPDF starts a new block where the baseline is further from the one before, in font sizes.
_NEW_BLOCK = 1.5

BLOCK_BIT = 20
"""A line's key has the number of its block from this bit on, and the number of the line in the block below it."""

Rect = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass
class Walk:
    """The result of the walk. A key identifies each line, see `BLOCK_BIT`.

    A line consists of spans, each of one font, size, colour and way of drawing. The key of a span is that of the line
    that MuPDF makes of it; the key of a line is that of its first span.

    Attributes:
        invisible: keys of lines whose first span is not drawn.
        undrawn: keys of spans that are not drawn.
        grey: grey level 0 to 255 of each span that is not black, by key; 255 for a translucent one.
        direction: unit vector of the baseline of each line that does not run to the right, by key.
        corners: the corners of the first and last character of each span of a line that is not parallel to an axis,
            by the key of the line.
        fonts: a number for the font of some spans, by key; equal for the same font of a page. A span that is not in it
            has the font of the span before.
        images: boxes of images, at most 2,000 of them.
        image_after: for each of these images, the number of the last block of text before it; -1 for none.
        has_large_paths: whether any path is large enough to cover a word.
        moved: keys of lines, by the keys of their spans where the two differ: those of all spans but the first, and of
            blocks that continue the block before them, since MuPDF starts a new block after each path.
        touching: keys of spans before which there is no space.
        raised: keys of spans that are smaller than the one before, and set higher: marks of footnotes and exponents.
        lowered: the same for those that are set lower.
    """

    invisible: set[int] = field(default_factory=set)
    undrawn: set[int] = field(default_factory=set)
    grey: dict[int, float] = field(default_factory=dict)
    direction: dict[int, Point] = field(default_factory=dict)
    corners: dict[int, list[Point]] = field(default_factory=dict)
    fonts: dict[int, int] = field(default_factory=dict)
    images: list[Rect] = field(default_factory=list)
    image_after: list[int] = field(default_factory=list)
    has_large_paths: bool = False
    moved: dict[int, int] = field(default_factory=dict)
    touching: set[int] = field(default_factory=set)
    raised: set[int] = field(default_factory=set)
    lowered: set[int] = field(default_factory=set)


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
_size = mupdf.fz_stext_char.size.fget
_code = mupdf.fz_stext_char.c.fget
_quad = mupdf.fz_stext_char.quad.fget
_lower_right = mupdf.fz_quad.lr.fget
_origin = mupdf.fz_stext_char.origin.fget
_x, _y = mupdf.fz_point.x.fget, mupdf.fz_point.y.fget
_x0, _x1 = mupdf.fz_rect.x0.fget, mupdf.fz_rect.x1.fget
_y0, _y1 = mupdf.fz_rect.y0.fget, mupdf.fz_rect.y1.fget


def walk(page: Any, *, fonts: bool = True, spans: bool = True) -> Walk:
    """Walk over an `fz_stext_page`.

    Block and line numbers are those of `TextPage.extractWORDS`, which counts only blocks of text.

    Args:
        fonts: whether to read the fonts.
        spans: whether MuPDF made a line of each span; else spans are lines.
    """
    found = Walk()
    number = -1
    # The key of the current span, and what is added to it for the key of its line.
    key = shift = line_key = 0
    before: Any = None
    start: float | None = None
    parted = large = False
    block = page.first_block
    pointer = mupdf.FzStextBlock(block)
    while block is not None:
        kind = _block_type(block)
        if kind == _VECTOR:
            parted = True
            if not large:
                box = _box_of(block)
                large = _x1(box) - _x0(box) >= _THIN and _y1(box) - _y0(box) >= _THIN
        elif kind == _TEXT:
            number += 1
            _point_at(pointer, block)
            line = _pointed_at(_lines(pointer))
            # MuPDF starts a new block where the direction changes: the first line's direction is that of all.
            turned = line is not None and _x(_direction(line)) < _ALONG_AN_AXIS
            next_key = key + shift + 1
            key = number << BLOCK_BIT
            shift = 0
            if parted and before is not None and line is not None and not turned and _continues(before, line):
                shift = next_key - key
            else:
                start = None
            parted = False
            while line is not None:
                first = _first_char(line)
                colour = _argb(first)
                drawn = _flags(first) & _DRAWN and colour & _BLACK
                if colour != _BLACK:
                    found.grey[key] = _grey(colour)
                if not drawn:
                    found.undrawn.add(key)
                if fonts:
                    found.fonts[key] = int(_font(first).this)
                # Most lines begin at or left of the start of the line before, or in another column.
                origin = _origin(first)
                x = _x(origin)
                if (
                    start is not None
                    and (turned or x > start)
                    and _goes_on(_last_char(before), first, (x, _y(origin)), line if turned else None, found, key)
                ):
                    found.moved[key] = line_key
                else:
                    line_key = key + shift
                    if shift:
                        found.moved[key] = line_key
                    if not drawn:
                        found.invisible.add(line_key)
                if turned:
                    along = found.direction[line_key] = (line.dir.x, line.dir.y)
                    if max(map(abs, along)) < _ALONG_AN_AXIS:
                        corners = found.corners.setdefault(line_key, [])
                        corners += _corners(line.first_char.quad) + _corners(line.last_char.quad)
                start = x if spans else None
                key += 1
                before = line
                line = _next_line(line)
            key -= 1
            if turned:
                before = None
        elif kind == _IMAGE:
            before = None
            if len(found.images) < _MAX_IMAGES:
                box = block.bbox
                found.images.append((box.x0, box.y0, box.x1, box.y1))
                found.image_after.append(number)
        block = _next_block(block)
    found.has_large_paths = large
    return found


def _goes_on(last: Any, first: Any, place: Point, turned: Any, found: Walk, key: int) -> bool:
    """Whether MuPDF would go on with a line if the next span had the same font and colour.

    Adds the key of the span to `touching`, `raised` and `lowered` of what was found.

    Args:
        last: the last character of the line.
        first: the first character of the span.
        place: its origin.
        turned: the `fz_stext_line` of the span where it does not run to the right.
    """
    size, last_size, foot = _size(first), _size(last), _origin(last)
    if turned is None:
        # In another column.
        if place[0] - _x(foot) > _SAME_LINE * size + _WIDEST * last_size:
            return False
        gap = (place[0] - _x(_lower_right(_quad(last)))) / size
        drop = place[1] - _y(foot)
    else:
        u, v = turned.dir.x, turned.dir.y
        end = last.quad.lr
        gap = ((place[0] - end.x) * u + (place[1] - end.y) * v) / size
        drop = (place[1] - foot.y) * u - (place[0] - foot.x) * v
    if abs(drop) >= _SAME_BASELINE * size or not -_SAME_LINE < gap < _SAME_LINE:
        return False
    if gap < _SPACE and _code(last) not in _WHITE and _code(first) not in _WHITE:
        found.touching.add(key)
    if abs(drop) > 0 and size <= _SMALL * last_size and abs(drop) >= _RAISED * last_size:
        (found.lowered if drop > 0 else found.raised).add(key)
    return True


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
_UNEVEN = -1.0
NO_GROUND = -2.0


@dataclass(frozen=True)
class Shapes:
    """Images, opaque areas and thick lines, in the order in which they are drawn.

    Attributes:
        boxes: (n, 4) in the units and the orientation of the stored page.
        after: (n,) number of the last block of text that was drawn before each, -1 for none.
        grey: (n,) grey level 0 to 255 of an area; -1 for an image, and `NO_GROUND` for a line, on which no text stands.
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


def span_key(word: Word) -> int:
    """The key of the word's span in `Walk`."""
    return ~word[7] if word[7] < 0 else line_key(word)


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
    shapes = _shapes(text_page, seen)
    if right_to_left:
        words = logical_words(structured, words)
    if seen.moved:
        words = _in_lines(words, seen)
    drawn = _blocks(words) if len(shapes.after) else np.zeros(len(words), np.int64)
    fields = _fields(page) if words else ()
    return RawPage(page.number + 1, words, seen, rect, int(page.rotation) % 360, shapes, drawn, fields=fields)


def _blocks(words: list[Word]) -> NDArray[np.int64]:
    return np.array([(~word[7] >> BLOCK_BIT) if word[7] < 0 else word[5] for word in words], np.int64)


_SUPERSCRIPTS = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_SUBSCRIPTS = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_SCRIPT = re.compile(r"[0-9()+-]*[0-9][0-9()+-]*")
_NOTE = re.compile(r"\(?[0-9]{1,2}\)?")
# A number with thousands or decimals.
_PARTED = re.compile(r"\d[.,'’]\d")


def _in_lines(words: list[Word], seen: Walk) -> list[Word]:
    """The words with the numbers of their lines, those of spans put together where nothing separates them.

    The parts of a word of which one may be hidden stay apart, see `with_whole_words`. The mark of a footnote behind a
    number stays a word of its own.
    """
    found: list[Word] = []
    last = -1
    moved, touching = seen.moved, seen.touching
    for word in words:
        key = word[5] << BLOCK_BIT | word[6]
        line = moved.get(key)
        if line is None:
            found.append(word)
            last = key
            continue
        text = word[4]
        joins = key in touching and key != last and _follows(key, last)
        apart = False
        if joins and (key in seen.raised or key in seen.lowered) and _SCRIPT.fullmatch(text):
            apart = key in seen.raised and _is_note(text, found[-1][4])
            text = text.translate(_SUPERSCRIPTS if key in seen.raised else _SUBSCRIPTS)
        if joins and not apart and _alike(last, key, seen):
            found[-1] = _glued(found[-1], word, text)
            touching.discard(key)
        else:
            found.append((*word[:4], text, line >> BLOCK_BIT, line & (1 << BLOCK_BIT) - 1, ~key))
        if apart:
            touching.discard(key)
        last = key
    return found


def _is_note(mark: str, before: str) -> bool:
    """Whether raised digits behind a number are the mark of a footnote, and neither an exponent nor cents."""
    if not before[-1:].isdecimal() or before == "10":
        return False
    return _NOTE.fullmatch(mark) is not None and (len(mark.strip("()")) == 1 or _PARTED.search(before) is not None)


def _follows(key: int, other: int) -> bool:
    """Whether a span is the next one in its block, or the first of a block."""
    return key == other + 1 or (key & (1 << BLOCK_BIT) - 1 == 0 and key >> BLOCK_BIT == (other >> BLOCK_BIT) + 1)


def _alike(key: int, other: int, seen: Walk) -> bool:
    """Whether two spans are both drawn, and as light as each other."""
    return seen.grey.get(key) == seen.grey.get(other) and (key in seen.undrawn) == (other in seen.undrawn)


def _adjoins(word: Word, other: Word) -> bool:
    """Whether two words of a line are nearer to each other than separate words are."""
    gap = max(other[0] - word[2], word[0] - other[2], other[1] - word[3], word[1] - other[3])
    return line_key(word) == line_key(other) and gap < _SPACE * min(word[3] - word[1], word[2] - word[0])


def _glued(word: Word, other: Word, text: str) -> Word:
    x0, y0, x1, y1 = word[:4]
    box = min(x0, other[0]), min(y0, other[1]), max(x1, other[2]), max(y1, other[3])
    return (*box, word[4] + text, *word[5:])


def with_whole_words(raw: RawPage) -> RawPage:
    """The page with the parts of a word put together that `raw_page` leaves apart until hidden ones are left out."""
    touching = raw.seen.touching
    if not touching or not raw.seen.moved:
        return raw
    words: list[Word] = []
    kept: list[int] = []
    for place, word in enumerate(raw.words):
        key = span_key(word)
        if words and key in touching and span_key(words[-1]) != key and _adjoins(words[-1], word):
            words[-1] = _glued(words[-1], word, word[4])
        else:
            words.append(word)
            kept.append(place)
    return raw if len(words) == len(raw.words) else replace(raw, words=words, drawn=raw.drawn[kept])


# How PyMuPDF describes an opaque path in `extractBLOCKS`.
_PATH = re.compile(r"<vector (filled|stroked), color: #([0-9a-f]{6}), alpha: 255")


def _shapes(text_page: Any, seen: Walk) -> Shapes:
    found = [(*box, float(after), _UNEVEN) for box, after in zip(seen.images, seen.image_after, strict=True)]
    if seen.has_large_paths:
        number = -1
        for x0, y0, x1, y1, text, _, kind in text_page.extractBLOCKS():
            number += kind == _TEXT
            if kind != _VECTOR or y1 - y0 < _THIN or x1 - x0 < _THIN or not (match := _PATH.search(text)):
                continue
            is_area = match[1] == "filled"
            if is_area or _WIDE_LINE[0] <= min(y1 - y0, x1 - x0) <= _WIDE_LINE[1]:
                grey = _grey(_BLACK | int(match[2], 16)) if is_area else NO_GROUND
                found.append((x0, y0, x1, y1, float(number), grey))
    table = np.array(found, np.float64).reshape(-1, 6)
    if len(table) > _MAX_SHAPES:
        size = (table[:, 2] - table[:, 0]) * (table[:, 3] - table[:, 1])
        table = table[np.sort(np.argsort(-size, kind="stable")[:_MAX_SHAPES])]
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
