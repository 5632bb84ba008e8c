"""Searchable PDF: the original pages, with invisible text over pages that have no text layer of their own."""

from collections.abc import Iterator
from pathlib import Path

from ...operators.searchable_pdf.words import OverlayWord
from ...operators.searchable_pdf.writer import PdfWriter
from ...schemas.job.text_engines import TEXT_LAYER
from ...schemas.page import TextSourceReason
from ..inputs.originals import original
from ..tables.by_document import DocumentRows
from ..tables.records import StoredPage
from .word_boxes import placed_words


def write_pdf(document: DocumentRows, path: Path, writer: PdfWriter) -> int:
    """Write a document and return the number of its pages.

    Raises DocumentError if its file no longer exists, has changed, or cannot be opened.
    """
    with original(document.stored()) as source:
        return writer.write(source, str(path.absolute()), _pages(document))


def overlay_words(page: StoredPage) -> list[OverlayWord]:
    """The words to lay over a page: those of lines that are not from its text layer."""
    if all(line.source == TEXT_LAYER for line in page.lines):
        return []
    # The writer takes an OCR layer off the page, so that its lines are laid over the page again.
    again = page.text_source_reason == TextSourceReason.OCR_LAYER_CONFIRMED
    lines = [line for line in page.lines if again or line.source != TEXT_LAYER]
    return [OverlayWord(word.text, word.quad, word.space) for line in lines for word in placed_words(line) if word.text]


def _pages(document: DocumentRows) -> Iterator[tuple[int, list[OverlayWord]]]:
    for rows in document.pages:
        if words := overlay_words(rows.stored()):
            yield rows.number, words
