"""Excel workbooks: a sheet for each table of a document."""

from pathlib import Path

import xlsxwriter

from ..tables.by_document import DocumentRows
from .document_tables import Sheet, sheets_of
from .parts import Part, Parts

# The limits of a sheet, and of the text of a cell.
_ROWS, _COLUMNS, _TEXT = 1_048_576, 16_384, 32_767


def xlsx_parts(document: DocumentRows) -> Parts:
    """The workbook of a document; none where it has no table, since Excel opens none without a sheet."""
    sheets, pages = sheets_of(document, charts=False)
    return Parts(pages, (Part("", lambda path: _write(sheets, path)),) if sheets else ())


def _write(sheets: list[Sheet], path: Path) -> None:
    # No text of a document becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(f"{sheet.name} p{sheet.pages[0]}")
            for at, row in enumerate(sheet.header):
                for column, text in enumerate(row[:_COLUMNS]):
                    page.write_string(at, column, text[:_TEXT], bold)
            below = len(sheet.header)
            for at, (row, numbers) in enumerate(zip(sheet.rows[: _ROWS - below], sheet.numbers, strict=False), below):
                for column, (text, number) in enumerate(zip(row[:_COLUMNS], numbers, strict=False)):
                    if number is not None:
                        page.write_number(at, column, number)
                    elif text:
                        page.write_string(at, column, text[:_TEXT])
            if below:
                page.freeze_panes(below, 0)
