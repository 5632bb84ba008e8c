"""Searchable PDF: the original pages, with invisible text over pages that have no text layer of their own."""

from collections.abc import Iterator
from pathlib import Path

from ...operators.searchable_pdf.words import OverlayWord
from ...operators.searchable_pdf.writer import PdfWriter
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
    """The words to lay over a page; none if the text of the page is its text layer."""
    if page.text_source in ("text_layer", "none"):
        return []
    return [
        OverlayWord(word.text, word.quad, word.space) for line in page.lines for word in placed_words(line) if word.text
    ]


def _pages(document: DocumentRows) -> Iterator[tuple[int, list[OverlayWord]]]:
    for rows in document.pages:
        if words := overlay_words(rows.stored()):
            yield rows.number, words
