"""Joins tables that continue over several pages of a document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from .records import StoredTable


@dataclass(frozen=True)
class JoinedTable:
    """A table of a document with its parts on all pages.

    A header that is repeated on a later page is left out there. The text of a cell that spans several rows or columns
    is repeated in each of them.

    Attributes:
        parts: its rows of `tables` in order, with their cells.
        header: the header rows, each with a text for every column; empty if the table has none.
        rows: the rows below the header, in the same form.
        numbers: the numbers of `rows`, None where a text is not one.
    """

    parts: tuple[StoredTable, ...]
    header: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[float | None, ...], ...]

    @property
    def table_id(self) -> str:
        """The `table_id` of the first part."""
        return self.parts[0].table_id

    @property
    def caption(self) -> str | None:
        """The caption of the first part that has one."""
        return next((part.caption for part in self.parts if part.caption), None)

    @property
    def page_numbers(self) -> tuple[int, ...]:
        """The page of each part."""
        return tuple(part.page_number for part in self.parts)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The header of each column as one line, made unique; `column_1` … for columns without a header."""
        names: list[str] = []
        for column in range(self._width):
            texts = dict.fromkeys(" ".join(row[column].split()) for row in self.header)
            name = plain = " ".join(text for text in texts if text) or f"column_{column + 1}"
            again = 1
            while name in names:
                again += 1
                name = f"{plain}_{again}"
            names.append(name)
        return tuple(names)

    def to_arrow(self) -> pa.Table:
        """The rows below the header; a column is double if all its texts are numbers, otherwise string.

        An empty cell is null in a column of numbers, and an empty string in a column of strings.
        """
        return pa.table({name: self._column(column) for column, name in enumerate(self.column_names)})

    def _column(self, column: int) -> pa.Array:
        texts = [row[column] for row in self.rows]
        numbers = [row[column] for row in self.numbers]
        known = [number for text, number in zip(texts, numbers, strict=True) if text.strip()]
        if known and None not in known:
            return pa.array(numbers, pa.float64())
        return pa.array(texts, pa.string())

    @property
    def _width(self) -> int:
        return max(part.n_columns for part in self.parts)


def join_tables(tables: Iterable[StoredTable]) -> list[JoinedTable]:
    """Tables joined with their continuations, in the order of their first parts.

    The continuation of a table that is not in `tables` is a table of its own.
    """
    chains: list[list[StoredTable]] = []
    chain_of: dict[str, list[StoredTable]] = {}
    for table in sorted(tables, key=lambda table: table.page_number):
        chain = chain_of.get(table.continues or "")
        if chain is None:
            chain = []
            chains.append(chain)
        chain.append(table)
        chain_of[table.table_id] = chain
    return [_joined(chain) for chain in chains]


def _joined(parts: Sequence[StoredTable]) -> JoinedTable:
    width = max(part.n_columns for part in parts)
    header: tuple[tuple[str, ...], ...] = ()
    texts: list[tuple[str, ...]] = []
    numbers: list[tuple[float | None, ...]] = []
    for place, part in enumerate(parts):
        rows, values = _grid(part, width)
        head = rows[: part.header_rows]
        if place == 0:
            header = head
        # A later header with different words is not a repetition, so its rows are kept.
        skipped = part.header_rows if place == 0 or head == header else 0
        texts += rows[skipped:]
        numbers += values[skipped:]
    return JoinedTable(tuple(parts), header, tuple(texts), tuple(numbers))


def _grid(table: StoredTable, width: int) -> tuple[tuple[tuple[str, ...], ...], list[tuple[float | None, ...]]]:
    """Texts and numbers of each row."""
    texts = [[""] * width for _ in range(table.n_rows)]
    numbers: list[list[Any]] = [[None] * width for _ in range(table.n_rows)]
    for cell in table.cells:
        for row in range(cell.row, min(cell.row + cell.row_span, table.n_rows)):
            for column in range(cell.column, min(cell.column + cell.column_span, width)):
                texts[row][column], numbers[row][column] = cell.text, cell.value_number
    return tuple(map(tuple, texts)), list(map(tuple, numbers))
