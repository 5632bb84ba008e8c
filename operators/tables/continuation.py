"""Tables that go on over a page break, decided from the two pages alone."""

import re
from dataclasses import replace

import numpy as np

from ...schemas.geometry import Box
from ...schemas.page import PageReading
from ..inference.results import Table
from .html import table_html
from .structure.trim import NOTE

# Shares of the page: the margins in which running headers and page numbers stand, and how far
# a block may reach over the edge of the table.
_MARGIN, _EDGE = 0.08, 0.04
# Share of the columns of which the texts must overlap, and by how much of the narrower one.
_ALIKE, _OVERLAP = 0.7, 0.5
_CONTINUED = re.compile(r"\b(?:continued|cont['’.]?d?|fortsetzung|suite|continuaci[oó]n|segue)\b", re.IGNORECASE)


def first_of_page(tables: tuple[Table, ...], reading: PageReading) -> int | None:
    """The table with which the body of a page begins, by its position; None where something else does."""
    read = [at for at, table in enumerate(tables) if table.failure is None]
    if not read:
        return None
    at = min(read, key=lambda at: tables[at].region.y0)
    box = tables[at].region
    above = [
        (kind, text, bottom)
        for kind, text, bottom in _blocks(reading, tables[at])
        if bottom.y1 <= box.y0 + _EDGE / 2 and bottom.y1 > _MARGIN
    ]
    return None if any(not _may_stand_above(kind, text) for kind, text, _ in above) else at


def last_of_page(tables: tuple[Table, ...], reading: PageReading) -> int | None:
    """The table with which the body of a page ends, but for notes, by its position."""
    read = [at for at, table in enumerate(tables) if table.failure is None]
    if not read:
        return None
    at = max(read, key=lambda at: tables[at].region.y1)
    box = tables[at].region
    below = [
        (kind, text)
        for kind, text, place in _blocks(reading, tables[at])
        if place.y0 >= box.y1 - _EDGE / 2 and place.y0 < 1 - _MARGIN
    ]
    return None if any(kind != "footer" and not NOTE.match(text) for kind, text in below) else at


def goes_on(table: Table, before: Table) -> Table | None:
    """The table as a continuation of another on the page before; None where it is not one.

    Both have columns at the same places. A header of the second is that of the first again; one that holds values like
    the rows of the first is none.
    """
    if table.n_columns != before.n_columns or not _same_columns(table, before):
        return None
    head, first = _header(table), _header(before)
    if not table.header_rows or (head == first and first):
        return table
    if _holds_values(table, before):
        cells = tuple(replace(cell, is_header=cell.is_header and cell.row >= table.header_rows) for cell in table.cells)
        return replace(table, header_rows=0, cells=cells, html=table_html(cells, table.n_rows, table.caption))
    return None


def _blocks(reading: PageReading, table: Table) -> list[tuple[str, str, Box]]:
    """Kind, text and box of the blocks with text that are not the table itself."""
    blocks = reading.blocks
    return [
        (kind, text.strip(), Box(*box))
        for at, (kind, text, box) in enumerate(zip(blocks.kind, blocks.text, blocks.boxes.tolist(), strict=True))
        if at != table.block and text and text.strip()
    ]


def _may_stand_above(kind: str, text: str) -> bool:
    return kind in ("header", "caption") or _CONTINUED.search(text) is not None


def _header(table: Table) -> list[tuple[int, int, str]]:
    return [
        (cell.row, cell.column, "".join(cell.text.split()).casefold())
        for cell in table.cells
        if cell.row < table.header_rows and cell.text
    ]


def _same_columns(a: Table, b: Table) -> bool:
    ours, theirs = _extents(a), _extents(b)
    shared = [column for column in ours if column in theirs]
    alike = [
        column for column in shared if min(ours[column][1], theirs[column][1]) > max(ours[column][0], theirs[column][0])
    ]
    return bool(shared) and len(alike) >= _ALIKE * len(shared)


def _extents(table: Table) -> dict[int, tuple[float, float]]:
    found: dict[int, tuple[float, float]] = {}
    for cell in table.cells:
        if cell.box is not None and cell.column_span == 1:
            low, high = found.get(cell.column, (np.inf, -np.inf))
            found[cell.column] = (min(low, cell.box.x0), max(high, cell.box.x1))
    return found


def _holds_values(table: Table, before: Table) -> bool:
    """Whether the header of a table has numbers in columns of numbers of the one before."""
    numeric = {cell.column for cell in before.cells if cell.number is not None and cell.row >= before.header_rows}
    head = [cell for cell in table.cells if cell.row < table.header_rows and cell.column in numeric and cell.text]
    return bool(head) and sum(cell.number is not None for cell in head) >= 0.5 * len(head)
