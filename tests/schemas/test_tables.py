"""The tables are those of the contract, and their page in the docs says the same."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
from docpipe.schemas.errors import ErrorCode, Stage
from docpipe.schemas.page import TextSourceReason
from docpipe.schemas.table_docs import tables_text
from docpipe.schemas.tables import SCHEMA_VERSION, TABLES, schema_for_reading

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
CONTRACT = """
documents: document_id s, uris [s], content_sha256 s?, media_type s?, size_bytes l?, page_count i?, title s?,
    attributes s?, status s, error_code s?, run_id s
pages: document_id s, page_number i, status s, error_code s?, width f?, height f?, unit s?, rotation i?,
    dpi f?, text_source s, text_source_reason s?, warnings [s]?, text s?, confidence f?, low_confidence f?,
    ink_share f?, unexplained_ink f?, supported_text f?, tiles i?, seconds f, run_id s
blocks: document_id s, page_number i, block_id s, kind s, reading_order i, bbox box, text s?, confidence f?
lines: document_id s, page_number i, line_id s, block_id s?, reading_order i, text s, bbox box?, polygon [f]?,
    confidence f?, source s, grounding s?, support f?, words [struct<text s, bbox box, confidence f?>]?
answers: document_id s, page_number i?, question_id s, question s, type s, status s, error_code s?, answer s?,
    value_number d?, value_date date?, value_boolean b?, currency s?, confidence f?,
    evidence [struct<page_number i, bbox box, text s, line_id s?>], grounding s, support f?, tried [s],
    second_answer s?, second_engine s?, agrees b?, engine s, model s, prompt_version s, raw_output s?,
    attempts i, run_id s
charts: document_id s, page_number i, chart_id s, bbox box?, chart_type s, title s?, x_label s?, y_label s?,
    columns [s], rows [[s]], status s, error_code s?, tried [s], confidence f?, support f?, source s,
    engine s, model s, prompt_version s, raw_output s?, attempts i, run_id s
chart_points: document_id s, page_number i, chart_id s, series s?, x s?, x_number d?, y d?, bbox box?,
    grounding s, support f?
tables: document_id s, page_number i, table_id s, block_id s?, bbox box, n_rows i, n_columns i, header_rows i,
    caption s?, continues s?, html s, confidence f?, source s, engine s, model s, run_id s
cells: document_id s, page_number i, table_id s, row i, column i, row_span i, column_span i, is_header b,
    text s, value_number d?, bbox box?, grounding s, support f?
errors: document_id s, uri s, page_number i?, question_id s?, chart_id s?, table_id s?, stage s, code s,
    message s, attempts i, run_id s, failed_at t
"""
"""The tables as the contract with users has them: a name, a type and `?` where it may be null."""

NEW_IN_2 = {
    "pages": ["text_source_reason", "warnings"],
    "answers": ["tried", "second_answer", "second_engine", "agrees"],
    "charts": ["tried"],
    "errors": ["table_id"],
}
PLAIN = {
    "s": pa.string(),
    "i": pa.int32(),
    "l": pa.int64(),
    "f": pa.float32(),
    "d": pa.float64(),
    "b": pa.bool_(),
    "t": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "box": pa.struct([pa.field(name, pa.float32(), nullable=False) for name in ("x0", "y0", "x1", "y1")]),
}


def parsed_type(text: str) -> pa.DataType:
    if text.startswith("["):
        return pa.list_(parsed_type(text[1:-1]))
    if text.startswith("struct<"):
        return pa.struct([parsed_field(part) for part in text[len("struct<") : -1].split(", ")])
    return PLAIN[text]


def parsed_field(text: str) -> pa.Field:
    name, kind = text.split(" ", 1)
    return pa.field(name, parsed_type(kind.removesuffix("?")), kind.endswith("?"))


def contract() -> dict[str, pa.Schema]:
    tables = {}
    for name, columns in re.findall(r"^(\w+): (.*?)\n(?=\w|\Z)", CONTRACT, re.DOTALL | re.MULTILINE):
        # A comma within a struct parts no columns.
        parts = re.split(r", (?![^<>]*>)", " ".join(columns.split()))
        tables[name] = pa.schema([parsed_field(part) for part in parts])
    return tables


def test_the_tables_are_those_of_the_contract_and_no_others() -> None:
    assert SCHEMA_VERSION == "2"
    assert list(TABLES) == list(contract())


@pytest.mark.parametrize("table", list(contract()))
def test_columns_their_order_types_and_nullability(table: str) -> None:
    assert [pa.field(f.name, f.type, f.nullable) for f in TABLES[table]] == list(contract()[table])


@pytest.mark.parametrize("table", list(TABLES))
def test_reading_an_earlier_version_makes_only_its_missing_columns_nullable(table: str) -> None:
    assert schema_for_reading(table, SCHEMA_VERSION).equals(TABLES[table])
    earlier = schema_for_reading(table, "1")
    assert earlier.types == TABLES[table].types
    for now, then in zip(TABLES[table], earlier, strict=True):
        assert then.nullable == (now.nullable or now.name in NEW_IN_2.get(table, []))


def test_error_codes_are_those_of_the_contract() -> None:
    assert sorted(code.value for code in ErrorCode) == sorted(ERROR_CODES)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (("errors", "code"), list(ErrorCode)),
        (("errors", "stage"), list(Stage)),
        (("pages", "text_source_reason"), list(TextSourceReason)),
    ],
)
def test_closed_lists_are_documented_whole(column: tuple[str, str], values: list[str]) -> None:
    meaning = TABLES[column[0]].field(column[1]).metadata[b"description"].decode()
    listed = meaning.split(": ", 1)[1].split(";")[0]
    assert re.split(r", | or ", listed) == values


def test_docs_page_is_up_to_date() -> None:
    assert DOCS.read_text().endswith(tables_text() + "\n")
