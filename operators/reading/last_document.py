"""The document that the parser has open, and what every page of it says of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.page import PageReading, PageWarning
from ..documents.image_file import ImageDocument
from ..documents.input_types import PDF, input_type
from ..documents.layers import mend_memberships
from ..documents.losses import forget_losses
from ..documents.media_type import DocumentInfo, sniff
from ..documents.mupdf import open_document
from ..text_layer.glyphs import LookedAt
from ..text_layer.running import Edges, compared_pages

# MuPDF limits its cache of fonts and images to 256 MiB; the parser halves it each time this number of pages is read.
# Emptying it after each document would reload the standard fonts, which costs as much as reading a page.
_STORE_PAGES = 200


@dataclass(frozen=True)
class DocumentFacts:
    """What every page of a document says of the whole: the unit of the pages' sizes, and warnings."""

    unit: str
    warnings: tuple[str, ...]

    def added_to(self, reading: PageReading) -> PageReading:
        """The reading of a page with these facts."""
        return replace(reading, unit=self.unit, warnings=(*reading.warnings, *self.warnings))


class LastDocument:
    """Opens documents and keeps the last one open.

    Attributes:
        document: the open `pymupdf.Document` or `ImageDocument`; None before the first.
        key: tells the open file from every other, and from itself after a change; None where the system does not say.
        edges: the outer rows of its pages as far as they were looked at, see `page_edges`.
        fonts: what is known of its fonts.
        sent: the image that was last sent for OCR, with what it was rendered for.
    """

    def __init__(self) -> None:
        self.document: Any = None
        self.key: tuple[object, ...] | None = None
        self.edges: dict[int, Edges | None] = {}
        self.fonts = LookedAt()
        self.sent: tuple[tuple[object, ...], NDArray[np.uint8]] | None = None
        self._info: DocumentInfo | None = None
        self._pages = 0

    def open(self, path: str, passwords: Sequence[str], *, reopen: bool = False) -> None:
        """Open a document, unless it is the one that is open; raises DocumentError.

        Args:
            reopen: whether to open the file again although it has not changed.
        """
        try:
            status = Path(path).stat()
            key = (path, tuple(passwords), status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            key = None
        if key is not None and key == self.key and not reopen:
            return
        self.close()
        media_type = sniff(path)
        if not input_type(media_type).mupdf:
            self.document = ImageDocument(path, media_type)
            self._info = self.document.info
        else:
            self.document, self._info = open_document(path, media_type, passwords)
            if media_type == PDF:
                mend_memberships(self.document)
        self.key = key

    def close(self) -> None:
        """Close the open document, if any."""
        if self.document is not None:
            self.document.close()
        self.document = self._info = self.key = self.sent = None
        self.edges, self.fonts = {}, LookedAt()

    @property
    def info(self) -> DocumentInfo:
        """The type and page count of the open document."""
        assert self._info is not None
        return self._info

    @property
    def is_image(self) -> bool:
        """Whether the open document is an image file, which MuPDF does not read."""
        return isinstance(self.document, ImageDocument)

    @property
    def facts(self) -> DocumentFacts:
        """What every page of the document says of the whole."""
        short = self.info.pages_short
        warnings = (PageWarning.PAGES_MISSING.of(short),) if short else ()
        return DocumentFacts(input_type(self.info.media_type).unit, (*warnings, *self.info.warnings))

    def compared(self, page_number: int) -> list[int]:
        """Numbers of the pages whose edges show what runs over the pages; none where that is not looked for."""
        return compared_pages(page_number, self.info.page_count) if self.info.media_type == PDF else []

    def check_number(self, page_number: int) -> None:
        """Raises DocumentError where the document has no such page."""
        if not 1 <= page_number <= self.info.page_count:
            raise DocumentError(
                ErrorCode.NOT_FOUND, f"there is no page {page_number}, the last page is {self.info.page_count}"
            )
        if page_number in self.info.pages_gone:
            message = f"page {page_number} cannot be read: the document has a place for it, but its object is missing"
            raise DocumentError(ErrorCode.UNREADABLE, message)

    def after_page(self) -> None:
        """Clear what MuPDF keeps of a page that was read."""
        forget_losses()
        self._pages += 1
        if self._pages % _STORE_PAGES == 0:
            pymupdf.TOOLS.store_shrink(50)
