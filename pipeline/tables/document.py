"""A document of an output with all its rows."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from . import records
from .joined import JoinedTable, join_tables
from .records import Row, StoredAnswer, StoredChart, StoredDocument, StoredFailure, StoredLine, StoredPage, StoredTable


@dataclass(frozen=True)
class Document:
    """A committed document; `Output.document` returns it.

    Each property is read from the tables as a whole on first access; a page of text is some hundred objects.
    """

    _row: Row
    _rows: Callable[[str], Sequence[Row]]

    def __repr__(self) -> str:
        return f"<docpipe document {self.facts.document_id}: {self.facts.name}, {self.facts.status}>"

    @cached_property
    def facts(self) -> StoredDocument:
        """The row of `documents`."""
        return records.document(self._row)

    @cached_property
    def pages(self) -> tuple[StoredPage, ...]:
        """The pages in order, each with its lines and blocks in reading order."""
        lines, blocks = self._by_page("lines"), self._by_page("blocks")
        rows = sorted(self._rows("pages"), key=_page_number)
        return tuple(records.page(row, lines[_page_number(row)], blocks[_page_number(row)]) for row in rows)

    @property
    def lines(self) -> tuple[StoredLine, ...]:
        """The lines of all pages in reading order, from the source that gave the text of the page."""
        return tuple(line for page in self.pages for line in page.lines)

    @cached_property
    def answers(self) -> tuple[StoredAnswer, ...]:
        """The answers in the order of pages, after those without a page."""
        return tuple(records.answer(row) for row in sorted(self._rows("answers"), key=_page_number))

    @cached_property
    def charts(self) -> tuple[StoredChart, ...]:
        """The charts with their points, in order."""
        points: dict[str, list[Row]] = defaultdict(list)
        for point in self._rows("chart_points"):
            points[point["chart_id"]].append(point)
        rows = sorted(self._rows("charts"), key=_page_number)
        return tuple(records.chart(row, points[row["chart_id"]]) for row in rows)

    @cached_property
    def failures(self) -> tuple[StoredFailure, ...]:
        """The rows of `errors` in the order of pages, after those of the whole file."""
        return tuple(records.failure(row) for row in sorted(self._rows("errors"), key=_page_number))

    def tables(self) -> tuple[JoinedTable, ...]:
        """The tables in order; a table that continues over several pages is one table here.

        >>> [table.to_arrow() for table in out.document(document_id).tables()]
        """
        return tuple(join_tables(self.table_parts))

    @cached_property
    def table_parts(self) -> tuple[StoredTable, ...]:
        """The rows of `tables` with their cells, one for each part of a table on a page."""
        cells: dict[str, list[Row]] = defaultdict(list)
        for cell in self._rows("cells"):
            cells[cell["table_id"]].append(cell)
        rows = sorted(self._rows("tables"), key=_page_number)
        return tuple(records.table(row, cells[row["table_id"]]) for row in rows)

    def _by_page(self, table: str) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self._rows(table):
            found[_page_number(row)].append(row)
        return found


def _page_number(row: Row) -> int:
    return row["page_number"] or 0
