"""Rows, columns and cells of a table whose place is known."""

from dataclasses import dataclass
from statistics import median

from .cells import Cell, build_cells
from .columns import Interval, find_columns, ruled_edges, split_at_columns
from .page import Area
from .headers import header_end, widened
from .rows import TextRow, are_by_rulings, make_row, row_breaks, walls_between
from .runs import runs_of, text_rows

# A table with this many vertical rulings has frames around its cells.
_FRAMED = 3


@dataclass(frozen=True)
class Structure:
    cells: list[Cell]
    columns: list[Interval]
    rows: list[TextRow]
    breaks: list[frozenset[int]]
    header: int


def structure(area: Area) -> Structure | None:
    if not area.words:
        return None
    em = median(word.height for word in area.words)
    rows = [runs_of(row, area.vertical) for row in text_rows(area.words, area.horizontal)]
    edges = ruled_edges(area, em)
    columns = find_columns(rows, edges)
    split = [[part for run in row for part in split_at_columns(run, columns)] for row in rows]
    columns = find_columns(split, edges)
    made = [make_row(row, columns) for row in split]
    walls = walls_between(made, area.horizontal, columns)
    by_rulings = are_by_rulings(made, walls, len(columns), framed=len(edges) >= _FRAMED)
    header = header_end(made, walls, len(columns), by_rulings=by_rulings)
    made = widened(made, header, columns, area.horizontal, area.vertical)
    breaks = row_breaks(made, walls, len(columns), header, by_rulings=by_rulings)
    return Structure(build_cells(made, breaks), columns, made, breaks, header)
