"""What makes two runs the same job: a key newer than an output that stands at its default makes no difference."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.rapidocr import processor
from docpipe.pipeline.output.store import FINGERPRINT_PATH, Store
from docpipe.pipeline.run.fingerprint import (
    check_same_job,
    engine_identities,
    fingerprint_inputs,
    text_differences,
    text_inputs,
)
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.job.load import load_job
from docpipe.schemas.job.model import Job

from ..outputs import write_job

TASKS = {
    "ocr": {"engine": "auto"},
    "docvqa": {"engine": "m", "questions": [{"id": "total", "ask": "Total?"}, {"id": "day", "ask": "Day?"}]},
}
ENGINES = {"m": {"kind": "openai", "base_url": "http://localhost:1/v1", "model": "m"}}

Stored = Callable[[dict[str, Any]], Any]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return load_job(write_job(tmp_path, tasks=TASKS, engines=ENGINES))


def store_with(job: Job, change: Stored) -> Store:
    """An output whose fingerprint is that of the job, changed."""
    inputs = json.loads(json.dumps(fingerprint_inputs(job)))
    change(inputs)
    store = Store(job.output.path)
    store.write_bytes(FINGERPRINT_PATH, json.dumps(inputs).encode())
    return store


def message(store: Store, job: Job) -> str:
    with pytest.raises(InvalidJobError, match="contains the results of another job") as error:
        check_same_job(store, job)
    return str(error.value)


@pytest.mark.parametrize(
    "older",
    [
        lambda inputs: None,
        lambda inputs: inputs["render"].pop("max_pixels"),
        lambda inputs: inputs["tasks.ocr"].pop("languages"),
        lambda inputs: inputs["tasks.docvqa"].pop("scope"),
        lambda inputs: inputs["tasks.docvqa"].pop("accept"),
        lambda inputs: inputs["tasks.docvqa"].pop("verify"),
        lambda inputs: inputs.pop("tasks.table"),
        lambda inputs: inputs["tasks.docvqa"]["questions"][1].pop("choices"),
        lambda inputs: inputs.pop("render"),
        lambda inputs: inputs.pop("tasks.chart"),
        lambda inputs: inputs.pop("ocr by model"),
        lambda inputs: inputs.update({"tasks.gone": None}),
        lambda inputs: inputs["render"].update(gone=None),
    ],
)
def test_a_key_that_the_output_lacks_and_that_stands_at_its_default_is_no_difference(job: Job, older: Stored) -> None:
    store = store_with(job, older)
    assert check_same_job(store, job)
    assert text_differences(store, job) == []


def test_a_precision_that_is_named_counts_and_not_what_auto_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chosen(**keys: str) -> Job:
        return load_job(write_job(tmp_path, tasks={"ocr": keys}))

    store = store_with(chosen(), lambda inputs: inputs["tasks.ocr"].pop("precision"))
    assert "runtime" in engine_identities(chosen(), {})["rapidocr"]
    monkeypatch.setattr(processor, "processor_flags", lambda: frozenset({"avx2"}))
    assert engine_identities(chosen(), {})["rapidocr"]["precision"] == "float32"
    assert check_same_job(store, chosen())
    assert 'tasks.ocr.precision: there nothing, in this job "float32"' in message(store, chosen(precision="float32"))


def test_the_type_that_a_question_is_asked_with_counts_and_not_how_it_came_about(tmp_path: Path) -> None:
    def asked(**keys: str) -> Job:
        task = {"engine": "m", "questions": [{"id": "q", "ask": "What is the due date?", **keys}]}
        return load_job(write_job(tmp_path, tasks={"docvqa": task}, engines=ENGINES))

    store = store_with(asked(), lambda inputs: None)
    assert check_same_job(store, asked(type="date"))
    assert '"date", in this job "string"' in message(store, asked(type="string"))


def test_a_key_that_the_output_lacks_and_that_has_another_value_is_a_difference(job: Job, tmp_path: Path) -> None:
    other = load_job(write_job(tmp_path, tasks=TASKS, engines=ENGINES), ["render.dpi=300", "tasks.docvqa.scope=page"])
    store = store_with(job, lambda inputs: (inputs["render"].pop("dpi"), inputs["tasks.docvqa"].pop("scope")))
    told = message(store, other)
    assert "render.dpi: there nothing, in this job 300" in told
    assert 'tasks.docvqa.scope: there nothing, in this job "page"' in told
    assert text_differences(store, other) == ["render.dpi: there nothing, in this job 300"]


@pytest.mark.parametrize(
    ("older", "told"),
    [
        (lambda inputs: inputs.pop("text_version"), "text_version: there nothing, in this job"),
        (lambda inputs: inputs.pop("layout"), "layout: there nothing, in this job false"),
        (lambda inputs: inputs["tasks.docvqa"].pop("prompt"), "tasks.docvqa.prompt: there nothing, in this job"),
        (
            lambda inputs: inputs["tasks.docvqa"]["questions"][1].pop("ask"),
            'tasks.docvqa.questions.1.ask: there nothing, in this job "Day?"',
        ),
        (
            lambda inputs: inputs["tasks.docvqa"]["questions"][0].update(ask="Sum?"),
            'tasks.docvqa.questions.0.ask: there "Sum?", in this job "Total?"',
        ),
        (lambda inputs: inputs["tasks.docvqa"]["questions"].pop(), "tasks.docvqa.questions: there [{"),
        (
            lambda inputs: inputs["render"].update(gone=False),
            "render.gone: there false, in this job no such key",
        ),
        (lambda inputs: inputs.update(gone=1), "gone: there 1, in this job no such key"),
        (lambda inputs: inputs.update({"tasks.ocr": None}), "tasks.ocr: there null, in this job {"),
    ],
)
def test_all_else_is_a_difference_that_names_the_key(job: Job, older: Stored, told: str) -> None:
    assert told in message(store_with(job, older), job)


def test_reuse_minds_only_what_concerns_the_text(job: Job) -> None:
    def other_questions(inputs: dict[str, Any]) -> None:
        inputs["tasks.docvqa"] = None
        inputs["schema_version"] = "1"

    assert text_differences(store_with(job, other_questions), job) == []
    # A later docpipe may have read with an option that is not known here.
    (told,) = text_differences(store_with(job, lambda inputs: inputs.update(deskew=True)), job)
    assert told.startswith("deskew: there true")
    assert set(text_inputs(job)) <= set(fingerprint_inputs(job))


@pytest.mark.parametrize("content", [b"no JSON", b"[]"])
def test_a_damaged_fingerprint_is_told(job: Job, content: bytes) -> None:
    store = store_with(job, lambda inputs: None)
    store.write_bytes(FINGERPRINT_PATH, content)
    with pytest.raises(InvalidJobError, match=f"{FINGERPRINT_PATH} is damaged"):
        check_same_job(store, job)
    assert "is damaged" in text_differences(store, job)[0]


def test_an_earlier_output_that_is_not_there_is_told(job: Job, tmp_path: Path) -> None:
    assert not check_same_job(Store(job.output.path), job)
    with pytest.raises(MissingResourceError, match=r"inputs\.reuse: .*no output of docpipe here"):
        text_differences(Store(str(tmp_path / "nowhere")), job)
