"""JSON Lines: one object per page, with all its rows of all tables."""

import json
import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..tables.by_document import DocumentRows, PageRows
from ..tables.records import Row


def write_jsonl(document: DocumentRows, path: Path) -> int:
    """Write the pages of a document and return their number.

    The first object also contains the rows that belong to no page: answers that were not found, failures of the whole
    file. A document without pages is one object with a null `page_number`.
    """
    first = True
    pages = 0
    with path.open("w", encoding="utf-8") as file:
        for page in document.pages:
            file.write(json_line(_page(document, page, first)))
            first = False
            pages += 1
        if first:
            file.write(json_line({**_document(document.row), "page_number": None, **_loose(document, None, first)}))
    return pages


def _page(document: DocumentRows, page: PageRows, first: bool) -> dict[str, Any]:
    children = {table: [_without_key(row) for row in page.children[table]] for table in ("blocks", "lines")}
    for rows in children.values():
        rows.sort(key=lambda row: (row.get("source", ""), row["reading_order"]))
    charts = [_with_parts(page, chart, "chart_id", "points", "chart_points") for chart in page.children["charts"]]
    tables = [_with_parts(page, table, "table_id", "cells", "cells") for table in page.children["tables"]]
    loose = _loose(document, page.number, first)
    return {
        **_document(document.row),
        **{name: value for name, value in page.page.items() if name != "document_id"},
        **children,
        "charts": charts,
        "tables": tables,
        "answers": [_without_key(row) for row in page.children["answers"]] + loose["answers"],
        "errors": [_without_key(row) for row in page.children["errors"]] + loose["errors"],
    }


def _document(row: Row) -> dict[str, Any]:
    facts = {name: value for name, value in row.items() if name not in ("document_id", "run_id")}
    if facts["attributes"] is not None:
        facts["attributes"] = _parsed(facts["attributes"])
    return {"document_id": row["document_id"], "document": facts}


def _loose(document: DocumentRows, number: int | None, first: bool) -> dict[str, list[Row]]:
    """Rows of the whole document with this page number, and for the first object also those without a page."""
    here = {number, None} if first else {number}
    return {
        name: [_without_key(row) for row in rows if row["page_number"] in here]
        for name, rows in document.children.items()
    }


def _with_parts(page: PageRows, row: Row, key: str, name: str, table: str) -> dict[str, Any]:
    """A chart with its points, or a table with its cells."""
    parts = [_without_key(part, key) for part in page.children[table] if part[key] == row[key]]
    return {**_without_key(row), name: parts}


def _without_key(row: Row, *more: str) -> Row:
    return {name: value for name, value in row.items() if name not in ("document_id", *more)}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def json_line(value: Row) -> str:
    """A line with one JSON object: times as ISO 8601, null for numbers that JSON cannot represent."""
    return json.dumps(_finite(value), ensure_ascii=False, default=_plain, allow_nan=False) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"JSON cannot represent {type(value).__name__}")


def _finite(value: Any) -> Any:
    """The value with None for NaN and infinity, which JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return value
