"""Parses the table of a chart from any format that models use, and converts it into points."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..values.locale import LocaleHint, locale_hint
from ..values.not_found import is_not_found
from ..values.numbers import parse_number
from .json_chart import chart_of_json
from .table import ChartParseError, RawChart
from .text_chart import chart_of_lines

__all__ = ["ChartParseError", "ChartPoint", "ChartTable", "ChartType", "parse_chart", "points"]

ChartType = Literal["bar", "line", "pie", "scatter", "area", "table", "other"]

_OTHER_NAMES: dict[str, ChartType] = {
    "column": "bar",
    "histogram": "bar",
    "donut": "pie",
    "doughnut": "pie",
    "bubble": "scatter",
    "strip": "scatter",
    "dot": "scatter",
    "point": "scatter",
}
_KINDS: dict[str, ChartType] = {**{kind: kind for kind in get_args(ChartType)}, **_OTHER_NAMES}
_FENCE = re.compile(r"```[a-z]*\s*?\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_NO_NAME = frozenset({"", "value", "values", "y", "percentage", "percent", "share", "%"})


@dataclass(frozen=True)
class ChartTable:
    """A rectangular table: `columns` and every row have the same length, at least two.

    Attributes:
        columns: the name of the x values, then the names of the series; empty strings where unknown.
        rows: original text of the cells, without surrounding space; an empty string for a missing cell.
        truncated: whether the text ended before the table did; an incomplete row is dropped.
    """

    chart_type: ChartType
    title: str | None
    x_label: str | None
    y_label: str | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    truncated: bool = False


@dataclass(frozen=True)
class ChartPoint:
    """A value in a chart.

    Attributes:
        series: name of the series; None where the chart has one series without a name.
        x: original text of the x value.
        x_number: the number in `x`; None where it is not a number.
        y: the value; None where the cell is not a number.
        y_text: original text of the cell.
    """

    series: str | None
    x: str
    x_number: float | None
    y: float | None
    y_text: str


def parse_chart(text: str, *, cut: bool = False) -> ChartTable:
    """Parse the JSON that the prompt requests, or other JSON, Markdown, CSV, TSV, `a | b` lines, `name: value`.

    Code fences and surrounding sentences are ignored. Short rows are padded with empty cells.

    Args:
        cut: whether the model was stopped before the end of its output.

    Raises:
        ChartParseError: there is no table of at least two columns and one row; the message names the reason.
    """
    clean = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("<0x0A>", "\n")
    if "\n" not in clean.strip():
        clean = clean.replace("\\n", "\n")
    if is_not_found(clean):
        raise ChartParseError("the model reports that there is no chart")
    fence = _FENCE.search(clean)
    inner = fence[1] if fence else clean
    around = clean[: fence.start()] + clean[fence.end() :] if fence else ""
    # JSON where the text starts with it, else lines, else JSON after a sentence.
    begins = inner.lstrip().startswith(("{", "["))
    sentence = re.search(r"\{\s*[\"']|\[\s*[\[{]", inner)
    error: ChartParseError | None = None
    if begins:
        try:
            return _table(chart_of_json(inner))
        except ChartParseError as failed:
            error = failed
    try:
        return _table(chart_of_lines(inner, around, cut=cut))
    except ChartParseError as failed:
        if begins or sentence is None:
            raise (error or failed) from None
    return _table(chart_of_json(inner[sentence.start() :]))


def points(table: ChartTable, hint: LocaleHint | None = None) -> list[ChartPoint]:
    """The values of a table, row by row, without empty cells and cells such as `n/a`.

    In a table of three columns with words in the second and numbers in the third, the second column names the series.

    Args:
        hint: the number format of the page; detected from the table where None.
    """
    if hint is None:
        hint = locale_hint("\n".join(cell for row in table.rows for cell in row))
    if _is_long(table):
        cells = [(row[1] or None, row[0], row[2]) for row in table.rows]
    else:
        names = [_series(name, len(table.columns)) for name in table.columns[1:]]
        cells = [(name, row[0], cell) for row in table.rows for name, cell in zip(names, row[1:], strict=True)]
    return [
        ChartPoint(series, x, parse_number(x, hint), parse_number(y, hint), y)
        for series, x, y in cells
        if not is_not_found(y)
    ]


def _series(name: str, columns: int) -> str | None:
    return None if not name or (columns == 2 and name.lower() in _NO_NAME) else name


def _is_long(table: ChartTable) -> bool:
    return (
        len(table.columns) == 3
        and all(parse_number(row[1]) is None and row[1] for row in table.rows)
        and any(parse_number(row[2]) is not None for row in table.rows)
    )


def _table(raw: RawChart) -> ChartTable:
    columns, rows = _texts(raw.columns), [_texts(row) for row in raw.rows]
    rows = [row for row in rows if any(row)]
    width = max(len(columns), *map(len, rows)) if rows else 0
    if not rows:
        raise ChartParseError("the table has no rows")
    if width < 2:
        raise ChartParseError("the table has only one column")
    return ChartTable(
        chart_type=_chart_type(raw.chart_type),
        title=_text(raw.title) or None,
        x_label=_text(raw.x_label) or None,
        y_label=_text(raw.y_label) or None,
        columns=_padded(columns, width),
        rows=tuple(_padded(row, width) for row in rows),
        truncated=raw.truncated,
    )


def _texts(cells: Sequence[str]) -> list[str]:
    return [_text(cell) for cell in cells]


def _text(cell: str) -> str:
    """The cell on one line and valid in UTF-8; empty for the placeholder `…` of the prompt."""
    line = " ".join(cell.encode("utf-8", "replace").decode().split())
    return "" if line == "…" else line


def _padded(cells: Sequence[str], width: int) -> tuple[str, ...]:
    return (*cells, *[""] * (width - len(cells)))


def _chart_type(text: str) -> ChartType:
    if "|" in text:
        return "other"
    words = re.findall(r"[a-z]+", text.lower())
    return next((_KINDS[word] for word in words if word in _KINDS), "other")
