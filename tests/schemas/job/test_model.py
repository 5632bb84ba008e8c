import pytest
from docpipe.schemas.job.model import Job
from pydantic import ValidationError

MINIMAL = {"version": 1, "inputs": {"paths": ["a"]}, "tasks": {"ocr": {}}, "output": {"path": "o"}}


def test_defaults_are_those_of_the_contract() -> None:
    job = Job.model_validate(MINIMAL)
    assert job.model_dump(mode="json") == {
        "version": 1,
        "name": "job",
        "inputs": {
            "paths": ["a"],
            "manifest": None,
            "exclude": [],
            "pages": None,
            "reuse": None,
            "passwords_env": None,
        },
        "render": {"dpi": 150, "max_pixels": 40_000_000},
        "layout": "auto",
        "tasks": {
            "ocr": {"engine": "auto", "languages": ["en"], "running_headers": "drop", "precision": "auto"},
            "docvqa": None,
            "chart": None,
            "table": None,
        },
        "engines": {},
        "limits": {
            "max_file_mb": 2048,
            "page_seconds": 60,
            "page_memory_mb": 2048,
            "max_pages_per_document": 20_000,
        },
        "output": {"path": "o"},
        "on_error": {"max_failed_pages": 0.05, "max_failed_documents": 0.05, "abort_after": 200},
        "ray": {"address": None},
    }


def test_engine_defaults_are_those_of_the_contract() -> None:
    engines = {"a": {"kind": "internvl2", "model": "m"}, "b": {"kind": "openai", "model": "m", "base_url": "http://x"}}
    job = Job.model_validate({**MINIMAL, "engines": engines})
    assert job.model_dump(mode="json")["engines"] == {
        "a": {
            "kind": "internvl2",
            "model": "m",
            "dtype": "bfloat16",
            "device": "auto",
            "replicas": 1,
            "gpus_per_replica": 1,
            "max_tiles": {"ocr": 12, "docvqa": 18, "chart": 12, "table": 12},
            "max_new_tokens": {"ocr": 4096, "docvqa": 128, "chart": 1024, "table": 4096},
            "request_seconds": 600,
        },
        "b": {
            "kind": "openai",
            "model": "m",
            "base_url": "http://x",
            "api_key_env": None,
            "max_in_flight": 16,
            "max_tiles": {"ocr": 12, "docvqa": 18, "chart": 12, "table": 12},
            "max_new_tokens": {"ocr": 4096, "docvqa": 128, "chart": 1024, "table": 4096},
            "request_seconds": 600,
        },
    }


def test_a_model_is_shared_among_whole_gpus() -> None:
    vllm = {"kind": "vllm", "model": "m"}
    for share, gpus in ((0.5, 1), (1, 1), (4, 4)):
        job = Job.model_validate({**MINIMAL, "engines": {"a": {**vllm, "gpus_per_replica": share}}})
        assert job.engines["a"].gpus == gpus  # type: ignore[union-attr]
    with pytest.raises(ValidationError, match=r"1\.5: a model is shared among whole GPUs"):
        Job.model_validate({**MINIMAL, "engines": {"a": {**vllm, "gpus_per_replica": 1.5}}})
    with pytest.raises(ValidationError, match="fp8"):
        Job.model_validate({**MINIMAL, "engines": {"a": {**vllm, "quantization": "int4"}}})


MODEL = {"kind": "internvl2", "model": "m"}


def engines_of(task: dict[str, object], *models: str) -> tuple[str, ...]:
    tasks = {"docvqa": {"questions": [{"id": "q", "ask": "x"}], **task}}
    job = Job.model_validate({**MINIMAL, "tasks": tasks, "engines": dict.fromkeys(models, MODEL)})
    assert Job.model_validate(job.model_dump(mode="json")) == job
    return job.engines_of("docvqa")


def test_auto_asks_the_engine_without_weights_and_then_the_one_model() -> None:
    assert engines_of({}) == ("key_value",)
    assert engines_of({}, "m") == engines_of({"engine": "auto"}, "m") == ("key_value", "m")
    assert engines_of({"engine": "m"}, "m", "n") == ("m",)
    assert engines_of({"engine": ["key_value", "n", "m"]}, "m", "n") == ("key_value", "n", "m")


def test_an_engine_comes_after_those_that_any_task_names_before_it() -> None:
    chart, table = {"engine": ["b", "c"]}, {"engine": ["a", "b"]}
    tasks = {"chart": chart, "table": table, "ocr": {"engine": "c"}}
    job = Job.model_validate({**MINIMAL, "tasks": tasks, "engines": dict.fromkeys("abc", MODEL)})
    assert list(job.used_engines) == ["a", "b", "c"]


@pytest.mark.parametrize("pages", [None, "1,3,5-9,20-"])
def test_what_is_dumped_is_the_same_job(pages: str | None) -> None:
    job = Job.model_validate({**MINIMAL, "inputs": {"paths": ["a"], "pages": pages}})
    assert Job.model_validate(job.model_dump(mode="json")) == job
    assert job.model_dump(mode="json")["inputs"]["pages"] == pages


def test_a_job_does_not_change() -> None:
    job = Job.model_validate(MINIMAL)
    with pytest.raises(ValidationError, match="frozen"):
        job.render.dpi = 300  # type: ignore[misc]


def test_the_text_of_an_error_holds_no_values() -> None:
    with pytest.raises(ValidationError) as caught:
        Job.model_validate(
            {**MINIMAL, "inputs": {"paths": ["s3://a:hunter2@b"]}, "output": {"path": 7, "x": "hunter2"}}
        )
    assert len(caught.value.errors()) == 3
    assert "hunter2" not in str(caught.value)
