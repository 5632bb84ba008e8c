"""What a running job has done so far can be read from its output."""

import json
from pathlib import Path
from typing import Any

import pytest
from docpipe.pipeline.commands.inspect import inspect_output, inspection_text
from docpipe.pipeline.run import record as record_module
from docpipe.pipeline.run.record import LiveProgress, RecordedReporter

from ..outputs import Heard, pdf, run, write_job


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_module, "SECONDS_BETWEEN_RECORDS", 0.0)


def test_progress_is_written_from_the_start_on() -> None:
    written: list[LiveProgress] = []
    heard = Heard()
    reporter = RecordedReporter(heard, written.append)
    reporter.start(3, 100)
    reporter.advance(40, 2)
    reporter.advance(10, 1)
    assert [(w.pages_planned, w.pages_done, w.pages_failed) for w in written] == [
        (100, 0, 0),
        (100, 40, 2),
        (100, 50, 3),
    ]
    assert heard.pages == 100


def test_a_store_that_refuses_the_record_does_not_end_the_run() -> None:
    def refuse(_: LiveProgress) -> None:
        raise OSError("full")

    reporter = RecordedReporter(Heard(), refuse)
    reporter.start(1, 1)
    reporter.advance(1, 0)


def test_a_running_job_can_be_inspected_and_a_killed_one_is_told_apart(tmp_path: Path, ray: str) -> None:
    out = tmp_path / "out"
    seen: list[dict[str, Any]] = []

    class Watching(Heard):
        def advance(self, pages: int, failed: int) -> None:
            seen.append(inspect_output(str(out)))

    pdf(tmp_path / "in" / "a.pdf", *(f"page {number}" for number in range(1200)))
    run(write_job(tmp_path), ray, heard=Watching())
    running = seen[-1]
    assert running["runs"][-1]["run_id"] in running["running"]
    assert running["runs"][-1]["state"] == "running"
    assert running["runs"][-1]["pages_planned"] == 1200
    assert 0 < running["pages_by_status"]["ok"] <= 1200
    assert "of 1200 pages" in inspection_text(running)
    (record,) = (out / "_docpipe").glob("run-*.json")
    content = json.loads(record.read_text())
    assert content["state"] == "done"
    record.write_text(json.dumps({**content, "state": "running", "counts": None}))
    assert inspect_output(str(out))["runs"][-1]["state"] == "killed"
