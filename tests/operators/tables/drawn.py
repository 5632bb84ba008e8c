"""Pages drawn in characters, for tests of tables: a character is 6 points wide, a row of text 12 points high."""

import numpy as np
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.structure.area import Rulings
from docpipe.operators.tables.table import GridTable
from docpipe.schemas.page import Blocks, TextLines

CHARACTER, ROW, HEIGHT = 6.0, 12.0, 10.0
SIZE = (600.0, 800.0)


def lines_of(words: list[tuple[str, float, float, float, float]], size: tuple[float, float] = SIZE) -> TextLines:
    """Each word a line of its own; boxes in points."""
    boxes = np.array([word[1:] for word in words], np.float64).reshape(-1, 4) / np.array([*size, *size])
    boxes = boxes.astype(np.float32)
    nan = np.full(len(words), np.nan, np.float32)
    texts = [word[0] for word in words]
    return TextLines(
        text=texts,
        boxes=boxes,
        polygons=[None] * len(words),
        confidence=nan,
        block=np.zeros(len(words), np.int32),
        word_text=texts,
        word_boxes=boxes,
        word_confidence=nan,
        word_line=np.arange(len(words), dtype=np.int32),
    )


def words_of(drawing: str) -> list[tuple[str, float, float, float, float]]:
    """The words of the rows of a drawing; a `-` or `|` row or column of rulings is not drawn."""
    words = []
    for at, row in enumerate(rows_of(drawing)):
        start = None
        for column, character in enumerate(f"{row} "):
            if character not in " |" and start is None:
                start = column
            elif character in " |" and start is not None:
                top = at * ROW + 20
                words.append((row[start:column], start * CHARACTER, top, column * CHARACTER, top + HEIGHT))
                start = None
    return words


def rows_of(drawing: str) -> list[str]:
    return [row for row in drawing.strip("\n").split("\n") if row.strip(" -|") or not row.strip()]


def rulings_of(drawing: str) -> Rulings:
    """Runs of three `-` or more in rows without text, and columns of `|`."""
    horizontal, vertical = [], []
    at = 0
    for row in drawing.strip("\n").split("\n"):
        if row.strip() and row.strip(" -|") == "":
            y = at * ROW + 20 - (ROW - HEIGHT) / 2
            start = None
            for column, character in enumerate(f"{row} "):
                if character in "-|" and start is None:
                    start = column
                elif character == " " and start is not None:
                    horizontal.append((y / SIZE[1], start * CHARACTER / SIZE[0], column * CHARACTER / SIZE[0]))
                    start = None
        else:
            for column, character in enumerate(row):
                if character == "|":
                    x, y = (column + 0.5) * CHARACTER, at * ROW + 20 - 2
                    vertical.append((x / SIZE[0], y / SIZE[1], (y + ROW + 1) / SIZE[1]))
            at += 1
    return Rulings(_joined(horizontal), _joined(vertical, 0.01))


def _joined(lines: list[tuple[float, float, float]], gap: float = 0.0) -> np.ndarray:
    out: list[list[float]] = []
    for at, start, end in sorted(lines):
        if out and abs(out[-1][0] - at) < 1e-6 and start - out[-1][2] <= gap:
            out[-1][2] = max(out[-1][2], end)
        else:
            out.append([at, start, end])
    return np.array(out, np.float32).reshape(-1, 3)


def table_block() -> Blocks:
    return Blocks(["table"], np.array([[0, 0, 1, 1]], np.float32), [None], np.full(1, np.nan, np.float32))


def tables_in(drawing: str) -> list[GridTable]:
    """The tables of a drawing whose layout takes the whole page for one table."""
    return find_tables(lines_of(words_of(drawing)), table_block(), rulings_of(drawing), SIZE)


def table_in(drawing: str) -> GridTable:
    (table,) = tables_in(drawing)
    return table


def spans(table: GridTable) -> dict[str, tuple[int, int, int, int]]:
    """Row, column, row span and column span by the text of a cell."""
    return {c.text: (c.row, c.column, c.row_span, c.column_span) for c in table.cells if c.text}
