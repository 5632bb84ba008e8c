"""Finds running headers, footers and page numbers: what stands at the same place at the edge of several pages.

A page is held against a fixed set of pages around it, so that the result depends on the document alone. What is found
must repeat with the same words, or with a number that counts with the pages, and must be set apart from the body.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from ...schemas.geometry import union_of_runs
from ...schemas.page import Blocks, TextLines

_DISTANCES = (1, 2, 3, 4)
"""Distances of the pages that a page is held against. Left and right pages often have headers of their own."""

_ZONE = 0.12
"""Share of the height of a page at its top and bottom in which headers and footers stand."""

_MOST_ROWS = 3
# How many times higher than wide is what runs up or down a margin.
_UPRIGHT = 3.0
# Lines at an edge among which the rows are looked for.
_MOST_LINES = 20
# Rows of this many lines or fewer at an edge of the first page are a header; more are a letterhead, which stays.
_MOST_ROWS_OF_FIRST = 2
_VOTES = 2
# Gaps to the body in heights of the row; lines of a paragraph or a table are nearer.
_GAP = 0.6
_GAP_OF_NUMBER = 0.3
_LARGE = 1.3
_MOST_OF_TEXT = 400
# Longer numbers count no pages.
_MOST_DIGITS = 9
_MOST_CELLS = 3
# Shares of a page's height and width by which the places on two pages may differ.
_SAME_HEIGHT = 0.004
_SAME_EDGE = 0.008
_SAME_ROW = 0.4
_BESIDE = 0.06

_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"(?=[ivxlc])(c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})", re.IGNORECASE)
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_FIRST_NUMBER = re.compile(r"^\W*(\d+)\b")
_LAST_NUMBER = re.compile(r"\b(\d+)\W*$")


@dataclass(frozen=True)
class _Cell:
    """A line in the zone of an edge.

    Attributes:
        form: its text with `#` for each number.
        numbers: those numbers.
        first, last: the number at its start and at its end, if any.
    """

    text: str
    x0: float
    x1: float
    form: str = ""
    numbers: tuple[int, ...] = ()
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class _Row:
    """A row at an edge, in shares of the page.

    Attributes:
        apart: the gap to the next row towards the middle of the page, in heights of the row.
        heads_table: whether the cells of the next row stand under those of this one.
        is_large: whether it is set larger than the text of the page, as a title is.
        lines: indices of its lines on the page.
    """

    top: float
    bottom: float
    cells: tuple[_Cell, ...]
    apart: float
    heads_table: bool
    is_large: bool
    lines: tuple[int, ...]


@dataclass(frozen=True)
class _Side:
    """A line that runs up or down the left or right margin of a page; its corner in shares of the page."""

    text: str
    x0: float
    y0: float
    line: int


@dataclass(frozen=True)
class Edges:
    """The outer rows of a page, from the edge inwards.

    Attributes:
        sides: what stands in its left and right margins.
        shape: height of the page by its width.
        lines: number of lines on the page.
    """

    head: tuple[_Row, ...] = ()
    foot: tuple[_Row, ...] = ()
    sides: tuple[_Side, ...] = ()
    shape: float = 1.0
    lines: int = 0


@dataclass(frozen=True)
class Running:
    """Indices of the lines of a page that are running headers and footers."""

    header: frozenset[int] = field(default_factory=frozenset)
    footer: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.header or self.footer)

    def kind(self, line: int) -> str | None:
        """The kind of block for a line; None for a line of the body."""
        return "header" if line in self.header else "footer" if line in self.footer else None


def compared_pages(page_number: int, page_count: int) -> list[int]:
    """The numbers of the pages that a page is held against; they depend on the document alone."""
    around = sorted({page_number + sign * distance for distance in _DISTANCES for sign in (-1, 1)})
    return [number for number in around if 1 <= number <= page_count]


def edges_of(lines: TextLines, size: tuple[float, float]) -> Edges:
    """The outer rows of a page.

    Args:
        size: width and height of the page.
    """
    shape = size[1] / size[0]
    if not len(lines):
        return Edges(shape=shape)
    boxes = lines.boxes
    by_height = np.argsort(boxes[:, 1] + boxes[:, 3], kind="stable")
    heights = boxes[:, 3] - boxes[:, 1]
    usual = float(np.partition(heights, len(heights) // 2)[len(heights) // 2])
    rows = []
    for outer in (by_height[:_MOST_LINES], by_height[: -_MOST_LINES - 1 : -1]):
        placed = list(zip(outer.tolist(), boxes[outer].tolist(), strict=True))
        rows.append(_rows(lines, placed, usual))
    return Edges(rows[0], rows[1], _sides(lines, shape), shape, len(lines))


def _sides(lines: TextLines, shape: float) -> tuple[_Side, ...]:
    turned = [index for index, polygon in enumerate(lines.polygons) if polygon is not None]
    found = []
    for index in turned[:_MOST_LINES]:
        x0, y0, x1, y1 = lines.boxes[index].tolist()
        if min(x1, 1 - x0) <= _ZONE and shape * (y1 - y0) > _UPRIGHT * (x1 - x0):
            found.append(_Side(lines.text[index], x0, y0, index))
    return tuple(found)


_Placed = tuple[int, list[float]]


def _middle(entry: _Placed) -> float:
    return entry[1][1] + entry[1][3]


def _left(entry: _Placed) -> float:
    return entry[1][0]


def _rows(lines: TextLines, placed: Sequence[_Placed], usual: float) -> tuple[_Row, ...]:
    texts = lines.text
    is_foot = len(placed) > 0 and _middle(placed[0]) >= 1
    grouped: list[list[_Placed]] = []
    for entry in placed:
        box = entry[1]
        if lines.polygons[entry[0]] is not None or (box[1] + box[3] >= 1) is not is_foot:
            continue
        if grouped:
            first = grouped[-1][0][1]
            if abs(box[1] + box[3] - first[1] - first[3]) / 2 <= _SAME_ROW * (first[3] - first[1]):
                grouped[-1].append(entry)
                continue
        # The first row outside the zone is needed whole, for what it is to the row before.
        if len(grouped) > _MOST_ROWS or (grouped and not _in_zone(grouped[-1][0][1])):
            break
        grouped.append([entry])
    rows: list[_Row] = []
    for place, members in enumerate(grouped[:_MOST_ROWS]):
        members.sort(key=_left)
        top, bottom = min(box[1] for _, box in members), max(box[3] for _, box in members)
        if not _in_zone((0, top, 0, bottom)):
            break
        inner = grouped[place + 1] if place + 1 < len(grouped) else []
        gap = max(min(box[1] for _, box in inner) - bottom, top - max(box[3] for _, box in inner)) if inner else 1.0
        cells = tuple(_cell(texts[index], box) for index, box in members)
        heads = (
            len(members) > 1
            and len(inner) > 1
            and _heads_table(cells, [(texts[i], box[0], box[2]) for i, box in inner])
        )
        is_large = bottom - top > _LARGE * usual
        rows.append(
            _Row(top, bottom, cells, gap / (bottom - top), heads, is_large, tuple(index for index, _ in members))
        )
    return tuple(rows)


def _in_zone(box: Sequence[float]) -> bool:
    return min(box[3], 1 - box[1]) <= _ZONE


def _cell(text: str, box: Sequence[float]) -> _Cell:
    numbers = _NUMBER.findall(text[:_MOST_OF_TEXT])
    if not numbers:
        roman = text.strip(" .-–—[]()|")
        if _ROMAN.fullmatch(roman):
            return _Cell(text, box[0], box[2], "#", (_roman(roman),))
        return _Cell(text, box[0], box[2], text)
    first, last = _FIRST_NUMBER.search(text), _LAST_NUMBER.search(text)
    return _Cell(
        text,
        box[0],
        box[2],
        _NUMBER.sub("#", text),
        tuple(int(number[:_MOST_DIGITS]) for number in numbers),
        int(first.group(1)[:_MOST_DIGITS]) if first else None,
        int(last.group(1)[:_MOST_DIGITS]) if last else None,
    )


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in text.lower()]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _heads_table(cells: Sequence[_Cell], below: Sequence[tuple[str, float, float]]) -> bool:
    """Whether a row is the head of a table whose next row is `below`: as many cells, each aligned with one there."""
    left = sum(any(abs(cell.x0 - x0) < _SAME_EDGE for _, x0, _ in below) for cell in cells)
    right = sum(
        any(abs(cell.x1 - x1) < _SAME_EDGE and any(map(str.isdigit, text)) for text, _, x1 in below)
        for cell in cells[1:]
    )
    return left + right >= len(cells) or (len(cells) > 2 and 3 * (left + right) >= 2 * len(cells))


def running_lines(own: Edges, number: int, others: Mapping[int, Edges]) -> Running:
    """The lines of page `number` that are running headers, footers and page numbers.

    Args:
        own: its edges.
        others: edges of pages around it, as `compared_pages` names them, by number.
    """
    alike = {other: edges for other, edges in others.items() if abs(edges.shape - own.shape) < 0.01 * own.shape}
    header = _running(own.head, {other: edges.head for other, edges in alike.items()}, number)
    footer = _running(own.foot, {other: edges.foot for other, edges in alike.items()}, number)
    header |= _at_sides(own.sides, [edges.sides for edges in alike.values()])
    # Nothing runs over pages that have nothing else, such as sheets with a number.
    return Running(header, footer) if len(header) + len(footer) < own.lines else Running()


def _at_sides(sides: Sequence[_Side], others: Sequence[Sequence[_Side]]) -> frozenset[int]:
    """The lines in the margins that other pages have at the same place with the same words."""
    needed = max(1, min(_VOTES, len(others)))
    return frozenset(
        side.line
        for side in sides
        if needed
        <= sum(
            any(
                side.text == other.text
                and abs(side.x0 - other.x0) < _SAME_EDGE
                and abs(side.y0 - other.y0) < _SAME_EDGE
                for other in page
            )
            for page in others
        )
    )


def _running(rows: Sequence[_Row], others: Mapping[int, Sequence[_Row]], number: int) -> frozenset[int]:
    """The lines of the outermost rows that repeat, up to a gap towards the body."""
    if not others:
        return frozenset()
    needed = min(_VOTES, len(others))
    found: list[_Repeated] = []
    last = 0
    for row in rows:
        repeated = _repeated(row, others, number)
        # The only other page may be the second of a letter: what it repeats stays on the first.
        if not repeated.counts(needed) and not (
            repeated.stays(_VOTES if number == 1 else needed, len(others)) and not row.heads_table and not row.is_large
        ):
            break
        found.append(repeated)
        alone = repeated.counts(needed) and len(row.cells) == 1
        if row.apart >= (_GAP_OF_NUMBER if alone else _GAP):
            last = len(found)
    letterhead = number == 1 and last > _MOST_ROWS_OF_FIRST
    return frozenset(
        line
        for repeated in found[:last]
        for place, line in enumerate(repeated.row.lines)
        if number > 1
        or repeated.is_near_number(place, needed)
        or (repeated.same[place] >= _VOTES and not letterhead)
        or (not letterhead and repeated.has_words(len(others)))
    )


@dataclass(frozen=True)
class _Repeated:
    """A row with the number of pages on which each of its cells repeats.

    Attributes:
        same: with the same words.
        counting: with a number that counts with the pages.
    """

    row: _Row
    same: list[int]
    counting: list[int]

    def counts(self, needed: int) -> bool:
        """Whether the row has the number of the page; what stands beside it, such as a title, may be any text."""
        return max(self.counting) >= needed and len(self.row.cells) <= _MOST_CELLS

    def is_near_number(self, place: int, needed: int) -> bool:
        """Whether a cell has the number of the page, or stands right beside it, as in "Page 1 of 2" drawn in parts."""
        cells = self.row.cells
        return any(
            count >= needed and max(cell.x0 - cells[place].x1, cells[place].x0 - cell.x1) < _BESIDE
            for cell, count in zip(cells, self.counting, strict=True)
        )

    def stays(self, needed: int, pages: int) -> bool:
        """Whether the words of the row repeat: all of them, or one of few cells beside titles that change."""
        if min(self.same) >= needed:
            return True
        usual = max(needed, _VOTES, (pages + 1) // 2)
        return len(self.row.cells) <= _MOST_CELLS and max(self.same) >= usual

    def has_words(self, pages: int) -> bool:
        """Whether a cell repeats on most pages, so that even the first page has nothing else beside it than titles."""
        return max(self.same) >= max(_VOTES + 1, (pages + 1) // 2)


def _repeated(row: _Row, others: Mapping[int, Sequence[_Row]], number: int) -> _Repeated:
    same, counting = [0] * len(row.cells), [0] * len(row.cells)
    for other, rows in others.items():
        cells = [
            cell
            for one in rows
            if abs(row.top - one.top) < _SAME_HEIGHT and abs(row.bottom - one.bottom) < _SAME_HEIGHT
            for cell in one.cells
        ]
        for place, cell in enumerate(row.cells):
            kinds = {_cell_repeats(cell, one, other - number) for one in cells}
            counting[place] += _COUNTS in kinds
            same[place] += _SAME in kinds
    return _Repeated(row, same, counting)


_SAME, _COUNTS = "same", "counts"


def _cell_repeats(cell: _Cell, other: _Cell, distance: int) -> str | None:
    """How a cell repeats on a page at that distance."""
    left, right = abs(cell.x0 - other.x0) < _SAME_EDGE, abs(cell.x1 - other.x1) < _SAME_EDGE
    centred = abs(cell.x0 + cell.x1 - other.x0 - other.x1) < 2 * _SAME_EDGE
    if not (left or right or centred):
        return None
    if cell.form == other.form and len(cell.numbers) == len(other.numbers):
        steps = {theirs - mine for mine, theirs in zip(cell.numbers, other.numbers, strict=True)}
        if steps <= {0}:
            return _SAME
        return _COUNTS if steps <= {0, distance} else None
    starts = left and cell.first is not None and other.first == cell.first + distance
    ends = right and cell.last is not None and other.last == cell.last + distance
    return _COUNTS if starts or ends else None


def with_running(lines: TextLines, blocks: Blocks, running: Running) -> tuple[TextLines, Blocks]:
    """The lines and blocks with running headers and footers as blocks of their own, of kind `header` and `footer`."""
    if not running:
        return lines, blocks
    split = {int(lines.block[index]) for index in (*running.header, *running.footer)}
    bounds = np.searchsorted(lines.block, np.arange(len(blocks) + 1)).tolist()
    first_part = np.empty(len(blocks), np.int32)
    moved: list[tuple[list[int], int]] = []
    source: list[int] = []
    kind: list[str] = []
    text: list[str | None] = []
    for block in range(len(blocks)):
        first_part[block] = len(kind)
        if block not in split:
            source.append(block)
            kind.append(blocks.kind[block])
            text.append(blocks.text[block])
            continue
        for role, members in groupby(range(bounds[block], bounds[block + 1]), running.kind):
            part = list(members)
            moved.append((part, len(kind)))
            source.append(block)
            kind.append(role or blocks.kind[block])
            text.append("\n".join(lines.text[index] for index in part))
    number = first_part[lines.block]
    boxes = blocks.boxes[source]
    for part, place in moved:
        number[part] = place
        boxes[place] = union_of_runs(lines.boxes[part], np.zeros(1, np.intp))[0]
    return replace(lines, block=number), Blocks(kind, boxes, text, blocks.confidence[source])
