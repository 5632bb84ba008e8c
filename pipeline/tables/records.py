"""Rows of the tables as typed objects, for code that reads an output. They have only the columns that it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from ...schemas.geometry import Box

Row = Mapping[str, Any]
"""A row by column names, in Python types of Arrow."""


@dataclass(frozen=True)
class StoredDocument:
    """A row of `documents`."""

    document_id: str
    uris: tuple[str, ...]
    content_sha256: str | None
    media_type: str | None
    page_count: int | None
    title: str | None
    status: str
    error_code: str | None

    @property
    def name(self) -> str:
        """The readable name of the file."""
        uri = self.uris[0] if self.uris else self.document_id
        return uri.rstrip("/").rsplit("/", 1)[-1] or uri


@dataclass(frozen=True)
class StoredWord:
    """A word of a line."""

    text: str
    box: Box
    confidence: float | None


@dataclass(frozen=True)
class StoredLine:
    """A row of `lines`; `polygon` has corners (x, y) in shares, from the top left of the text as it is read."""

    line_id: str
    block_id: str | None
    text: str
    box: Box | None
    polygon: tuple[tuple[float, float], ...] | None
    confidence: float | None
    source: str
    grounding: str | None
    support: float | None
    words: tuple[StoredWord, ...]


@dataclass(frozen=True)
class StoredBlock:
    """A row of `blocks`."""

    block_id: str
    kind: str
    box: Box | None
    text: str | None


@dataclass(frozen=True)
class StoredEvidence:
    """A place where an answer was found."""

    page_number: int
    box: Box
    text: str


@dataclass(frozen=True)
class StoredAnswer:
    """A row of `answers`."""

    document_id: str
    page_number: int | None
    question_id: str
    question: str
    type: str
    status: str
    error_code: str | None
    answer: str | None
    value: str | None
    confidence: float | None
    evidence: tuple[StoredEvidence, ...]
    grounding: str
    support: float | None
    tried: tuple[str, ...]
    second_answer: str | None
    second_engine: str | None
    agrees: bool | None
    engine: str
    model: str
    raw_output: str | None
    attempts: int


@dataclass(frozen=True)
class StoredPoint:
    """A row of `chart_points`."""

    series: str | None
    x: str | None
    x_number: float | None
    y: float | None
    box: Box | None
    grounding: str
    support: float | None


@dataclass(frozen=True)
class StoredChart:
    """A row of `charts` with its points."""

    document_id: str
    page_number: int
    chart_id: str
    box: Box | None
    chart_type: str
    title: str | None
    x_label: str | None
    y_label: str | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    status: str
    error_code: str | None
    tried: tuple[str, ...]
    confidence: float | None
    support: float | None
    engine: str
    model: str
    points: tuple[StoredPoint, ...]


@dataclass(frozen=True)
class StoredCell:
    """A row of `cells`."""

    row: int
    column: int
    row_span: int
    column_span: int
    is_header: bool
    text: str
    value_number: float | None
    box: Box | None
    grounding: str
    support: float | None


@dataclass(frozen=True)
class StoredTable:
    """A row of `tables` with its cells, row by row; `continues` is the id of the table that it continues."""

    document_id: str
    page_number: int
    table_id: str
    block_id: str | None
    box: Box | None
    n_rows: int
    n_columns: int
    header_rows: int
    caption: str | None
    continues: str | None
    html: str
    confidence: float | None
    source: str
    engine: str
    model: str
    cells: tuple[StoredCell, ...]


@dataclass(frozen=True)
class StoredFailure:
    """A row of `errors`."""

    document_id: str
    uri: str
    page_number: int | None
    question_id: str | None
    chart_id: str | None
    table_id: str | None
    stage: str
    code: str
    message: str
    attempts: int


@dataclass(frozen=True)
class StoredPage:
    """A row of `pages` with its lines and blocks in reading order.

    Attributes:
        lines: lines of the text of the page, in most cases of one source.
        checks: lines of other sources, with which the text of a model was compared.
    """

    document_id: str
    page_number: int
    status: str
    error_code: str | None
    width: float | None
    height: float | None
    unit: str | None
    dpi: float | None
    text_source: str
    text_source_reason: str | None
    warnings: tuple[str, ...]
    text: str | None
    confidence: float | None
    low_confidence: float | None
    unexplained_ink: float | None
    supported_text: float | None
    lines: tuple[StoredLine, ...]
    checks: tuple[StoredLine, ...]
    blocks: tuple[StoredBlock, ...]


def document(row: Row) -> StoredDocument:
    names = ("document_id", "content_sha256", "media_type", "page_count", "title", "status", "error_code")
    return StoredDocument(uris=tuple(row["uris"]), **{name: row[name] for name in names})


def page(row: Row, lines: Sequence[Row], blocks: Sequence[Row]) -> StoredPage:
    """A page with its lines and blocks, given in any order."""
    names = ("document_id", "page_number", "status", "error_code", "width", "height", "unit", "dpi")
    source = ("text_source", "text_source_reason", "text")
    measures = ("confidence", "low_confidence", "unexplained_ink", "supported_text")
    ordered = [line(entry) for entry in sorted(lines, key=_reading_order)]
    # Lines of models have a grounding; the page's own lines have none, and where a model gave its text, they check it.
    own = all(entry.grounding is None for entry in ordered) and any(e.source == row["text_source"] for e in ordered)
    return StoredPage(
        **{name: row[name] for name in (*names, *source, *measures)},
        warnings=tuple(row["warnings"] or ()),
        lines=tuple(entry for entry in ordered if (entry.grounding is None) is own),
        checks=tuple(entry for entry in ordered if (entry.grounding is None) is not own),
        blocks=tuple(block(entry) for entry in sorted(blocks, key=_reading_order)),
    )


def line(row: Row) -> StoredLine:
    flat = row["polygon"] or ()
    names = ("line_id", "block_id", "text", "confidence", "source", "grounding", "support")
    return StoredLine(
        **{name: row[name] for name in names},
        box=_box(row["bbox"]),
        polygon=tuple(zip(flat[::2], flat[1::2], strict=True)) or None,
        words=tuple(StoredWord(word["text"], Box(**word["bbox"]), word["confidence"]) for word in row["words"] or ()),
    )


def block(row: Row) -> StoredBlock:
    return StoredBlock(row["block_id"], row["kind"], Box(**row["bbox"]), row["text"])


def answer(row: Row) -> StoredAnswer:
    names = ("document_id", "page_number", "question_id", "question", "type", "status", "error_code", "answer")
    second = ("second_answer", "second_engine", "agrees")
    origin = ("confidence", "grounding", "support", "engine", "model", "raw_output", "attempts")
    return StoredAnswer(
        **{name: row[name] for name in (*names, *second, *origin)},
        value=_value(row),
        tried=_tried(row),
        evidence=tuple(
            StoredEvidence(entry["page_number"], box, entry["text"])
            for entry in row["evidence"] or ()
            if (box := _box(entry["bbox"]))
        ),
    )


def chart(row: Row, points: Sequence[Row]) -> StoredChart:
    names = ("document_id", "page_number", "chart_id", "chart_type", "title", "x_label", "y_label", "status")
    origin = ("error_code", "confidence", "support", "engine", "model")
    point_names = ("series", "x", "x_number", "y", "grounding", "support")
    return StoredChart(
        **{name: row[name] for name in (*names, *origin)},
        box=_box(row["bbox"]),
        tried=_tried(row),
        columns=tuple(row["columns"]),
        rows=tuple(tuple(cells) for cells in row["rows"]),
        points=tuple(
            StoredPoint(**{name: entry[name] for name in point_names}, box=_box(entry["bbox"])) for entry in points
        ),
    )


def table(row: Row, cells: Sequence[Row]) -> StoredTable:
    """A table with its cells, given in any order."""
    names = ("document_id", "page_number", "table_id", "block_id", "n_rows", "n_columns", "header_rows", "caption")
    origin = ("continues", "html", "confidence", "source", "engine", "model")
    cell_names = ("row", "column", "row_span", "column_span", "is_header", "text", "value_number")
    found = [
        StoredCell(**{name: cell[name] for name in (*cell_names, "grounding", "support")}, box=_box(cell["bbox"]))
        for cell in cells
    ]
    return StoredTable(
        **{name: row[name] for name in (*names, *origin)},
        box=_box(row["bbox"]),
        cells=tuple(sorted(found, key=lambda cell: (cell.row, cell.column))),
    )


FAILURE_COLUMNS = tuple(field.name for field in fields(StoredFailure))
"""Columns of `errors` that `failure` needs."""


def failure(row: Row) -> StoredFailure:
    return StoredFailure(**{name: row[name] for name in FAILURE_COLUMNS})


def _tried(row: Row) -> tuple[str, ...]:
    """The engines that were asked; schema version 1 has no such column, and always one engine."""
    return (row["engine"],) if row["tried"] is None else tuple(row["tried"])


def _reading_order(row: Row) -> int:
    order: int = row["reading_order"]
    return order


def _box(struct: Mapping[str, float] | None) -> Box | None:
    """The box; None for null, and for values outside the page, which other programs may have written."""
    if struct is None:
        return None
    box = Box(**struct)
    return box if 0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 else None


def _value(row: Row) -> str | None:
    """The typed value as text, in a form that does not depend on the language."""
    if row["value_number"] is not None:
        return f"{row['value_number']:.15g} {row['currency'] or ''}".rstrip()
    if row["value_date"] is not None:
        day: date = row["value_date"]
        return day.isoformat()
    if row["value_boolean"] is not None:
        return "true" if row["value_boolean"] else "false"
    return None
