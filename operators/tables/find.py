"""Finds the tables of a page in its words, its rulings and its layout regions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np

from ...schemas.geometry import Box
from ...schemas.page import Blocks, FloatArray, TextLines
from .confidence import confidence, signs_of
from .regions import MEETS, area_in, ruled_grids, ruled_rows, tables_in, with_bands, without_known
from .rulings.strokes import without_strokes
from .sheet import Sheet, levelled_box, quarter_turns, runs_from_right, sheet_of
from .skew import slant
from .structure.area import Area, Rulings
from .structure.build import Structure, structure
from .structure.cells import Cell
from .table import GridCell, GridTable

# More words than this in one region are not examined.
_MOST_WORDS = 60_000
# Rows times columns of the largest table.
_MOST_PLACES = 100_000
# Share of the places with text below which a region of the layout, or a grid of rulings, is no table.
_FILLED, _FILLED_GRID = 0.25, 0.6
# Kinds of layout regions in which rulings are a chart's, but for closed grids with so many cells and filled places.
_FEWEST_CELLS, _FILLED_PICTURE = 6, 0.9
_PICTURES = frozenset({"figure", "chart"})
# Words of a line of prose.
_SENTENCE = 5
# Of a list of contents: its fewest rows, and the shares of rows that end with a page number, of numbers that rise, and
# of rows with leaders.
_FEWEST_ENTRIES, _ENTRIES, _RISING, _LED = 4, 0.6, 0.9, 0.3
_LEADERS = re.compile(r"(?:[.·…_] ?){4,}")
_PAGE = re.compile(r"(?:^|\s|[.…])(\d{1,4})$")
_CONTENTS = re.compile(
    r"(?:table of )?contents|list of|inhalt|table des mati|sommaire|[íi]ndice|sumario|inhoud|spis tre", re.IGNORECASE
)
# A heading may reach over the edge of a region by this share of the page.
_NEAR = 0.01
# By this many heights of a word may a ruling miss another one.
_MISSES = 0.25
# A caption is at most this share of the page's height away.
_CAPTION_GAP = 0.03


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
    sheet = sheet_of(lines, rulings, size)
    scale = np.array([width, height, width, height])
    regions = [
        (index, Box(*(box * scale).tolist()))
        for index, (kind, box) in enumerate(zip(blocks.kind, blocks.boxes.astype(float), strict=True))
        if kind == "table"
    ]
    if scanned or rulings.from_image:
        sheet = replace(
            sheet,
            horizontal=without_strokes(sheet.horizontal, sheet.words, vertical=False),
            vertical=without_strokes(sheet.vertical, sheet.words, vertical=True),
        )
    tangent = slant(sheet.words) if scanned else 0.0
    if tangent:
        sheet = sheet.levelled(tangent)
        regions = [(index, levelled_box(box, tangent)) for index, box in regions]
    # The unit of an image is a pixel, of which a letter has many more than points.
    em = median(word.height for word in sheet.words) if sheet.words else 0.0
    grids = ruled_grids(sheet.horizontal, sheet.vertical, max(MEETS, _MISSES * em))
    candidates: list[tuple[int | None, Box]] = [
        (index, part)
        for index, box in regions
        for part in tables_in(box, grids, sheet.horizontal, sheet.vertical, sheet.words)
    ]
    candidates += [(None, grid) for grid in without_known(grids, [box for _, box in candidates])]
    pictures = [
        Box(*(box * scale).tolist()) for kind, box in zip(blocks.kind, blocks.boxes, strict=True) if kind in _PICTURES
    ]
    # Rows between rulings in a picture are a chart.
    known = [*pictures, *(box for _, box in candidates)]
    candidates += [(None, box) for box in without_known(ruled_rows(sheet.horizontal, sheet.words), known)]
    found = []
    for block, box in candidates:
        area = _upright(sheet, box, lines, size)
        if not 0 < len(area.words) <= _MOST_WORDS:
            continue
        shape = structure(area, trim=True, scanned=scanned)
        heading = "" if shape is None else shape.title or heading_of(box, blocks, height)
        if shape is None or not is_table(shape, heading, from_layout=block is not None):
            continue
        if block is None and not without_known([box], pictures) and not is_closed_grid(shape):
            continue
        found.append(_table(shape, block, lines, blocks))
    return found


def _upright(sheet: Sheet, box: Box, lines: TextLines, size: tuple[float, float]) -> Area:
    """The words and rulings in a box, turned so that its text runs from left to right and rows from top to bottom."""
    area = area_in(box, sheet.words, sheet.horizontal, sheet.vertical)
    for _ in range(quarter_turns(area.words, lines, size)):
        sheet, box = sheet.turned(), sheet.turned_box(box)
    if runs_from_right(area.words):
        sheet, box = sheet.mirrored(), sheet.mirrored_box(box)
    return with_bands(area_in(box, sheet.words, sheet.horizontal, sheet.vertical), sheet.band_edges)


def is_table(shape: Structure, heading: str, *, from_layout: bool) -> bool:
    """Whether rows and columns are those of a table and not of prose, a form or a list of contents.

    Args:
        heading: what stands above it.
    """
    if len(shape.columns) < 2 or shape.n_rows < 2 or shape.n_rows * len(shape.columns) > _MOST_PLACES:
        return False
    filled = sum(cell.row_span * cell.column_span for cell in shape.cells) / (shape.n_rows * len(shape.columns))
    if filled < (_FILLED if from_layout else _FILLED_GRID):
        return False
    return not (is_prose(shape) or is_contents(shape, heading))


def is_closed_grid(shape: Structure) -> bool:
    """Whether rulings stand around texts in nearly all places, as they do in no chart."""
    filled = sum(cell.row_span * cell.column_span for cell in shape.cells)
    closed = shape.by_rulings and shape.framed and len(shape.cells) >= _FEWEST_CELLS
    return closed and filled >= _FILLED_PICTURE * shape.n_rows * len(shape.columns)


def is_prose(shape: Structure) -> bool:
    """Whether two columns hold sentences that go on from row to row, without rulings between them."""
    if shape.framed or shape.by_rulings or len(shape.columns) != 2:
        return False
    lines = [run for row in shape.rows for run in row.runs]
    return sum(len(run.words) >= _SENTENCE for run in lines) > 0.6 * len(lines)


def is_contents(shape: Structure, heading: str) -> bool:
    """Whether the rows are entries that end with a page number, which rises, after leaders or under such a heading."""
    texts = [" ".join(run.text for run in row.runs) for row in shape.rows]
    ends = [_PAGE.search(text) for text in texts]
    pages = [int(end[1]) for end in ends if end is not None]
    if len(texts) < _FEWEST_ENTRIES or len(pages) < _ENTRIES * len(texts):
        return False
    rising = sum(a <= b for a, b in pairwise(pages)) >= _RISING * (len(pages) - 1)
    led = sum(_LEADERS.search(text) is not None for text in texts)
    return rising and (led >= _LED * len(texts) or _CONTENTS.match(heading) is not None)


def heading_of(box: Box, blocks: Blocks, height: float) -> str:
    """The text of the block that is next above a box in points."""
    best, found = box.y0, ""
    for text, (_, _, _, y1) in zip(blocks.text, (blocks.boxes * height).tolist(), strict=True):
        if text and y1 <= box.y0 + _NEAR * height and box.y0 - y1 < best:
            best, found = box.y0 - y1, text
    return found.strip()


def _table(shape: Structure, block: int | None, lines: TextLines, blocks: Blocks) -> GridTable:
    cells = [_placed(cell, shape, lines.word_boxes) for cell in shape.cells]
    taken = {place for cell in cells for place in cell.places()}
    empty = [
        GridCell(r, c, 1, 1, r < shape.header_rows, "", None)
        for r in range(shape.n_rows)
        for c in range(len(shape.columns))
        if (r, c) not in taken
    ]
    signs = signs_of(shape, lines)
    box = union_of(lines.word_boxes, [index for cell in cells for index in cell.words])
    return GridTable(
        box=box,
        block=block,
        n_rows=shape.n_rows,
        n_columns=len(shape.columns),
        header_rows=shape.header_rows,
        caption=caption_of(box, blocks) or shape.title or None,
        cells=tuple(sorted([*cells, *empty], key=lambda cell: (cell.row, cell.column))),
        confidence=confidence(signs),
        signs=signs,
    )


def caption_of(box: Box, blocks: Blocks) -> str | None:
    """The text of the layout's caption right above or below a table; the nearer one where there are two."""
    best = None
    for kind, text, (x0, y0, x1, y1) in zip(blocks.kind, blocks.text, blocks.boxes.tolist(), strict=True):
        if kind != "caption" or not text or min(x1, box.x1) <= max(x0, box.x0):
            continue
        gap = max(box.y0 - y1, y0 - box.y1)
        if gap <= _CAPTION_GAP and (best is None or gap < best[0]):
            best = gap, " ".join(text.split())
    return None if best is None else best[1]


def _placed(cell: Cell, shape: Structure, boxes: FloatArray) -> GridCell:
    is_header = cell.row < shape.header_rows or (cell.column == 0 and shape.has_stub)
    return GridCell(
        cell.row,
        cell.column,
        cell.row_span,
        cell.column_span,
        is_header,
        cell.text,
        union_of(boxes, cell.words),
        cell.words,
    )


def union_of(boxes: FloatArray, words: Sequence[int]) -> Box:
    chosen = boxes[list(words)].astype(float)
    (x0, y0), (x1, y1) = chosen[:, :2].min(axis=0).tolist(), chosen[:, 2:].max(axis=0).tolist()
    return Box(x0, y0, x1, y1)
