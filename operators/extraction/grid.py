"""The engine `grid`: tables of a page by its words and rulings."""

from collections.abc import Sequence

import numpy as np

from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..grounding.ground import Grounding, GroundingKind
from ..inference.request import RequestId
from ..inference.results import Cell, Table
from ..inference.tasks import Cascade
from ..inference.work import Found, ReadPage
from ..reading.collect import collected
from ..tables.find import find_tables
from ..tables.html import table_html
from ..tables.result import result_cell
from ..tables.structure.area import Rulings
from ..tables.table import GridCell, GridTable
from ..tables.values import cell_numbers, page_hint
from .regions import blocks_of

NAME = "grid"
_NO_CELLS = "no rows and columns were found in the region"


def find(page: ReadPage, cascade: Cascade) -> Sequence[Found]:
    """The tables of a page, one for each region of the layout that has rows and columns, and others by rulings."""
    reading = page.reading
    rulings = collected(reading, NAME)
    regions = blocks_of(reading, frozenset({"table"}))
    if not len(reading.lines) or not reading.width or not reading.height:
        return []
    given = rulings if isinstance(rulings, Rulings) else Rulings()
    tables = find_tables(
        reading.lines, reading.blocks, given, (reading.width, reading.height), scanned=is_scanned(reading)
    )
    found = [Found(_id(table), grid_result(table, reading)) for table in tables]
    seen = {table.block for table in tables}
    return [*found, *(Found(RequestId(Use.TABLE, block), None, _NO_CELLS) for block in regions if block not in seen)]


def is_scanned(reading: PageReading) -> bool:
    """Whether the words of a page were read from its image."""
    return reading.text_source != "text_layer"


def grid_result(table: GridTable, reading: PageReading) -> Table:
    """The table in the form of the results of all engines."""
    numbers = cell_numbers(table, page_hint("\n".join(reading.lines.text)))
    cells = tuple(_cell(cell, number, reading) for cell, number in zip(table.cells, numbers, strict=True))
    return Table(
        engine=NAME,
        model="",
        region=table.box,
        block=table.block,
        n_rows=table.n_rows,
        n_columns=table.n_columns,
        header_rows=table.header_rows,
        caption=table.caption,
        html=table_html(cells, table.n_rows, table.caption),
        confidence=table.confidence,
        source=reading.text_source,
        cells=cells,
    )


def _id(table: GridTable) -> RequestId:
    if table.block is not None:
        return RequestId(Use.TABLE, table.block)
    return RequestId(Use.TABLE, region=table.box)


def _cell(cell: GridCell, number: float | None, reading: PageReading) -> Cell:
    known = reading.lines.word_confidence[list(cell.words)]
    known = known[~np.isnan(known)]
    support = float(known.min()) if known.size else 1.0
    grounding = Grounding(GroundingKind.EXACT, support) if cell.words else Grounding(GroundingKind.NONE, None)
    return result_cell(cell, number, grounding, cell.box)
