"""A job whose tasks name engines in a list: whole runs with servers of different confidence."""

from math import log
from pathlib import Path

import pytest
from docpipe.pipeline.commands.inspect import inspect_output, inspection_text
from docpipe.pipeline.commands.plan import plan_job, plan_text
from docpipe.schemas.job.load import load_job

from ..knowing_server import KnowingServer, serving
from ..outputs import assert_sound, pdf, query, run, write_job

QUESTIONS = [
    {"id": "total", "ask": "What is the total amount?"},
    {"id": "seller", "ask": "Who is the seller?"},
]


def small(prompt: str) -> str:
    return "12.50 EUR" if "total" in prompt else "somebody"


def large(prompt: str) -> str:
    return "12.50 EUR" if "total" in prompt else "Meyer"


def engine(server: KnowingServer, **more: int) -> dict[str, object]:
    return {"kind": "openai", "base_url": server.url, "model": "knowing-1", **more}


def test_the_second_model_is_asked_only_what_the_first_is_not_sure_of(tmp_path: Path, ray: str, out: Path) -> None:
    pdf(tmp_path / "in" / "a.pdf", "Meyer sold it. Total 12.50 EUR to pay")

    def sure_of_the_total(prompt: str) -> str:
        first.logprob = log(0.95) if "total" in prompt else log(0.5)
        return small(prompt)

    with serving(sure_of_the_total) as first, serving(large, log(0.6)) as second:
        docvqa = {"engine": ["small", "large"], "questions": QUESTIONS}
        # One request at a time, since the confidence of the first server is that of the last question.
        engines = {"large": engine(second), "small": engine(first, max_in_flight=1)}
        job = write_job(tmp_path, tasks={"docvqa": docvqa}, engines=engines)
        planned = plan_text(plan_job(load_job(job), tmp_path))
        assert "docvqa: asks small and then large" in planned
        assert "at most 2 requests" in planned
        assert run(job, ray).answers == 2
        assert_sound(out)
        assert len(first.prompts) == 2
        assert ["seller" in prompt for prompt in second.prompts] == [True]
    rows = query(
        out, "SELECT question_id, answer, engine, tried, type, round(confidence, 2) FROM answers ORDER BY 1 DESC"
    )
    assert rows == [
        ("total", "12.50 EUR", "small", ["small"], "money", pytest.approx(0.95)),
        ("seller", "Meyer", "large", ["small", "large"], "string", pytest.approx(0.6)),
    ]
    found = inspect_output(str(out))
    assert found["answers"] == {"answered": 2, "without_model": 0}
    assert "answers: answered 2; without a model 0" in inspection_text(found)
