"""Reads a page of a document that MuPDF opens: its text layer where that is usable, else an image for OCR."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import clip, covered, to_shares, turn_boxes
from ...schemas.job.text_engines import TEXT_LAYER, TextLayerUse
from ...schemas.page import FloatArray, PageReading, PageWarning, TextSourceReason, page_text, with_hidden
from ..documents import ink
from ..documents.render import INK_DPI, INK_PIXELS, check_size, grey, render
from ..text_layer.extract import RawPage, clean_words, raw_page, with_whole_words
from ..text_layer.features import text_features
from ..text_layer.fonts import doubtful_fonts, fonts_by_word, with_unmapped_apart
from ..text_layer.glyphs import LookedAt, with_glyphs_looked_at
from ..text_layer.lines import text_layers
from ..text_layer.quality import (
    NO_TEXT,
    SCANNED_PAGE,
    SCANNED_PART,
    LayerParts,
    TextLayer,
    TextLayerFeatures,
    Usability,
    Verdict,
    judge,
    needs_ink,
    parts,
)
from ..text_layer.running import Edges, edges_of
from ..text_layer.unread import unread_parts
from ..text_layer.visibility import suspects, without_hidden, without_lines
from ..text_layer.words.spans import line_key
from .messages import ParsedPage, ReadSettings


def text_alone(
    page: Any, settings: ReadSettings, known: LookedAt, *, with_image: bool
) -> tuple[RawPage | None, ParsedPage | None]:
    """The text layer of a `pymupdf.Page`, and what it says without a look at the page's image.

    The first is None where the text layer is not read. The second is what can be kept of the page where its image
    cannot be drawn: the text that the page says it shows; None where nothing is drawn, or where that text is doubtful.

    Args:
        known: what is known of the fonts of the document, which is added to.
    """
    if settings.text_layer is TextLayerUse.IGNORED:
        return None, None
    raw = _raw_page(page, known)
    found = suspects(raw)
    drawn = with_image or settings.layout or found is not None or _needs_ink(raw, settings)
    if not (drawn or len(_unread_parts(raw, settings))):
        return raw, None
    check_size(raw.page_number, *raw.size)
    # Words that may be hidden cannot be looked at where the page is not drawn. Most lines cover none: they are slanted,
    # or thin, and a drawing has thousands of them.
    doubted = None if found is None else suspects(without_lines(raw))
    safe = raw if doubted is None else replace(raw, words=list(compress(raw.words, (~doubted.any).tolist())))
    (parsed,) = judge_pages([with_whole_words(safe)], settings)
    return raw, parsed if parsed.verdict.usable and len(parsed.reading.lines) else None


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
    raw = _seen(page, raw, settings)
    fonts = None
    if settings.text_layer is TextLayerUse.CHECKED and any(_doubtful([raw], [_fonts(raw)])):
        fonts = [with_unmapped_apart(raw, fonts_by_word(page, raw))]
    (parsed,) = judge_pages([raw], settings, fonts)
    edges = parsed.edges
    if settings.layout and not parsed.reading.blank:
        parsed = _laid_out(page, parsed, settings)
    parsed = replace(parsed, edges=edges)
    if not parsed.needs_ocr:
        return _with_image(page, parsed, settings) if with_image and not parsed.reading.blank else parsed
    read = _for_ocr(page, _sized_as(raw), settings, parsed.verdict, parsed.text_layer)
    return replace(read, edges=edges, unread=parsed.unread)


def _laid_out(page: Any, parsed: ParsedPage, settings: ReadSettings) -> ParsedPage:
    """The page with a layout where its text layer is, or may turn out to be, its whole text."""
    # Importing the layout model's libraries takes half a second.
    from ..layout.regions import page_layout

    if not parsed.needs_ocr:
        lines, blocks = page_layout(page, parsed.reading.lines)
        text = page_text(lines, blocks, keep_running=settings.keep_running)
        return replace(parsed, reading=replace(parsed.reading, lines=lines, blocks=blocks, text=text))
    kept = parsed.text_layer
    if kept is None or (parsed.unread is None and len(kept.doubtful) != 1):
        return parsed
    layer = kept.doubtful[0] if parsed.unread is None else kept.trusted
    lines, blocks = page_layout(page, layer.lines)
    layer = replace(layer, lines=lines, blocks=blocks)
    return replace(
        parsed, text_layer=replace(kept, doubtful=(layer,)) if parsed.unread is None else replace(kept, trusted=layer)
    )


def extract_page(page: Any, settings: ReadSettings, known: LookedAt) -> RawPage:
    """The text layer of a `pymupdf.Page`, as `judge_pages` takes it; `known` is that of `text_alone`."""
    return _seen(page, _raw_page(page, known), settings)


def _raw_page(page: Any, known: LookedAt) -> RawPage:
    return with_glyphs_looked_at(page, raw_page(page), known)


def may_settle(page: RawPage, settings: ReadSettings) -> bool:
    """Whether the page may be complete without OCR: it has text, or no ink, or its text layer is not checked."""
    if settings.text_layer is TextLayerUse.TRUSTED or page.words:
        return True
    return page.ink is not None and ink.is_blank(page.ink)


def judge_pages(
    pages: Sequence[RawPage], settings: ReadSettings, fonts: Sequence[Sequence[Any]] | None = None
) -> list[ParsedPage]:
    """The pages with their text layers and verdicts; a page without ink needs no OCR either.

    Args:
        fonts: the name of the font of each word; by default, that of its span.
    """
    if settings.text_layer is TextLayerUse.TRUSTED:
        cleaned = [clean_words([word[4] for word in page.words]) for page in pages]
        layers = text_layers(pages, [words for words, _ in cleaned])
        verdict = Verdict(Usability.USABLE)
        doubted = _words_in_doubt(pages)
        return [
            ParsedPage(_with_doubt(_with_text(page, layer), words), verdict, edges=_edges(page, [layer]))
            for page, layer, words in zip(pages, layers, doubted, strict=True)
        ]
    by_word: Sequence[Sequence[Any]] = fonts or [_fonts(page) for page in pages]
    split = _split(pages, by_word)
    every = [raw for part in split for raw in part.all]
    cleaned = [clean_words([word[4] for word in raw.words]) for raw in every]
    layers = text_layers(every, [words for words, _ in cleaned])
    features = text_features(every, cleaned, layers)
    judged, at = [], 0
    for page, part in zip(pages, split, strict=True):
        count = len(part.all)
        mine = layers[at : at + count]
        one = _judged(page, mine, features[at], invisible=part.invisible is not None)
        judged.append(replace(one, edges=_edges(page, mine)))
        at += count
    return judged


def _edges(page: RawPage, layers: Sequence[TextLayer]) -> Edges | None:
    """The edges as `edges_of_pages` finds them; None where words were left out that it does not know of."""
    if page.hidden:
        return None
    return edges_of(layers[0].lines, page.size) if len(layers) == 1 else edges_of_pages([page])[0]


def edges_of_pages(pages: Sequence[RawPage]) -> list[Edges]:
    """The outer rows of pages that are only looked at."""
    pages = [with_whole_words(page) for page in pages]
    layers = text_layers(pages, [clean_words([word[4] for word in page.words])[0] for page in pages])
    return [edges_of(layer.lines, page.size) for page, layer in zip(pages, layers, strict=True)]


@dataclass(frozen=True)
class _Split:
    """The words of a page that are seen, those of each doubtful font, and those of an OCR layer."""

    visible: RawPage
    fonts: tuple[RawPage, ...]
    invisible: RawPage | None

    @property
    def all(self) -> list[RawPage]:
        return [self.visible, *self.fonts, *([] if self.invisible is None else [self.invisible])]


def _split(pages: Sequence[RawPage], fonts: Sequence[Sequence[Any]]) -> list[_Split]:
    """The parts of each page; `fonts` has the font of each of its words."""
    layered = [_without_layer(page, of_word) for page, of_word in zip(pages, fonts, strict=True)]
    doubtful = _doubtful([page for page, _, _ in layered], [of_word for _, of_word, _ in layered])
    return [
        _Split(page, (), layer) if not names else _Split(*_by_font(page, of_word, names), layer)
        for (page, of_word, layer), names in zip(layered, doubtful, strict=True)
    ]


def _doubtful(pages: Sequence[RawPage], fonts: Sequence[Sequence[Any]]) -> list[set[Any]]:
    """The fonts of each page whose letters or digits may be others than it shows; `fonts` has that of each word."""
    return [
        names | {name for name, font in zip(of_word, page.word_fonts, strict=True) if font in page.misread}
        if page.misread
        else names
        for page, of_word, names in zip(
            pages, fonts, doubtful_fonts([page.words for page in pages], fonts), strict=True
        )
    ]


def _words_in_doubt(pages: Sequence[RawPage]) -> list[int]:
    """The number of words of each page that are set in doubtful fonts."""
    fonts = [_fonts(page) for page in pages]
    doubtful = _doubtful(pages, fonts)
    return [
        sum(font in names for font in of_word) if names else 0 for of_word, names in zip(fonts, doubtful, strict=True)
    ]


def _with_doubt(reading: PageReading, words: int) -> PageReading:
    if not words:
        return reading
    return replace(reading, warnings=(*reading.warnings, PageWarning.FONTS_DOUBTFUL.of(words)))


def _fonts(page: RawPage) -> Sequence[Any]:
    return with_unmapped_apart(page, page.word_fonts)


def _without_layer(page: RawPage, fonts: Sequence[Any]) -> tuple[RawPage, Sequence[Any], RawPage | None]:
    """The page without its OCR layer, the fonts of the remaining words, and the OCR layer."""
    if not page.seen.invisible:
        return page, fonts, None
    hidden = [line_key(word) in page.seen.invisible for word in page.words]
    seen = [not one for one in hidden]
    layer = replace(page, words=list(compress(page.words, hidden)))
    return replace(page, words=list(compress(page.words, seen))), list(compress(fonts, seen)), layer


def _by_font(page: RawPage, fonts: Sequence[Any], doubtful: set[Any]) -> tuple[RawPage, tuple[RawPage, ...]]:
    """The page without the words of doubtful fonts, and with those of each alone."""
    of_font = tuple(
        replace(page, words=list(compress(page.words, [font == name for font in fonts])))
        for name in sorted(doubtful, key=str)
    )
    return replace(page, words=list(compress(page.words, [font not in doubtful for font in fonts]))), of_font


def _judged(page: RawPage, layers: Sequence[TextLayer], features: TextLayerFeatures, *, invisible: bool) -> ParsedPage:
    """The verdict on a page.

    Args:
        layers: what is seen, then the text of each doubtful font, then the OCR layer where `invisible`.
        features: those of the first layer.
    """
    visible = layers[0]
    hidden = layers[-1] if invisible else NO_TEXT
    fonts = tuple(layers[1 : len(layers) - invisible])
    count = sum(map(len, hidden.lines.text))
    total = count + sum(len(text) for layer in layers[: len(layers) - invisible] for text in layer.lines.text)
    features = replace(
        features, invisible_share=count / max(1, total), doubtful_fonts=bool(fonts), paper_in_image=page.paper_in_image
    )
    if page.ink is not None:
        if ink.is_blank(page.ink):
            blank = TextSourceReason.BLANK
            reading = replace(_sized_as(page), ink_share=ink.share(page.ink), blank=True, text_source_reason=blank)
            return ParsedPage(_warned(reading, len(hidden.lines.word_text)), Verdict(Usability.USABLE, blank))
        features = _compare_with_ink(layers[: len(layers) - invisible], hidden, features, page.ink)
    verdict = judge(features)
    unread = None
    if verdict.usable and len(page.unread):
        verdict, unread = Verdict(Usability.DOUBTFUL, TextSourceReason.INK_OUTSIDE_TEXT), page.unread
    kept = parts(verdict, visible, fonts, hidden)
    if verdict.usable or kept is None:
        page = replace(page, hidden=page.hidden + len(hidden.lines.word_text))
    if verdict.usable:
        return ParsedPage(_with_text(page, visible), verdict)
    return ParsedPage(_sized_as(page), verdict, needs_ocr=True, text_layer=kept, unread=unread)


def _sized_as(page: RawPage) -> PageReading:
    reading = _warned(_sized(page.page_number, *page.size, page.rotation), page.hidden)
    if not page.unseen_values:
        return reading
    return replace(reading, warnings=(*reading.warnings, PageWarning.VALUES_UNSEEN.of(page.unseen_values)))


def _warned(reading: PageReading, hidden: int) -> PageReading:
    return replace(reading, warnings=with_hidden(reading.warnings, hidden))


def _sized(page_number: int, width: float, height: float, rotation: int) -> PageReading:
    check_size(page_number, width, height)
    return PageReading(
        page_number=page_number,
        width=width,
        height=height,
        rotation=rotation,
        text="",
    )


def _seen(page: Any, raw: RawPage, settings: ReadSettings) -> RawPage:
    """The page without the words that nobody sees, and with its ink where that is needed."""
    width, height = raw.size
    check_size(raw.page_number, width, height)
    if (found := suspects(raw)) is not None:
        raw = without_hidden(page, raw, found)
    raw = with_whole_words(raw)
    needs_ink, apart = _needs_ink(raw, settings), _unread_parts(raw, settings)
    if not (needs_ink or len(apart)):
        return raw
    gray = grey(page, width, height)
    words = covered(_displayed(raw, [word[:4] for word in raw.words]), *gray.shape)
    raw = replace(raw, unread=apart[[ink.shows_print(gray, words, box) for box in apart]])
    if not needs_ink:
        return raw
    mask = ink.ink_mask(gray)
    if ink.is_blank(mask):
        mask = ink.image_ink(render(page, width, height, INK_DPI, INK_PIXELS)[0])
        return replace(raw, ink=mask)
    paper = SCANNED_PART <= raw.image_cover < SCANNED_PAGE and ink.is_print_on_paper(
        gray, mask, covered(_displayed(raw, raw.seen.images), *mask.shape) & ~words
    )
    return replace(raw, ink=mask, paper_in_image=paper)


def _unread_parts(raw: RawPage, settings: ReadSettings) -> FloatArray:
    """What may show print without text on a page whose text layer is checked and has text; see `unread_parts`."""
    return unread_parts(raw) if settings.text_layer is TextLayerUse.CHECKED and raw.words else raw.unread


def _displayed(raw: RawPage, boxes: Sequence[tuple[float, float, float, float]]) -> FloatArray:
    shares = to_shares(np.array(boxes, np.float64).reshape(-1, 4), raw.rect)
    inside, keep = clip(turn_boxes(shares, raw.rotation))
    return inside[keep]


def _needs_ink(raw: RawPage, settings: ReadSettings) -> bool:
    checked = settings.text_layer is TextLayerUse.CHECKED
    return checked and needs_ink(raw.characters, raw.image_cover, invisible=bool(raw.seen.invisible))


def _compare_with_ink(
    seen: Sequence[TextLayer], hidden: TextLayer, features: TextLayerFeatures, mask: NDArray[np.bool_]
) -> TextLayerFeatures:
    """The features with those that compare the text, or an OCR layer without other text, with the page's ink."""
    words = seen[0].lines if len(seen[0].lines) else hidden.lines
    length = np.array([len(word) for word in words.word_text])
    off = length[~ink.on_ink(mask, words.word_boxes)].sum() if len(length) else 0
    return replace(
        features,
        unexplained_ink=ink.unexplained(mask, np.concatenate([layer.lines.boxes for layer in seen])),
        off_ink=float(off / max(1, length.sum())),
    )


def _with_text(page: RawPage, layer: TextLayer) -> PageReading:
    has_text = len(layer.lines) > 0
    return replace(
        _sized_as(page),
        text_source=TEXT_LAYER if has_text else "none",
        text_source_reason=None if has_text else TextSourceReason.NO_TEXT_LAYER,
        text=page_text(layer.lines, layer.blocks, keep_running=True),
        lines=layer.lines,
        blocks=layer.blocks,
    )


def _for_ocr(
    page: Any, reading: PageReading, settings: ReadSettings, verdict: Verdict, layer: LayerParts | None
) -> ParsedPage:
    image, dpi = _render_as_read(page, reading, settings)
    mask = ink.image_ink(image)
    reading = replace(reading, dpi=dpi, ink_share=ink.share(mask), text_source_reason=verdict.reason)
    if ink.is_blank(mask):
        blank = TextSourceReason.BLANK
        reading = replace(reading, dpi=None, blank=True, text_source_reason=blank)
        return ParsedPage(reading, Verdict(Usability.USABLE, blank))
    plain = ink.with_contrast(image)
    if plain is not None:
        reading = replace(reading, warnings=(*reading.warnings, PageWarning.FAINT_PRINT.of("contrast")))
    return ParsedPage(reading, verdict, True, image if plain is None else plain, layer, mask)


def _with_image(page: Any, parsed: ParsedPage, settings: ReadSettings) -> ParsedPage:
    """A page that needs no OCR, with its image; marked as blank and without image where the image shows no ink."""
    image, dpi = _render_as_read(page, parsed.reading, settings)
    if ink.is_blank(ink.image_ink(image)):
        return replace(parsed, reading=replace(parsed.reading, blank=True))
    return replace(parsed, reading=replace(parsed.reading, dpi=dpi), image=image)


def _render_as_read(page: Any, reading: PageReading, settings: ReadSettings) -> tuple[NDArray[np.uint8], float]:
    assert reading.width is not None
    assert reading.height is not None
    return render(page, reading.width, reading.height, settings.dpi, settings.max_pixels)
