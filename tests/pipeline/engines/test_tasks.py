"""Each engine gets the tasks that the job gives it, with the budgets and the time of its own section."""

from docpipe.pipeline.engines.tasks import document_plan, needs_layout, page_plan
from docpipe.schemas.job.model import Job
from docpipe.schemas.job.tasks import Use

ENGINE = {"kind": "openai", "base_url": "http://x/v1", "model": "m", "request_seconds": 7, "max_tiles": {"docvqa": 5}}
QUESTIONS = [{"id": "q", "ask": "What?"}]


def job(**tasks: object) -> Job:
    engines = {"a": ENGINE, "b": {**ENGINE, "request_seconds": 9}}
    return Job.model_validate(
        {"version": 1, "inputs": {"paths": ["x"]}, "tasks": tasks, "engines": engines, "output": {"path": "o"}}
    )


def test_questions_to_documents_keep_the_time_and_the_tiles_of_their_engine_and_nothing_else() -> None:
    asked = job(ocr={"engine": "a"}, docvqa={"engine": "a", "questions": QUESTIONS}, chart={"engine": "a"})
    (tasks,) = document_plan(asked).engines
    assert (tasks.engine, tasks.model, tasks.seconds, list(tasks.budgets)) == ("a", "m", 7, [Use.DOCVQA])
    assert tasks.budgets[Use.DOCVQA].max_tiles == 5
    (page,) = page_plan(asked).engines
    assert (page.seconds, list(page.budgets)) == (7, [Use.OCR, Use.CHART])


def test_each_engine_does_its_own_tasks_only() -> None:
    asked = job(ocr={"engine": "a"}, docvqa={"engine": "b", "scope": "page", "questions": QUESTIONS})
    assert not document_plan(asked)
    assert [(t.engine, t.seconds, list(t.budgets)) for t in page_plan(asked).engines] == [
        ("a", 7, [Use.OCR]),
        ("b", 9, [Use.DOCVQA]),
    ]


def test_memory_is_sized_by_the_tasks_that_the_engine_has() -> None:
    (charts,) = page_plan(job(chart={"engine": "a"})).engines
    assert (charts.limits.max_tiles, charts.limits.max_new_tokens) == (12, 1024)
    (questions,) = document_plan(job(docvqa={"engine": "a", "questions": QUESTIONS})).engines
    assert (questions.limits.max_tiles, questions.limits.max_new_tokens) == (5, 128)


def test_figures_need_the_layout_and_nothing_else_asks_for_it() -> None:
    assert needs_layout(job(chart={"engine": "a"}))
    assert not needs_layout(job(chart={"engine": "a", "source": "pages"}))
