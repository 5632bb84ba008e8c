"""Rows, columns and cells of a table whose region is known."""

from dataclasses import dataclass, replace
from statistics import median

from .area import Area, one_of_double
from .cells import Cell, build_cells, row_numbers, without_empty_rows
from .columns import Interval, find_columns, ruled_edges, split_at_columns
from .gutters import narrow_gutters
from .headers import before_heading, framed_spans, header_end, headings, under_labels, widened
from .rows import TextRow, are_by_rulings, make_row, row_breaks, walls_between
from .runs import runs_of, text_rows
from .trim import table_rows

# A table with this many vertical rulings has frames around its cells.
_FRAMED = 3
# Horizontal rulings closer than this number of word heights are one: double ones, and frames of neighbouring cells.
_DOUBLE = 0.45


@dataclass(frozen=True)
class Structure:
    """The rows and columns of a table.

    Attributes:
        cells: those with text.
        columns: extent of the text of each column in points.
        rows: its text rows, of which several may be one row.
        row_of: the row of each text row.
        n_rows, header_rows: number of rows, and how many of them are the header.
        by_rulings: whether rulings divide its rows.
        framed: whether rulings divide its columns.
        title: words above the table in its area that are no part of it; empty where there are none.
    """

    cells: list[Cell]
    columns: list[Interval]
    rows: list[TextRow]
    row_of: list[int]
    n_rows: int
    header_rows: int
    by_rulings: bool
    framed: bool
    title: str = ""

    @property
    def has_stub(self) -> bool:
        """Whether the first column labels the rows: it has words, and other columns have values."""
        body = [row for row in self.rows if row.values - {0}]
        labelled = [row for row in body if 0 in row.filled]
        return len(labelled) >= 0.5 * len(body) > 0 and sum(0 in row.values for row in body) <= 0.3 * len(body)


def structure(area: Area, *, trim: bool = False, scanned: bool = False) -> Structure | None:
    """The structure of the words in an area; None where there are none.

    Args:
        trim: whether titles and notes may be in the area, which are left out.
        scanned: whether OCR read the words.
    """
    if not area.words:
        return None
    em = median(word.height for word in area.words)
    area = replace(area, horizontal=one_of_double(area.horizontal, _DOUBLE * em))
    lines = text_rows(area.words, area.horizontal)
    # Gaps between words that OCR read are too uncertain for narrow gutters.
    gutters = [] if scanned else narrow_gutters(lines, em)
    rows = [runs_of(row, area.vertical, gutters, scanned=scanned) for row in lines]
    edges = ruled_edges(area, em)
    columns = find_columns(rows, edges)
    split = [[part for run in row for part in split_at_columns(run, columns)] for row in rows]
    columns = find_columns(split, edges)
    made = [make_row(row, columns) for row in split]
    if trim:
        first, last = table_rows(made, columns, area.horizontal)
        if (first, last) != (0, len(made)):
            words = [word for row in made[first:last] for run in row.runs for word in run.words]
            inner = structure(Area(area.box, words, area.horizontal, area.vertical), scanned=scanned)
            title = " ".join(run.text for row in made[:first] for run in row.runs)
            return None if inner is None else replace(inner, title=title)
    walls = walls_between(made, area.horizontal, columns)
    framed = len(edges) >= _FRAMED
    by_rulings = are_by_rulings(made, walls, len(columns), framed=framed)
    header = header_end(made, walls, len(columns), by_rulings=by_rulings)
    moved = None if framed else under_labels(made, header, columns)
    if moved is not None:
        made, columns = moved
        walls = walls_between(made, area.horizontal, columns)
    header = before_heading(made, header, columns)
    made = widened(made, header, columns, area.horizontal, area.vertical)
    made = headings(made, header, columns)
    if framed:
        made = framed_spans(made, header, columns, area.vertical)
    breaks = row_breaks(made, walls, len(columns), header, by_rulings=by_rulings)
    cells, numbers = without_empty_rows(build_cells(made, breaks), row_numbers(breaks))
    return Structure(
        cells,
        columns,
        made,
        numbers,
        numbers[-1] + 1,
        numbers[header - 1] + 1 if header else 0,
        by_rulings,
        framed,
    )
