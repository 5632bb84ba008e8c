"""The tables are those of the contract, and their page in the docs says the same."""

from pathlib import Path

import pyarrow as pa
import pytest
from docpipe.schemas.errors import ErrorCode
from docpipe.schemas.table_docs import tables_text
from docpipe.schemas.tables import BOX, TABLES

DOCS = Path(__file__).parents[2] / "docs" / "tables.md"

ERROR_CODES = [
    "unreadable",
    "encrypted",
    "unsupported_type",
    "too_large",
    "timeout",
    "crashed",
    "out_of_memory",
    "engine_failed",
    "truncated_output",
    "repetition",
    "bad_output",
    "not_found",
    "permission_denied",
    "empty",
]
COLUMNS = {
    "documents": "document_id uris content_sha256? media_type? size_bytes? page_count? title? attributes? status "
    "error_code? run_id",
    "pages": "document_id page_number status error_code? width? height? unit? rotation? dpi? text_source text? "
    "confidence? low_confidence? ink_share? unexplained_ink? supported_text? tiles? seconds run_id",
    "blocks": "document_id page_number block_id kind reading_order bbox text? confidence?",
    "lines": "document_id page_number line_id block_id? reading_order text bbox? polygon? confidence? source "
    "grounding? support? words?",
    "answers": "document_id page_number? question_id question type status error_code? answer? value_number? "
    "value_date? value_boolean? currency? confidence? evidence grounding support? engine model prompt_version "
    "raw_output? attempts run_id",
    "charts": "document_id page_number chart_id bbox? chart_type title? x_label? y_label? columns rows status "
    "error_code? confidence? support? source engine model prompt_version raw_output? attempts run_id",
    "chart_points": "document_id page_number chart_id series? x? x_number? y? bbox? grounding support?",
    "errors": "document_id uri page_number? question_id? chart_id? stage code message attempts run_id failed_at",
}
TYPES = {
    ("documents", "uris"): pa.list_(pa.string()),
    ("documents", "size_bytes"): pa.int64(),
    ("pages", "page_number"): pa.int32(),
    ("pages", "seconds"): pa.float32(),
    ("blocks", "bbox"): BOX,
    ("lines", "polygon"): pa.list_(pa.float32()),
    ("answers", "value_number"): pa.float64(),
    ("answers", "value_date"): pa.date32(),
    ("answers", "value_boolean"): pa.bool_(),
    ("charts", "rows"): pa.list_(pa.list_(pa.string())),
    ("errors", "failed_at"): pa.timestamp("us", tz="UTC"),
}


@pytest.mark.parametrize("table", list(COLUMNS))
def test_columns_and_their_nullability(table: str) -> None:
    found = [f.name + ("?" if f.nullable else "") for f in TABLES[table]]
    assert found == COLUMNS[table].split()


@pytest.mark.parametrize(("column", "data_type"), list(TYPES.items()))
def test_types(column: tuple[str, str], data_type: pa.DataType) -> None:
    assert TABLES[column[0]].field(column[1]).type.equals(data_type)


def test_box_is_four_float32() -> None:
    assert [(f.name, f.type) for f in BOX] == [(n, pa.float32()) for n in ("x0", "y0", "x1", "y1")]


def test_error_codes_are_those_of_the_contract() -> None:
    assert sorted(code.value for code in ErrorCode) == sorted(ERROR_CODES)


def test_docs_page_is_up_to_date() -> None:
    assert DOCS.read_text().endswith(tables_text() + "\n")
