"""Page readings keep every value and the contract's exact types on their way to the tables."""

from dataclasses import replace

import numpy as np
from docpipe.operators.docvqa.answers import declined_answer, nothing_there
from docpipe.operators.grounding.ground import Grounding, GroundingKind
from docpipe.operators.inference.results import Cell, Chart, ModelText, PageFindings, Table
from docpipe.operators.inference.work import Question
from docpipe.pipeline.tables import records
from docpipe.pipeline.tables.page_rows import ReadPage, page_tables
from docpipe.schemas.errors import ErrorCode, Failure, Stage
from docpipe.schemas.geometry import Box
from docpipe.schemas.page import PageReading, PageWarning, TextLines, TextSourceReason
from docpipe.schemas.tables import TABLES

from ..conftest import reading, rows


def test_tables_have_the_schemas_of_the_contract() -> None:
    tables = rows(("a", 1), ("b", 2), failed=frozenset({("b", 2)}))
    assert set(tables) == {"pages", "lines", "blocks", "errors"}
    for name, table in tables.items():
        assert table.schema.equals(TABLES[name]), name
        table.validate(full=True)


def test_lines_keep_text_box_words_and_the_block_they_stand_in() -> None:
    tables = rows(("a", 7))
    (line,) = tables["lines"].to_pylist()
    assert line["text"] == "Total 12.50"
    assert line["line_id"] == "a-p7-l0"
    assert line["block_id"] == tables["blocks"].column("block_id")[0].as_py()
    assert [word["text"] for word in line["words"]] == ["Total", "12.50"]
    assert line["source"] == "rapidocr"
    assert np.isclose(line["bbox"]["x1"], 0.5)
    assert line["polygon"] is None


def test_unknown_confidence_is_null_not_nan() -> None:
    block = rows(("a", 1))["blocks"].to_pylist()[0]
    assert block["confidence"] is None


def test_page_confidence_is_mean_and_low_quantile_of_its_lines() -> None:
    page = rows(("a", 1))["pages"].to_pylist()[0]
    assert np.isclose(page["confidence"], 0.9)
    assert np.isclose(page["low_confidence"], 0.9)


def test_failed_page_is_a_row_of_pages_and_of_errors() -> None:
    tables = rows(("a", 1), ("a", 2), failed=frozenset({("a", 2)}))
    assert tables["pages"].column("status").to_pylist() == ["ok", "failed"]
    assert tables["pages"].column("error_code").to_pylist() == [None, "timeout"]
    (error,) = tables["errors"].to_pylist()
    assert (error["page_number"], error["code"], error["stage"], error["uri"]) == (2, "timeout", "ocr", "/in/a")


def test_why_a_page_was_not_read_from_its_text_layer() -> None:
    ocr = replace(reading(1), text_source_reason=TextSourceReason.NO_TEXT_LAYER)
    failed = replace(reading(2, failed=True), text_source_reason=TextSourceReason.NO_TEXT_LAYER)
    by_model = PageFindings(text=ModelText("m", TextLines(), (), None, 1))
    pages = [ReadPage("a", "/a", ocr), ReadPage("a", "/a", failed), ReadPage("a", "/a", reading(3), findings=by_model)]
    rows = page_tables(pages, "r")["pages"]
    assert rows.column("text_source_reason").to_pylist() == ["no_text_layer", None, "asked_for"]


def test_answers_and_charts_name_the_engine_that_was_tried() -> None:
    answer = nothing_there(Question("total", "What is the total?", "money"), 1, "m")
    chart = Chart("m", "model-1", "chart-1", "page", None)
    found = PageFindings(answers=(answer,), charts=(chart,))
    tables = page_tables([ReadPage("a", "/a", reading(1), findings=found)], "r")
    for name in ("answers", "charts"):
        assert tables[name].schema.equals(TABLES[name])
        assert tables[name].column("tried").to_pylist() == [["m"]]


def test_what_several_engines_gave_is_in_the_row_of_the_answer_and_a_declined_chart_says_so() -> None:
    question = Question("total", "What is the total?", "money")
    answer = replace(
        declined_answer(question, 1, "key_value", "two totals"),
        tried=("key_value", "m"),
        second_engine="n",
        agrees=False,
    )
    chart = replace(Chart("vector", "", "", "page", None, raw_output="no axis", declined=True), tried=("vector",))
    found = PageFindings(answers=(answer,), charts=(chart,))
    tables = page_tables([ReadPage("a", "/a", reading(1), findings=found)], "r")
    (row,) = tables["answers"].to_pylist()
    assert (row["status"], row["tried"], row["raw_output"], row["model"], row["prompt_version"]) == (
        "declined",
        ["key_value", "m"],
        "two totals",
        "",
        "",
    )
    assert (row["evidence"], row["grounding"], row["second_engine"], row["agrees"]) == ([], "none", "n", False)
    (row,) = tables["charts"].to_pylist()
    assert (row["status"], row["raw_output"], row["chart_type"], row["tried"]) == (
        "declined",
        "no axis",
        "other",
        ["vector"],
    )


def test_a_table_is_a_row_with_its_cells_and_a_failed_one_only_a_row_of_errors() -> None:
    cells = (
        Cell(0, 0, "Amount", Grounding(GroundingKind.NONE, None), column_span=2, is_header=True),
        Cell(1, 0, "", Grounding(GroundingKind.NONE, None)),
        Cell(1, 1, "(3)", Grounding(GroundingKind.EXACT, 0.9), number=-3.0, box=Box(0.1, 0.2, 0.3, 0.4)),
    )
    whole = Box(0.0, 0.1, 1.0, 0.9)
    failure = Failure(ErrorCode.TIMEOUT, "table: no answer within 5 s", Stage.TABLE)
    found = PageFindings(
        tables=(
            Table("m", "model-1", whole, failure=failure),
            Table("grid", "", whole, 0, 2, 2, 1, "Sums", (1, 0), "<table></table>", 0.95, "text_layer", cells),
        )
    )
    tables = page_tables([ReadPage("a", "/a", reading(2), findings=found)], "r")
    for name in ("tables", "cells"):
        assert tables[name].schema.equals(TABLES[name])
        tables[name].validate(full=True)
    (row,) = tables["tables"].to_pylist()
    assert (row["table_id"], row["continues"], row["block_id"]) == ("a-p2-t1", "a-p1-t0", "a-p2-b0")
    stored = records.table(row, tables["cells"].to_pylist())
    assert (stored.n_rows, stored.caption, stored.engine, stored.source) == (2, "Sums", "grid", "text_layer")
    assert [(cell.text, cell.column_span, cell.value_number, cell.grounding) for cell in stored.cells] == [
        ("Amount", 2, None, "none"),
        ("", 1, None, "none"),
        ("(3)", 1, -3.0, "exact"),
    ]
    (error,) = tables["errors"].to_pylist()
    assert (error["table_id"], error["stage"], error["code"]) == ("a-p2-t0", "table", "timeout")


def test_words_stay_with_their_line_when_pages_without_lines_lie_between() -> None:
    pages = [
        ReadPage("a", "/a", reading(1, ("one",))),
        ReadPage("a", "/a", PageReading(2, text="")),
        ReadPage("a", "/a", reading(3, ("three", "four"))),
    ]
    lines = page_tables(pages, "r")["lines"].to_pylist()
    assert [(line["page_number"], [w["text"] for w in line["words"]]) for line in lines] == [
        (1, ["one"]),
        (3, ["three", "four"]),
    ]


def test_warnings_of_a_page_are_stored_with_their_details_and_a_failed_page_has_none() -> None:
    lost = replace(reading(1), warnings=(PageWarning.OBJECTS_UNREADABLE.of(3),))
    failed = replace(reading(2, failed=True), warnings=lost.warnings)
    pages = [ReadPage("a", "/a", one) for one in (lost, failed, reading(3))]
    assert page_tables(pages, "r")["pages"]["warnings"].to_pylist() == [["objects_unreadable: 3"], None, []]
