"""A page of a document that MuPDF opens: its text layer where that is usable, else an image for OCR."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import PageReading, TextSourceReason
from ..documents import ink
from ..text_layer.extract import RawText, clean_words, raw_text
from ..text_layer.features import text_features
from ..text_layer.lines import TextLayerLines, keep_lines, text_layers
from ..text_layer.quality import TextLayerFeatures, Usability, Verdict, judge, needs_ink
from .messages import ParsedPage, ReadSettings, TextLayer

# Resolution at which ink is looked for; a full stop of 8 pt print is a pixel.
_INK_DPI = 72.0
_INK_PIXELS = 2_000_000
_MAX_SIDE = 30_000


@dataclass(frozen=True)
class ExtractedPage:
    """What MuPDF tells of a page.

    Attributes:
        reading: its number and size.
        ink: a mask of its ink, where its text layer must be held against that.
    """

    reading: PageReading
    text: RawText
    ink: NDArray[np.bool_] | None = None

    def may_settle(self, settings: ReadSettings) -> bool:
        """Whether this may be all: the page has text, or no ink, or its text layer is taken as it is."""
        if settings.engine == "text_layer" or self.text.words:
            return True
        return self.ink is not None and ink.is_blank(self.ink)


@dataclass(frozen=True)
class JudgedPage:
    """A page with the text of its text layer, and whether that can be used."""

    reading: PageReading
    verdict: Verdict


def read_text_page(document: Any, page_number: int, settings: ReadSettings, *, is_pdf: bool) -> ParsedPage:
    """Reads page `page_number` (from 1) of a `pymupdf.Document`."""
    page = document.load_page(page_number - 1)
    if settings.engine == "rapidocr":
        rect = page.rect
        reading = _sized(page_number, rect.width, rect.height, int(page.rotation) % 360, is_pdf)
        return _for_ocr(page, reading, settings, TextSourceReason.ASKED_FOR, None)
    extracted = _extracted(page, page_number, settings, is_pdf)
    (judged,) = judge_pages([extracted], settings)
    reading, verdict = judged.reading, judged.verdict
    if settings.layout and not reading.blank and verdict.usability is not Usability.UNUSABLE:
        # The layout model's libraries take half a second to import.
        from ..layout.regions import page_layout

        lines, blocks = page_layout(page, reading.lines)
        reading = replace(reading, lines=lines, blocks=blocks, text=_text(lines.text))
    if verdict.usable:
        return ParsedPage(reading)
    kept = TextLayer(reading.lines, reading.blocks) if verdict.usability is Usability.DOUBTFUL else None
    return _for_ocr(page, extracted.reading, settings, verdict.reason, kept)


def extract_page(document: Any, page_number: int, settings: ReadSettings, *, is_pdf: bool) -> ExtractedPage:
    """What `judge_pages` needs of page `page_number` (from 1) of a `pymupdf.Document`."""
    return _extracted(document.load_page(page_number - 1), page_number, settings, is_pdf)


def judge_pages(pages: Sequence[ExtractedPage], settings: ReadSettings) -> list[JudgedPage]:
    """The text layers of some pages, and whether they can be used; a page without ink is read, too."""
    raws = [page.text for page in pages]
    cleaned = [clean_words([word[4] for word in raw.words]) for raw in raws]
    layers = text_layers(raws, [words for words, _ in cleaned])
    if settings.engine == "text_layer":
        as_it_is = Verdict(Usability.USABLE)
        return [JudgedPage(_with_text(p.reading, layer), as_it_is) for p, layer in zip(pages, layers, strict=True)]
    features = text_features(raws, cleaned, layers)
    return [_judged(*members) for members in zip(pages, layers, features, strict=True)]


def _judged(page: ExtractedPage, layer: TextLayerLines, features: TextLayerFeatures) -> JudgedPage:
    if page.ink is not None:
        if ink.is_blank(page.ink):
            blank = TextSourceReason.BLANK
            reading = replace(page.reading, ink_share=ink.share(page.ink), blank=True, text_source_reason=blank)
            return JudgedPage(reading, Verdict(Usability.USABLE, blank))
        layer, features = _hold_against_ink(layer, features, page.ink)
    return JudgedPage(_with_text(page.reading, layer), judge(features))


def _sized(page_number: int, width: float, height: float, rotation: int, is_pdf: bool) -> PageReading:
    if not (0 < width < 1e7 and 0 < height < 1e7):
        raise DocumentError(ErrorCode.UNREADABLE, f"page {page_number} has no usable size: {width} × {height} pt")
    return PageReading(
        page_number=page_number,
        width=width,
        height=height,
        unit="pt",
        rotation=rotation if is_pdf else 0,
        text="",
    )


def _extracted(page: Any, page_number: int, settings: ReadSettings, is_pdf: bool) -> ExtractedPage:
    text = raw_text(page)
    reading = _sized(page_number, *text.size, text.rotation, is_pdf)
    if settings.engine == "text_layer" or not needs_ink(text.characters, text.image_cover, invisible=text.hides_text):
        return ExtractedPage(reading, text)
    assert reading.width is not None
    assert reading.height is not None
    return ExtractedPage(reading, text, ink.ink_mask(_gray(page, reading.width, reading.height)))


def _hold_against_ink(
    layer: TextLayerLines, features: TextLayerFeatures, mask: NDArray[np.bool_]
) -> tuple[TextLayerLines, TextLayerFeatures]:
    """Measures the text layer against the page's ink and drops lines that are not drawn and lie on none."""
    lines = layer.lines
    if not len(lines):
        return layer, features
    length = np.array([len(word) for word in lines.word_text])
    on_ink = ink.on_ink(mask, lines.word_boxes)
    features = replace(
        features,
        unexplained_ink=ink.unexplained(mask, lines.boxes),
        off_ink=float(length[~on_ink].sum() / max(1, length.sum())),
    )
    seen = layer.visible | ink.on_ink(mask, lines.boxes)
    return (layer if seen.all() else keep_lines(layer, np.flatnonzero(seen))), features


def _with_text(reading: PageReading, layer: TextLayerLines) -> PageReading:
    has_text = len(layer.lines) > 0
    return replace(
        reading,
        text_source="text_layer" if has_text else "none",
        text_source_reason=None if has_text else TextSourceReason.NO_TEXT_LAYER,
        text=_text(layer.lines.text),
        lines=layer.lines,
        blocks=layer.blocks,
    )


def _text(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])


def _for_ocr(
    page: Any, reading: PageReading, settings: ReadSettings, why: TextSourceReason | None, kept: TextLayer | None
) -> ParsedPage:
    assert reading.width is not None
    assert reading.height is not None
    image, dpi = render(page, reading.width, reading.height, settings.dpi, settings.max_pixels)
    mask = ink.ink_mask(ink.reduced(image))
    reading = replace(reading, dpi=dpi, ink_share=ink.share(mask), text_source_reason=why)
    if ink.is_blank(mask):
        return ParsedPage(replace(reading, dpi=None, blank=True, text_source_reason=TextSourceReason.BLANK))
    return ParsedPage(reading, image, kept, mask)


def page_image(document: Any, page_number: int, settings: ReadSettings) -> tuple[NDArray[np.uint8], float]:
    """Page `page_number` (from 1) as seen, (H, W, 3) RGB, and its dpi."""
    page = document.load_page(page_number - 1)
    return render(page, float(page.rect.width), float(page.rect.height), settings.dpi, settings.max_pixels)


def render(page: Any, width: float, height: float, dpi: float, max_pixels: int) -> tuple[NDArray[np.uint8], float]:
    """The page as seen, (H, W, 3) RGB on white, and its dpi: lowered where there would be too many pixels."""
    scale = _scale(width, height, dpi, max_pixels)
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csRGB, alpha=False)
    image = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
    return image[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy(), scale * 72


def render_page(document: Any, page_number: int, long_side: int) -> NDArray[np.uint8]:
    """Page `page_number` (from 1) of a `pymupdf.Document` as seen, its longer side `long_side` pixels or one less."""
    page = document.load_page(page_number - 1)
    width, height = float(page.rect.width), float(page.rect.height)
    if not (0 < width < 1e7 and 0 < height < 1e7):
        raise DocumentError(ErrorCode.UNREADABLE, f"page {page_number} has no usable size: {width} × {height} pt")
    dpi = 72 * (long_side - 1) / max(width, height)
    return render(page, width, height, dpi, long_side * long_side)[0]


def _gray(page: Any, width: float, height: float) -> NDArray[np.uint8]:
    scale = _scale(width, height, _INK_DPI, _INK_PIXELS)
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False)
    image = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
    return image[:, : pixmap.width].copy()


def _scale(width: float, height: float, dpi: float, max_pixels: int) -> float:
    scale = dpi / 72
    # A pixmap has whole pixels: its sides are rounded up.
    if (width * scale + 1) * (height * scale + 1) > max_pixels:
        scale = min(scale, (max_pixels / (width * height)) ** 0.5 * 0.999)
        while scale > 1e-6 and (width * scale + 1) * (height * scale + 1) > max_pixels:
            scale *= 0.98
    return min(scale, _MAX_SIDE / max(width, height))
