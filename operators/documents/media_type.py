"""Detects the media type of a document from its content, never from its name."""

import re
from dataclasses import dataclass

from ...schemas.errors import DocumentError, ErrorCode
from .content import content_of
from .input_types import INPUT_TYPES, PDF, REFUSED

_PDF_TRACES = re.compile(rb"%PDF-|\d+ \d+ obj\b|startxref|/Type\s*/Catalog")


@dataclass(frozen=True)
class DocumentInfo:
    """Properties of a document that are known once it is open.

    Attributes:
        media_type: media type from the content.
        page_count: at least 1; the number of frames of a TIFF, of pages of other documents.
        title: title from the document's metadata; None where it has none.
        likely_scanned: whether most pages will probably need OCR, estimated from a sample and used for planning only.
            False where no sample was requested.
        pages_gone: numbers of pages, counting from 1, for which the document has a place but no object.
        pages_short: number of pages that the document claims to have and has no place for.
        warnings: what a reader of the pages alone misses, as it is stored with each of them.
    """

    media_type: str
    page_count: int
    title: str | None = None
    likely_scanned: bool = False
    pages_gone: frozenset[int] = frozenset()
    pages_short: int = 0
    warnings: tuple[str, ...] = ()


def sniff(path: str) -> str:
    """The media type of a file, one of those of `INPUT_TYPES`.

    Raises:
        DocumentError: `not_found`, `permission_denied`, `unreadable` (an I/O error, or a damaged container), `empty`
            (no bytes), `too_large`, or `unsupported_type`.
    """
    content = content_of(path)
    for known in INPUT_TYPES:
        if known.recognise(content):
            return known.media_type
    # A PDF whose header is damaged or not at the start: MuPDF reconstructs it from its objects.
    if not content.names and (_PDF_TRACES.search(content.head) or _PDF_TRACES.search(content.tail)):
        return PDF
    refused = next(one for one in REFUSED if one.recognise(content))
    message = f"{refused.name} is not among the supported types; {refused.advice}"
    raise DocumentError(ErrorCode.UNSUPPORTED_TYPE, message)
