"""Cells of a table: text rows and columns put together, with cells over several rows and columns."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

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
    """The cells of a table that are not empty, row by row.

    Args:
        breaks: from `row_breaks`.
    """
    row_of = row_numbers(breaks)
    begins = _beginnings(breaks)
    parts: dict[tuple[int, int], _Part] = {}
    for at, row in enumerate(rows):
        for run, (first, last) in zip(row.runs, row.spans, strict=True):
            start = max((_start(begins, at, column) for column in range(first, last + 1)), default=at)
            key = next((k for k in ((start, c) for c in range(first, last + 1)) if k in parts), (start, first))
            part = parts.setdefault(key, _Part(first, last, []))
            part.first, part.last = min(part.first, first), max(part.last, last)
            part.runs.append((at, run))
    cells = []
    for (start, _), part in parts.items():
        end = _end(breaks, start, part)
        words = [word for _, run in part.runs for word in run.words]
        words = [word for row in text_rows(words) for word in row]
        text = " ".join(word.text for word in words)
        spans = row_of[end] - row_of[start] + 1, part.last - part.first + 1
        cells.append(Cell(row_of[start], part.first, *spans, text, tuple(word.number for word in words)))
    return sorted(cells, key=lambda cell: (cell.row, cell.column))


@dataclass
class _Part:
    first: int
    last: int
    runs: list[tuple[int, Run]]


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


def _end(breaks: Sequence[frozenset[int]], start: int, part: _Part) -> int:
    """The last text row of a cell: up to the next break in one of its columns."""
    at = start
    columns = frozenset(range(part.first, part.last + 1))
    while at < len(breaks) and not breaks[at] & columns:
        at += 1
    return at
