"""Reads a page of a document that MuPDF opens: its text layer where that is usable, else an image for OCR."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.job.text_engines import TEXT_LAYER, TextLayerUse
from ...schemas.page import PageReading, TextSourceReason
from ..documents import ink
from ..documents.render import check_size, grey, render
from ..text_layer.extract import RawPage, clean_words, raw_page
from ..text_layer.features import text_features
from ..text_layer.lines import keep_lines, text_layers
from ..text_layer.quality import TextLayer, TextLayerFeatures, Usability, Verdict, judge, needs_ink
from .messages import ParsedPage, ReadSettings


def text_alone(page: Any, settings: ReadSettings, *, with_image: bool) -> tuple[RawPage | None, ParsedPage | None]:
    """The text layer of a `pymupdf.Page`, and what it says without a look at the page's image.

    The first is None where the text layer is not read. The second is what can be kept of the page where its image
    cannot be drawn: the text that the page says it shows; None where nothing is drawn, or where that text is doubtful.
    """
    if settings.text_layer is TextLayerUse.IGNORED:
        return None, None
    raw = raw_page(page)
    if not (with_image or settings.layout or _needs_ink(raw, settings)):
        return raw, None
    check_size(raw.page_number, *raw.size)
    (words, bad) = clean_words([word[4] for word in raw.words])
    (layer,) = text_layers([raw], [words])
    if not layer.visible.all():
        layer = keep_lines(layer, np.flatnonzero(layer.visible))
    if not len(layer.lines):
        return raw, None
    (features,) = text_features([raw], [(words, bad)], [layer])
    verdict = judge(features)
    return raw, ParsedPage(_with_text(raw, layer), verdict) if verdict.usable else None


def read_text_page(page: Any, raw: RawPage | None, settings: ReadSettings, *, with_image: bool) -> ParsedPage:
    """Read a `pymupdf.Page`.

    Args:
        raw: its text layer; None where that is not read.
        with_image: whether to return the page's image also where it needs no OCR.
    """
    if raw is None:
        rect = page.rect
        reading = _sized(page.number + 1, rect.width, rect.height, int(page.rotation) % 360)
        return _for_ocr(page, reading, settings, Verdict(Usability.UNUSABLE, TextSourceReason.ASKED_FOR), None)
    raw = _with_ink(page, raw, settings)
    (parsed,) = judge_pages([raw], settings)
    reading, verdict = parsed.reading, parsed.verdict
    if settings.layout and not reading.blank and verdict.usability is not Usability.UNUSABLE:
        # Importing the layout model's libraries takes half a second.
        from ..layout.regions import page_layout

        lines, blocks = page_layout(page, reading.lines)
        reading = replace(reading, lines=lines, blocks=blocks, text=_text(lines.text))
    if not parsed.needs_ocr:
        if with_image and not reading.blank:
            return _with_image(page, replace(parsed, reading=reading), settings)
        return replace(parsed, reading=reading)
    kept = None
    if verdict.usability is Usability.DOUBTFUL:
        kept = TextLayer(reading.lines, reading.blocks, np.ones(len(reading.lines), np.bool_))
    return _for_ocr(page, _sized_as(raw), settings, verdict, kept)


def extract_page(page: Any, settings: ReadSettings) -> RawPage:
    """The text layer of a `pymupdf.Page`, as `judge_pages` takes it."""
    return _with_ink(page, raw_page(page), settings)


def may_settle(page: RawPage, settings: ReadSettings) -> bool:
    """Whether the page may be complete without OCR: it has text, or no ink, or its text layer is not checked."""
    if settings.text_layer is TextLayerUse.TRUSTED or page.words:
        return True
    return page.ink is not None and ink.is_blank(page.ink)


def judge_pages(pages: Sequence[RawPage], settings: ReadSettings) -> list[ParsedPage]:
    """The pages with their text layers and verdicts; a page without ink needs no OCR either."""
    cleaned = [clean_words([word[4] for word in page.words]) for page in pages]
    layers = text_layers(pages, [words for words, _ in cleaned])
    if settings.text_layer is TextLayerUse.TRUSTED:
        verdict = Verdict(Usability.USABLE)
        return [ParsedPage(_with_text(page, layer), verdict) for page, layer in zip(pages, layers, strict=True)]
    features = text_features(pages, cleaned, layers)
    return [_judged(*members) for members in zip(pages, layers, features, strict=True)]


def _judged(page: RawPage, layer: TextLayer, features: TextLayerFeatures) -> ParsedPage:
    if page.ink is not None:
        if ink.is_blank(page.ink):
            blank = TextSourceReason.BLANK
            reading = replace(_sized_as(page), ink_share=ink.share(page.ink), blank=True, text_source_reason=blank)
            return ParsedPage(reading, Verdict(Usability.USABLE, blank))
        layer, features = _compare_with_ink(layer, features, page.ink)
    verdict = judge(features)
    return ParsedPage(_with_text(page, layer), verdict, needs_ocr=not verdict.usable)


def _sized_as(page: RawPage) -> PageReading:
    return _sized(page.page_number, *page.size, page.rotation)


def _sized(page_number: int, width: float, height: float, rotation: int) -> PageReading:
    check_size(page_number, width, height)
    return PageReading(
        page_number=page_number,
        width=width,
        height=height,
        rotation=rotation,
        text="",
    )


def _with_ink(page: Any, raw: RawPage, settings: ReadSettings) -> RawPage:
    width, height = raw.size
    check_size(raw.page_number, width, height)
    if not _needs_ink(raw, settings):
        return raw
    return replace(raw, ink=ink.ink_mask(grey(page, width, height)))


def _needs_ink(raw: RawPage, settings: ReadSettings) -> bool:
    checked = settings.text_layer is TextLayerUse.CHECKED
    return checked and needs_ink(raw.characters, raw.image_cover, invisible=raw.hides_text)


def _compare_with_ink(
    layer: TextLayer, features: TextLayerFeatures, mask: NDArray[np.bool_]
) -> tuple[TextLayer, TextLayerFeatures]:
    """Compare the text layer with the page's ink, and drop lines that are neither drawn nor located on ink."""
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


def _with_text(page: RawPage, layer: TextLayer) -> PageReading:
    has_text = len(layer.lines) > 0
    return replace(
        _sized_as(page),
        text_source=TEXT_LAYER if has_text else "none",
        text_source_reason=None if has_text else TextSourceReason.NO_TEXT_LAYER,
        text=_text(layer.lines.text),
        lines=layer.lines,
        blocks=layer.blocks,
    )


def _text(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])


def _for_ocr(
    page: Any, reading: PageReading, settings: ReadSettings, verdict: Verdict, kept: TextLayer | None
) -> ParsedPage:
    image, dpi = _render_as_read(page, reading, settings)
    mask = ink.ink_mask(ink.reduced(image))
    reading = replace(reading, dpi=dpi, ink_share=ink.share(mask), text_source_reason=verdict.reason)
    if ink.is_blank(mask):
        blank = TextSourceReason.BLANK
        reading = replace(reading, dpi=None, blank=True, text_source_reason=blank)
        return ParsedPage(reading, Verdict(Usability.USABLE, blank))
    return ParsedPage(reading, verdict, True, image, kept, mask)


def _with_image(page: Any, parsed: ParsedPage, settings: ReadSettings) -> ParsedPage:
    """A page that needs no OCR, with its image; marked as blank and without image where the image shows no ink."""
    image, dpi = _render_as_read(page, parsed.reading, settings)
    if ink.is_blank(ink.ink_mask(ink.reduced(image))):
        return replace(parsed, reading=replace(parsed.reading, blank=True))
    return replace(parsed, reading=replace(parsed.reading, dpi=dpi), image=image)


def _render_as_read(page: Any, reading: PageReading, settings: ReadSettings) -> tuple[NDArray[np.uint8], float]:
    assert reading.width is not None
    assert reading.height is not None
    return render(page, reading.width, reading.height, settings.dpi, settings.max_pixels)
