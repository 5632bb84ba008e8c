"""The output tables: one explicit Arrow schema each, with the meaning of every column.

Compatibility: within a `SCHEMA_VERSION` only optional (nullable) columns may be added; anything else needs a new one.
"""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from .answer_types import ANSWER_TYPES
from .columns import Column, Table
from .errors import ErrorCode, Stage
from .page import PageWarning, TextSourceReason

SCHEMA_VERSION = "2"

READABLE_VERSIONS = ("1", SCHEMA_VERSION)
"""Schema versions of outputs that can be read; docpipe writes only to outputs of `SCHEMA_VERSION`."""


def _names(values: Iterable[str]) -> str:
    """A closed list of values as text: `a, b or c`."""
    *first, last = values
    return f"{', '.join(first)} or {last}"


_DOCUMENT = Column(
    "document_id",
    "s",
    "id in the manifest, otherwise the first 32 hex digits of the SHA-256 of the bytes",
)
_PAGE = Column("page_number", "i", "number of the page, counting from 1")
_MODEL = (
    Column("engine", "s", "name in the job of the engine that answered, or of the last one that was asked"),
    Column("model", "s", "name of the model; empty if the engine has none"),
    Column("prompt_version", "s", "version of the prompt; empty if no model was asked"),
    Column("raw_output", "s?", "unparsed output of the model; if the engines declined, their reasons"),
)
_TRIED = Column("tried", "[s]", "names of the engines that were asked, in order, even if there was only one", "2")
_RUN = Column("run_id", "s", "id of the run that wrote the row; see _docpipe/run-<run_id>.json")
_ERROR_CODE = Column("error_code", "s?", "reason of the failure, one of the codes of the table errors")

DESCRIPTIONS = (
    Table(
        "documents",
        "a document",
        (
            _DOCUMENT,
            Column("uris", "[s]", "path or URL of every input file with these bytes"),
            Column("content_sha256", "s?", "SHA-256 of the bytes; null if they could not be read"),
            Column("media_type", "s?", "media type, detected from the content and not from the name"),
            Column("size_bytes", "l?", "size of the file in bytes"),
            Column("page_count", "i?", "number of pages of the whole file; null if it could not be opened"),
            Column("title", "s?", "title in the metadata of the file"),
            Column("attributes", "s?", "JSON object of the other columns of the manifest"),
            Column("status", "s", "ok, partial (some pages failed) or failed"),
            Column(
                "error_code", "s?", "reason why the file failed; null if only pages failed, which have their own codes"
            ),
            _RUN,
        ),
        key=("document_id",),
    ),
    Table(
        "pages",
        "a page",
        (
            _DOCUMENT,
            _PAGE,
            Column("status", "s", "ok or failed"),
            _ERROR_CODE,
            Column("width", "f?", "width of the page as displayed, in unit"),
            Column("height", "f?", "height of the page as displayed, in unit"),
            Column("unit", "s?", "unit of width and height: pt (1/72 inch) or px"),
            Column("rotation", "i?", "clockwise rotation that the file specifies, in degrees: 0, 90, 180 or 270"),
            Column("dpi", "f?", "resolution of the image that was read; null if none was rendered"),
            Column(
                "text_source",
                "s",
                "source of the text: text_layer, rapidocr, the name of an engine, or none; if several sources gave "
                "text, the one with the most characters (lines.source has the source of each line)",
            ),
            Column(
                "text_source_reason",
                "s?",
                "why the text is not the text layer, or how a doubtful text layer was handled: "
                f"{_names(TextSourceReason)}; null if the text layer was taken without doubt, or the page failed",
                "2",
            ),
            Column(
                "warnings",
                "[s]?",
                "what may be missing or wrong on the page although its status is ok: short codes with a detail, such "
                f"as objects_unreadable: 3; the codes are {_names(PageWarning)}; null if the page failed, or was "
                "written before there were warnings",
                "2",
            ),
            Column(
                "text",
                "s?",
                "text of the page in reading order, without blocks of kind header and footer unless the job has "
                "running_headers: keep",
            ),
            Column("confidence", "f?", "mean confidence of the lines of the page; null for a text layer"),
            Column("low_confidence", "f?", "5% quantile of the confidence of the lines of the page"),
            Column("ink_share", "f?", "share of the page that is ink; null if it was not measured"),
            Column("unexplained_ink", "f?", "share of the ink that is outside all lines; null if it was not measured"),
            Column("supported_text", "f?", "share of a model's text that independent evidence supports"),
            Column("tiles", "i?", "number of image tiles that were given to a model"),
            Column("seconds", "f", "wall-clock seconds of all stages together"),
            _RUN,
        ),
        key=("document_id", "page_number"),
    ),
    Table(
        "blocks",
        "a layout region",
        (
            _DOCUMENT,
            _PAGE,
            Column("block_id", "s", "unique in the output"),
            Column(
                "kind",
                "s",
                "kind of the block: text, title, list, table, figure, chart, caption, formula, header or footer",
            ),
            Column("reading_order", "i", "position in the reading order of the page, counting from 0"),
            Column("bbox", "box", "box of the block on the page"),
            Column("text", "s?", "text of the block in reading order"),
            Column("confidence", "f?", "confidence of the layout engine, between 0 and 1"),
        ),
        id="block_id",
        is_text=True,
    ),
    Table(
        "lines",
        "a line of text",
        (
            _DOCUMENT,
            _PAGE,
            Column("line_id", "s", "unique in the output"),
            Column("block_id", "s?", "block that contains the line"),
            Column("reading_order", "i", "position in the reading order of the page, counting from 0 for each source"),
            Column("text", "s", "text of the line"),
            Column("bbox", "box?", "box of the line on the page"),
            Column(
                "polygon",
                "[f]?",
                "corners of rotated text as x0 y0 x1 y1 …, starting at the top left of the text as it is read, in "
                "shares",
            ),
            Column("confidence", "f?", "confidence of the source, between 0 and 1; null for a text layer"),
            Column("source", "s", "source of the line: text_layer, rapidocr or the name of an engine"),
            Column(
                "grounding", "s?", "how the line of a model was found in independent evidence: exact, fuzzy or none"
            ),
            Column("support", "f?", "estimated probability that the text is printed at bbox"),
            Column("words", "[word]?", "words of the line with their boxes"),
        ),
        id="line_id",
        is_text=True,
        is_counted=True,
    ),
    Table(
        "answers",
        "a question asked of a document or page",
        (
            _DOCUMENT,
            Column("page_number", "i?", "page of the evidence, counting from 1"),
            Column("question_id", "s", "id of the question in the job"),
            Column("question", "s", "text of the question"),
            Column("type", "s", f"type of the answer: {_names(ANSWER_TYPES)}"),
            Column(
                "status",
                "s",
                "answered, not_found, declined (no engine was sure, so nothing follows about the document) or failed",
            ),
            _ERROR_CODE,
            Column(
                "answer", "s?", "answer as the model wrote it; from an engine without weights, the words of the page"
            ),
            Column("value_number", "d?", "number in the answer"),
            Column("value_date", "date?", "date in the answer"),
            Column("value_boolean", "b?", "true for yes, false for no"),
            Column("currency", "s?", "ISO 4217 code of the currency of an amount"),
            Column("confidence", "f?", "confidence of the engine, between 0 and 1"),
            Column("evidence", "[evidence]", "places in the document where the answer is printed"),
            Column("grounding", "s", "how the answer was found in the document: exact, fuzzy, model_box or none"),
            Column("support", "f?", "estimated probability that the answer is printed at its evidence"),
            _TRIED,
            Column(
                "second_answer",
                "s?",
                "answer of a second engine that was asked to verify the first; null if none was asked",
                "2",
            ),
            Column("second_engine", "s?", "name of the second engine", "2"),
            Column("agrees", "b?", "whether both answers mean the same", "2"),
            *_MODEL,
            Column("attempts", "i", "number of requests for the answer"),
            _RUN,
        ),
        hangs_on=("pages", "documents"),
        is_counted=True,
    ),
    Table(
        "charts",
        "a chart",
        (
            _DOCUMENT,
            _PAGE,
            Column("chart_id", "s", "unique in the output"),
            Column("bbox", "box?", "box of the chart on the page"),
            Column("chart_type", "s", "type of the chart: bar, line, pie, scatter, area, table or other"),
            Column("title", "s?", "title as printed"),
            Column("x_label", "s?", "title of the x axis"),
            Column("y_label", "s?", "title of the y axis"),
            Column("columns", "[s]", "names of the columns of the data table"),
            Column("rows", "[[s]]", "rows of the data table, each with as many cells as columns"),
            Column("status", "s", "ok, declined (no engine was sure of its values) or failed"),
            _ERROR_CODE,
            _TRIED,
            Column("confidence", "f?", "confidence of the engine, between 0 and 1"),
            Column("support", "f?", "mean support of the values that could be looked up; null if none could"),
            Column("source", "s", "image that the engine read: figure (a region of the page) or page"),
            *_MODEL,
            Column("attempts", "i", "number of requests for the chart"),
            _RUN,
        ),
        id="chart_id",
        is_counted=True,
    ),
    Table(
        "chart_points",
        "a value in a chart",
        (
            _DOCUMENT,
            _PAGE,
            Column("chart_id", "s", "chart of the point"),
            Column("series", "s?", "name of the series of the point"),
            Column("x", "s?", "category or x value as printed"),
            Column("x_number", "d?", "x as a number"),
            Column("y", "d?", "value of the point"),
            Column("bbox", "box?", "box of the evidence for the value"),
            Column(
                "grounding",
                "s",
                "how the value was found on the page: exact, fuzzy, model_box, mark (the mark itself was measured) or "
                "none",
            ),
            Column("support", "f?", "estimated probability that the value is printed at bbox"),
        ),
    ),
    Table(
        "tables",
        "a table",
        (
            _DOCUMENT,
            _PAGE,
            Column("table_id", "s", "unique in the output"),
            Column("block_id", "s?", "block that contains the table"),
            Column("bbox", "box", "box of the table on the page"),
            Column("n_rows", "i", "number of rows"),
            Column("n_columns", "i", "number of columns"),
            Column("header_rows", "i", "number of header rows at the top"),
            Column("caption", "s?", "caption as printed"),
            Column("continues", "s?", "table_id of the table on an earlier page that this table continues"),
            Column("html", "s", "the table as HTML, with the spans of its cells"),
            Column("confidence", "f?", "confidence of the engine, between 0 and 1"),
            Column("source", "s", "source of the words: text_layer, rapidocr or the name of an engine"),
            Column("engine", "s", "name in the job of the engine that read the table"),
            Column("model", "s", "name of the model; empty if the engine has none"),
            _RUN,
        ),
        id="table_id",
        is_counted=True,
    ),
    Table(
        "cells",
        "a cell of a table, empty ones too",
        (
            _DOCUMENT,
            _PAGE,
            Column("table_id", "s", "table of the cell"),
            Column("row", "i", "first row of the cell, counting from 0"),
            Column("column", "i", "first column of the cell, counting from 0"),
            Column("row_span", "i", "number of rows that the cell spans"),
            Column("column_span", "i", "number of columns that the cell spans"),
            Column("is_header", "b", "whether it is a header cell"),
            Column("text", "s", "text of the cell; empty if it has none"),
            Column("value_number", "d?", "number in the cell"),
            Column("bbox", "box?", "box of the cell on the page"),
            Column("grounding", "s", "how the text was found on the page: exact, fuzzy, model_box or none"),
            Column("support", "f?", "estimated probability that the text is printed at bbox"),
        ),
    ),
    Table(
        "errors",
        "a failure",
        (
            _DOCUMENT,
            Column("uri", "s", "path or URL of the file"),
            Column("page_number", "i?", "page that failed, counting from 1; null if the whole file failed"),
            Column("question_id", "s?", "question that failed"),
            Column("chart_id", "s?", "chart that failed"),
            Column("table_id", "s?", "table that failed; it has no row in tables", "2"),
            Column("stage", "s", f"stage of the failure: {_names(Stage)}"),
            Column("code", "s", f"reason of the failure: {_names(ErrorCode)}"),
            Column("message", "s", "what happened and what to do, as a message for a person"),
            Column("attempts", "i", "number of attempts"),
            _RUN,
            Column("failed_at", "t", "time of the failure"),
        ),
        hangs_on=("pages", "documents"),
    ),
)

TABLES: Mapping[str, pa.Schema] = {
    table.name: pa.schema([column.field for column in table.columns]) for table in DESCRIPTIONS
}
"""The Arrow schema of each table."""

KEYS = {table.name: table.key for table in reversed(DESCRIPTIONS) if table.key}
"""The columns that identify a row of each of `COMMIT_TABLES`."""

COMMIT_TABLES = tuple(KEYS)
"""A batch is committed once its file in one of these tables exists; its files in the other tables are its children.

Pages come first: a document is committed after its pages.
"""

CHILD_TABLES = tuple(table.name for table in DESCRIPTIONS if not table.key)
PAGE_TABLES = tuple(table.name for table in DESCRIPTIONS if not table.key and "pages" in table.hangs_on)
"""Tables with child rows of pages."""

DOCUMENT_TABLES = tuple(table.name for table in DESCRIPTIONS if not table.key and "documents" in table.hangs_on)
"""Tables with child rows of whole documents."""

TEXT_TABLES = tuple(table.name for table in DESCRIPTIONS if table.is_text)
COUNTED_TABLES = tuple(table.name for table in DESCRIPTIONS if table.is_counted)
ROW_IDS = frozenset(table.id for table in DESCRIPTIONS if table.id)
"""Columns whose values begin with the id of the document, wherever they stand."""

_ADDED = {table.name: {column.name: int(column.since) for column in table.columns} for table in DESCRIPTIONS}


def schema_for_reading(table: str, version: str) -> pa.Schema:
    """The schema with which a table of an output is read: columns that its schema version lacks may be null.

    Args:
        version: one of `READABLE_VERSIONS`.
    """
    added = _ADDED[table]
    return pa.schema([f.with_nullable(True) if added[f.name] > int(version) else f for f in TABLES[table]])
