"""The output tables: one explicit Arrow schema each, with the meaning of every column.

Compatibility: within a `SCHEMA_VERSION` only optional (nullable) columns may be added; anything else needs a new one.
"""

from collections.abc import Iterable

import pyarrow as pa

from .errors import ErrorCode, Stage
from .page import TextSourceReason

SCHEMA_VERSION = "2"

READABLE_VERSIONS = ("1", SCHEMA_VERSION)
"""Versions of which an output can be read; only one of `SCHEMA_VERSION` is written to."""

BOX = pa.struct([pa.field(name, pa.float32(), nullable=False) for name in ("x0", "y0", "x1", "y1")])
"""Shares of the page's width and height as a person sees it, origin at the top left."""

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
    """A closed list as it stands in a meaning: `a, b or c`."""
    *first, last = values
    return f"{', '.join(first)} or {last}"


def _table(*columns: tuple[str, str, str]) -> pa.Schema:
    return pa.schema([_field(*column) for column in columns])


_DOCUMENT = ("document_id", "s", "the manifest's, else the first 32 hex digits of the SHA-256 of the bytes")
_PAGE = ("page_number", "i", "counts from 1")
_MODEL = (
    ("engine", "s", "name in the job of the engine that answered, or of the last one asked"),
    ("model", "s", "the model's name; empty where the engine has none"),
    ("prompt_version", "s", "version of the prompt; empty where no model was asked"),
    ("raw_output", "s?", "what the model wrote, unparsed; why the engines declined where they did"),
)
_TRIED = ("tried", "[s]", "names of the engines asked, in order, also where there was one")
_RUN = ("run_id", "s", "the run that wrote the row; see _docpipe/run-<run_id>.json")
_ERROR_CODE = ("error_code", "s?", "why it failed, one of the codes of the table errors")

DOCUMENTS = _table(
    _DOCUMENT,
    ("uris", "[s]", "every place where these bytes were found"),
    ("content_sha256", "s?", "SHA-256 of the bytes; null where they could not be read"),
    ("media_type", "s?", "found from the content, not from the name"),
    ("size_bytes", "l?", "bytes of the file"),
    ("page_count", "i?", "pages of the whole file; null where it could not be opened"),
    ("title", "s?", "the title the file gives itself"),
    ("attributes", "s?", "JSON object of the manifest's other columns"),
    ("status", "s", "ok, partial (some pages failed) or failed"),
    ("error_code", "s?", "why the file failed; null where its pages failed, which have their own"),
    _RUN,
)

PAGES = _table(
    _DOCUMENT,
    _PAGE,
    ("status", "s", "ok or failed"),
    _ERROR_CODE,
    ("width", "f?", "width of the page as seen, in unit"),
    ("height", "f?", "height of the page as seen, in unit"),
    ("unit", "s?", "pt (1/72 inch) or px"),
    ("rotation", "i?", "clockwise degrees the file asks for: 0, 90, 180 or 270"),
    ("dpi", "f?", "resolution of the image that was read; null where none was rendered"),
    (
        "text_source",
        "s",
        "text_layer, rapidocr, an engine's name, or none; where several gave text, the one of most characters "
        "(lines.source has the source of each line)",
    ),
    (
        "text_source_reason",
        "s?",
        f"why the text is not the text layer, or how that was decided: {_names(TextSourceReason)}; null where the text "
        "layer was taken without a doubt, and where the page failed",
    ),
    (
        "warnings",
        "[s]?",
        "what may be missing or wrong on the page although it is ok: short codes with a detail, such as "
        "objects_unreadable: 3; null where nothing was looked for",
    ),
    ("text", "s?", "the page's text in reading order"),
    ("confidence", "f?", "mean confidence of its lines; null for a text layer"),
    ("low_confidence", "f?", "5% quantile of the confidence of its lines"),
    ("ink_share", "f?", "share of the page that is ink; null where it was not measured"),
    ("unexplained_ink", "f?", "share of the ink where no line stands; null where it was not measured"),
    ("supported_text", "f?", "share of a model's text that independent evidence supports"),
    ("tiles", "i?", "image tiles given to a model"),
    ("seconds", "f", "wall seconds of all stages together"),
    _RUN,
)

BLOCKS = _table(
    _DOCUMENT,
    _PAGE,
    ("block_id", "s", "unique in the output"),
    ("kind", "s", "text, title, list, table, figure, chart, caption, formula, header or footer"),
    ("reading_order", "i", "counts from 0 on each page"),
    ("bbox", "box", "where it stands on the page"),
    ("text", "s?", "its text in reading order"),
    ("confidence", "f?", "how sure the layout engine is"),
)

LINES = _table(
    _DOCUMENT,
    _PAGE,
    ("line_id", "s", "unique in the output"),
    ("block_id", "s?", "the block it stands in"),
    ("reading_order", "i", "counts from 0 on each page and source"),
    ("text", "s", "the line's text"),
    ("bbox", "box?", "where it stands on the page"),
    ("polygon", "[f]?", "x0 y0 x1 y1 … of turned text, from the top left as it is read, shares"),
    ("confidence", "f?", "between 0 and 1; null for a text layer"),
    ("source", "s", "text_layer, rapidocr or an engine's name"),
    ("grounding", "s?", "how a model's line was found in independent evidence"),
    ("support", "f?", "estimated probability that the text stands there"),
    ("words", "[word]?", "its words with their boxes"),
)

ANSWERS = _table(
    _DOCUMENT,
    ("page_number", "i?", "where the evidence stands"),
    ("question_id", "s", "the question's id in the job"),
    ("question", "s", "as it was asked"),
    ("type", "s", "string, number, money, date, boolean or choice"),
    (
        "status",
        "s",
        "answered, not_found, declined (no engine was sure; this says nothing about the document) or failed",
    ),
    _ERROR_CODE,
    ("answer", "s?", "as the model wrote it; of an engine without weights, the words of the page"),
    ("value_number", "d?", "the number in it"),
    ("value_date", "date?", "the date in it"),
    ("value_boolean", "b?", "yes or no"),
    ("currency", "s?", "ISO 4217 code"),
    ("confidence", "f?", "between 0 and 1"),
    ("evidence", "[evidence]", "where the answer stands in the document"),
    ("grounding", "s", "exact, fuzzy, model_box or none"),
    ("support", "f?", "estimated probability that the answer stands there"),
    _TRIED,
    ("second_answer", "s?", "answer of a second engine that was asked to verify the first; null where none was"),
    ("second_engine", "s?", "name of that engine"),
    ("agrees", "b?", "whether both answers mean the same"),
    *_MODEL,
    ("attempts", "i", "how often it was asked"),
    _RUN,
)

CHARTS = _table(
    _DOCUMENT,
    _PAGE,
    ("chart_id", "s", "unique in the output"),
    ("bbox", "box?", "where it stands on the page"),
    ("chart_type", "s", "bar, line, pie, scatter, area, table or other"),
    ("title", "s?", "as printed"),
    ("x_label", "s?", "title of the x axis"),
    ("y_label", "s?", "title of the y axis"),
    ("columns", "[s]", "names of the columns of its data table"),
    ("rows", "[[s]]", "rows of its data table, as long as columns"),
    ("status", "s", "ok, declined (no engine was sure of its values) or failed"),
    _ERROR_CODE,
    _TRIED,
    ("confidence", "f?", "between 0 and 1"),
    ("support", "f?", "mean support of those of its values that could be looked up; null where none could"),
    ("source", "s", "figure or page"),
    *_MODEL,
    ("attempts", "i", "how often it was asked"),
    _RUN,
)

CHART_POINTS = _table(
    _DOCUMENT,
    _PAGE,
    ("chart_id", "s", "the chart it belongs to"),
    ("series", "s?", "name of its series"),
    ("x", "s?", "category or x value as printed"),
    ("x_number", "d?", "x as a number"),
    ("y", "d?", "the value"),
    ("bbox", "box?", "where its evidence stands"),
    ("grounding", "s", "exact, fuzzy, model_box, mark (the mark itself was measured) or none"),
    ("support", "f?", "estimated probability that the value stands there"),
)

TABLES_TABLE = _table(
    _DOCUMENT,
    _PAGE,
    ("table_id", "s", "unique in the output"),
    ("block_id", "s?", "the block it stands in"),
    ("bbox", "box", "where it stands on the page"),
    ("n_rows", "i", "number of its rows"),
    ("n_columns", "i", "number of its columns"),
    ("header_rows", "i", "how many of its first rows are header rows"),
    ("caption", "s?", "as printed"),
    ("continues", "s?", "the table_id on an earlier page that this table goes on from"),
    ("html", "s", "the table as HTML, with the spans of its cells"),
    ("confidence", "f?", "between 0 and 1"),
    ("source", "s", "of its words: text_layer, rapidocr or an engine's name"),
    ("engine", "s", "name in the job of the engine that read it"),
    ("model", "s", "the model's name; empty where the engine has none"),
    _RUN,
)

CELLS = _table(
    _DOCUMENT,
    _PAGE,
    ("table_id", "s", "the table it belongs to"),
    ("row", "i", "its first row, counts from 0"),
    ("column", "i", "its first column, counts from 0"),
    ("row_span", "i", "how many rows it spans"),
    ("column_span", "i", "how many columns it spans"),
    ("is_header", "b", "whether it is a header cell"),
    ("text", "s", "its text; empty where it has none"),
    ("value_number", "d?", "the number in it"),
    ("bbox", "box?", "where it stands on the page"),
    ("grounding", "s", "exact, fuzzy, model_box or none"),
    ("support", "f?", "estimated probability that the text stands there"),
)

ERRORS = _table(
    _DOCUMENT,
    ("uri", "s", "the file"),
    ("page_number", "i?", "null where the file failed, not a page"),
    ("question_id", "s?", "the question that failed"),
    ("chart_id", "s?", "the chart that failed"),
    ("table_id", "s?", "the table that failed; it has no row in tables"),
    ("stage", "s", f"where it failed: {_names(Stage)}"),
    ("code", "s", f"why: {_names(ErrorCode)}"),
    ("message", "s", "what happened and what to do, for a person"),
    ("attempts", "i", "how often it was tried"),
    _RUN,
    ("failed_at", "t", "when"),
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
    """The schema of a table as an output of some version is read: columns that this version lacks may be null.

    Args:
        version: one of `READABLE_VERSIONS`.
    """
    added = _NOT_IN_VERSION_1.get(table, set()) if version == "1" else set()
    return pa.schema([field.with_nullable(True) if field.name in added else field for field in TABLES[table]])


COMMIT_TABLES = ("pages", "documents")
"""A batch counts once its file in one of these stands; files of the other tables are its children."""
