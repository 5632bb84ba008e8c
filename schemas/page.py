"""What is known about one page while it travels through the stages.

Text is kept column-wise (one array of boxes, not one object a word), because a page has hundreds of words and
the tables are columnar too.

Boxes are shares of the page's width and height as a person sees it: origin at the top left, rotation and crop
box applied, order x0 y0 x1 y1, float32.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .errors import Failure


class TextSourceReason(StrEnum):
    """Why a page's text is not its text layer, or how a doubtful one was kept; see `pages.text_source_reason`."""

    ASKED_FOR = "asked_for"
    """The job names another engine for the text."""
    BLANK = "blank"
    """The page has no ink."""
    IMAGE_FILE = "image_file"
    """An image has no text layer."""
    NO_TEXT_LAYER = "no_text_layer"
    """No text at all stands in the text layer."""
    MEANINGLESS_GLYPHS = "meaningless_glyphs"
    """Too many glyphs map to no character."""
    NO_INK_UNDER_TEXT = "no_ink_under_text"
    """Most of the text lies where nothing is printed."""
    UNUSUAL_SYMBOLS = "unusual_symbols"
    """Too many symbols that running text does not have."""
    MOSTLY_PUNCTUATION = "mostly_punctuation"
    """More punctuation than running text has."""
    NOT_A_LANGUAGE = "not_a_language"
    """Letters follow one another as in no language."""
    INVISIBLE_TEXT = "invisible_text"
    """Most of the text is drawn invisibly, as OCR layers are."""
    INK_OUTSIDE_TEXT = "ink_outside_text"
    """Much is printed where the text layer has nothing."""
    KEPT_AFTER_OCR = "kept_after_ocr"
    """The text layer was doubtful and was kept: OCR of the page agrees with it, or could read next to nothing."""


FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]


def _boxes() -> FloatArray:
    return np.empty((0, 4), np.float32)


def _floats() -> FloatArray:
    return np.empty(0, np.float32)


def _ints() -> IntArray:
    return np.empty(0, np.int32)


@dataclass(frozen=True)
class TextLines:
    """Lines of text with their words, in reading order.

    Attributes:
        text: n strings, one a line.
        boxes: (n, 4) shares, clipped to the page, x0 < x1 and y0 < y1.
        polygons: n entries; None for upright text, else (k, 2) corner shares in the line's own reading direction,
            starting at the top left of the text as it is read. Clipped to the page.
        confidence: (n,) between 0 and 1, NaN where the source gives none (a text layer).
        block: (n,) index into the page's blocks, -1 for none.
        word_text: m strings.
        word_boxes: (m, 4) shares, as `boxes`.
        word_confidence: (m,), NaN where there is none.
        word_line: (m,) the line each word stands in; never decreasing.
    """

    text: list[str] = field(default_factory=list)
    boxes: FloatArray = field(default_factory=_boxes)
    polygons: list[FloatArray | None] = field(default_factory=list)
    confidence: FloatArray = field(default_factory=_floats)
    block: IntArray = field(default_factory=_ints)
    word_text: list[str] = field(default_factory=list)
    word_boxes: FloatArray = field(default_factory=_boxes)
    word_confidence: FloatArray = field(default_factory=_floats)
    word_line: IntArray = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Blocks:
    """Regions of a page in reading order.

    Attributes:
        kind: n of `text` `title` `list` `table` `figure` `chart` `caption` `formula` `header` `footer`.
        boxes: (n, 4) shares.
        text: n strings, None for a region without text.
        confidence: (n,), NaN where there is none.
    """

    kind: list[str] = field(default_factory=list)
    boxes: FloatArray = field(default_factory=_boxes)
    text: list[str | None] = field(default_factory=list)
    confidence: FloatArray = field(default_factory=_floats)

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class PageReading:
    """One page with all that the stages found; becomes one row of `pages` and the rows that hang on it.

    A page that failed has a `failure` and keeps whatever was known before it failed.

    Attributes:
        page_number: counts from 1.
        width, height: of the page as seen, in `unit`; None where the page could not be opened.
        unit: `pt` for PDF and what MuPDF lays out, `px` for images.
        rotation: clockwise quarter turns the file asks for, in degrees (0, 90, 180, 270).
        dpi: resolution of the image that was rendered for OCR; None where none was rendered.
        text_source: `text_layer`, `rapidocr` or `none`.
        text_source_reason: why it is not the text layer, or how that was kept; None where the text layer was taken
            without a doubt.
        text: the page's text in reading order, a newline after each line; None for a failed page.
        ink_share: share of the page that is not background; None where it was not measured.
        unexplained_ink: share of that ink outside every line's box; None where it was not measured.
        seconds: wall seconds spent on the page, over all stages.
        blank: whether the page was looked at and has no ink.
    """

    page_number: int
    width: float | None = None
    height: float | None = None
    unit: str | None = None
    rotation: int | None = None
    dpi: float | None = None
    text_source: str = "none"
    text: str | None = None
    lines: TextLines = field(default_factory=TextLines)
    blocks: Blocks = field(default_factory=Blocks)
    ink_share: float | None = None
    unexplained_ink: float | None = None
    seconds: float = 0.0
    blank: bool = False
    text_source_reason: TextSourceReason | None = None
    failure: Failure | None = None
