"""Engines without weights before models: what they are sure of is asked of nobody else, and what they decline is."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from docpipe.models.engine import ImageInput
from docpipe.operators.docvqa.answers import NO_GROUNDING
from docpipe.operators.extraction.ask import ask_about_page
from docpipe.operators.extraction.documents import answers_of_document
from docpipe.operators.extraction.findings import with_findings
from docpipe.operators.extraction.requests import always_wants_image, page_requests, wants_image
from docpipe.operators.extraction.weight_free import WEIGHT_FREE, WeightFree, with_found
from docpipe.operators.grounding.ground import Evidence, Grounding, GroundingKind, Place, ground_value
from docpipe.operators.inference.request import RequestId
from docpipe.operators.inference.results import Cell, Chart, ChartValue, PageFindings, QuestionAnswer, Table
from docpipe.operators.inference.tasks import Budget, Cascade, EngineTasks, TaskPlan
from docpipe.operators.inference.work import Found, PageRequests, PageResults, Question, ReadPage
from docpipe.schemas.errors import ErrorCode, Stage
from docpipe.schemas.geometry import Box
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import PageReading

from ..scripted_engine import Script, ScriptedEngine
from .test_findings import CHART, DATE, IMAGE, READING, TOTAL, prepare

SELLER = Question("seller", "Who is the seller?")


def beside_its_label(question: Question, readings: Sequence[PageReading]) -> Found:
    """The words after the question's id on its line: an engine of this test, with real grounding."""
    about = RequestId(Use.DOCVQA, question=question.id)
    for reading in readings:
        for line in reading.lines.text:
            if line.casefold().startswith(question.id):
                words = line.split(maxsplit=1)[1]
                grounding = ground_value(words, Evidence([(reading.page_number, reading.lines)]))
                answer = QuestionAnswer(
                    question.id,
                    question.ask,
                    question.type,
                    "answered",
                    reading.page_number,
                    words,
                    grounding,
                    "key_value",
                    "",
                    "",
                    number=12.5,
                    confidence=0.95 if len(words.split()) < 3 else 0.6,
                )
                return Found(about, answer)
    return Found(about, None, f"no label for {question.id}")


KEY_VALUE = WeightFree(
    "test-1",
    lambda page, cascade: [beside_its_label(question, [page.reading]) for question in page.questions],
    lambda questions, readings: [beside_its_label(question, readings) for question in questions],
)


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHT_FREE, "key_value", KEY_VALUE)


def plan(use: Use, own: str | None, *models: str, accept: float = 0.9, verify: bool = False) -> TaskPlan:
    engines = tuple(EngineTasks(name, f"{name}-1", {use: Budget(6, 64)}) for name in models)
    return TaskPlan((Cascade(use, own, models, accept, verify),), engines)


def page(*questions: Question, reading: PageReading = READING) -> ReadPage:
    return ReadPage("doc", "/doc", reading, questions)


def asked(requests: PageRequests) -> list[str | None]:
    return [request.id.question for image in requests.images for request in image.requests]


def findings(given: ReadPage, tasks: TaskPlan, scripts: dict[str, Script]) -> PageFindings:
    """What comes of a page if every model gets the requests that are made of it."""
    given = with_found(given, tasks)
    requests = page_requests(given, IMAGE, tasks, dict.fromkeys(scripts, prepare))
    results = {
        name: asyncio.run(ask_about_page(ScriptedEngine(script), requests[name], prepare))
        for name, script in scripts.items()
    }
    return with_findings(replace(given, sent=True), results, tasks).findings


def test_a_sure_answer_needs_no_model_no_image_and_no_request() -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m")
    found = with_found(page(TOTAL), tasks)
    assert not always_wants_image(tasks, has_questions=True)
    assert not wants_image(found, tasks)
    (answer,) = with_findings(found, {}, tasks).findings.answers
    assert (answer.status, answer.answer, answer.engine, answer.tried) == (
        "answered",
        "12.50 EUR",
        "key_value",
        ("key_value",),
    )
    assert answer.grounding.places[0].page_number == 3


def test_only_what_was_declined_is_asked_of_the_model() -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m")
    found = with_found(page(TOTAL, DATE, SELLER), tasks)
    assert wants_image(found, tasks)
    assert asked(page_requests(found, IMAGE, tasks, {"m": prepare})["m"]) == ["date", "seller"]
    total, date, seller = findings(page(TOTAL, DATE, SELLER), tasks, {"m": lambda *_: "5 March 2024"}).answers
    assert (total.engine, total.tried, total.model) == ("key_value", ("key_value",), "")
    assert (date.engine, date.tried, date.model, date.status) == ("m", ("key_value", "m"), "m-1", "answered")
    assert (seller.engine, seller.tried) == ("m", ("key_value", "m"))


def test_without_a_model_a_declined_question_says_why_and_nothing_of_the_document() -> None:
    tasks = plan(Use.DOCVQA, "key_value")
    reading = replace(READING, lines=replace(READING.lines, text=["Total 12.50 EUR net of tax", "x", "y"]))
    total, seller = with_findings(with_found(page(TOTAL, SELLER, reading=reading), tasks), {}, tasks).findings.answers
    assert (total.status, total.answer, total.number, total.tried) == ("declined", None, None, ("key_value",))
    assert total.raw_output == "confidence 0.600 is below accept 0.9"
    assert (seller.status, seller.raw_output, seller.grounding) == ("declined", "no label for seller", NO_GROUNDING)
    assert (seller.model, seller.prompt_version, seller.failure) == ("", "", None)
    sure = with_findings(with_found(page(TOTAL, reading=reading), plan(Use.DOCVQA, "key_value", accept=0.5)), {}, tasks)
    assert sure.findings.tiles is None


def test_accept_decides_what_is_sure() -> None:
    reading = replace(READING, lines=replace(READING.lines, text=["Total 12.50 EUR net of tax", "x", "y"]))
    tasks = plan(Use.DOCVQA, "key_value", accept=0.6)
    (answer,) = with_findings(with_found(page(TOTAL, reading=reading), tasks), {}, tasks).findings.answers
    assert answer.status == "answered"


def test_an_engine_that_breaks_fails_what_it_was_asked_and_not_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(KEY_VALUE, find=lambda page, cascade: 1 / 0)  # type: ignore[arg-type,return-value]
    for name in ("key_value", "vector", "grid"):
        monkeypatch.setitem(WEIGHT_FREE, name, broken)
    alone = [plan(Use.DOCVQA, "key_value"), plan(Use.CHART, "vector"), plan(Use.TABLE, "grid")]
    results = [with_findings(with_found(page(TOTAL), tasks), {}, tasks) for tasks in alone]
    assert [result.failure for result in results] == [None] * 3
    found = [*results[0].findings.answers, *results[1].findings.charts, *results[2].findings.tables]
    for one, stage in zip(found, (Stage.DOCVQA, Stage.CHART, Stage.TABLE), strict=True):
        assert one.failure is not None
        assert (one.failure.code, one.failure.stage) == (ErrorCode.ENGINE_FAILED, stage)
        assert "broke (ZeroDivisionError" in one.failure.message
    (answer,) = findings(page(TOTAL), plan(Use.DOCVQA, "key_value", "m"), {"m": lambda *_: "12.50 EUR"}).answers
    assert (answer.status, answer.tried, answer.failure) == ("answered", ("key_value", "m"), None)
    chart, failed = sorted(
        findings(page(), plan(Use.CHART, "vector", "m"), {"m": lambda *_: CHART}).charts,
        key=lambda one: bool(one.failure),
    )
    assert (chart.engine, chart.failure, failed.engine) == ("m", None, "vector")


@pytest.mark.parametrize(
    ("said", "agrees", "better"), [("EUR 12.50", True, True), ("99 EUR", False, False), ("not found", False, False)]
)
def test_a_second_engine_verifies_a_sure_answer(said: str, agrees: bool, better: bool) -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m", "n", verify=True)
    scripts: dict[str, Script] = {"m": lambda *_: said, "n": lambda *_: "not asked"}
    given = with_found(page(TOTAL), tasks)
    requests = page_requests(given, IMAGE, tasks, dict.fromkeys(scripts, prepare))
    assert {name: asked(one) for name, one in requests.items()} == {"m": ["total"], "n": []}
    (answer,) = findings(page(TOTAL), tasks, scripts).answers
    assert (answer.answer, answer.engine, answer.tried) == ("12.50 EUR", "key_value", ("key_value", "m"))
    assert (answer.second_engine, answer.agrees) == ("m", agrees)
    assert answer.second_answer == (None if said == "not found" else said)
    assert answer.confidence is not None
    assert (answer.confidence > 0.95) == better


def test_a_second_engine_that_fails_says_nothing_of_the_first() -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m", verify=True)
    (answer,) = findings(page(TOTAL), tasks, {"m": lambda *_: RuntimeError("down")}).answers
    assert (answer.status, answer.second_engine, answer.second_answer, answer.agrees) == ("answered", "m", None, None)
    assert answer.confidence == 0.95


def test_of_two_models_that_are_not_sure_the_last_that_answered_is_kept() -> None:
    tasks = plan(Use.DOCVQA, None, "m", "n")
    unsure: Script = lambda *_: "5 March 2024"  # noqa: E731
    (answer,) = findings(page(DATE), tasks, {"m": unsure, "n": lambda *_: RuntimeError("down")}).answers
    assert (answer.engine, answer.status, answer.tried) == ("m", "answered", ("m", "n"))


def chart_found(found: Callable[[ReadPage], list[Found]]) -> WeightFree:
    return WeightFree("test-1", lambda page, cascade: found(page))


BAR = Chart("vector", "", "", "figure", Box(0.1, 0.1, 0.9, 0.4), "bar", confidence=0.97)


def test_a_chart_that_was_measured_in_a_figure_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    region = RequestId(Use.CHART, region=BAR.region)
    monkeypatch.setitem(WEIGHT_FREE, "vector", chart_found(lambda page: [Found(region, BAR)]))
    tasks = plan(Use.CHART, "vector", "m")
    assert not wants_image(with_found(page(), tasks), tasks)
    (chart,) = findings(page(), tasks, {"m": lambda *_: CHART}).charts
    assert (chart.engine, chart.declined, chart.tried) == ("vector", False, ("vector",))


def test_a_chart_that_was_declined_is_cut_out_for_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    region = RequestId(Use.CHART, region=BAR.region)
    declined = Found(region, replace(BAR, values=(), confidence=0.2), "two scales fit")
    monkeypatch.setitem(WEIGHT_FREE, "vector", chart_found(lambda page: [declined]))
    tasks = plan(Use.CHART, "vector", "m")
    (image,) = page_requests(with_found(page(), tasks), IMAGE, tasks, {"m": prepare})["m"].images
    assert image.image.data.shape == (256, 496, 3)
    (chart,) = findings(page(), tasks, {"m": lambda *_: CHART}).charts
    assert (chart.engine, chart.tried, chart.region) == ("m", ("vector", "m"), BAR.region)
    alone = plan(Use.CHART, "vector")
    (chart,) = with_findings(with_found(page(), alone), {}, alone).findings.charts
    assert (chart.declined, chart.raw_output, chart.chart_type, chart.values) == (True, "two scales fit", "bar", ())


def test_a_models_chart_is_held_against_the_marks_of_the_chart_that_was_not_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Place(READING.page_number, Box(0.2, 0.2, 0.3, 0.4), "", None)
    marks = tuple(
        ChartValue(None, x, None, y, Grounding(GroundingKind.MARK, 0.63, (place,)))
        for x, y in (("2023", 12.4), ("2024", 40.0))
    )
    unsure = replace(BAR, values=marks, confidence=0.63, raw_output="labels miss the scale of the value axis")
    region = RequestId(Use.CHART, region=BAR.region)
    monkeypatch.setitem(WEIGHT_FREE, "vector", chart_found(lambda page: [Found(region, unsure)]))
    (chart,) = findings(page(), plan(Use.CHART, "vector", "m"), {"m": lambda *_: CHART}).charts
    right, wrong = (value.grounding for value in chart.values)
    assert (chart.engine, chart.tried) == ("m", ("vector", "m"))
    assert (right.kind, right.support, right.places) == (GroundingKind.MARK, 0.97, (place,))
    assert (wrong.support or 0.0) <= 0.05
    alone = plan(Use.CHART, "vector")
    (chart,) = with_findings(with_found(page(), alone), {}, alone).findings.charts
    assert chart.raw_output == "confidence 0.630 is below accept 0.9: labels miss the scale of the value axis"
    sure = plan(Use.CHART, "vector", accept=0.6)
    (chart,) = with_findings(with_found(page(), sure), {}, sure).findings.charts
    assert (chart.declined, chart.raw_output, chart.values) == (False, None, marks)


def test_a_figure_in_which_nothing_was_found_is_no_row_but_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHT_FREE, "vector", chart_found(lambda page: []))
    alone, both = plan(Use.CHART, "vector"), plan(Use.CHART, "vector", "m")
    assert with_findings(with_found(page(), alone), {}, alone).findings.charts == ()
    (chart,) = findings(page(), both, {"m": lambda *_: CHART}).charts
    assert (chart.engine, chart.tried) == ("m", ("vector", "m"))


def test_a_table_that_was_declined_has_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box(0.0, 0.05, 1.0, 0.45)
    cells = (Cell(0, 0, "Total", NO_GROUNDING),)
    sure = Table("grid", "", box, n_rows=1, n_columns=1, confidence=0.95, cells=cells)
    tables = [
        Found(RequestId(Use.TABLE, region=box), sure),
        Found(RequestId(Use.TABLE, region=Box(0, 0.5, 1, 1)), None, "?"),
    ]
    monkeypatch.setitem(WEIGHT_FREE, "grid", WeightFree("test-1", lambda page, cascade: tables))
    alone = plan(Use.TABLE, "grid")
    assert with_findings(with_found(page(), alone), {}, alone).findings.tables == (sure,)


HTML = (
    "<table><tr><th>Sales of</th><th>Total</th></tr><tr><td>2023</td><td>12.50 EUR</td></tr>"
    "<tr><td>x</td><td>99</td></tr></table>"
)


def test_a_table_of_a_model_is_grounded_cell_by_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    region = Found(RequestId(Use.TABLE, region=Box(0.0, 0.05, 1.0, 0.45)), None, "no rulings")
    monkeypatch.setitem(WEIGHT_FREE, "grid", WeightFree("test-1", lambda page, cascade: [region]))
    (table,) = findings(page(), plan(Use.TABLE, "grid", "m"), {"m": lambda *_: HTML}).tables
    assert (table.engine, table.model, table.n_rows, table.n_columns, table.header_rows) == ("m", "m-1", 3, 2, 1)
    amount, other = table.cells[3], table.cells[5]
    assert (amount.text, amount.number, amount.grounding.kind.value) == ("12.50 EUR", 12.5, "exact")
    assert amount.box is not None
    assert (other.number, (other.grounding.support or 0) < 0.5) == (99, True)
    assert table.html == HTML
    (failed,) = findings(page(), plan(Use.TABLE, "grid", "m"), {"m": lambda *_: "I cannot."}).tables
    assert failed.failure is not None
    assert findings(page(), plan(Use.TABLE, "grid", "m"), {"m": lambda *_: "not found"}).tables == ()


def test_a_document_is_answered_from_all_its_pages_and_by_models_where_those_do_not_say() -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m")
    questions = (TOTAL, SELLER)
    found = [beside_its_label(question, [PageReading(1), READING]) for question in questions]
    total, seller = answers_of_document(questions, found, [], tasks)
    assert (total.status, total.page_number, total.tried) == ("answered", 3, ("key_value",))
    assert (seller.status, seller.page_number, seller.raw_output) == ("declined", None, "no label for seller")
    read = replace(page(SELLER), found=tuple(found))
    requests = page_requests(read, IMAGE, tasks, {"m": prepare})["m"]
    results: PageResults = asyncio.run(ask_about_page(ScriptedEngine(lambda *_: "Invoice date"), requests, prepare))
    _, seller = answers_of_document(questions, found, [(read, {"m": results})], tasks)
    assert (seller.status, seller.engine, seller.tried) == ("answered", "m", ("key_value", "m"))


def test_a_blank_page_has_nothing_to_decline() -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m")
    blank = page(TOTAL, reading=PageReading(1, blank=True))
    (answer,) = with_findings(with_found(blank, tasks), {}, tasks).findings.answers
    assert (answer.status, answer.attempts, answer.engine) == ("not_found", 0, "key_value")


def test_the_images_that_were_sent_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = plan(Use.DOCVQA, "key_value", "m")
    assert findings(page(SELLER), tasks, {"m": lambda *_: "x"}).tiles == 6
    image: ImageInput = prepare(IMAGE, 6)
    assert image.tiles == 6
