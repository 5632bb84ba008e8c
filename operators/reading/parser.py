"""The parser: opens documents and reads their pages. It runs in a sandboxed child process."""

import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import Blocks, PageReading, PageWarning, TextLines, TextSourceReason
from ..documents.image_file import ImageDocument, fitted
from ..documents.ink import ink_mask, is_blank, is_plain, reduced, share
from ..documents.input_types import PDF, input_type
from ..documents.losses import Losses, forget_damaged_objects, take_losses
from ..documents.media_type import DocumentInfo, sniff
from ..documents.mupdf import likely_scanned, open_document, page_failure
from ..documents.page_tree import foreign_type
from ..documents.render import page_image, render_page
from ..text_layer.extract import RawPage, raw_page
from ..text_layer.quality import Usability, Verdict
from ..text_layer.running import Edges, compared_pages
from .collect import CollectError, collect
from .messages import ParsedPage, ReadSettings, SettledPages, pack
from .page import edges_of_pages, extract_page, judge_pages, may_settle, read_text_page, text_alone
from .running_text import with_running_text

# MuPDF limits its cache of fonts and images to 256 MiB; the parser halves it each time this number of pages is read.
# Emptying it after each document would reload the standard fonts, which costs as much as reading a page.
_STORE_PAGES = 200
# Number of words above which `read_settled` returns the pages that it has.
_MAX_WORDS = 20_000
# Edges of pages of the open document that are kept; more than a batch of pages is held against.
_MAX_EDGES = 256


class Parser:
    """Opens documents and reads their pages; keeps the last document open, and the last image sent for OCR."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._document: Any = None
        self._info: DocumentInfo | None = None
        self._pages = 0
        self._edges: dict[int, Edges | None] = {}
        self._sent: tuple[tuple[object, ...], NDArray[np.uint8]] | None = None

    def probe(self, path: str, passwords: Sequence[str] = (), sample: bool = True) -> DocumentInfo:
        """The type and page count of a file; with `sample`, also whether it looks like scans. Raises DocumentError."""
        self._open(path, tuple(passwords), reopen=True)
        assert self._info is not None
        if not sample:
            return self._info
        if isinstance(self._document, ImageDocument):
            return replace(self._info, likely_scanned=True)
        scanned = self._info.media_type == PDF and likely_scanned(self._document)
        return replace(self._info, likely_scanned=scanned)

    def probe_many(
        self, paths: Sequence[str], passwords: Sequence[str] = (), sample: bool = True
    ) -> list[DocumentInfo | None]:
        """`probe` of several files, None for each that fails; raises DocumentError where memory runs out."""
        found: list[DocumentInfo | None] = []
        for path in paths:
            try:
                found.append(self.probe(path, passwords, sample))
            except DocumentError as error:
                if error.code == ErrorCode.OUT_OF_MEMORY:
                    raise
                found.append(None)
        return found

    def read_page(self, path: str, page_number: int, settings: ReadSettings, with_image: bool = False) -> ParsedPage:
        """One page, `page_number` counting from 1, with its image where OCR needs it or `with_image` is set.

        Raises DocumentError.
        """
        steps = self.read_page_in_steps(path, page_number, settings, with_image)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                parsed: ParsedPage = end.value
                return parsed

    def read_page_in_steps(
        self, path: str, page_number: int, settings: ReadSettings, with_image: bool = False
    ) -> Generator[ParsedPage, None, ParsedPage]:
        """`read_page`, which before anything is drawn gives the page as its text layer alone has it, where usable."""
        self._open(path, settings.passwords)
        self._check_number(page_number)
        parsed = yield from self._read_page(page_number, settings, with_image)
        reading = self._completed(parsed.reading)
        parsed = replace(parsed, reading=reading)
        if settings.collect and not reading.blank:
            if not parsed.needs_ocr:
                yield replace(parsed, image=None, reading=_uncollected(reading, settings))
            reading = replace(reading, collected=self._collected(page_number, settings, parsed))
            parsed = replace(parsed, reading=reading)
        # The parent calls `layout` after the OCR: with the image kept here it need not be sent back.
        self._sent = None
        if settings.layout and parsed.needs_ocr and parsed.image is not None and self._key is not None:
            self._sent = (*self._key, page_number, settings), parsed.image
        return parsed

    def _read_page(
        self, page_number: int, settings: ReadSettings, with_image: bool
    ) -> Generator[ParsedPage, None, ParsedPage]:
        if isinstance(self._document, ImageDocument):
            return read_image_page(self._document, page_number, settings, with_image=with_image)
        try:
            page = self._document.load_page(page_number - 1)
            raw, text = text_alone(page, settings, with_image=with_image)
            if text is not None:
                reading = _uncollected(self._completed(text.reading), settings)
                yield replace(text, reading=reading, compared=tuple(self._compared(page_number)))
            parsed = read_text_page(page, raw, settings, with_image=with_image)
            if parsed.edges is not None:
                self._keep_edges(page_number, parsed.edges)
            parsed = replace(parsed, edges=None, compared=tuple(self._compared(page_number)))
            losses = take_losses(page)
            if losses is None and not len(parsed.reading.lines) and foreign_type(page):
                losses = Losses(1, f"its object is a {foreign_type(page)} and no page")
            del page
            return parsed if losses is None else _with_losses(parsed, losses)
        except Exception as error:
            raise page_failure(error, f"page {page_number} cannot be read") from error
        finally:
            self._after_page()

    def _collected(self, page_number: int, settings: ReadSettings, parsed: ParsedPage) -> Mapping[str, object]:
        is_image = isinstance(self._document, ImageDocument)
        page = None if is_image else self._document.load_page(page_number - 1)
        try:
            return collect(settings.collect, page, parsed.image if parsed.needs_ocr else None, parsed.reading)
        finally:
            pymupdf.TOOLS.reset_mupdf_warnings()

    def _completed(self, reading: PageReading) -> PageReading:
        return _completed(reading, self._unit, self._document_warnings)

    @property
    def _document_warnings(self) -> tuple[str, ...]:
        """What every page of the document says of the whole."""
        assert self._info is not None
        short = self._info.pages_short
        return (PageWarning.PAGES_MISSING.of(short),) if short else ()

    def edges(self, path: str, page_numbers: Sequence[int], settings: ReadSettings) -> dict[int, Edges | None]:
        """The outer rows of some pages of a document, None for each that cannot be read; raises DocumentError."""
        self._open(path, settings.passwords)
        return self._edges_of(page_numbers)

    def _edges_of(self, page_numbers: Sequence[int]) -> dict[int, Edges | None]:
        found: dict[int, Edges | None] = {}
        for number in page_numbers:
            if number not in self._edges:
                self._keep_edges(number, self._look_at(number))
            found[number] = self._edges[number]
        return found

    def _look_at(self, page_number: int) -> Edges | None:
        try:
            page = self._document.load_page(page_number - 1)
            raw = raw_page(page)
            if take_losses(page) is not None:
                forget_damaged_objects()
            del page
            return edges_of_pages([raw])[0]
        except Exception as error:
            failure = page_failure(error, f"page {page_number} cannot be read")
            if failure.code == ErrorCode.OUT_OF_MEMORY:
                raise failure from error
            return None
        finally:
            self._after_page()

    def _keep_edges(self, number: int, edges: Edges | None) -> None:
        while len(self._edges) >= _MAX_EDGES:
            del self._edges[next(iter(self._edges))]
        self._edges[number] = edges

    def _compared(self, page_number: int) -> list[int]:
        assert self._info is not None
        return compared_pages(page_number, self._info.page_count) if self._info.media_type == PDF else []

    def _after_page(self) -> None:
        pymupdf.TOOLS.reset_mupdf_warnings()
        self._pages += 1
        if self._pages % _STORE_PAGES == 0:
            pymupdf.TOOLS.store_shrink(50)

    def read_settled(self, parts: Sequence[tuple[str, Sequence[int]]], settings: ReadSettings) -> SettledPages:
        """Pages of several documents that are complete without OCR, up to `_MAX_WORDS` words.

        The parser stops at the first page that has no text layer or cannot be read, and does not examine the pages
        after it. Raises DocumentError where memory runs out.
        """
        extracted: list[RawPage] = []
        keys: list[tuple[int, int]] = []
        around: dict[tuple[int, int], Edges | None] = {}
        seconds: list[float] = []
        facts: list[tuple[str, tuple[str, ...]]] = []
        words = examined = 0
        started = time.perf_counter()
        for key, page in self._extracted(parts, settings, around):
            examined += 1
            if page is None or not may_settle(page, settings):
                break
            extracted.append(page)
            keys.append(key)
            facts.append((self._unit, self._document_warnings))
            seconds.append(time.perf_counter() - started)
            words += len(page.words)
            if words > _MAX_WORDS:
                break
            started = time.perf_counter()
        started = time.perf_counter()
        judged = judge_pages(extracted, settings)
        around.update({key: page.edges for key, page in zip(keys, judged, strict=True) if page.edges is not None})
        if keys:
            open_part = keys[-1][0]
            for part, number in keys:
                if part == open_part:
                    self._keep_edges(number, around[part, number])
            self._look_around(open_part, [number for part, number in keys if part == open_part], around)
        places = [place for place, page in enumerate(judged) if not page.needs_ocr]
        readings = [
            with_running_text(
                judged[place].reading,
                {other: around.get((part, other)) for other in compared_pages(number, sys.maxsize)},
                settings,
                judged[place].edges,
            )
            for place in places
            for part, number in [keys[place]]
        ]
        share = (time.perf_counter() - started) / max(1, len(judged))
        readings = [
            replace(_completed(reading, *facts[place]), seconds=seconds[place] + share)
            for place, reading in zip(places, readings, strict=True)
        ]
        return SettledPages(examined, places, pack(readings) if readings else None)

    def _extracted(
        self,
        parts: Sequence[tuple[str, Sequence[int]]],
        settings: ReadSettings,
        around: dict[tuple[int, int], Edges | None],
    ) -> Iterator[tuple[tuple[int, int], RawPage | None]]:
        """Pages up to the first that MuPDF does not read or not as a whole, which is None; `read_page` says why.

        Each comes with the index of its part and its number. `around` gets the edges of the pages around each part
        before the next document is opened.
        """
        key = (0, 0)
        try:
            for part, (path, numbers) in enumerate(parts):
                self._open(path, settings.passwords)
                for number in numbers:
                    key = (part, number)
                    self._check_number(number)
                    if isinstance(self._document, ImageDocument):
                        yield key, None
                        return
                    page = self._document.load_page(number - 1)
                    raw = extract_page(page, settings)
                    whole = take_losses(page) is None and (raw.words or not foreign_type(page))
                    del page
                    if not whole:
                        forget_damaged_objects()
                    self._after_page()
                    if raw.hidden:
                        # What is left out here is there where a page is only looked at.
                        around[key] = self._edges_of([number])[number]
                    yield key, raw if whole else None
                if part + 1 < len(parts):
                    self._look_around(part, numbers, around)
        except Exception as error:
            failure = page_failure(error, "a page cannot be read")
            self._after_page()
            if failure.code == ErrorCode.OUT_OF_MEMORY:
                raise failure from error
            yield key, None

    def _look_around(
        self,
        part: int,
        numbers: Sequence[int],
        around: dict[tuple[int, int], Edges | None],
    ) -> None:
        """Add the edges of the pages around some pages of the open document."""
        wanted = {other for number in numbers for other in self._compared(number)} - set(numbers)
        if wanted:
            found = self._edges_of(sorted(wanted))
            around.update({(part, number): edges for number, edges in found.items()})

    def page_size(self, path: str, page_number: int, settings: ReadSettings) -> tuple[float, float]:
        """Width and height of a page as displayed, in points or pixels; raises DocumentError."""
        self._open(path, settings.passwords)
        self._check_number(page_number)
        if isinstance(self._document, ImageDocument):
            decoded = self._document.read(page_number, settings.max_pixels)
            return float(decoded.width), float(decoded.height)
        try:
            rect = self._document.load_page(page_number - 1).rect
        except Exception as error:
            raise page_failure(error, f"page {page_number} cannot be read") from error
        return float(rect.width), float(rect.height)

    def page_image(
        self, path: str, page_number: int, settings: ReadSettings
    ) -> tuple[NDArray[np.uint8], float | None] | None:
        """The page as displayed, (height, width, 3) RGB, and its dpi where known; None where it has no ink.

        Raises DocumentError.
        """
        self._open(path, settings.passwords)
        if isinstance(self._document, ImageDocument):
            decoded = self._document.read(page_number, settings.max_pixels)
            image, dpi = decoded.image, decoded.dpi
        else:
            try:
                image, dpi = page_image(self._document, page_number, settings.dpi, settings.max_pixels)
            except Exception as error:
                raise page_failure(error, f"page {page_number} cannot be drawn") from error
            finally:
                pymupdf.TOOLS.reset_mupdf_warnings()
        return None if is_blank(ink_mask(reduced(image))) else (image, dpi)

    def layout(self, path: str, page_number: int, settings: ReadSettings, lines: TextLines) -> tuple[TextLines, Blocks]:
        """Layout regions of a page that OCR has read, with the lines of the OCR; see `image_layout`.

        The image is the one that `read_page` returned last; a process that did not read the page renders it again.
        Raises DocumentError.
        """
        from ..layout.regions import image_layout

        self._open(path, settings.passwords)
        key = None if self._key is None else (*self._key, page_number, settings)
        if self._sent is None or self._sent[0] != key:
            image = self.read_page(path, page_number, settings, with_image=True).image
        else:
            image = self._sent[1]
        if image is None:
            raise DocumentError(ErrorCode.UNREADABLE, f"page {page_number} changed while it was read")
        return image_layout(image, lines)

    def render(self, path: str, page_number: int, long_side: int, passwords: Sequence[str] = ()) -> NDArray[np.uint8]:
        """The page as displayed, (H, W, 3) RGB, at most `long_side` pixels high and wide; raises DocumentError.

        Pages that MuPDF lays out are rendered at that size; image files are never enlarged.
        """
        self._open(path, tuple(passwords))
        self._check_number(page_number)
        if isinstance(self._document, ImageDocument):
            return fitted(self._document.read(page_number, 4 * long_side * long_side).image, long_side)
        try:
            return render_page(self._document, page_number, long_side)
        except Exception as error:
            raise page_failure(error, f"page {page_number} cannot be drawn") from error
        finally:
            pymupdf.TOOLS.reset_mupdf_warnings()

    def close(self) -> None:
        """Close the open document, if any."""
        if self._document is not None:
            self._document.close()
        self._document = self._info = self._key = self._sent = None
        self._edges = {}

    @property
    def _unit(self) -> str:
        assert self._info is not None
        return input_type(self._info.media_type).unit

    def _check_number(self, page_number: int) -> None:
        assert self._info is not None
        if not 1 <= page_number <= self._info.page_count:
            raise DocumentError(
                ErrorCode.NOT_FOUND, f"there is no page {page_number}, the last page is {self._info.page_count}"
            )
        if page_number in self._info.pages_gone:
            message = f"page {page_number} cannot be read: the document has a place for it, but its object is missing"
            raise DocumentError(ErrorCode.UNREADABLE, message)

    def _open(self, path: str, passwords: tuple[str, ...], *, reopen: bool = False) -> None:
        try:
            status = Path(path).stat()
            key = (path, passwords, status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            key = None
        if key is not None and key == self._key and not reopen:
            return
        self.close()
        media_type = sniff(path)
        if not input_type(media_type).mupdf:
            self._document = ImageDocument(path, media_type)
            self._info = self._document.info
        else:
            self._document, self._info = open_document(path, media_type, passwords)
        self._key = key


def _with_losses(parsed: ParsedPage, losses: Losses) -> ParsedPage:
    """The page with a warning of what was lost; raises DocumentError where nothing else of the page is there."""
    forget_damaged_objects()
    reading, image = parsed.reading, parsed.image
    if parsed.needs_ocr:
        gone = parsed.text_layer is None and image is not None and is_plain(image)
    else:
        gone = reading.blank or (image is None and not len(reading.lines))
    if gone:
        message = f"the content of page {reading.page_number} is lost: {losses.message}"
        raise DocumentError(ErrorCode.UNREADABLE, message)
    if not losses.objects:
        return parsed
    warning = PageWarning.OBJECTS_UNREADABLE.of(losses.objects)
    return replace(parsed, reading=replace(reading, warnings=(*reading.warnings, warning)))


def _uncollected(reading: PageReading, settings: ReadSettings) -> PageReading:
    """The reading as it stays if the page fails while it is drawn or its graphics are read."""
    missing = CollectError("the page could not be drawn")
    return replace(reading, collected=dict.fromkeys(settings.collect, missing))


def _completed(reading: PageReading, unit: str, warnings: tuple[str, ...]) -> PageReading:
    """The reading with what is known of its document."""
    return replace(reading, unit=unit, warnings=(*reading.warnings, *warnings))


def read_image_page(
    document: ImageDocument, page_number: int, settings: ReadSettings, *, with_image: bool
) -> ParsedPage:
    """A page of an image file: either blank, or with its image for OCR."""
    decoded = document.read(page_number, settings.max_pixels)
    mask = ink_mask(reduced(decoded.image))
    reading = PageReading(
        page_number=page_number,
        width=float(decoded.width),
        height=float(decoded.height),
        rotation=decoded.rotation,
        dpi=decoded.dpi,
        text="",
        ink_share=share(mask),
        text_source_reason=TextSourceReason.IMAGE_FILE,
    )
    if is_blank(mask):
        blank = TextSourceReason.BLANK
        return ParsedPage(replace(reading, blank=True, text_source_reason=blank), Verdict(Usability.USABLE, blank))
    if settings.reader is None:
        image = decoded.image if with_image else None
        return ParsedPage(reading, Verdict(Usability.USABLE, TextSourceReason.IMAGE_FILE), image=image)
    return ParsedPage(reading, Verdict(Usability.UNUSABLE, TextSourceReason.IMAGE_FILE), True, decoded.image, ink=mask)
