"""Page readings keep every value and the contract's exact types on their way to the tables."""

from dataclasses import replace

import numpy as np
from docpipe.operators.docvqa.answers import nothing_there
from docpipe.operators.inference.results import Chart, ModelText, PageFindings
from docpipe.operators.inference.tasks import EngineTasks
from docpipe.operators.inference.work import Question
from docpipe.pipeline.tables.page_rows import ReadPage, page_tables
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
    task = EngineTasks("m", "model-1")
    answer = nothing_there(Question("total", "What is the total?", "money"), 1, task)
    chart = Chart("m", "model-1", "chart-1", "page", None)
    found = PageFindings(answers=(answer,), charts=(chart,))
    tables = page_tables([ReadPage("a", "/a", reading(1), findings=found)], "r")
    for name in ("answers", "charts"):
        assert tables[name].schema.equals(TABLES[name])
        assert tables[name].column("tried").to_pylist() == [["m"]]


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
