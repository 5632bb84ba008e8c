"""Finds the tables of a page in its words, its rulings and its layout regions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...schemas.geometry import Box
from ...schemas.page import Blocks, FloatArray, TextLines
from .cells import Cell, row_numbers
from .image_lines import without_strokes
from .page import Area, Line, Rulings, Word
from .regions import area_in, ruled_grids, shared_part, without_known
from .skew import levelled_box, levelled_lines, levelled_words, slant
from .structure import Structure, structure
from .table import GridCell, GridTable

# More words than this in one region are not examined.
_MOST_WORDS = 60_000


def find_tables(
    lines: TextLines, blocks: Blocks, rulings: Rulings, size: tuple[float, float], *, scanned: bool = False
) -> list[GridTable]:
    """The tables of a page, in the order of their regions.

    Args:
        lines: the text of the page, in reading order.
        blocks: its layout regions; those of kind `table` are examined.
        rulings: its straight lines, from `drawings.page_rulings` or `image_lines.image_rulings`.
        size: width and height of the page as displayed, in any unit.
        scanned: whether the words were read from an image, which may be slanting.
    """
    width, height = size
    words = page_words(lines, size)
    horizontal = [Line(at * height, a * width, b * width) for at, a, b in rulings.horizontal.astype(float).tolist()]
    vertical = [Line(at * width, a * height, b * height) for at, a, b in rulings.vertical.astype(float).tolist()]
    scale = np.array([width, height, width, height])
    regions = [
        (index, Box(*(box * scale).tolist()))
        for index, (kind, box) in enumerate(zip(blocks.kind, blocks.boxes.astype(float), strict=True))
        if kind == "table"
    ]
    if scanned:
        horizontal = without_strokes(horizontal, words, vertical=False)
        vertical = without_strokes(vertical, words, vertical=True)
    tangent = slant(words) if scanned else 0.0
    if tangent:
        words = levelled_words(words, tangent)
        horizontal = levelled_lines(horizontal, tangent, vertical=False)
        vertical = levelled_lines(vertical, tangent, vertical=True)
        regions = [(index, levelled_box(box, tangent)) for index, box in regions]
    known = [box for _, box in regions]
    grids = without_known(ruled_grids(horizontal, vertical), known)
    candidates: list[tuple[int | None, Box]] = [*regions, *((None, grid) for grid in grids)]
    found = []
    for block, box in candidates:
        area = area_in(box, words, horizontal, vertical)
        if not 0 < len(area.words) <= _MOST_WORDS:
            continue
        shape = structure(area, trim=True, scanned=scanned)
        if shape is None or not is_table(shape, from_layout=block is not None):
            continue
        found.append(_table(shape, block, lines, blocks))
    return found


def page_words(lines: TextLines, size: tuple[float, float]) -> list[Word]:
    width, height = size
    boxes = (lines.word_boxes.astype(np.float64) * [width, height, width, height]).tolist()
    return [
        Word(text, *box, line, index)
        for index, (text, box, line) in enumerate(
            zip(lines.word_text, boxes, lines.word_line.tolist(), strict=True)
        )
    ]


def is_table(shape: Structure, *, from_layout: bool) -> bool:
    """Whether rows and columns are those of a table and not of prose, a form or a list of contents."""
    if len(shape.columns) < 2 or shape.n_rows < 2:
        return False
    filled = sum(cell.row_span * cell.column_span for cell in shape.cells) / (shape.n_rows * len(shape.columns))
    return filled >= (0.25 if from_layout else 0.6)


def _table(shape: Structure, block: int | None, lines: TextLines, blocks: Blocks) -> GridTable:
    cells = [_placed(cell, shape, lines.word_boxes) for cell in shape.cells]
    taken = {
        (r, c)
        for cell in cells
        for r in range(cell.row, cell.row + cell.row_span)
        for c in range(cell.column, cell.column + cell.column_span)
    }
    empty = [
        GridCell(r, c, 1, 1, r < shape.header_rows, "", None)
        for r in range(shape.n_rows)
        for c in range(len(shape.columns))
        if (r, c) not in taken
    ]
    used = sorted(index for cell in cells for index in cell.words)
    box = _union(lines.word_boxes, used)
    return GridTable(
        box=box,
        block=block,
        n_rows=shape.n_rows,
        n_columns=len(shape.columns),
        header_rows=shape.header_rows,
        caption=None,
        cells=tuple(sorted([*cells, *empty], key=lambda cell: (cell.row, cell.column))),
        confidence=1.0,
    )


def _placed(cell: Cell, shape: Structure, boxes: FloatArray) -> GridCell:
    is_header = cell.row < shape.header_rows
    return GridCell(
        cell.row,
        cell.column,
        cell.row_span,
        cell.column_span,
        is_header,
        cell.text,
        _union(boxes, cell.words),
        cell.words,
    )


def _union(boxes: FloatArray, words: Sequence[int]) -> Box:
    chosen = boxes[list(words)].astype(float)
    (x0, y0), (x1, y1) = chosen[:, :2].min(axis=0).tolist(), chosen[:, 2:].max(axis=0).tolist()
    return Box(x0, y0, x1, y1)
