"""Rows and columns of words alone, for tables that no engine was asked about."""

from collections.abc import Sequence
from typing import Protocol

from ...schemas.geometry import Box
from .structure.area import Area, Word
from .structure.build import structure


class PlacedText(Protocol):
    """A word with its box on the page."""

    @property
    def text(self) -> str: ...

    @property
    def box(self) -> Box: ...


def table_grid(words: Sequence[PlacedText], aspect: float) -> list[list[str]]:
    """The cells of a table row by row, all rows of the same length; empty where there are no words.

    A cell over several rows or columns stands in the first of them.

    Args:
        words: the words of the table, with boxes in shares of the page.
        aspect: the page's height divided by its width, which makes heights comparable with widths.
    """
    if not words:
        return []
    placed = [
        Word(word.text, word.box.x0, word.box.y0 * aspect, word.box.x1, word.box.y1 * aspect, number=at)
        for at, word in enumerate(words)
    ]
    around = Box(
        min(word.x0 for word in placed),
        min(word.y0 for word in placed),
        max(word.x1 for word in placed),
        max(word.y1 for word in placed),
    )
    shape = structure(Area(around, placed))
    assert shape is not None
    grid = [[""] * len(shape.columns) for _ in range(shape.n_rows)]
    for cell in shape.cells:
        grid[cell.row][cell.column] = f"{grid[cell.row][cell.column]} {cell.text}".strip()
    return grid
