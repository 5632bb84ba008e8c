"""Parses charts in JSON: the form that the prompt requests, and others that models and plotting libraries use."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..values.numbers import parse_number
from .lenient_json import lenient_json
from .table import ChartParseError, RawChart

_ROWS = ("rows", "data", "values", "table", "points", "series", "datasets")
_COLUMNS = ("columns", "header", "headers", "fields")
_LABELS = ("labels", "categories", "x", "xvalues", "xlabels")
_NAME = ("name", "label", "title", "text", "key")
_VALUES = ("data", "values", "points", "y")
_TYPE = ("charttype", "type", "kind")
_TITLE = ("title", "charttitle", "name")
_X_LABEL = ("xlabel", "xtitle", "xaxis", "xaxislabel", "xaxistitle", "x")
_Y_LABEL = ("ylabel", "ytitle", "yaxis", "yaxislabel", "yaxistitle", "y")
_ABOUT = frozenset((*_LABELS, *_NAME, *_TYPE, *_TITLE, *_X_LABEL, *_Y_LABEL))
"""Keys that describe a chart and are not names of values."""


def chart_of_json(text: str) -> RawChart:
    """Parse a chart from a text that starts with JSON.

    Raises:
        ChartParseError: the text is not JSON, or has no table.
    """
    try:
        value, cut = lenient_json(text)
        return _chart(value, cut)
    except RecursionError:
        raise ChartParseError("the JSON is nested too deeply") from None
    except ChartParseError:
        raise
    except ValueError as error:
        raise ChartParseError(f"the JSON cannot be read: {error}") from None


def _chart(value: Any, cut: bool) -> RawChart:
    about: Mapping[str, Any] = {}
    if isinstance(value, dict):
        about = {_key(key): entry for key, entry in value.items()}
        if isinstance(inner := _first(about, "chart", "chartdata", "data", "table"), dict):
            nested = {_key(key): entry for key, entry in inner.items()}
            if _first(nested, *_ROWS, *_COLUMNS) is not None:
                about = {**about, **nested}
    tables = [about.get(key) for key in _ROWS] if about else [value]
    columns = _texts(_first(about, *_COLUMNS))
    labels = _texts(_first(about, *_LABELS))
    for table in tables:
        found = _table(table, columns, labels)
        if found is not None:
            return RawChart(
                *found,
                chart_type=_title(_first(about, *_TYPE)),
                title=_title(_first(about, *_TITLE)),
                x_label=_title(_first(about, *_X_LABEL)),
                y_label=_title(_first(about, *_Y_LABEL)),
                truncated=cut,
            )
    if about and not any(key in about for key in (*_ROWS, *_COLUMNS)):
        values = {name: entry for name, entry in value.items() if _key(name) not in _ABOUT}
        if scalars := {name: entry for name, entry in values.items() if parse_number(_cell(entry)) is not None}:
            return RawChart(*_of_mapping(scalars, columns), title=_title(_first(about, *_TITLE)), truncated=cut)
    raise ChartParseError("the JSON has no rows")


def _table(
    table: Any, columns: Sequence[str], labels: Sequence[str]
) -> tuple[Sequence[str], Sequence[Sequence[str]]] | None:
    if isinstance(table, dict) and table:
        return _of_mapping(table, columns)
    if not isinstance(table, list) or not table:
        return None
    if all(isinstance(row, list) for row in table):
        rows = [[_cell(cell) for cell in row] for row in table]
        return (columns, rows) if columns else _headed(rows)
    if all(isinstance(row, dict) for row in table):
        return _of_series(table, labels) or _of_records(table)
    if labels and len(labels) == len(table):
        return columns or ("", ""), list(zip(labels, map(_cell, table), strict=True))
    return None


def _headed(rows: list[list[str]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The first row as the header, unless it has numbers."""
    if len(rows) > 1 and all(parse_number(cell) is None for cell in rows[0][1:]):
        return rows[0], rows[1:]
    return [""] * len(rows[0]), rows


def _of_mapping(table: Mapping[Any, Any], columns: Sequence[str]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """A mapping of names to columns, to records, or to single values as in a pie chart."""
    if all(isinstance(values, list) for values in table.values()):
        rows = max(map(len, table.values()))
        cells = [[_cell(value) for value in values] + [""] * (rows - len(values)) for values in table.values()]
        return [str(name) for name in table], list(zip(*cells, strict=True))
    if all(isinstance(values, dict) for values in table.values()):
        return _of_records([{columns[0] if columns else "": name, **values} for name, values in table.items()])
    return columns or ("", ""), [(_cell(name), _cell(value)) for name, value in table.items()]


def _of_records(table: Sequence[Mapping[Any, Any]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    names = list(dict.fromkeys(name for row in table for name in row))
    return [str(name) for name in names], [[_cell(row.get(name)) for name in names] for row in table]


def _of_series(
    table: Sequence[Mapping[Any, Any]], labels: Sequence[str]
) -> tuple[Sequence[str], Sequence[Sequence[str]]] | None:
    """A list of series with names and values: one column for each, with the labels or the values' own x as rows.

    Where an x occurs again in a series, as in a scatter plot, it gets another row.
    """
    series: dict[str, dict[tuple[str, int], str]] = {}
    for number, row in enumerate(table):
        entries = {_key(key): entry for key, entry in row.items()}
        values = _first(entries, *_VALUES)
        if not isinstance(values, list) or not values:
            return None
        xs = _texts(_first(entries, "x", "labels")) or labels
        name = _title(_first(entries, *_NAME)) or f"{number + 1}"
        points, times = series.setdefault(name, {}), Counter[str]()
        for x, y in _points(values, xs):
            points[x, times[x]] = y
            times[x] += 1
    order = list(dict.fromkeys(place for points in series.values() for place in points))
    return ["", *series], [[place[0], *(points.get(place, "") for points in series.values())] for place in order]


def _points(values: Sequence[Any], labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, value in enumerate(values):
        if isinstance(value, list) and len(value) == 2:
            yield _cell(value[0]), _cell(value[1])
        elif isinstance(value, dict) and len(value) >= 2:
            entries = {_key(key): entry for key, entry in value.items()}
            x, y = _first(entries, "x", *_NAME), _first(entries, "y", "value")
            cells = [x, y] if x is not None and y is not None else list(value.values())
            yield _cell(cells[0]), _cell(cells[1])
        else:
            yield (labels[number] if number < len(labels) else str(number + 1)), _cell(value)


def _first(entries: Mapping[str, Any], *keys: str) -> Any:
    return next((entries[key] for key in keys if entries.get(key) is not None), None)


def _key(key: Any) -> str:
    return re.sub(r"[\W_]", "", str(key)).lower()


def _title(value: Any) -> str:
    if isinstance(value, dict):
        return _title(_first({_key(key): entry for key, entry in value.items()}, *_NAME))
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [_cell(entry) for entry in value] if isinstance(value, list) else []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
