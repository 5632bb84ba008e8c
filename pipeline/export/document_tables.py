"""The tables and charts of a document as plain rows, for exports that hold nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..tables.by_document import DocumentRows
from ..tables.joined import join_tables
from ..tables.records import StoredChart, StoredTable


@dataclass(frozen=True)
class Sheet:
    """A table or a chart.

    Attributes:
        name: `table-1`, `chart-1`, counted within the document.
        pages: numbers of the pages that it stands on.
        header, rows: texts, as many in each row as the sheet has columns.
        numbers: the numbers of `rows`, None where a text is not one.
    """

    name: str
    pages: tuple[int, ...]
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[float | None, ...], ...]


def sheets_of(document: DocumentRows, *, charts: bool) -> tuple[list[Sheet], int]:
    """The tables of a document, joined over its pages, and the number of its pages.

    Args:
        charts: whether the values of charts follow.
    """
    tables: list[StoredTable] = []
    drawn: list[StoredChart] = []
    pages = 0
    for page in document.pages:
        pages += 1
        tables += page.tables()
        drawn += page.charts()
    sheets = [
        Sheet(f"table-{number}", joined.page_numbers, joined.header, joined.rows, joined.numbers)
        for number, joined in enumerate(join_tables(tables), 1)
    ]
    if charts:
        sheets += _charts(drawn)
    return sheets, pages


def _charts(charts: list[StoredChart]) -> Iterator[Sheet]:
    read = [chart for chart in charts if chart.status == "ok" and chart.columns]
    for number, chart in enumerate(read, 1):
        width = len(chart.columns)
        rows = tuple((*row, *[""] * width)[:width] for row in chart.rows)
        blank = tuple((None,) * width for _ in rows)
        yield Sheet(f"chart-{number}", (chart.page_number,), (chart.columns,), rows, blank)
