"""Creates pages of invisible text, to be overlaid on the pages of a document.

The font (`glyphless.ttf`) has no outlines: it has one blank glyph, half an em wide, from 0.2 em below the baseline to
0.8 em above it. Text in any script can therefore be placed exactly over its image, without bytes for glyph shapes.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from .words import OverlayWord, visual_order

_ADVANCE, _DESCENT = 0.5, 0.2
_FONT = "GlyphLess"


class TextOverlay:
    """A PDF to which pages of invisible text are added one at a time."""

    def __init__(self) -> None:
        self.document: Any = pymupdf.open()
        new = self._new_object
        data = (files(__package__) / "glyphless.ttf").read_bytes()
        file = new(f"<</Length1 {len(data)}>>", data)
        self._descriptor = new(
            f"<</Type/FontDescriptor/FontName/{_FONT}/Flags 5/FontBBox[0 -200 500 800]/ItalicAngle 0/Ascent 800"
            f"/Descent -200/CapHeight 800/StemV 80/FontFile2 {file} 0 R>>"
        )
        # Every character code maps to the one blank glyph.
        self._glyphs = new("<<>>", b"\0\1" * 65536)

    def add(self, width: float, height: float, words: Sequence[OverlayWord]) -> int:
        """Add a page with words at their quads (in points, y down); returns the page's index."""
        page = self.document.new_page(width=width, height=height)
        codes: dict[str, int] = {}
        content = self._new_object("<<>>", _content(words, height, codes))
        font = self._font(codes)
        self.document.xref_set_key(page.xref, "Resources", f"<</Font<</F0 {font} 0 R>>>>")
        self.document.xref_set_key(page.xref, "Contents", f"{content} 0 R")
        index: int = page.number
        return index

    def close(self) -> None:
        self.document.close()

    def _font(self, codes: dict[str, int]) -> int:
        """A font for the characters of one page, numbered from 1."""
        new = self._new_object
        unicode = new("<<>>", _to_unicode(codes))
        descendant = new(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{_FONT}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/FontDescriptor {self._descriptor} 0 R/DW 500/CIDToGIDMap {self._glyphs} 0 R>>"
        )
        return new(
            f"<</Type/Font/Subtype/Type0/BaseFont/{_FONT}/Encoding/Identity-H/DescendantFonts[{descendant} 0 R]"
            f"/ToUnicode {unicode} 0 R>>"
        )

    def _new_object(self, source: str, stream: bytes | None = None) -> int:
        xref: int = self.document.get_new_xref()
        self.document.update_object(xref, source)
        if stream is not None:
            self.document.update_stream(xref, stream, new=True)
        return xref


def _content(words: Sequence[OverlayWord], height: float, codes: dict[str, int]) -> bytes:
    parts = ["BT 3 Tr /F0 1 Tf"]
    for word in words:
        text, right_to_left = visual_order(word.text)
        before, after = (1, 0) if right_to_left else (0, 1)
        matrix = _matrix(word.quad, len(text), height, before * word.space)
        if matrix is None:
            continue
        text = " " * (before * word.space) + text + " " * (after * word.space)
        encoded = "".join(f"{codes.setdefault(character, len(codes) + 1):04x}" for character in text)
        parts.append("{:.5f} {:.5f} {:.5f} {:.5f} {:.3f} {:.3f} Tm".format(*matrix) + f" <{encoded}> Tj")
    return "\n".join([*parts, "ET"]).encode("ascii")


def _matrix(quad: NDArray[np.float64], count: int, height: float, before: int) -> NDArray[np.float64] | None:
    """The text matrix with which `count` characters fill a quad, after `before` others; None for a quad of no area."""
    top_left, _, bottom_right, bottom_left = quad * [1, -1] + [0, height]
    up, along = top_left - bottom_left, (bottom_right - bottom_left) / (_ADVANCE * count)
    if abs(along[0] * up[1] - along[1] * up[0]) < 1e-6:
        return None
    return np.concatenate([along, up, bottom_left + _DESCENT * up - before * _ADVANCE * along])


def _to_unicode(codes: dict[str, int]) -> bytes:
    entries = [f"<{code:04x}> <{text.encode('utf-16-be').hex()}>" for text, code in codes.items()]
    # A beginbfchar block may have at most 100 entries.
    blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
    mapping = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo\n"
        "<</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{mapping}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")
