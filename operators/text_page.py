"""A page of a document that MuPDF opens: its text layer where that is usable, else a picture for OCR."""

from dataclasses import replace
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from ..schemas.errors import DocumentError, ErrorCode
from ..schemas.page import PageReading
from . import ink
from .parsed_page import ParsedPage, ReadSettings, TextLayer
from .text_layer import MeasuredTextLayer, keep_lines, read_text_layer
from .text_quality import Usability, judge, needs_ink

# Resolution at which ink is looked for; a full stop of 8 pt print is a pixel.
_INK_DPI = 72.0
_INK_PIXELS = 2_000_000
_MAX_SIDE = 30_000


def read_text_page(document: Any, page_number: int, settings: ReadSettings, *, is_pdf: bool) -> ParsedPage:
    """Reads page `page_number` (from 1) of a `pymupdf.Document`."""
    page = document.load_page(page_number - 1)
    rect = page.rect
    width, height = float(rect.width), float(rect.height)
    if not (0 < width < 1e7 and 0 < height < 1e7):
        raise DocumentError(ErrorCode.UNREADABLE, f"page {page_number} has no usable size: {width} × {height} pt")
    reading = PageReading(
        page_number=page_number,
        width=width,
        height=height,
        unit="pt",
        rotation=int(page.rotation) % 360 if is_pdf else 0,
        text="",
    )
    if settings.engine == "rapidocr":
        return _for_ocr(page, reading, settings, "OCR was asked for", None)
    layer = read_text_layer(page)
    if settings.engine == "text_layer":
        return _as_text(page, reading, layer, settings, "the text layer was asked for")
    signs = layer.signs
    if needs_ink(signs):
        mask = ink.ink_mask(_gray(page, width, height))
        if ink.is_blank(mask):
            return ParsedPage(replace(reading, ink_share=ink.share(mask), blank=True), why="blank")
        layer = _hold_against_ink(layer, mask)
    verdict = judge(layer.signs)
    if verdict.usability is Usability.USABLE:
        return _as_text(page, reading, layer, settings, verdict.reason)
    doubtful = verdict.usability is Usability.DOUBTFUL
    kept = _as_text(page, reading, layer, settings, verdict.reason) if doubtful else None
    return _for_ocr(page, reading, settings, verdict.reason, kept)


def _hold_against_ink(layer: MeasuredTextLayer, mask: NDArray[np.bool_]) -> MeasuredTextLayer:
    """Measures the text layer against the page's ink and drops lines that are not drawn and lie on none."""
    lines = layer.lines
    if not len(lines):
        return layer
    length = np.array([len(word) for word in lines.word_text])
    on_ink = ink.on_ink(mask, lines.word_boxes)
    signs = replace(
        layer.signs,
        unexplained_ink=ink.unexplained(mask, lines.boxes),
        off_ink=float(length[~on_ink].sum() / max(1, length.sum())),
    )
    layer = replace(layer, signs=signs)
    seen = layer.visible | ink.on_ink(mask, lines.boxes)
    return layer if seen.all() else keep_lines(layer, np.flatnonzero(seen))


def _as_text(page: Any, reading: PageReading, layer: MeasuredTextLayer, settings: ReadSettings, why: str) -> ParsedPage:
    lines, blocks = layer.lines, layer.blocks
    if settings.layout:
        # The layout model's libraries take half a second to import.
        from .layout import page_layout

        lines, blocks = page_layout(page, lines)
    source = "text_layer" if len(lines) else "none"
    text = "\n".join([*lines.text, ""])
    return ParsedPage(replace(reading, text_source=source, text=text, lines=lines, blocks=blocks), why=why)


def _for_ocr(page: Any, reading: PageReading, settings: ReadSettings, why: str, kept: ParsedPage | None) -> ParsedPage:
    assert reading.width is not None
    assert reading.height is not None
    image, dpi = render(page, reading.width, reading.height, settings.dpi, settings.max_pixels)
    mask = ink.ink_mask(ink.reduced(image))
    reading = replace(reading, dpi=dpi, ink_share=ink.share(mask))
    if ink.is_blank(mask):
        return ParsedPage(replace(reading, dpi=None, blank=True), why="blank")
    layer = None if kept is None else TextLayer(kept.reading.lines, kept.reading.blocks)
    return ParsedPage(reading, image, why, layer, mask)


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
