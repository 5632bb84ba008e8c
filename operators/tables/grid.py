"""Derives the rows and columns of a table from the boxes of its words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ...schemas.geometry import Box

# Words with a gap of more than this many heights between them are in different cells.
_GAP = 0.75
# A word belongs to a row that overlaps at least this share of its height.
_ROW_OVERLAP = 0.5
# A cell belongs to a column that overlaps more than this share of the narrower one's width.
_COLUMN_OVERLAP = 0.25


class PlacedText(Protocol):
    """A word with its box on the page."""

    @property
    def text(self) -> str: ...

    @property
    def box(self) -> Box: ...


@dataclass(frozen=True)
class _Run:
    """Adjacent words of one row without a wide gap: a cell, or a part of one; x in shares of the page's width."""

    text: str
    x0: float
    x1: float


def table_grid(words: Sequence[PlacedText], aspect: float) -> list[list[str]]:
    """The cells of a table row by row, all rows of the same length; empty where there are no words.

    A cell that spans columns is put into its first column. Each line of a cell is a row.

    Args:
        words: the words of the table, with boxes in shares of the page.
        aspect: the page's height divided by its width, which makes heights comparable with widths.
    """
    rows = [_runs(row, aspect) for row in _rows(words)]
    columns = _columns([run for row in rows for run in row])
    grid = []
    for row in rows:
        cells = [""] * len(columns)
        for run in row:
            at = _column_of(run, columns)
            cells[at] = f"{cells[at]} {run.text}".strip()
        grid.append(cells)
    return grid


def _rows(words: Sequence[PlacedText]) -> list[list[PlacedText]]:
    """Words grouped by vertical overlap, rows from top to bottom, each row from left to right."""
    rows: list[tuple[float, float, list[PlacedText]]] = []
    for word in sorted(words, key=lambda word: word.box.y0 + word.box.y1):
        height = word.box.y1 - word.box.y0
        if rows:
            low, high, members = rows[-1]
            shared = min(high, word.box.y1) - max(low, word.box.y0)
            if shared >= _ROW_OVERLAP * min(height, high - low):
                members.append(word)
                # The median edges of its words, so that a tall word does not extend the row over its neighbours.
                low, high = (float(np.median([getattr(m.box, side) for m in members])) for side in ("y0", "y1"))
                rows[-1] = (low, high, members)
                continue
        rows.append((word.box.y0, word.box.y1, [word]))
    return [sorted(members, key=lambda word: word.box.x0) for _, _, members in rows]


def _runs(row: Sequence[PlacedText], aspect: float) -> list[_Run]:
    height = float(np.median([word.box.y1 - word.box.y0 for word in row])) * aspect
    runs: list[_Run] = []
    for word in row:
        box: Box = word.box
        if runs and box.x0 - runs[-1].x1 <= _GAP * height:
            last = runs[-1]
            runs[-1] = replace(last, text=f"{last.text} {word.text}", x1=max(last.x1, box.x1))
        else:
            runs.append(_Run(word.text, box.x0, box.x1))
    return runs


def _columns(runs: Sequence[_Run]) -> list[tuple[float, float]]:
    """Intervals from left to right: narrow runs define them; a run that overlaps several is a spanning cell."""
    columns: list[tuple[float, float]] = []
    for run in sorted(runs, key=lambda run: run.x1 - run.x0):
        touched = [i for i, column in enumerate(columns) if _shared(run, column) > 0]
        if not touched:
            columns.append((run.x0, run.x1))
        elif len(touched) == 1:
            low, high = columns[touched[0]]
            columns[touched[0]] = (min(low, run.x0), max(high, run.x1))
    return sorted(columns)


def _column_of(run: _Run, columns: Sequence[tuple[float, float]]) -> int:
    """The first column with sufficient overlap; where there is none, the column with the largest overlap."""
    shares = [_shared(run, column) / min(run.x1 - run.x0, column[1] - column[0]) for column in columns]
    good = [i for i, share in enumerate(shares) if share > _COLUMN_OVERLAP]
    return good[0] if good else int(np.argmax(shares))


def _shared(run: _Run, column: tuple[float, float]) -> float:
    return min(run.x1, column[1]) - max(run.x0, column[0])
