"""A walk over MuPDF's structured text for what its word list leaves out: direction, visibility, pictures."""

from dataclasses import dataclass, field
from typing import Any

from pymupdf import mupdf

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
        images: boxes of pictures, at most 2,000 of them.
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
