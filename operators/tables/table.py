"""A table as it was found: cells with their places on the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...schemas.geometry import Box


@dataclass(frozen=True)
class GridCell:
    """A cell of a table, with or without text.

    Attributes:
        row, column: of its first row and column, from 0.
        row_span, column_span: how many rows and columns it covers.
        is_header: whether it is in a header row at the top, or labels a row.
        text: the words as they stand there, lines joined with a space; empty where there are none.
        box: around its words, in shares of the page; None for an empty cell.
        words: indices of its words among the words of the page.
    """

    row: int
    column: int
    row_span: int
    column_span: int
    is_header: bool
    text: str
    box: Box | None
    words: tuple[int, ...] = ()

    def places(self) -> Iterator[tuple[int, int]]:
        """The rows and columns that it covers."""
        for row in range(self.row, self.row + self.row_span):
            for column in range(self.column, self.column + self.column_span):
                yield row, column


@dataclass(frozen=True)
class GridTable:
    """A table of a page.

    Attributes:
        box: around its words, in shares of the page.
        block: index of the layout region that it was found in; None where the layout has none.
        n_rows, n_columns: its size; each place is covered by exactly one cell.
        header_rows: how many rows at the top are its header.
        caption: text beside it that names it; None where there is none.
        cells: row by row.
        confidence: from 0 to 1, an estimate of the share of neighbouring cells that are right.
        signs: of mistakes, by name, from which the confidence is computed; see `confidence.signs_of`.
    """

    box: Box
    block: int | None
    n_rows: int
    n_columns: int
    header_rows: int
    caption: str | None
    cells: tuple[GridCell, ...]
    confidence: float
    signs: Mapping[str, float] = field(default_factory=dict)

    def rows(self) -> list[list[str]]:
        """The texts in a plain grid; a cell over several places stands in the first of them."""
        grid = [[""] * self.n_columns for _ in range(self.n_rows)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.text
        return grid
