"""Converts a model's output about a table into its cells, with each text grounded in the page's words."""

import re
from dataclasses import dataclass, replace

from ...schemas.errors import Failure, Stage
from ...schemas.geometry import Box
from ..grounding.ground import Evidence, Grounding, GroundingKind, ground_value
from ..inference.request import OutputError, Result
from ..inference.results import Cell, Table
from ..inference.tasks import EngineTasks
from ..ocr.model_text import box_of
from ..values.locale import LocaleHint
from ..values.not_found import is_not_found
from ..values.numbers import parse_number
from .html import table_html
from .result import result_cell
from .written import WrittenCell, WrittenTable, WrittenTableError, parse_table

_WHOLE_PAGE = Box(0.0, 0.0, 1.0, 1.0)
_LETTERS = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True)
class TableData:
    """A table that a model wrote; `numbers` has the number of each cell, None where its text is no number."""

    table: WrittenTable
    numbers: tuple[float | None, ...]


@dataclass(frozen=True)
class ParseTable:
    """Parses the output for a table; None where the model reports that the image has no table.

    Attributes:
        hint: the number format of the page.
    """

    hint: LocaleHint

    def __call__(self, text: str, cut: bool) -> TableData | None:
        if not cut and is_not_found(text):
            return None
        try:
            table = parse_table(text, cut=cut)
        except WrittenTableError as error:
            raise OutputError(str(error)) from error
        return TableData(table, tuple(self._number(cell.text) for cell in table.cells))

    def _number(self, text: str) -> float | None:
        # Words beside a number, longer than a unit or a currency, are a sentence.
        return None if _LETTERS.search(text) else parse_number(text, self.hint)


def read_table(
    result: Result, region: Box | None, block: int | None, evidence: Evidence, source: str, tasks: EngineTasks
) -> Table | None:
    """The table in an image; None where the model reports that there is none.

    Args:
        region: the region of the page that the image shows; None for the whole page.
        evidence: the text within the region.
        source: source of the page's words.
    """
    data = result.value
    if result.code is None and data is None:
        return None
    table = Table(
        tasks.engine,
        tasks.model,
        region or _WHOLE_PAGE,
        block,
        confidence=result.answer.confidence,
        source=source,
    )
    if result.code is not None:
        # A part of a table would look like the whole.
        failure = Failure(result.code, f"table: {result.message}", Stage.TABLE, result.attempts)
        return replace(table, failure=failure)
    assert isinstance(data, TableData)
    return _with_cells(table, data, evidence)


def _with_cells(table: Table, data: TableData, evidence: Evidence) -> Table:
    written = data.table
    labels = _labels(written)
    cells = tuple(
        _cell(cell, number, evidence, labels) for cell, number in zip(written.cells, data.numbers, strict=True)
    )
    return replace(
        table,
        n_rows=written.n_rows,
        n_columns=written.n_columns,
        header_rows=written.header_rows,
        caption=written.caption,
        html=table_html(cells, written.n_rows, written.caption),
        cells=cells,
    )


def _labels(table: WrittenTable) -> dict[tuple[str, int], str]:
    """The text of the first cell of each row, and of the header of each column, which tell equal values apart."""
    labels: dict[tuple[str, int], str] = {}
    for cell in table.cells:
        if cell.column == 0:
            labels["row", cell.row] = cell.text
        if cell.row < table.header_rows:
            labels["column", cell.column] = f"{labels.get(('column', cell.column), '')} {cell.text}".strip()
    return labels


def _cell(cell: WrittenCell, number: float | None, evidence: Evidence, labels: dict[tuple[str, int], str]) -> Cell:
    grounding = Grounding(GroundingKind.NONE, None)
    if cell.text:
        beside = f"{labels.get(('row', cell.row), '')} {labels.get(('column', cell.column), '')}"
        kind = "string" if number is None else "number"
        grounding = ground_value(cell.text.replace("\n", " "), evidence, kind=kind, question=beside)
    return result_cell(cell, number, grounding, box_of(grounding))
