"""Jobs that ask models: whole runs, with a server that knows the answers and with a tiny InternVL2."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import docpipe.pipeline.engines.replicas
import pytest
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.models.precision import chosen_dtype
from docpipe.pipeline.commands.plan import plan_job, plan_text
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.job.load import load_job

from ..knowing_server import KnowingServer, serving
from ..outputs import QUICKSTART, assert_sound, pdf, query, run, write_job

QUESTIONS = [
    {"id": "total", "ask": "What is the total amount?", "type": "money"},
    {"id": "date", "ask": "What is the invoice date?", "type": "date"},
    {"id": "seller", "ask": "Who is the seller?"},
]
CHART = '{"type":"line","title":"Rain","columns":["Month","mm"],"rows":[["May","41"],["June","52"]]}'


def knows(prompt: str) -> str | int:
    if "total" in prompt:
        return "12.50 EUR"
    if "date" in prompt:
        return "5 March 2024"
    if "chart" in prompt:
        return CHART
    return "Total 12.50 EUR" if "Extract" in prompt else "not found"


@pytest.fixture
def server() -> Iterator[KnowingServer]:
    with serving(knows) as opened:
        yield opened


def job(folder: Path, server: KnowingServer, tasks: dict[str, Any], **sections: Any) -> Path:
    engine = {"kind": "openai", "base_url": server.url, "model": "knowing-1", "max_in_flight": 4}
    return write_job(folder, tasks=tasks, engines={"m": engine}, **sections)


def invoices(folder: Path) -> None:
    pdf(folder / "in" / "a.pdf", "Cover page", "Invoice of 2024-03-05", "Total 12.50 EUR to pay", "Terms")
    pdf(folder / "in" / "b.pdf", "Letter without any of it")


def test_documents_are_asked_and_their_answers_stand_in_the_page_that_proves_them(
    tmp_path: Path, ray: str, server: KnowingServer, out: Path
) -> None:
    invoices(tmp_path)
    docvqa = {"engine": "m", "questions": QUESTIONS}
    summary = run(job(tmp_path, server, {"docvqa": docvqa}), ray)
    assert_sound(out)
    assert (summary.pages_ok, summary.answers) == (5, 6)
    rows = query(
        out,
        "SELECT question_id, a.status, value_number, currency, value_date::text, grounding, page_number, "
        "evidence[1].text, support > 0.5 FROM answers a JOIN documents USING (document_id) "
        "WHERE uris[1] LIKE '%a.pdf' ORDER BY question_id DESC",
    )
    assert rows[0] == ("total", "answered", 12.5, "EUR", None, "exact", 3, "12.50 EUR", True)
    assert rows[1][:2] == ("seller", "not_found")
    assert rows[2][:2] == ("date", "answered")
    assert (rows[2][4], rows[2][6]) == ("2024-03-05", 2)
    # What is not on the page is told by its support.
    ((support,),) = query(
        out,
        "SELECT support FROM answers JOIN documents USING (document_id) "
        "WHERE uris[1] LIKE '%b.pdf' AND question_id = 'total'",
    )
    assert support < 0.5
    asked = len(server.prompts)
    again = run(job(tmp_path, server, {"docvqa": docvqa}), ray)
    assert (again.pages_skipped, again.answers, len(server.prompts)) == (5, 0, asked)


def test_pages_are_read_asked_and_charted_in_one_go(tmp_path: Path, ray: str, server: KnowingServer, out: Path) -> None:
    invoices(tmp_path)
    tasks = {
        "ocr": {"engine": "m"},
        "docvqa": {"engine": "m", "scope": "page", "questions": QUESTIONS[:1]},
        "chart": {"engine": "m", "source": "pages"},
    }
    summary = run(job(tmp_path, server, tasks), ray)
    assert_sound(out)
    assert (summary.pages_ok, summary.answers, summary.charts) == (5, 5, 5)
    pages = query(out, "SELECT page_number, text_source, text, supported_text > 0.9, tiles FROM pages ORDER BY ALL")
    assert {(source, text) for _, source, text, *_ in pages} == {("m", "Total 12.50 EUR\n")}
    assert [number for number, *_, supported, _ in pages if supported] == [3]
    lines = query(out, "SELECT source, grounding, count(*), count(bbox) FROM lines GROUP BY ALL ORDER BY ALL")
    assert lines == [("m", "exact", 1, 1), ("m", "none", 4, 0), ("text_layer", None, 5, 5)]
    assert query(out, "SELECT series, x, y, grounding FROM chart_points WHERE x = 'May' LIMIT 1") == [
        (None, "May", 41.0, "none")
    ] or query(out, "SELECT x, y FROM chart_points WHERE x = 'May' LIMIT 1") == [("May", 41.0)]


def test_a_question_that_fails_leaves_its_page_well_and_is_asked_again_on_demand(
    tmp_path: Path, ray: str, server: KnowingServer, out: Path
) -> None:
    pdf(tmp_path / "in" / "a.pdf", "Total 12.50 EUR")
    for scope in ("page", "document"):
        server.answer = lambda prompt: 400 if "seller" in prompt else knows(prompt)
        tasks = {"docvqa": {"engine": "m", "scope": scope, "questions": QUESTIONS}}
        target = str(tmp_path / f"out-{scope}")
        summary = run(job(tmp_path, server, tasks), ray, f"output.path={target}")
        folder = Path(target)
        assert_sound(folder)
        assert (summary.pages_ok, summary.pages_failed) == (1, 0)
        assert query(folder, "SELECT question_id, code, stage FROM errors") == [("seller", "engine_failed", "docvqa")]
        server.answer = knows
        run(job(tmp_path, server, tasks), ray, f"output.path={target}", retry_failed=True)
        assert_sound(folder)
        assert query(folder, "SELECT count(*) FROM errors") == [(0,)]
        assert query(folder, "SELECT status FROM answers WHERE question_id = 'seller'") == [("not_found",)]


def test_questions_of_a_manifest_are_asked_of_their_documents(
    tmp_path: Path, ray: str, server: KnowingServer, out: Path
) -> None:
    invoices(tmp_path)
    rows = [{"uri": "in/a.pdf", "questions": [QUESTIONS[0]]}, {"uri": "in/b.pdf", "questions": ["Who signed it?"]}]
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = job(tmp_path, server, {"docvqa": {"engine": "m"}}, inputs={"manifest": "m.jsonl"})
    run(path, ray)
    assert query(out, "SELECT question_id, status FROM answers ORDER BY ALL") == [
        ("total", "answered"),
        ("who-signed-it", "not_found"),
    ]
    with pytest.raises(InvalidJobError, match="no task docvqa"):
        run(write_job(tmp_path, inputs={"manifest": "m.jsonl"}), ray, "output.path=other")
    clash = job(tmp_path, server, {"docvqa": {"engine": "m", "questions": QUESTIONS}}, inputs={"manifest": "m.jsonl"})
    with pytest.raises(InvalidJobError, match="total"):
        run(clash, ray, "output.path=other")


def test_a_new_question_takes_the_page_texts_of_an_earlier_output(
    tmp_path: Path, ray: str, server: KnowingServer
) -> None:
    invoices(tmp_path)
    run(write_job(tmp_path), ray)
    tasks = {"ocr": {"engine": "auto"}, "docvqa": {"engine": "m", "questions": QUESTIONS[:1]}}
    inputs = {"paths": ["in"], "reuse": "out"}
    run(job(tmp_path, server, tasks, inputs=inputs, output={"path": "asked"}), ray)
    asked = tmp_path / "asked"
    assert_sound(asked)
    assert query(asked, "SELECT count(*) FROM answers WHERE grounding = 'exact'") == [(1,)]


def test_a_server_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path, ray: str, out: Path) -> None:
    invoices(tmp_path)
    with serving(knows) as gone:
        pass
    with pytest.raises(MissingResourceError, match=r"engines\.m: no server answers"):
        run(job(tmp_path, gone, {"docvqa": {"engine": "m", "questions": QUESTIONS}}), ray)
    assert not (out / "_docpipe" / "inventory").exists()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(published_size("1B"), tmp_path_factory.mktemp("models") / "tiny", tiny=True)


def internvl2(checkpoint: Path, **settings: Any) -> dict[str, Any]:
    small = {"max_tiles": {"ocr": 1, "docvqa": 1, "chart": 1}, "max_new_tokens": {"ocr": 8, "docvqa": 4, "chart": 8}}
    where = {"model": str(checkpoint), "dtype": "float32", "device": "cpu"}
    return {"m": {"kind": "internvl2", **where, **small, **settings}}


def test_a_tiny_internvl2_goes_through_all_tasks(tmp_path: Path, ray: str, checkpoint: Path, out: Path) -> None:
    pdf(tmp_path / "in" / "a.pdf", "Total 12.50 EUR", "Terms")
    tasks = {
        "ocr": {"engine": "m"},
        "docvqa": {"engine": "m", "questions": QUESTIONS},
        "chart": {"engine": "m", "source": "pages"},
    }
    path = write_job(tmp_path, tasks=tasks, engines=internvl2(checkpoint, dtype="auto"))
    plan = plan_job(load_job(path), tmp_path)
    assert [model["fits"] for model in plan["models"]] == [True, True]
    # Reading and charting see the same image.
    assert plan["tiles"] == 2 + 2
    assert "engine m" in plan_text(plan)
    summary = run(path, ray)
    assert_sound(out)
    # Random weights never end an answer.
    assert query(out, "SELECT DISTINCT code FROM errors") == [("truncated_output",)]
    assert (summary.pages_failed, summary.answers, summary.charts) == (2, 3, 2)
    assert query(out, "SELECT DISTINCT tiles FROM pages") == [(1,)]
    # What `auto` chose stands in the record; what the job says stands in the fingerprint.
    (record,) = (out / "_docpipe").glob("run-*.json")
    assert json.loads(record.read_text())["models"]["m"]["dtype"] == chosen_dtype("auto", "cpu")
    fingerprint = json.loads((out / "_docpipe" / "fingerprint.json").read_text())
    assert '"dtype": "auto"' in json.dumps(fingerprint)


def test_more_gpus_than_there_are_and_too_large_a_model_are_refused(
    tmp_path: Path, ray: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf(tmp_path / "in" / "a.pdf", "text")
    tasks = {"ocr": {"engine": "m"}}
    path = write_job(tmp_path, tasks=tasks, engines=internvl2(checkpoint, device="cuda", replicas=2))
    with pytest.raises(MissingResourceError, match="the job needs 2 GPUs"):
        run(path, ray)
    path = write_job(tmp_path, tasks=tasks, engines=internvl2(checkpoint, device="cuda", gpus_per_replica=2))
    with pytest.raises(InvalidJobError, match="kind: openai"):
        run(path, ray)
    monkeypatch.setattr("docpipe.pipeline.engines.placement.machine_devices", lambda: [("cpu", 1_000_000)])
    # As a run does whose Ray is its own: the model must fit this machine.
    monkeypatch.setattr("docpipe.pipeline.run.context.running_address", lambda: None)
    with pytest.raises(MissingResourceError, match="kind: openai"):
        run(write_job(tmp_path, tasks=tasks, engines=internvl2(checkpoint)), None)


def poisoned_actor() -> type:
    """An engine's actor that loses its device over one image; local, as workers do not find this file."""
    from docpipe.models.engine import Answer, EngineLostError, Outcome
    from docpipe.models.usage import Usage
    from docpipe.pipeline.engines.actor import EngineActor

    class Poisoned:
        model = "poisoned"

        @asynccontextmanager
        async def hold(self, images: Any) -> AsyncIterator[Any]:
            yield images

        async def ask(self, held: Any, *_: Any, **__: Any) -> Answer:
            if len(held[0].data) > 100_000:
                raise EngineLostError("CUDA error: device-side assert triggered")
            return Answer("Total", "Total", 0.5, Outcome.STOPPED)

        def usage(self) -> Usage:
            return Usage()

        def close(self) -> None:
            pass

    class PoisonedActor(EngineActor):
        def serve(self) -> Any:
            return Poisoned()

    return PoisonedActor


@pytest.mark.integration
def test_a_page_that_kills_its_engine_is_set_aside_and_costs_no_other(
    tmp_path: Path, ray: str, server: KnowingServer, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docpipe.pipeline.engines.replicas, "EngineActor", poisoned_actor())
    pdf(tmp_path / "in" / "a.pdf", "one", "two", "three")
    (tmp_path / "in" / "photo.jpg").write_bytes((QUICKSTART / "receipt-1.jpg").read_bytes())
    summary = run(job(tmp_path, server, {"ocr": {"engine": "m"}}), ray)
    assert_sound(out)
    assert (summary.pages_ok, summary.pages_failed) == (3, 1)
    ((code, attempts, message),) = query(out, "SELECT code, attempts, message FROM errors")
    assert (code, attempts) == ("crashed", 3)
    assert "crashed 3 times" in message
