"""Each engine gets the tasks that the job gives it, with the budgets and the time of its own section."""

import pytest
from docpipe.operators.extraction.weight_free import WEIGHT_FREE, WeightFree
from docpipe.operators.inference.tasks import Cascade
from docpipe.pipeline.engines.tasks import check_engines, document_plan, engines_asked, needs_layout, page_plan
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.model import Job
from docpipe.schemas.job.tasks import Tasks, Use

ENGINE = {"kind": "openai", "base_url": "http://x/v1", "model": "m", "request_seconds": 7, "max_tiles": {"docvqa": 5}}
QUESTIONS = [{"id": "q", "ask": "What?"}]


def job(**tasks: object) -> Job:
    tasks = tasks or {"ocr": {}}
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


OWN = WeightFree("test-1", lambda page, cascade: [])


def test_a_list_becomes_a_cascade_in_which_each_model_has_its_own_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHT_FREE, "key_value", OWN)
    docvqa = {"engine": ["key_value", "b", "a"], "accept": 0.7, "scope": "page", "questions": QUESTIONS}
    plan = page_plan(job(docvqa=docvqa, chart={"engine": "a", "source": "pages"}))
    assert plan.cascades == (
        Cascade(Use.DOCVQA, "key_value", ("b", "a"), 0.7),
        Cascade(Use.CHART, None, ("a",), of_regions=False),
    )
    assert [(task.engine, task.seconds, list(task.budgets)) for task in plan.engines] == [
        ("b", 9, [Use.DOCVQA]),
        ("a", 7, [Use.DOCVQA, Use.CHART]),
    ]


def test_an_engine_that_this_version_lacks_is_told_before_work_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(WEIGHT_FREE, "grid", raising=False)
    with pytest.raises(MissingResourceError, match=r"tasks\.table\.engine: grid: this version"):
        check_engines(job(table={"engine": ["grid", "a"]}))
    alone = job().model_copy(update={"engines": {}, "tasks": Tasks.model_validate({"table": {}})})
    with pytest.raises(MissingResourceError, match=r"tasks\.table\.engine: auto: .* the engine grid; name a model"):
        check_engines(alone)
    one = job().model_copy(update={"tasks": Tasks.model_validate({"table": {}})})
    one.engines.pop("b")
    assert engines_asked(one, "table") == ("a",)
    monkeypatch.setitem(WEIGHT_FREE, "grid", OWN)
    assert engines_asked(one, "table") == ("grid", "a")
    assert engines_asked(alone, "table") == ("grid",)


def test_figures_and_tables_for_models_need_the_layout_and_nothing_else_asks_for_it() -> None:
    assert needs_layout(job(chart={"engine": "a"}))
    assert needs_layout(job(table={"engine": "a"}))
    assert not needs_layout(job(chart={"engine": "a", "source": "pages"}))
