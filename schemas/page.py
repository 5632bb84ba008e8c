"""The text and blocks of one page, as the stages pass them on.

Text is stored in columns (one array of boxes, not one object per word), because a page has hundreds of words and
the tables are columnar too.

Boxes are shares of the width and height of the page as displayed: origin at the top left, rotation and crop box
applied, order x0 y0 x1 y1, float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .errors import Failure


class TextSourceReason(StrEnum):
    """Why the text of a page is not its text layer, or why a doubtful one was kept; see `pages.text_source_reason`."""

    ASKED_FOR = "asked_for"
    """The job names another engine for the text."""
    BLANK = "blank"
    """The page has no ink."""
    IMAGE_FILE = "image_file"
    """An image has no text layer."""
    NO_TEXT_LAYER = "no_text_layer"
    """The text layer contains no text."""
    MEANINGLESS_GLYPHS = "meaningless_glyphs"
    """Too many glyphs map to no character."""
    NO_INK_UNDER_TEXT = "no_ink_under_text"
    """Most of the text is at places where nothing is printed."""
    UNUSUAL_SYMBOLS = "unusual_symbols"
    """There are more unusual symbols than running text has."""
    MOSTLY_PUNCTUATION = "mostly_punctuation"
    """There is more punctuation than running text has."""
    NOT_A_LANGUAGE = "not_a_language"
    """The sequences of letters occur in no language."""
    INVISIBLE_TEXT = "invisible_text"
    """Most of the text is drawn invisibly, as OCR layers are."""
    INK_OUTSIDE_TEXT = "ink_outside_text"
    """There is print at places where the text layer has no text; OCR read these places."""
    FONT_MAP_WRONG = "font_map_wrong"
    """The characters of a font are not those that its glyphs show; OCR read the words of that font."""
    OCR_LAYER_CONFIRMED = "ocr_layer_confirmed"
    """The text layer is an OCR layer over a scan; lines of it were kept where OCR of the page reads the same."""
    KEPT_AFTER_OCR = "kept_after_ocr"
    """The text layer was doubtful and was kept: OCR of the page agrees with it, or could read next to nothing."""


class PageWarning(StrEnum):
    """What may be missing or wrong on a page although it was read; the codes of `pages.warnings`."""

    HIDDEN_TEXT = "hidden_text"
    """Words of the text layer that nobody can see, and that were left out; with their number."""
    OBJECTS_UNREADABLE = "objects_unreadable"
    """Objects that the page uses and that are gone, cut short, or cannot be decoded; with their number, at least."""
    PAGES_MISSING = "pages_missing"
    """Pages that the document claims to have and does not hold; with their number, on each of its pages."""
    CUT_SHORT = "cut_short"
    """The end of the PDF is missing: what was saved last may be, and the page be as it was before; on each page."""
    FILES_ATTACHED = "files_attached"
    """The document is a portfolio, whose pages are only a cover of the files in it; with their number, on each page."""
    VALUES_UNSEEN = "values_unseen"
    """Form fields whose value is not what the page shows in them, which may be nothing; with their number."""
    FRAMES_UNREAD = "frames_unread"
    """The file is an animation, of which only the first picture is read; with the number of the others."""
    DYNAMIC_FORM = "dynamic_form"
    """The document is a form that a program in it builds (XFA): what a person fills in is not on its pages."""
    STYLES_IGNORED = "styles_ignored"
    """Rules of the style sheets of an SVG file that were not applied: colours or hidden parts may differ; with their
    number."""
    FAINT_PRINT = "faint_print"
    """What the page shows hardly differs from its ground, in lightness: OCR read it with its contrast raised."""
    FONTS_DOUBTFUL = "fonts_doubtful"
    """The job trusts the text layer, and its characters may not be those that the page shows; number of the words."""
    NOT_DRAWN = "not_drawn"
    """The page could not be drawn, with the error code: the text is its text layer, not compared with its image."""
    NO_OCR = "no_ocr"
    """OCR of the page's image failed, with the error code: only the text layer was read."""
    NO_LAYOUT = "no_layout"
    """The layout model failed, with the error code: the blocks are made of neighbouring lines."""

    def of(self, detail: object) -> str:
        """The warning as it is stored, with its detail: `objects_unreadable: 3`."""
        return f"{self.value}: {detail}"


def with_hidden(warnings: tuple[str, ...], words: int) -> tuple[str, ...]:
    """The warnings of a page on which a further number of words is hidden."""
    name = PageWarning.HIDDEN_TEXT.value
    known = sum(int(warning.partition(": ")[2]) for warning in warnings if warning.startswith(name))
    if not words:
        return warnings
    return (*(one for one in warnings if not one.startswith(name)), PageWarning.HIDDEN_TEXT.of(known + words))


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
        text: n strings, one per line.
        boxes: (n, 4) shares, clipped to the page, x0 < x1 and y0 < y1.
        polygons: n entries; None for upright text, else (k, 2) corner shares in the line's own reading direction,
            starting at the top left of the text as it is read. Clipped to the page.
        confidence: (n,) between 0 and 1, NaN if the source gives none (a text layer).
        block: (n,) index into the page's blocks, -1 for none.
        word_text: m strings.
        word_boxes: (m, 4) shares, as `boxes`.
        word_confidence: (m,), NaN where there is none.
        word_line: (m,) index of the line of each word; never decreasing.
        source: n names of sources where the lines of a page come from several; else empty.
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
    source: list[str] = field(default_factory=list)

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


RUNNING_KINDS = frozenset({"header", "footer"})
"""Kinds of the blocks that repeat over the pages of a document."""


def page_text(lines: TextLines, blocks: Blocks, *, keep_running: bool) -> str:
    """The text of a page: its lines in reading order, with a newline after each.

    Args:
        keep_running: whether running headers, footers and page numbers belong to it.
    """
    texts = lines.text
    if not keep_running and not RUNNING_KINDS.isdisjoint(blocks.kind):
        left_out = {index for index, kind in enumerate(blocks.kind) if kind in RUNNING_KINDS}
        texts = [text for text, block in zip(texts, lines.block.tolist(), strict=True) if block not in left_out]
    return "\n".join([*texts, ""])


@dataclass(frozen=True)
class PageReading:
    """One page with the results of all stages; becomes one row of `pages` and its child rows.

    A page that failed has a `failure`, and keeps the results of the stages before it.

    Attributes:
        page_number: number of the page, counting from 1.
        width, height: size of the page as displayed, in `unit`; None if the page could not be opened.
        unit: `pt` or `px`, as the file's type has it; None if the page could not be opened.
        rotation: clockwise rotation that the file specifies, in degrees (0, 90, 180, 270).
        dpi: resolution of the image that was rendered for OCR; None if none was rendered.
        text_source: `text_layer`, `rapidocr` or `none`.
        text_source_reason: why the text is not the text layer, or why a doubtful one was kept; None if the text layer
            was taken without doubt.
        warnings: what may be missing or wrong although the page was read, each made by `PageWarning.of`.
        text: text of the page in reading order as `page_text` makes it; None for a failed page.
        ink_share: share of the page that is not background; None if it was not measured.
        unexplained_ink: share of that ink outside the boxes of all lines; None if it was not measured.
        seconds: wall-clock seconds spent on the page, over all stages.
        blank: whether the page was checked and has no ink.
        collected: what engines without weights need of the page beyond its text, by the name of the engine; see
            `operators.reading.collect`.
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
    warnings: tuple[str, ...] = ()
    collected: Mapping[str, object] = field(default_factory=dict)
    failure: Failure | None = None
