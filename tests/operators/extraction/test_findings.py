"""From a page's image to grounded findings, with a scripted engine."""

import asyncio
import pickle
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from docpipe.models.engine import ImageInput, Outcome
from docpipe.operators.docvqa.answers import best_answer
from docpipe.operators.extraction.ask import ask_about_page
from docpipe.operators.extraction.findings import with_findings
from docpipe.operators.extraction.requests import always_wants_image, page_requests, wants_image
from docpipe.operators.inference.prompts import ocr_prompt
from docpipe.operators.inference.results import PageFindings
from docpipe.operators.inference.tasks import Budget, Cascade, EngineTasks, TaskPlan
from docpipe.operators.inference.work import PageRequests, Question, ReadPage
from docpipe.schemas.errors import ErrorCode, Stage
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import Blocks, PageReading, TextLines

from ..scripted_engine import Script, ScriptedEngine

TOTAL = Question("total", "What is the total amount?", "money")
DATE = Question("date", "What is the date?", "date")
CHART = '{"type":"bar","title":"Sales","columns":["Year","EUR"],"rows":[["2023","12.50"],["2024","99"]]}'


def lines(*texts: str) -> TextLines:
    """Lines below one another, each word as wide as it is long."""
    words = [(number, word) for number, text in enumerate(texts) for word in text.split()]
    word_boxes, x = [], 0.05
    for index, (number, word) in enumerate(words):
        x = 0.05 if index == 0 or words[index - 1][0] != number else x + 0.02
        word_boxes.append((x, 0.1 + 0.1 * number, x + 0.02 * len(word), 0.15 + 0.1 * number))
        x += 0.02 * len(word)
    line_of = np.array([number for number, _ in words], np.int32)
    boxes = np.array(word_boxes, np.float32).reshape(-1, 4)
    whole = [[*boxes[line_of == n][:, :2].min(0), *boxes[line_of == n][:, 2:].max(0)] for n in range(len(texts))]
    return TextLines(
        text=list(texts),
        boxes=np.array(whole, np.float32).reshape(-1, 4),
        polygons=[None] * len(texts),
        confidence=np.full(len(texts), np.nan, np.float32),
        block=np.zeros(len(texts), np.int32),
        word_text=[word for _, word in words],
        word_boxes=boxes,
        word_confidence=np.full(len(words), np.nan, np.float32),
        word_line=line_of,
    )


READING = PageReading(
    3,
    100.0,
    100.0,
    "pt",
    text_source="text_layer",
    lines=lines("Sales of 2023", "Invoice date 5 March 2024", "Total 12.50 EUR"),
    blocks=Blocks(
        ["text", "figure", "figure"],
        np.array([[0, 0, 1, 0.5], [0.0, 0.05, 1.0, 0.45], [0.9, 0.9, 0.93, 0.93]], np.float32),
        ["x", None, None],
        np.full(3, np.nan, np.float32),
    ),
)
IMAGE = np.full((800, 600, 3), 255, np.uint8)


def prepare(image: np.ndarray, max_tiles: int) -> ImageInput:  # type: ignore[type-arg]
    return ImageInput(image, max_tiles)


def tasks(*, regions: bool = False, figures: bool = True, **budgets: Budget) -> TaskPlan:
    by_use = {Use(name): budget for name, budget in budgets.items()}
    of_regions = {Use.OCR: regions, Use.CHART: figures}
    cascades = [Cascade(use, None, ("reader",), of_regions=of_regions.get(use, True)) for use in by_use]
    return TaskPlan(tuple(cascades), (EngineTasks("reader", "scripted-1", by_use),))


def findings(script: Script, task: TaskPlan, questions: Sequence[Question] = ()) -> PageFindings:
    return findings_on(READING, script, task, questions)


def findings_on(
    reading: PageReading, script: Script, task: TaskPlan, questions: Sequence[Question] = ()
) -> PageFindings:
    page = ReadPage("doc", "/doc", reading, tuple(questions))
    requests = requests_of(task, questions, reading)
    # Requests and results are pickled between processes.
    arrived = pickle.loads(pickle.dumps(requests))
    results = asyncio.run(ask_about_page(ScriptedEngine(script), arrived, prepare))
    page = replace(page, sent=bool(requests.images))
    return with_findings(page, {"reader": pickle.loads(pickle.dumps(results))}, task).findings


def requests_of(task: TaskPlan, questions: Sequence[Question] = (), reading: PageReading = READING) -> PageRequests:
    page = ReadPage("doc", "/doc", reading, tuple(questions))
    return page_requests(page, IMAGE, task, {"reader": prepare})["reader"]


def test_text_of_a_model_gets_the_boxes_of_the_evidence_and_says_what_nothing_supports() -> None:
    found = findings(lambda *_: "Total 12.50 EUR\n\nA line of its own making", tasks(ocr=Budget(12, 64)))
    assert found.text is not None
    assert found.text.lines.text == ["Total 12.50 EUR", "A line of its own making"]
    assert np.allclose(found.text.lines.boxes[0], READING.lines.boxes[2], atol=1e-5)
    assert np.isnan(found.text.lines.boxes[1]).all()
    assert [g.kind.value for g in found.text.groundings] == ["exact", "none"]
    assert found.text.supported is not None
    assert 0 < found.text.supported < 1
    assert (found.tiles, found.failure) == (12, None)


def test_a_text_that_is_cut_off_fails_the_page() -> None:
    found = findings(lambda *_: Outcome.TRUNCATED, tasks(ocr=Budget(12, 64)))
    assert found.failure is not None
    assert (found.failure.code, found.failure.stage) == (ErrorCode.TRUNCATED_OUTPUT, Stage.OCR)


def test_blocks_are_read_one_by_one_in_reading_order_where_regions_is_set() -> None:
    images = requests_of(tasks(ocr=Budget(12, 64), regions=True)).images
    assert [request.id.block for image in images for request in image.requests] == [0]
    assert images[0].image.data.shape == (408, 600, 3)


def test_each_region_gets_the_prompt_of_its_kind_and_its_lines_their_block() -> None:
    kinds = ["title", "table", "formula"]
    boxes = np.array([[0, 0, 1, 0.3], [0, 0.3, 1, 0.6], [0, 0.6, 1, 0.9]], np.float32)
    reading = replace(READING, blocks=Blocks(kinds, boxes, [None] * 3, np.full(3, np.nan, np.float32)))
    task = tasks(ocr=Budget(12, 64), regions=True)
    prompts = [request.prompt for image in requests_of(task, (), reading).images for request in image.requests]
    assert prompts == [ocr_prompt(kind) for kind in kinds]
    assert len(set(prompts)) == 3
    text = findings_on(reading, lambda prompt, *_: f"line {prompts.index(prompt)}", task).text
    assert text is not None
    assert text.lines.text == ["line 0", "line 1", "line 2"]
    assert text.lines.block.tolist() == [0, 1, 2]


def test_answers_are_typed_and_grounded() -> None:
    def script(prompt: str, *_: object) -> str:
        return "12.50 EUR" if "total" in prompt else "2024-03-05"

    total, date = findings(script, tasks(docvqa=Budget(18, 16)), [TOTAL, DATE]).answers
    assert (total.status, total.number, total.currency, total.page_number) == ("answered", 12.5, "EUR", 3)
    assert total.grounding.places[0].line == 2
    assert date.date is not None
    assert date.date.isoformat() == "2024-03-05"
    assert date.grounding.places[0].line == 1


def test_what_our_own_code_does_not_bear_fails_the_page_and_not_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.operators.extraction.questions.read_answer", lambda *_: 1 / 0)
    found = findings(lambda *_: "12.50", tasks(docvqa=Budget(18, 16)), [TOTAL])
    assert found.failure is not None
    assert found.failure.code is ErrorCode.BAD_OUTPUT
    assert found.failure.message.startswith("page 3: the output of the engines could not be processed (ZeroDivision")


def test_an_answer_is_parsed_once_in_the_locale_of_its_page() -> None:
    """`1.234` is 1234 on a page with numbers such as `12,50`, and 1.234 on other pages."""
    german = replace(READING, lines=lines("Betrag 1.234 EUR", "Summe 99,50 EUR", "Preis 12,75 EUR"))
    english = replace(READING, lines=lines("Rate 1.234 EUR", "Sum 99.50 EUR", "Price 12.75 EUR"))
    task = tasks(docvqa=Budget(18, 16))
    (a,), (b,) = (findings_on(page, lambda *_: "1.234 EUR", task, [TOTAL]).answers for page in (german, english))
    assert (a.status, a.number, a.attempts) == ("answered", 1234.0, 1)
    assert (b.status, b.number, b.attempts) == ("answered", 1.234, 1)


def test_not_found_and_bad_output_are_told_apart() -> None:
    def script(prompt: str, *_: object) -> str:
        return "not found" if "total" in prompt else "some day"

    total, date = findings(script, tasks(docvqa=Budget(18, 16)), [TOTAL, DATE]).answers
    assert (total.status, total.failure) == ("not_found", None)
    assert date.failure is not None
    assert (date.status, date.failure.code, date.raw_output, date.attempts) == (
        "failed",
        ErrorCode.BAD_OUTPUT,
        "some day",
        3,
    )


def test_a_false_amount_has_no_support() -> None:
    (answer,) = findings(lambda *_: "13.50 EUR", tasks(docvqa=Budget(18, 16)), [TOTAL]).answers
    assert answer.status == "answered"
    assert (answer.grounding.support or 0) < 0.5


def test_charts_are_looked_for_among_figures_and_icons_are_not() -> None:
    found = findings(lambda *_: CHART, tasks(chart=Budget(6, 64)))
    (chart,) = found.charts
    assert (chart.chart_type, chart.title, chart.source, chart.columns) == ("bar", "Sales", "figure", ("Year", "EUR"))
    assert chart.region == pytest.approx((0.0, 0.05, 1.0, 0.45))
    assert [(value.x, value.y) for value in chart.values] == [("2023", 12.5), ("2024", 99.0)]
    assert chart.values[0].grounding.places
    assert not chart.values[1].grounding.places


def test_a_figure_that_is_no_chart_is_none() -> None:
    assert findings(lambda *_: "not found", tasks(chart=Budget(6, 64))).charts == ()


def test_two_tasks_with_the_same_image_share_one() -> None:
    task = tasks(ocr=Budget(12, 64), docvqa=Budget(12, 16), chart=Budget(12, 16), figures=False)
    (image,) = requests_of(task, [TOTAL]).images
    assert [request.id.use for request in image.requests] == [Use.OCR, Use.DOCVQA, Use.CHART]


def test_no_image_is_needed_where_there_is_no_request() -> None:
    page = ReadPage("doc", "/doc", READING)
    assert not wants_image(replace(page, reading=PageReading(1)), tasks(chart=Budget(6, 64)))
    assert not wants_image(page, tasks(docvqa=Budget(6, 64)))
    assert wants_image(page, tasks(chart=Budget(6, 64)))


def test_a_page_that_every_task_wants_is_rendered_with_its_reading() -> None:
    budget = Budget(6, 64)
    assert not always_wants_image(tasks(chart=budget), has_questions=True)
    assert always_wants_image(tasks(chart=budget, ocr=budget), has_questions=False)
    assert always_wants_image(tasks(chart=budget, figures=False), has_questions=False)
    assert always_wants_image(tasks(docvqa=budget), has_questions=True)
    assert not always_wants_image(tasks(docvqa=budget), has_questions=False)


def test_whatever_an_engine_raises_fails_its_questions_only() -> None:
    (answer,) = findings(lambda *_: RuntimeError("broken"), tasks(docvqa=Budget(18, 16)), [TOTAL]).answers
    assert answer.failure is not None
    assert (answer.failure.code, "broken" in answer.failure.message) == (ErrorCode.ENGINE_FAILED, True)


def test_questions_to_a_page_without_ink_are_not_found_without_asking() -> None:
    page = ReadPage("doc", "/doc", PageReading(1, blank=True), (TOTAL,))
    (answer,) = with_findings(page, {}, tasks(docvqa=Budget(18, 16))).findings.answers
    assert (answer.status, answer.attempts) == ("not_found", 0)


def test_of_several_pages_the_supported_answer_wins() -> None:
    task = tasks(docvqa=Budget(18, 16))
    (true,) = findings(lambda *_: "12.50 EUR", task, [TOTAL]).answers
    (false,) = findings(lambda *_: "777.77 EUR", task, [TOTAL]).answers
    (nothing,) = findings(lambda *_: "not found", task, [TOTAL]).answers
    assert best_answer([false, nothing, true]).number == 12.5
    assert best_answer([nothing, false]).number == 777.77
    assert best_answer([nothing, false]).page_number is None
    assert best_answer([nothing]).status == "not_found"


def test_a_box_of_the_model_chooses_among_places_and_counts_alone_only_without_evidence() -> None:
    said = "12.50 EUR<box>[[100, 300, 400, 400]]</box>"
    (answer,) = findings(lambda *_: said, tasks(docvqa=Budget(18, 16)), [TOTAL]).answers
    assert (answer.answer, answer.grounding.kind.value) == ("12.50 EUR", "exact")
    empty = PageReading(1, text_source="none")
    text = findings_on(empty, lambda *_: said, tasks(ocr=Budget(1, 8))).text
    assert text is not None
    assert (text.lines.text, [g.kind.value for g in text.groundings]) == (["12.50 EUR"], ["model_box"])
    assert np.allclose(text.lines.boxes[0], [0.1, 0.3, 0.4, 0.4])


def test_courtesies_of_a_model_count_only_where_they_are_printed() -> None:
    def read(said: str) -> list[str]:
        found = findings(lambda *_: said, tasks(ocr=Budget(6, 99)))
        assert found.text is not None
        return list(found.text.lines.text)

    wrapped = "<think>Total 99?</think>\nHere is the text of the page:\n```\nTotal 12.50 EUR\n```\n"
    assert read(f"{wrapped}Let me know if you need more!") == ["Total 12.50 EUR"]
    assert read("Sales of 2023\n\nI hope this helps!") == ["Sales of 2023"]


def test_boxes_that_models_write_as_json_are_claims() -> None:
    said = '{"bbox_2d": [50, 300, 400, 350], "label": "12.50 EUR"}'
    found = findings(lambda *_: said, tasks(docvqa=Budget(6, 99)), [TOTAL])
    assert (found.answers[0].status, found.answers[0].number, found.answers[0].currency) == ("answered", 12.5, "EUR")


def test_a_thought_without_an_answer_is_bad_output_and_no_control_character_is_kept() -> None:
    found = findings(lambda *_: "<think>The total\x00 is 12.50 EUR", tasks(docvqa=Budget(6, 99)), [TOTAL])
    (answer,) = found.answers
    assert answer.failure is not None
    assert (answer.status, answer.failure.code) == ("failed", ErrorCode.BAD_OUTPUT)
    assert "thought" in answer.failure.message
    assert answer.raw_output == "<think>The total is 12.50 EUR"
