"""A page's text layer as MuPDF gives it: words, and what its word list leaves out."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymupdf

from ..schemas.geometry import clip, covered, to_shares
from .stext import BLOCK_BIT, Walk, walk

# Ligatures are expanded (no PRESERVE_LIGATURES), clipped text is left out, glyphs without a meaning become
# U+FFFD (no USE_CID), pictures are listed. Paths are not (no COLLECT_VECTORS): they would cut blocks apart.
FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_CLIP

_IMAGE_GRID = 48

Word = tuple[float, float, float, float, str, int, int, int]


@dataclass(frozen=True)
class RawText:
    """A page's text layer before anything is made of it.

    Attributes:
        words: of `TextPage.extractWORDS`: x0, y0, x1, y1, text, and the numbers of block, line and word; in the units
            and the orientation of the page as it is stored.
        seen: what the word list leaves out.
        rect: x0, y0, x1, y1 of the page in the same units.
        rotation: clockwise degrees by which the page is turned when it is displayed.
    """

    words: list[Word]
    seen: Walk
    rect: tuple[float, float, float, float]
    rotation: int

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
        """Share of the page under pictures."""
        if not self.seen.images:
            return 0.0
        boxes, keep = clip(to_shares(np.array(self.seen.images, np.float64), self.rect))
        return float(covered(boxes[keep], _IMAGE_GRID, _IMAGE_GRID).mean())


def raw_text(page: Any) -> RawText:
    """The text layer of a `pymupdf.Page`."""
    text_page = page.get_textpage(flags=FLAGS)
    # What `text_page.rect` makes an object of.
    structured = text_page.this.m_internal
    box = structured.mediabox
    rect = (box.x0, box.y0, box.x1, box.y1)
    return RawText(text_page.extractWORDS(), walk(structured), rect, int(page.rotation) % 360)
