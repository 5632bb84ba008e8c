"""Cells in the form of the results of all engines."""

from typing import Protocol

from ...schemas.geometry import Box
from ..grounding.ground import Grounding
from ..inference.results import Cell


class PlacedCell(Protocol):
    """A cell with its place in the grid, as `grid` finds it or a model writes it."""

    @property
    def row(self) -> int: ...

    @property
    def column(self) -> int: ...

    @property
    def row_span(self) -> int: ...

    @property
    def column_span(self) -> int: ...

    @property
    def is_header(self) -> bool: ...

    @property
    def text(self) -> str: ...


def result_cell(cell: PlacedCell, number: float | None, grounding: Grounding, box: Box | None) -> Cell:
    """The cell with the number that it means, where it is printed, and how that was found."""
    return Cell(
        row=cell.row,
        column=cell.column,
        text=cell.text,
        grounding=grounding,
        row_span=cell.row_span,
        column_span=cell.column_span,
        is_header=cell.is_header,
        number=number,
        box=box,
    )
