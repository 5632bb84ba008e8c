"""Sets tables and paragraphs on PDF pages and keeps where each cell stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import pymupdf

Rect = tuple[float, float, float, float]
INK, GREY, PALE, WHITE = (0.0, 0.0, 0.0), (0.45, 0.45, 0.45), (0.9, 0.92, 0.95), (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Item:
    """A cell to be set, from `row`, `column` on; rows and columns count from 0.

    Attributes:
        number: what the text means; None where it is no number.
        align: left, right or centre.
        indent: points from the left edge of its column.
        leaders: whether dots run from its end to the end of its column.
        prefix: stands at the left end of the column, however far its text is.
    """

    row: int
    column: int
    text: str
    row_span: int = 1
    column_span: int = 1
    number: float | None = None
    align: str = "left"
    bold: bool = False
    indent: float = 0.0
    leaders: bool = False
    prefix: str = ""


@dataclass(frozen=True)
class Style:
    """How a table looks; lengths in points.

    Attributes:
        rules: all, rows, columns, header (above and below it, and below the table), outer, dotted (below each row),
            white (between cells on a background), boxes (a frame around each cell), or none.
        bands: a background of every second row, and of the header.
        gutter: between the texts of neighbouring columns.
        pad: above and below the text of a row.
        widest: a text wider than this is broken into lines.
        span_rules: whether a header's label over several columns has a ruling under it.
        stand: where a text stands in a higher row: top, middle or bottom.
    """

    rules: str = "all"
    bands: bool = False
    font: str = "helv"
    bold_font: str = "hebo"
    size: float = 9.0
    gutter: float = 14.0
    pad: float = 3.0
    widest: float = 150.0
    span_rules: bool = False
    rule_width: float = 0.6
    stand: str = "top"


@dataclass(frozen=True)
class Grid:
    """A table to be set: its cells and how many rows at the top are its header."""

    items: tuple[Item, ...]
    header_rows: int
    style: Style = field(default_factory=Style)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return max(i.row + i.row_span for i in self.items), max(i.column + i.column_span for i in self.items)


@dataclass
class Placed:
    """A table on a page: its cells with the boxes of their text, and the box around them, in points."""

    cells: list[tuple[Item, Rect]]

    @property
    def box(self) -> Rect:
        return around([box for _, box in self.cells])


@lru_cache(16)
def _font(name: str) -> Any:
    return pymupdf.Font(name)


def width_of(text: str, font: str, size: float) -> float:
    return float(_font(font).text_length(text, size))


def broken(text: str, font: str, size: float, width: float) -> list[str]:
    """The lines of a text no wider than `width`, but for single words that are."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", font, size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def around(boxes: Sequence[Rect]) -> Rect:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def write(page: Any, x: float, y: float, text: str, font: str, size: float) -> Rect:
    """One line of text with its top left corner at x, y; the box of its letters."""
    page.insert_text((x, y + 0.8 * size), text, fontname=font, fontsize=size)
    return x, y, x + width_of(text, font, size), y + size


def paragraph(page: Any, x: float, y: float, width: float, text: str, font: str = "helv", size: float = 10) -> float:
    """Sets a text in lines; returns the y below them."""
    for line in broken(text, font, size, width):
        write(page, x, y, line, font, size)
        y += 1.25 * size
    return y


def natural_width(grid: Grid) -> float:
    return sum(_column_widths(grid))


def set_table(page: Any, grid: Grid, x: float, y: float, width: float | None = None) -> tuple[Placed, float]:
    """Sets a table with its top left corner at x, y; also the y below it.

    Args:
        width: the columns are widened to this in total; None leaves them as narrow as their texts.
    """
    style = grid.style
    widths = _column_widths(grid)
    if width is not None and width > sum(widths):
        widths = [w + (width - sum(widths)) / len(widths) for w in widths]
    xs = [x]
    for step in widths:
        xs.append(xs[-1] + step)
    ys = [y]
    for step in _row_heights(grid, xs):
        ys.append(ys[-1] + step)
    if style.bands:
        for row in range(len(ys) - 1):
            if row < grid.header_rows or (row - grid.header_rows) % 2:
                page.draw_rect((xs[0], ys[row], xs[-1], ys[row + 1]), color=None, fill=PALE)
    if style.rules == "white":
        page.draw_rect((xs[0], ys[0], xs[-1], ys[-1]), color=None, fill=PALE)
    cells = [_set_item(page, item, grid, xs, ys) for item in grid.items]
    _draw_rules(page, grid, xs, ys)
    return Placed(cells), ys[-1]


def _lines(item: Item, style: Style, room: float) -> list[str]:
    return broken(item.text, style.bold_font if item.bold else style.font, style.size, room)


def _column_widths(grid: Grid) -> list[float]:
    style = grid.style
    _, columns = grid.size
    widths = [style.size] * columns
    for item in grid.items:
        if item.column_span == 1:
            lines = _lines(item, style, style.widest)
            font = style.bold_font if item.bold else style.font
            widest = max(width_of(line, font, style.size) for line in lines) + item.indent
            more = (20 if item.leaders else 0) + (1.5 * style.size if item.prefix else 0)
            widths[item.column] = max(widths[item.column], widest + more)
    widths = [w + style.gutter for w in widths]
    for item in grid.items:
        if item.column_span > 1:
            held = widths[item.column : item.column + item.column_span]
            need = min(width_of(item.text, style.bold_font, style.size), style.widest) + style.gutter
            if sum(held) < need:
                for column in range(item.column, item.column + item.column_span):
                    widths[column] += (need - sum(held)) / item.column_span
    return widths


def _row_heights(grid: Grid, xs: Sequence[float]) -> list[float]:
    style = grid.style
    rows, _ = grid.size
    heights = [1.2 * style.size + 2 * style.pad] * rows
    for one_row in (True, False):
        for item in grid.items:
            if (item.row_span == 1) is one_row:
                room = xs[item.column + item.column_span] - xs[item.column] - style.gutter - item.indent
                need = 1.2 * style.size * len(_lines(item, style, room + 0.1)) + 2 * style.pad
                have = sum(heights[item.row : item.row + item.row_span])
                if have < need:
                    heights[item.row + item.row_span - 1] += need - have
    return heights


def _set_item(page: Any, item: Item, grid: Grid, xs: Sequence[float], ys: Sequence[float]) -> tuple[Item, Rect]:
    """The item as it was set, with its leaders as part of its text, and the box of its text."""
    style = grid.style
    left = xs[item.column] + style.gutter / 2 + item.indent
    right = xs[item.column + item.column_span] - style.gutter / 2
    lines = _lines(item, style, right - left + 0.1)
    font = style.bold_font if item.bold else style.font
    top, bottom = ys[item.row], ys[item.row + item.row_span]
    free = bottom - top - 2 * style.pad - 1.2 * style.size * len(lines)
    y = top + style.pad
    if item.row_span > 1 or style.stand != "top":
        y += free if style.stand == "bottom" and item.row_span == 1 else free / 2
    boxes = []
    for line in lines:
        wide = width_of(line, font, style.size)
        at = {"left": left, "right": right - wide, "centre": (left + right - wide) / 2}[item.align]
        boxes.append(write(page, at, y + 0.1 * style.size, line, font, style.size))
        y += 1.2 * style.size
    if item.prefix:
        boxes.append(write(page, left, boxes[0][1], item.prefix, font, style.size))
        item = replace(item, text=f"{item.prefix} {item.text}")
    if item.leaders:
        dot = width_of(" .", style.font, style.size)
        count = int((right - boxes[-1][2] - 4) / dot)
        if count > 2:
            boxes.append(write(page, boxes[-1][2] + 2, boxes[-1][1], " ." * count, style.font, style.size))
            item = replace(item, text=item.text + " ." * count)
    return item, around(boxes)


def _draw_rules(page: Any, grid: Grid, xs: Sequence[float], ys: Sequence[float]) -> None:
    style = grid.style

    def rule(x0: float, y0: float, x1: float, y1: float, *, dots: bool = False, thick: float = 1.0) -> None:
        colour, dashes = (GREY, "[1 2] 0") if dots else (INK, None)
        colour = WHITE if style.rules == "white" else colour
        page.draw_line((x0, y0), (x1, y1), color=colour, width=thick * style.rule_width, dashes=dashes)

    if style.rules in ("all", "rows", "dotted", "white"):
        for at in range(len(ys)):
            for low, high in _open_parts(grid, at, xs):
                rule(low, ys[at], high, ys[at], dots=style.rules == "dotted" and at not in (0, len(ys) - 1))
    if style.rules in ("all", "white", "columns"):
        inner = style.rules == "columns"
        for at in range(inner, len(xs) - inner):
            for low, high in _open_sides(grid, at, ys):
                rule(xs[at], low, xs[at], high)
    if style.rules == "boxes":
        rows, columns = grid.size
        held = {(r, c) for i in grid.items for r, c in _places(i)}
        empty = [Item(r, c, "") for r in range(rows) for c in range(columns) if (r, c) not in held]
        for i in [*grid.items, *empty]:
            right, bottom = xs[i.column + i.column_span] - 1.5, ys[i.row + i.row_span] - 1.5
            page.draw_rect((xs[i.column] + 1.5, ys[i.row] + 1.5, right, bottom), color=GREY, width=style.rule_width)
    if style.rules in ("header", "outer"):
        for at in (0, grid.header_rows, len(ys) - 1):
            rule(xs[0], ys[at], xs[-1], ys[at], thick=1.5)
    if style.rules == "outer":
        for x in (xs[0], xs[-1]):
            rule(x, ys[0], x, ys[-1])
    if style.span_rules and style.rules not in ("all", "rows"):
        for item in grid.items:
            if item.column_span > 1 and item.row + 1 < grid.header_rows:
                y = ys[item.row + item.row_span]
                rule(xs[item.column] + 3, y, xs[item.column + item.column_span] - 3, y)


def _places(item: Item) -> list[tuple[int, int]]:
    rows, columns = range(item.row, item.row + item.row_span), range(item.column, item.column + item.column_span)
    return [(row, column) for row in rows for column in columns]


def _open_parts(grid: Grid, at: int, xs: Sequence[float]) -> list[tuple[float, float]]:
    """The parts of the ruling above row `at` that cross no cell."""
    closed = {
        c for i in grid.items if i.row < at < i.row + i.row_span for c in range(i.column, i.column + i.column_span)
    }
    return _joined([(xs[c], xs[c + 1]) for c in range(len(xs) - 1) if c not in closed])


def _open_sides(grid: Grid, at: int, ys: Sequence[float]) -> list[tuple[float, float]]:
    closed = {
        r for i in grid.items if i.column < at < i.column + i.column_span for r in range(i.row, i.row + i.row_span)
    }
    return _joined([(ys[r], ys[r + 1]) for r in range(len(ys) - 1) if r not in closed])


def _joined(parts: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for low, high in parts:
        if out and out[-1][1] == low:
            out[-1] = out[-1][0], high
        else:
            out.append((low, high))
    return out


def moved(placed: Placed, turn: Any) -> Placed:
    """The table after its page was turned: `turn` maps a box in points to its new place."""
    return replace(placed, cells=[(item, turn(box)) for item, box in placed.cells])
