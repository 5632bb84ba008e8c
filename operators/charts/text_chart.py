"""Parses charts in lines of text: Markdown tables, `a | b` lines as in DePlot's output, CSV, TSV, `name: value`."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ..values.numbers import parse_number
from .table import ChartParseError, RawChart

_ABOUT: Mapping[str, str] = {
    "title": "title|chart title",
    "chart_type": "type|chart type|type of chart",
    "x_label": "x|x label|x axis|x-axis|x axis label|x-axis label|x axis title",
    "y_label": "y|y label|y axis|y-axis|y axis label|y-axis label|y axis title",
}
_FIELDS = {name: field for field, names in _ABOUT.items() for name in names.split("|")}
_NAMES = "|".join(sorted(_FIELDS, key=len, reverse=True))
_ABOUT_LINE = re.compile(rf"[ *#>-]*({_NAMES})\** ?[:|] ?\** ?(.*?)\**", re.IGNORECASE)
# Of the names, only these are a title before a `|`: the others are more likely the first cell of a header.
_NAMES_IN_A_CELL = frozenset({"title", "chart title", "chart type", "type of chart"})
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_PIPE = re.compile(r"(?<!\\)\|")
_NAMED_VALUE = re.compile(r"(?:[-*•] |\d+[.)] )?(.+?) ?[:=] (.+)")


def chart_of_lines(text: str, around: str = "", *, cut: bool = False) -> RawChart:
    """Parse a chart from lines.

    Args:
        around: surrounding lines, which may have its titles but not its table.
        cut: whether the text was cut off: its last line is then dropped, unless a line break ends it.

    Raises:
        ChartParseError: there are no two lines that form a table.
    """
    lines = text.split("\n")
    last_is_part = cut and bool(lines[-1].strip())
    rule = next((number for number, line in enumerate(lines) if "|" in line and _RULE.fullmatch(line)), None)
    about, rest = _about(lines, _above(rule))
    about = {**_about(around.split("\n"), None)[0], **about}
    if (found := _pipes(rest, last_is_part)) is None:
        rest = rest[:-1] if last_is_part else rest
        found = _separated(rest) or _named_values(rest)
    if found is None:
        raise ChartParseError("no table in the text: neither JSON nor lines of cells")
    columns, rows, truncated = found
    return RawChart(columns, rows, truncated=truncated or cut, **about)


_Found = tuple[Sequence[str], Sequence[Sequence[str]], bool]


def _above(rule: int | None) -> int | None:
    """The number of lines above the header of a Markdown table."""
    return None if rule is None else max(0, rule - 1)


def _about(lines: list[str], above: int | None) -> tuple[dict[str, str], list[str]]:
    """Titles on lines of their own, each used once, and the remaining lines."""
    about: dict[str, str] = {}
    rest = []
    for number, line in enumerate(lines):
        match = _ABOUT_LINE.fullmatch(_spaced(line)) if above is None or number < above else None
        name = match[1].lower() if match else ""
        field = _FIELDS.get(name, "")
        a_cell = name not in _NAMES_IN_A_CELL or len(_PIPE.findall(line)) > 1
        if match and field and field not in about and not ("|" in line and a_cell):
            about[field] = match[2]
        else:
            rest.append(line)
    return about, rest


def _spaced(line: str) -> str:
    """`line` with single spaces, which keeps the patterns from backtracking over runs of spaces."""
    return " ".join(line.split())


def _blocks(lines: list[str], mark: str) -> Iterator[list[str]]:
    """Runs of lines that contain `mark`; blank lines do not end a run."""
    block: list[str] = []
    for line in lines:
        if mark in line:
            block.append(line)
        elif line.strip():
            yield block
            block = []
    yield block


def _pipes(lines: list[str], last_is_part: bool) -> _Found | None:
    block = max(_blocks(lines, "|"), key=len)
    outer = all(line.lstrip().startswith("|") for line in block)
    markdown = any(_RULE.fullmatch(line) for line in block[:3])
    truncated = False
    written = [line for line in block if line.strip()]
    closed = outer and len(written) > 1 and written[0].rstrip().endswith("|")
    if len(written) > 1 and written[-1] == next((line for line in reversed(lines) if line.strip()), None):
        truncated = last_is_part or (closed and not written[-1].rstrip().endswith("|"))
        written = written[:-1] if truncated else written
    rows = [_cells(line, outer, markdown) for line in written if not (markdown and _RULE.fullmatch(line))]
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return None
    return rows[0], rows[1:], truncated


def _cells(line: str, outer: bool, markdown: bool) -> list[str]:
    line = line.strip()
    if outer:
        line = line[1:]
        if line.endswith("|") and not line.endswith("\\|"):
            line = line[:-1]
    cells = [cell.strip().replace("\\|", "|") for cell in _PIPE.split(line)]
    if markdown:
        cells = [re.sub(r"<br\s*/?>", " ", re.sub(r"^\*\*(.*)\*\*$", r"\1", cell)) for cell in cells]
    return cells


def _separated(lines: list[str]) -> _Found | None:
    """CSV or TSV of at least two lines, with a number after the header: otherwise it is a sentence with commas."""
    for delimiter in "\t;,":
        block = max(_blocks(lines, delimiter), key=len)
        whole, part = _csv(lines, delimiter), _csv(block, delimiter)
        for rows in (whole if len(set(map(len, whole))) == 1 else [], _without_sentences(part), part):
            if len(rows) > 1 and min(map(len, rows[:-1])) > 1 and any(map(_holds_number, rows[1:])):
                return rows[0], rows[1:], False
    return None


def _without_sentences(rows: list[list[str]]) -> list[list[str]]:
    """The longest run of rows of equal length, if it starts with a header and all other rows have no number."""
    runs = [list(run) for _, run in groupby(rows, len)]
    table = max(runs, key=len, default=[])
    others = [row for run in runs if run is not table for row in run]
    return table if table and not _holds_number(table[0]) and not any(map(_holds_number, others)) else []


def _holds_number(row: list[str]) -> bool:
    return any(parse_number(cell) is not None for cell in row[1:])


def _csv(lines: list[str], delimiter: str) -> list[list[str]]:
    text = io.StringIO("\n".join(lines))
    try:
        return [row for row in csv.reader(text, delimiter=delimiter, skipinitialspace=True) if any(row)]
    except csv.Error:
        return []


def _named_values(lines: list[str]) -> _Found | None:
    matches = [match for line in lines if (match := _NAMED_VALUE.fullmatch(_spaced(line)))]
    rows = [(match[1].strip("*"), match[2]) for match in matches if parse_number(match[2]) is not None]
    return (("", ""), rows, False) if len(rows) > 1 else None
