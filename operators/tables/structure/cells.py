"""Cells of a table: text rows and columns put together, with cells over several rows and columns."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .rows import TextRow
from .runs import Run, text_rows


@dataclass(frozen=True)
class Cell:
    """A cell that is not empty.

    Attributes:
        row, column: of its first row and column, from 0.
        row_span, column_span: how many rows and columns it covers.
        text: its lines with a space between them; a hyphen at a line's end stays.
        words: numbers of its words on the page, in the order of the text.
    """

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    words: tuple[int, ...]


def build_cells(rows: Sequence[TextRow], breaks: Sequence[frozenset[int]]) -> list[Cell]:
    """The cells of a table that are not empty, row by row; no two share a place.

    A cell spans the places up to its last column and its next break, as far as no other cell begins there.

    Args:
        breaks: from `row_breaks`.
    """
    row_of = row_numbers(breaks)
    begins = _beginnings(breaks)
    parts: dict[tuple[int, int], _Part] = {}
    for at, row in enumerate(rows):
        for run, (first, last) in zip(row.runs, row.spans, strict=True):
            start = max((_start(begins, at, column) for column in range(first, last + 1)), default=at)
            home = row_of[start], first
            part = parts.setdefault(home, _Part(start, first, last, []))
            part.last = max(part.last, last)
            part.runs.append(run)
    owner = dict.fromkeys(parts, True)
    cells = []
    for (top, left), part in sorted(parts.items()):
        right = left
        while right < part.last and (top, right + 1) not in owner:
            right += 1
        bottom, end = top, row_of[_end(breaks, part.start, part.first, part.last)]
        while bottom < end and all((bottom + 1, column) not in owner for column in range(left, right + 1)):
            bottom += 1
        owner |= {(r, c): True for r in range(top, bottom + 1) for c in range(left, right + 1)}
        words = [word for row in text_rows([word for run in part.runs for word in run.words]) for word in row]
        text = " ".join(word.text for word in words)
        spans = bottom - top + 1, right - left + 1
        cells.append(Cell(top, left, *spans, text, tuple(word.number for word in words)))
    return cells


def without_empty_rows(cells: Sequence[Cell], row_of: Sequence[int]) -> tuple[list[Cell], list[int]]:
    """The cells, and the row of each text row, without rows in which no cell begins.

    Such a row is made by a text row in the middle of others, whose cell begins above it.
    """
    begun = sorted({cell.row for cell in cells})
    kept = [
        replace(cell, row=top, row_span=bisect_left(begun, cell.row + cell.row_span) - top)
        for cell in cells
        for top in (bisect_left(begun, cell.row),)
    ]
    return kept, [bisect_right(begun, row) - 1 for row in row_of]


@dataclass
class _Part:
    """What stands in a cell: its first text row, its first and last column, its runs."""

    start: int
    first: int
    last: int
    runs: list[Run]


def row_numbers(breaks: Sequence[frozenset[int]]) -> list[int]:
    """The row of each text row."""
    number = [0]
    for ends in breaks:
        number.append(number[-1] + bool(ends))
    return number


def _beginnings(breaks: Sequence[frozenset[int]]) -> dict[int, list[int]]:
    """For each column that ends somewhere the text rows at which a cell begins."""
    found: dict[int, list[int]] = {}
    for at, ends in enumerate(breaks):
        for column in ends:
            found.setdefault(column, [0]).append(at + 1)
    return found


def _start(begins: dict[int, list[int]], at: int, column: int) -> int:
    found = begins.get(column, [0])
    return found[bisect_right(found, at) - 1]


def _end(breaks: Sequence[frozenset[int]], start: int, first: int, last: int) -> int:
    """The last text row of a cell: up to the next break in one of its columns."""
    at = start
    columns = frozenset(range(first, last + 1))
    while at < len(breaks) and not breaks[at] & columns:
        at += 1
    return at
