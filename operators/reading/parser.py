"""The parser: opens documents and reads their pages. It runs in a sandboxed child process."""

from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import Blocks, PageReading, PageWarning, TextLines
from ..documents.image_file import fitted
from ..documents.ink import image_ink, is_blank, is_plain
from ..documents.input_types import PDF
from ..documents.losses import Losses, damaged_images, forget_damaged_objects, forget_losses, take_losses
from ..documents.media_type import DocumentInfo
from ..documents.mupdf import likely_scanned, page_failure
from ..documents.page_box import load_page
from ..documents.page_tree import foreign_type
from ..documents.render import page_image, render_page
from ..text_layer.running import Edges
from .collect import CollectError
from .image_page import read_image_page
from .last_document import LastDocument
from .messages import ParsedPage, ReadSettings, SettledPages
from .page import read_text_page, text_alone
from .page_data import page_data
from .page_edges import keep_edges, page_edges
from .settled import read_settled


class Parser:
    """Opens documents and reads their pages; keeps the last document open, and the last image sent for OCR."""

    def __init__(self) -> None:
        self._last = LastDocument()

    def probe(self, path: str, passwords: Sequence[str] = (), sample: bool = True) -> DocumentInfo:
        """The type and page count of a file; with `sample`, also whether it looks like scans. Raises DocumentError."""
        self._last.open(path, passwords, reopen=True)
        if not sample:
            return self._last.info
        if self._last.is_image:
            return replace(self._last.info, likely_scanned=True)
        scanned = self._last.info.media_type == PDF and likely_scanned(self._last.document)
        return replace(self._last.info, likely_scanned=scanned)

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
        self._last.open(path, settings.passwords)
        self._last.check_number(page_number)
        parsed = yield from self._read_page(page_number, settings, with_image)
        reading = self._completed(parsed.reading)
        parsed = replace(parsed, reading=reading)
        if settings.collect and not reading.blank:
            if not parsed.needs_ocr:
                yield replace(parsed, image=None, reading=_uncollected(reading, settings))
            reading = replace(reading, collected=page_data(self._last, page_number, settings, parsed))
            parsed = replace(parsed, reading=reading)
        # The parent calls `layout` after the OCR: with the image kept here it need not be sent back.
        self._last.sent = None
        if settings.layout and parsed.needs_ocr and parsed.image is not None and self._last.key is not None:
            self._last.sent = (*self._last.key, page_number, settings), parsed.image
        return parsed

    def _read_page(
        self, page_number: int, settings: ReadSettings, with_image: bool
    ) -> Generator[ParsedPage, None, ParsedPage]:
        if self._last.is_image:
            return read_image_page(self._last.document, page_number, settings, with_image=with_image)
        try:
            page = load_page(self._last.document, page_number)
            raw, text = text_alone(page, settings, self._last.fonts, with_image=with_image)
            if text is not None:
                reading = _uncollected(self._completed(text.reading), settings)
                yield replace(text, reading=reading, compared=tuple(self._last.compared(page_number)))
            parsed = read_text_page(page, raw, settings, with_image=with_image)
            if parsed.edges is not None:
                keep_edges(self._last, page_number, parsed.edges)
            parsed = replace(parsed, edges=None, compared=tuple(self._last.compared(page_number)))
            losses = take_losses(page)
            if losses is None and not len(parsed.reading.lines) and foreign_type(page):
                losses = Losses(1, f"its object is a {foreign_type(page)} and no page")
            if losses is None and parsed.needs_ocr and (damaged := damaged_images(page)):
                losses = Losses(damaged, f"the data of {damaged} images are damaged")
            del page
            return parsed if losses is None else _with_losses(parsed, losses)
        except Exception as error:
            raise page_failure(error, f"page {page_number} cannot be read") from error
        finally:
            self._last.after_page()

    def _completed(self, reading: PageReading) -> PageReading:
        return self._last.facts.added_to(reading)

    def edges(self, path: str, page_numbers: Sequence[int], settings: ReadSettings) -> dict[int, Edges | None]:
        """The outer rows of some pages of a document, None for each that cannot be read; raises DocumentError."""
        self._last.open(path, settings.passwords)
        return page_edges(self._last, page_numbers)

    def read_settled(self, parts: Sequence[tuple[str, Sequence[int]]], settings: ReadSettings) -> SettledPages:
        """Pages of several documents that are complete without OCR, see `settled.read_settled`."""
        return read_settled(self._last, parts, settings)

    def page_size(self, path: str, page_number: int, settings: ReadSettings) -> tuple[float, float]:
        """Width and height of a page as displayed, in points or pixels; raises DocumentError."""
        self._last.open(path, settings.passwords)
        self._last.check_number(page_number)
        if self._last.is_image:
            decoded = self._last.document.read(page_number, settings.max_pixels)
            return float(decoded.width), float(decoded.height)
        try:
            rect = load_page(self._last.document, page_number).rect
        except Exception as error:
            raise page_failure(error, f"page {page_number} cannot be read") from error
        return float(rect.width), float(rect.height)

    def page_image(
        self, path: str, page_number: int, settings: ReadSettings
    ) -> tuple[NDArray[np.uint8], float | None] | None:
        """The page as displayed, (height, width, 3) RGB, and its dpi where known; None where it has no ink.

        Raises DocumentError.
        """
        self._last.open(path, settings.passwords)
        if self._last.is_image:
            decoded = self._last.document.read(page_number, settings.max_pixels)
            image, dpi = decoded.image, decoded.dpi
        else:
            try:
                image, dpi = page_image(self._last.document, page_number, settings.dpi, settings.max_pixels)
            except Exception as error:
                raise page_failure(error, f"page {page_number} cannot be drawn") from error
            finally:
                forget_losses()
        return None if is_blank(image_ink(image)) else (image, dpi)

    def layout(self, path: str, page_number: int, settings: ReadSettings, lines: TextLines) -> tuple[TextLines, Blocks]:
        """Layout regions of a page that OCR has read, with the lines of the OCR; see `image_layout`.

        The image is the one that `read_page` returned last; a process that did not read the page renders it again.
        Raises DocumentError.
        """
        from ..layout.regions import image_layout

        self._last.open(path, settings.passwords)
        key = None if self._last.key is None else (*self._last.key, page_number, settings)
        if self._last.sent is None or self._last.sent[0] != key:
            image = self.read_page(path, page_number, settings, with_image=True).image
        else:
            image = self._last.sent[1]
        if image is None:
            raise DocumentError(ErrorCode.UNREADABLE, f"page {page_number} changed while it was read")
        return image_layout(image, lines)

    def render(self, path: str, page_number: int, long_side: int, passwords: Sequence[str] = ()) -> NDArray[np.uint8]:
        """The page as displayed, (H, W, 3) RGB, at most `long_side` pixels high and wide; raises DocumentError.

        Pages that MuPDF lays out are rendered at that size; image files are never enlarged.
        """
        self._last.open(path, passwords)
        self._last.check_number(page_number)
        if self._last.is_image:
            return fitted(self._last.document.read(page_number, 4 * long_side * long_side).image, long_side)
        try:
            return render_page(self._last.document, page_number, long_side)
        except Exception as error:
            raise page_failure(error, f"page {page_number} cannot be drawn") from error
        finally:
            forget_losses()

    def close(self) -> None:
        """Close the open document, if any."""
        self._last.close()


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
