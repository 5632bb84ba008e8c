"""A walk over MuPDF's structured text for what its word list leaves out: direction, visibility, pictures, paths."""

from dataclasses import dataclass, field
from typing import Any

from pymupdf import mupdf

_TEXT, _IMAGE, _VECTOR = 0, 1, 3
_DRAWN = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED
# Beyond this many blocks of pictures and paths the walk counts no more of them.
_MAX_SHAPES = 2000
# Points between which a drawn path has the size of a letter.
_GLYPH_MIN, _GLYPH_MAX = 1.5, 40.0

Rect = tuple[float, float, float, float]


@dataclass
class Walk:
    """What the walk found.

    Attributes:
        key: one number a line: block number × 2**20 + line number, growing.
        visible: whether the line's first character is drawn.
        direction: baseline direction of each line that does not run to the right, by its key.
        corners: the eight corners of the first and last character of such a line, by its key.
        images: boxes of pictures.
        glyph_like_paths: number of drawn paths of the size of a letter.
    """

    key: list[int] = field(default_factory=list)
    visible: list[bool] = field(default_factory=list)
    direction: dict[int, tuple[float, float]] = field(default_factory=dict)
    corners: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    images: list[Rect] = field(default_factory=list)
    glyph_like_paths: int = 0


def walk(page: Any) -> Walk:
    """Walks over an `fz_stext_page`; block and line numbers are those of `TextPage.extractWORDS`."""
    found = Walk()
    keys, visible = found.key, found.visible
    number, shapes = -1, 0
    block = page.first_block
    while block:
        number += 1
        kind = block.type
        if kind == _TEXT:
            key = number << 20
            line = mupdf.FzStextBlock(block).begin().m_internal
            while line:
                keys.append(key)
                char = line.first_char
                visible.append(bool(char is not None and char.flags & _DRAWN and char.argb & 0xFF000000))
                direction = line.dir
                if direction.x < 0.9999 and char is not None:
                    found.direction[key] = (direction.x, direction.y)
                    found.corners[key] = _corners(char.quad) + _corners(line.last_char.quad)
                key += 1
                line = line.next
        elif kind in (_IMAGE, _VECTOR):
            shapes += 1
            if shapes <= _MAX_SHAPES:
                box = block.bbox
                if kind == _IMAGE:
                    found.images.append((box.x0, box.y0, box.x1, box.y1))
                elif _GLYPH_MIN < box.x1 - box.x0 < _GLYPH_MAX and _GLYPH_MIN < box.y1 - box.y0 < _GLYPH_MAX:
                    found.glyph_like_paths += 1
        block = block.next
    return found


def _corners(quad: Any) -> list[tuple[float, float]]:
    return [(point.x, point.y) for point in (quad.ul, quad.ur, quad.ll, quad.lr)]
