"""The output tables: one explicit Arrow schema each, with the meaning of every column.

Compatibility: within a `SCHEMA_VERSION` only optional (nullable) columns may be added; anything else needs a new one.
"""

from collections.abc import Iterable

import pyarrow as pa

from .answer_types import ANSWER_TYPES
from .errors import ErrorCode, Stage
from .page import TextSourceReason

SCHEMA_VERSION = "2"

READABLE_VERSIONS = ("1", SCHEMA_VERSION)
"""Schema versions of outputs that can be read; docpipe writes only to outputs of `SCHEMA_VERSION`."""

BOX = pa.struct([pa.field(name, pa.float32(), nullable=False) for name in ("x0", "y0", "x1", "y1")])
"""Coordinates are shares of the width and height of the page as displayed, with the origin at the top left."""

WORD = pa.struct(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("bbox", BOX, nullable=False),
        pa.field("confidence", pa.float32()),
    ]
)
EVIDENCE = pa.struct(
    [
        pa.field("page_number", pa.int32(), nullable=False),
        pa.field("bbox", BOX, nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("line_id", pa.string()),
    ]
)

_TYPES = {
    "s": pa.string(),
    "i": pa.int32(),
    "l": pa.int64(),
    "f": pa.float32(),
    "d": pa.float64(),
    "b": pa.bool_(),
    "t": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "box": BOX,
    "[s]": pa.list_(pa.string()),
    "[f]": pa.list_(pa.float32()),
    "[[s]]": pa.list_(pa.list_(pa.string())),
    "[word]": pa.list_(WORD),
    "[evidence]": pa.list_(EVIDENCE),
}


def _field(name: str, kind: str, meaning: str) -> pa.Field:
    nullable = kind.endswith("?")
    return pa.field(name, _TYPES[kind.rstrip("?")], nullable, metadata={"description": meaning})


def _names(values: Iterable[str]) -> str:
    """A closed list of values as text: `a, b or c`."""
    *first, last = values
    return f"{', '.join(first)} or {last}"


def _table(*columns: tuple[str, str, str]) -> pa.Schema:
    return pa.schema([_field(*column) for column in columns])


_DOCUMENT = (
    "document_id",
    "s",
    "id in the manifest, otherwise the first 32 hex digits of the SHA-256 of the bytes",
)
_PAGE = ("page_number", "i", "number of the page, counting from 1")
_MODEL = (
    ("engine", "s", "name in the job of the engine that answered, or of the last one that was asked"),
    ("model", "s", "name of the model; empty if the engine has none"),
    ("prompt_version", "s", "version of the prompt; empty if no model was asked"),
    ("raw_output", "s?", "unparsed output of the model; if the engines declined, their reasons"),
)
_TRIED = ("tried", "[s]", "names of the engines that were asked, in order, even if there was only one")
_RUN = ("run_id", "s", "id of the run that wrote the row; see _docpipe/run-<run_id>.json")
_ERROR_CODE = ("error_code", "s?", "reason of the failure, one of the codes of the table errors")

DOCUMENTS = _table(
    _DOCUMENT,
    ("uris", "[s]", "path or URL of every input file with these bytes"),
    ("content_sha256", "s?", "SHA-256 of the bytes; null if they could not be read"),
    ("media_type", "s?", "media type, detected from the content and not from the name"),
    ("size_bytes", "l?", "size of the file in bytes"),
    ("page_count", "i?", "number of pages of the whole file; null if it could not be opened"),
    ("title", "s?", "title in the metadata of the file"),
    ("attributes", "s?", "JSON object of the other columns of the manifest"),
    ("status", "s", "ok, partial (some pages failed) or failed"),
    ("error_code", "s?", "reason why the file failed; null if only pages failed, which have their own codes"),
    _RUN,
)

PAGES = _table(
    _DOCUMENT,
    _PAGE,
    ("status", "s", "ok or failed"),
    _ERROR_CODE,
    ("width", "f?", "width of the page as displayed, in unit"),
    ("height", "f?", "height of the page as displayed, in unit"),
    ("unit", "s?", "unit of width and height: pt (1/72 inch) or px"),
    ("rotation", "i?", "clockwise rotation that the file specifies, in degrees: 0, 90, 180 or 270"),
    ("dpi", "f?", "resolution of the image that was read; null if none was rendered"),
    (
        "text_source",
        "s",
        "source of the text: text_layer, rapidocr, the name of an engine, or none; if several sources gave text, the "
        "one with the most characters (lines.source has the source of each line)",
    ),
    (
        "text_source_reason",
        "s?",
        "why the text is not the text layer, or how a doubtful text layer was handled: "
        f"{_names(TextSourceReason)}; null if the text layer was taken without doubt, or the page failed",
    ),
    (
        "warnings",
        "[s]?",
        "what may be missing or wrong on the page although its status is ok: short codes with a detail, such as "
        "objects_unreadable: 3; null if nothing was checked",
    ),
    ("text", "s?", "text of the page in reading order"),
    ("confidence", "f?", "mean confidence of the lines of the page; null for a text layer"),
    ("low_confidence", "f?", "5% quantile of the confidence of the lines of the page"),
    ("ink_share", "f?", "share of the page that is ink; null if it was not measured"),
    ("unexplained_ink", "f?", "share of the ink that is outside all lines; null if it was not measured"),
    ("supported_text", "f?", "share of a model's text that independent evidence supports"),
    ("tiles", "i?", "number of image tiles that were given to a model"),
    ("seconds", "f", "wall-clock seconds of all stages together"),
    _RUN,
)

BLOCKS = _table(
    _DOCUMENT,
    _PAGE,
    ("block_id", "s", "unique in the output"),
    ("kind", "s", "kind of the block: text, title, list, table, figure, chart, caption, formula, header or footer"),
    ("reading_order", "i", "position in the reading order of the page, counting from 0"),
    ("bbox", "box", "box of the block on the page"),
    ("text", "s?", "text of the block in reading order"),
    ("confidence", "f?", "confidence of the layout engine, between 0 and 1"),
)

LINES = _table(
    _DOCUMENT,
    _PAGE,
    ("line_id", "s", "unique in the output"),
    ("block_id", "s?", "block that contains the line"),
    ("reading_order", "i", "position in the reading order of the page, counting from 0 for each source"),
    ("text", "s", "text of the line"),
    ("bbox", "box?", "box of the line on the page"),
    (
        "polygon",
        "[f]?",
        "corners of rotated text as x0 y0 x1 y1 …, starting at the top left of the text as it is read, in shares",
    ),
    ("confidence", "f?", "confidence of the source, between 0 and 1; null for a text layer"),
    ("source", "s", "source of the line: text_layer, rapidocr or the name of an engine"),
    ("grounding", "s?", "how the line of a model was found in independent evidence: exact, fuzzy or none"),
    ("support", "f?", "estimated probability that the text is printed at bbox"),
    ("words", "[word]?", "words of the line with their boxes"),
)

ANSWERS = _table(
    _DOCUMENT,
    ("page_number", "i?", "page of the evidence, counting from 1"),
    ("question_id", "s", "id of the question in the job"),
    ("question", "s", "text of the question"),
    ("type", "s", f"type of the answer: {_names(ANSWER_TYPES)}"),
    (
        "status",
        "s",
        "answered, not_found, declined (no engine was sure, so nothing follows about the document) or failed",
    ),
    _ERROR_CODE,
    ("answer", "s?", "answer as the model wrote it; from an engine without weights, the words of the page"),
    ("value_number", "d?", "number in the answer"),
    ("value_date", "date?", "date in the answer"),
    ("value_boolean", "b?", "true for yes, false for no"),
    ("currency", "s?", "ISO 4217 code of the currency of an amount"),
    ("confidence", "f?", "confidence of the engine, between 0 and 1"),
    ("evidence", "[evidence]", "places in the document where the answer is printed"),
    ("grounding", "s", "how the answer was found in the document: exact, fuzzy, model_box or none"),
    ("support", "f?", "estimated probability that the answer is printed at its evidence"),
    _TRIED,
    ("second_answer", "s?", "answer of a second engine that was asked to verify the first; null if none was asked"),
    ("second_engine", "s?", "name of the second engine"),
    ("agrees", "b?", "whether both answers mean the same"),
    *_MODEL,
    ("attempts", "i", "number of requests for the answer"),
    _RUN,
)

CHARTS = _table(
    _DOCUMENT,
    _PAGE,
    ("chart_id", "s", "unique in the output"),
    ("bbox", "box?", "box of the chart on the page"),
    ("chart_type", "s", "type of the chart: bar, line, pie, scatter, area, table or other"),
    ("title", "s?", "title as printed"),
    ("x_label", "s?", "title of the x axis"),
    ("y_label", "s?", "title of the y axis"),
    ("columns", "[s]", "names of the columns of the data table"),
    ("rows", "[[s]]", "rows of the data table, each with as many cells as columns"),
    ("status", "s", "ok, declined (no engine was sure of its values) or failed"),
    _ERROR_CODE,
    _TRIED,
    ("confidence", "f?", "confidence of the engine, between 0 and 1"),
    ("support", "f?", "mean support of the values that could be looked up; null if none could"),
    ("source", "s", "image that the engine read: figure (a region of the page) or page"),
    *_MODEL,
    ("attempts", "i", "number of requests for the chart"),
    _RUN,
)

CHART_POINTS = _table(
    _DOCUMENT,
    _PAGE,
    ("chart_id", "s", "chart of the point"),
    ("series", "s?", "name of the series of the point"),
    ("x", "s?", "category or x value as printed"),
    ("x_number", "d?", "x as a number"),
    ("y", "d?", "value of the point"),
    ("bbox", "box?", "box of the evidence for the value"),
    (
        "grounding",
        "s",
        "how the value was found on the page: exact, fuzzy, model_box, mark (the mark itself was measured) or none",
    ),
    ("support", "f?", "estimated probability that the value is printed at bbox"),
)

TABLES_TABLE = _table(
    _DOCUMENT,
    _PAGE,
    ("table_id", "s", "unique in the output"),
    ("block_id", "s?", "block that contains the table"),
    ("bbox", "box", "box of the table on the page"),
    ("n_rows", "i", "number of rows"),
    ("n_columns", "i", "number of columns"),
    ("header_rows", "i", "number of header rows at the top"),
    ("caption", "s?", "caption as printed"),
    ("continues", "s?", "table_id of the table on an earlier page that this table continues"),
    ("html", "s", "the table as HTML, with the spans of its cells"),
    ("confidence", "f?", "confidence of the engine, between 0 and 1"),
    ("source", "s", "source of the words: text_layer, rapidocr or the name of an engine"),
    ("engine", "s", "name in the job of the engine that read the table"),
    ("model", "s", "name of the model; empty if the engine has none"),
    _RUN,
)

CELLS = _table(
    _DOCUMENT,
    _PAGE,
    ("table_id", "s", "table of the cell"),
    ("row", "i", "first row of the cell, counting from 0"),
    ("column", "i", "first column of the cell, counting from 0"),
    ("row_span", "i", "number of rows that the cell spans"),
    ("column_span", "i", "number of columns that the cell spans"),
    ("is_header", "b", "whether it is a header cell"),
    ("text", "s", "text of the cell; empty if it has none"),
    ("value_number", "d?", "number in the cell"),
    ("bbox", "box?", "box of the cell on the page"),
    ("grounding", "s", "how the text was found on the page: exact, fuzzy, model_box or none"),
    ("support", "f?", "estimated probability that the text is printed at bbox"),
)

ERRORS = _table(
    _DOCUMENT,
    ("uri", "s", "path or URL of the file"),
    ("page_number", "i?", "page that failed, counting from 1; null if the whole file failed"),
    ("question_id", "s?", "question that failed"),
    ("chart_id", "s?", "chart that failed"),
    ("table_id", "s?", "table that failed; it has no row in tables"),
    ("stage", "s", f"stage of the failure: {_names(Stage)}"),
    ("code", "s", f"reason of the failure: {_names(ErrorCode)}"),
    ("message", "s", "what happened and what to do, as a message for a person"),
    ("attempts", "i", "number of attempts"),
    _RUN,
    ("failed_at", "t", "time of the failure"),
)

TABLES: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "pages": PAGES,
    "blocks": BLOCKS,
    "lines": LINES,
    "answers": ANSWERS,
    "charts": CHARTS,
    "chart_points": CHART_POINTS,
    "tables": TABLES_TABLE,
    "cells": CELLS,
    "errors": ERRORS,
}

_NOT_IN_VERSION_1 = {
    "pages": {"text_source_reason", "warnings"},
    "answers": {"tried", "second_answer", "second_engine", "agrees"},
    "charts": {"tried"},
    "errors": {"table_id"},
}


def schema_for_reading(table: str, version: str) -> pa.Schema:
    """The schema with which a table of an output is read: columns that its schema version lacks may be null.

    Args:
        version: one of `READABLE_VERSIONS`.
    """
    added = _NOT_IN_VERSION_1.get(table, set()) if version == "1" else set()
    return pa.schema([field.with_nullable(True) if field.name in added else field for field in TABLES[table]])


COMMIT_TABLES = ("pages", "documents")
"""A batch is committed once its file in one of these tables exists; its files in the other tables are its children."""
