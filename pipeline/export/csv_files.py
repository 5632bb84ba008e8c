"""CSV: a file for each table and each chart of a document."""

import csv
from functools import partial
from pathlib import Path

from ..tables.by_document import DocumentRows
from .document_tables import Sheet, sheets_of
from .parts import Part, Parts


def csv_parts(document: DocumentRows) -> Parts:
    """The files of a document: header rows first, all texts as they are printed."""
    sheets, pages = sheets_of(document, charts=True)
    return Parts(pages, tuple(Part(f"-{sheet.name}", partial(_write, sheet)) for sheet in sheets))


def _write(sheet: Sheet, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*sheet.header, *sheet.rows])
