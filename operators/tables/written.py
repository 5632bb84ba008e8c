"""Parses a table that a model wrote as HTML or Markdown into cells with their places in the grid."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from ..wrapping.output import without_entities, without_fence

MOST_CELLS = 20_000
"""Cells of a table, with those that a span covers; more are an error, since a span costs a model a few characters."""

_PIPE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")


class WrittenTableError(ValueError):
    """The text contains no table, or one that is too large."""


@dataclass(frozen=True)
class WrittenCell:
    """A cell; rows and columns count from 0."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    is_header: bool


@dataclass(frozen=True)
class WrittenTable:
    """A table of `n_rows` × `n_columns`, in which every place belongs to one cell; cells row by row."""

    n_rows: int
    n_columns: int
    header_rows: int
    caption: str | None
    cells: tuple[WrittenCell, ...]


@dataclass
class _RawCell:
    text: str
    is_header: bool = False
    row_span: int = 1
    column_span: int = 1


def parse_table(text: str, *, cut: bool = False) -> WrittenTable:
    """The first table in a model's output, as HTML, or as lines of cells between `|`.

    Args:
        cut: whether the model was stopped before the end of its output; its last row is dropped.

    Raises:
        WrittenTableError: there is no table with a row, or it is too large.
    """
    plain = without_fence(text)
    if "<table" in plain.lower() or "<tr" in plain.lower():
        reader = _HtmlTable()
        reader.feed(plain)
        reader.close()
        rows, caption = reader.rows, " ".join(reader.caption.split()) or None
    else:
        rows, caption = list(_markdown_rows(plain)), None
    if cut:
        rows = rows[:-1]
    if not any(row for row in rows):
        raise WrittenTableError("there is no table in the output")
    return _placed(rows, caption)


class _HtmlTable(HTMLParser):
    """Collects the rows of the first table; a nested table is text of its cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[_RawCell]] = []
        self.caption = ""
        self._depth = 0
        self._done = self._in_head = self._in_caption = False
        self._cell: _RawCell | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._done:
            return
        if tag == "table":
            self._depth += 1
        elif self._depth > 1:
            if tag in ("td", "th", "br") and self._cell is not None:
                self._cell.text += " "
        elif tag == "thead":
            self._in_head = True
        elif tag in ("tbody", "tfoot"):
            self._in_head = False
        elif tag == "caption":
            self._in_caption = True
        elif tag == "tr":
            self._cell = None
            self.rows.append([])
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            given = dict(attrs)
            self._cell = _RawCell(
                "", tag == "th" or self._in_head, _span(given.get("rowspan")), _span(given.get("colspan"))
            )
            self.rows[-1].append(self._cell)
        elif tag == "br" and self._cell is not None:
            self._cell.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._depth -= 1
            self._done = self._done or self._depth <= 0
        elif self._depth > 1:
            return
        elif tag in ("td", "th", "tr"):
            self._cell = None
        elif tag == "thead":
            self._in_head = False
        elif tag == "caption":
            self._in_caption = False

    def handle_data(self, data: str) -> None:
        if self._done:
            return
        if self._in_caption:
            self.caption += data
        elif self._cell is not None:
            self._cell.text += data


def _span(value: str | None) -> int:
    return int(value) if value is not None and re.fullmatch(r"[1-9][0-9]{0,4}", value.strip()) else 1


def _markdown_rows(text: str) -> Iterator[list[_RawCell]]:
    lines = [line.strip() for line in text.split("\n") if _PIPE.search(line)]
    rule = next((at for at, line in enumerate(lines) if _RULE.fullmatch(line)), None)
    for at, line in enumerate(lines):
        if at == rule or _RULE.fullmatch(line):
            continue
        inner = line[1:] if line.startswith("|") else line
        inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
        parts = (without_entities(part.strip()).replace("\\|", "|") for part in _PIPE.split(inner))
        yield [_RawCell(part, is_header=rule is not None and at < rule) for part in parts]


def _placed(rows: Sequence[Sequence[_RawCell]], caption: str | None) -> WrittenTable:
    """The cells in the grid as browsers place them: a cell goes to the next place that no span covers."""
    taken: set[tuple[int, int]] = set()
    cells: list[WrittenCell] = []
    for row, raw in enumerate(rows):
        column = 0
        for cell in raw:
            while (row, column) in taken:
                column += 1
            row_span = min(cell.row_span, len(rows) - row)
            if len(taken) + row_span * cell.column_span > MOST_CELLS:
                raise WrittenTableError(f"the table has more than {MOST_CELLS} cells")
            taken.update((row + down, column + right) for down in range(row_span) for right in range(cell.column_span))
            lines = [" ".join(line.split()) for line in cell.text.split("\n")]
            text = "\n".join(filter(None, lines))
            cells.append(WrittenCell(row, column, row_span, cell.column_span, text, cell.is_header))
            column += cell.column_span
    width = max((column for _, column in taken), default=-1) + 1
    if len(rows) * width > MOST_CELLS:
        raise WrittenTableError(f"the table has more than {MOST_CELLS} cells")
    empty = [
        WrittenCell(row, column, 1, 1, "", False)
        for row in range(len(rows))
        for column in range(width)
        if (row, column) not in taken
    ]
    ordered = sorted([*cells, *empty], key=lambda cell: (cell.row, cell.column))
    return WrittenTable(len(rows), width, _header_rows(ordered, len(rows)), caption, tuple(ordered))


def _header_rows(cells: Sequence[WrittenCell], n_rows: int) -> int:
    """Rows from the top in which every cell with text is a header cell."""
    written: dict[int, list[bool]] = {row: [] for row in range(n_rows)}
    for cell in cells:
        if cell.text:
            written[cell.row].append(cell.is_header)
    count = 0
    while count < n_rows and written[count] and all(written[count]):
        count += 1
    return count if count < n_rows else min(1, n_rows)
