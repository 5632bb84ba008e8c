"""What is asked of the parser and what it answers; imported on both sides of the sandbox."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..schemas.page import Blocks, PageReading, TextLines

TEXT_SOURCES = ("text_layer", "rapidocr")
"""Where a page's own text can come from; what models write is held against it."""


@dataclass(frozen=True)
class ReadSettings:
    """How pages are read.

    Attributes:
        dpi: resolution of the pictures that go to OCR.
        max_pixels: a picture of more pixels is rendered at a lower resolution.
        engine: `auto` (the text layer where it is usable, else OCR), `text_layer` (taken as it is, never OCR) or
            `rapidocr` (always OCR, unless the page is blank).
        layout: whether blocks come from the layout model.
        passwords: tried in order on an encrypted document.
    """

    dpi: float = 150.0
    max_pixels: int = 40_000_000
    engine: str = "auto"
    layout: bool = False
    passwords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class TextLayer:
    """A page's text layer: lines and blocks in reading order; every line belongs to a block."""

    lines: TextLines
    blocks: Blocks


@dataclass(frozen=True)
class ParsedPage:
    """A page as the parser leaves it.

    Attributes:
        reading: complete where `image` is None, else without text.
        image: (height, width, 3) uint8 RGB for OCR; None where the page needs none.
        why: the reason for the choice of the source, for logs.
        text_layer: where the text layer is doubtful, what it says: to be held against the OCR.
        ink: where `image` is given, a mask of its ink at a lower resolution.
    """

    reading: PageReading
    image: NDArray[np.uint8] | None = None
    why: str = ""
    text_layer: TextLayer | None = None
    ink: NDArray[np.bool_] | None = None
