"""Walks over MuPDF's structured text for the properties of a page that its word list does not have.

MuPDF makes a line of each span: a part of a printed line of one font, size, colour and way of drawing. The walk finds
which spans are one line, as MuPDF would if they were alike.
"""

from dataclasses import dataclass, field
from typing import Any

from pymupdf import mupdf

from .dingbats import CODES, is_dingbats

TEXT_BLOCK, VECTOR_BLOCK = mupdf.FZ_STEXT_BLOCK_TEXT, mupdf.FZ_STEXT_BLOCK_VECTOR
_IMAGE_BLOCK = mupdf.FZ_STEXT_BLOCK_IMAGE
_DRAWN = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED
_CLIPS = mupdf.FZ_STEXT_CLIPPED
BLACK = 0xFF000000
_MAX_IMAGES = 2000
# Cosine above which a baseline counts as parallel to an axis: less than one degree of deviation.
_ALONG_AN_AXIS = 0.9999
# Points: what is lower or narrower than this covers no word, not even together with others like it.
THIN = 1.5
# MuPDF goes on with a line up to these distances along and across the baseline, in font sizes, and from `SPACE` on it
# takes a gap for a space.
_SAME_LINE = 0.8
_SAME_BASELINE = 0.8
SPACE = 0.15
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
        clipping: keys of those among them whose glyphs are the shape of what is drawn after them, such as a gradient.
        grey: grey level 0 to 255 of each span that is not black, by key; 255 for a translucent one.
        direction: unit vector of the baseline of each line that does not run to the right, by key.
        corners: the corners of the first and last character of each span of a line that is not parallel to an axis,
            by the key of the line.
        fonts: a number for the font of some spans, by key; equal for the same font of a page. A span that is not in it
            has the font of the span before.
        loaded: the font itself, an `FzFont`, by its number in `fonts`.
        images: boxes of images, at most 2,000 of them.
        image_after: for each of these images, the number of the last block of text before it; -1 for none.
        has_paths: whether any path is drawn.
        moved: keys of lines, by the keys of their spans where the two differ: those of all spans but the first, and of
            blocks that continue the block before them, since MuPDF starts a new block after each path.
        touching: keys of spans before which there is no space.
        raised: keys of spans that are smaller than the one before, and set higher: marks of footnotes and exponents.
        lowered: the same for those that are set lower.
        dingbats: the box and the value of the first character of spans in ZapfDingbats that begin with one that
            `dingbats` knows, by key.
    """

    invisible: set[int] = field(default_factory=set)
    undrawn: set[int] = field(default_factory=set)
    clipping: set[int] = field(default_factory=set)
    grey: dict[int, float] = field(default_factory=dict)
    direction: dict[int, Point] = field(default_factory=dict)
    corners: dict[int, list[Point]] = field(default_factory=dict)
    fonts: dict[int, int] = field(default_factory=dict)
    loaded: dict[int, Any] = field(default_factory=dict)
    images: list[Rect] = field(default_factory=list)
    image_after: list[int] = field(default_factory=list)
    has_paths: bool = False
    moved: dict[int, int] = field(default_factory=dict)
    touching: set[int] = field(default_factory=set)
    raised: set[int] = field(default_factory=set)
    lowered: set[int] = field(default_factory=set)
    dingbats: dict[int, tuple[Rect, int]] = field(default_factory=dict)


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
    parted = False
    block = page.first_block
    pointer = mupdf.FzStextBlock(block)
    while block is not None:
        kind = _block_type(block)
        if kind == VECTOR_BLOCK:
            parted = found.has_paths = True
        elif kind == TEXT_BLOCK:
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
                drawn = _flags(first) & _DRAWN and colour & BLACK
                if colour != BLACK:
                    found.grey[key] = grey_level(colour)
                if not drawn:
                    found.undrawn.add(key)
                    if _flags(first) & _CLIPS:
                        found.clipping.add(key)
                if spans and _code(first) in CODES and is_dingbats(_font(first)):
                    quad = first.quad
                    found.dingbats[key] = (quad.ul.x, quad.ul.y, quad.lr.x, quad.lr.y), _code(first)
                if fonts:
                    font = _font(first)
                    name = found.fonts[key] = int(font.this)
                    if name not in found.loaded:
                        found.loaded[name] = mupdf.FzFont(mupdf.ll_fz_keep_font(font))
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
        elif kind == _IMAGE_BLOCK:
            before = None
            if len(found.images) < _MAX_IMAGES:
                box = block.bbox
                found.images.append((box.x0, box.y0, box.x1, box.y1))
                found.image_after.append(number)
        block = _next_block(block)
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
    if gap < SPACE and _code(last) not in _WHITE and _code(first) not in _WHITE:
        found.touching.add(key)
    if abs(drop) > 0 and size <= _SMALL * last_size and abs(drop) >= _RAISED * last_size:
        (found.lowered if drop > 0 else found.raised).add(key)
    return True


def grey_level(argb: int) -> float:
    """The grey level 0 to 255 of a colour, as ITU-R BT.601 weighs red, green and blue; 255 if it is translucent."""
    if argb < BLACK:
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
