"""What a run does before Ray is there, and when it starts none."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import docpipe.pipeline.run.context as context_module
import docpipe.pipeline.run.run as run_module
import docpipe.pipeline.stages.read as read_module
import pytest
from docpipe import open_output
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.pipeline.cluster.session import METRICS_PORT_VARIABLE, RaySession
from docpipe.pipeline.inputs.inventory import FileFacts, facts_of_files
from docpipe.pipeline.inputs.listing import InputFile
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.stages import read
from docpipe.pipeline.stages.warm_up import _start_reader
from docpipe.schemas.errors import CommandError, JobBrokenError
from docpipe.schemas.tables import TABLES

from ..conftest import PROVENANCE
from ..outputs import assert_sound, done, pdf, query, run, write_job


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are in no Ray, and may start none."""
    monkeypatch.setattr(context_module, "running_address", lambda: None)
    monkeypatch.setattr(context_module, "ray_session", lambda *_, **__: pytest.fail("a Ray was started"))


def test_a_small_run_starts_no_ray_and_neither_does_what_goes_on_with_it(job: Path, out: Path, no_ray: None) -> None:
    assert done(run(job, None, limit=1)) == (2, 0, 0)
    assert done(run(job, None)) == (2, 0, 2)
    assert_sound(out)
    assert done(run(job, None)) == (0, 0, 4)


def test_a_small_run_without_ray_writes_the_rows_of_one_in_ray(
    job: Path, tmp_path: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sections = {
        "inputs": {"paths": [str(job.parent / "in")]},
        "tasks": {
            "ocr": {"engine": "auto"},
            "docvqa": {
                "engine": "key_value",
                "scope": "document",
                "questions": [{"id": "n", "ask": "What is the invoice number?"}],
            },
        },
    }
    found = []
    for name in ("in_ray", "here"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "here":
            monkeypatch.setattr(context_module, "running_address", lambda: None)
            monkeypatch.setattr(context_module, "ray_session", lambda *_, **__: pytest.fail("a Ray was started"))
        run(write_job(folder, **sections), None)
        tables = {table: open_output(folder / "out").table(table).to_pylist() for table in TABLES}
        rows = {
            table: sorted(str({key: row[key] for key in row if key not in ("run_id", "seconds")}) for row in found_rows)
            for table, found_rows in tables.items()
        }
        found.append(rows)
    assert found[0] == found[1]
    assert found[0]["answers"]


def test_a_failed_page_and_a_broken_file_are_rows_without_ray_too(tmp_path: Path, no_ray: None) -> None:
    pdf(tmp_path / "in" / "a.pdf", "good")
    (tmp_path / "in" / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    summary = run(write_job(tmp_path), None)
    assert (summary.pages_ok, summary.document_counts.failed) == (1, 1)
    assert query(tmp_path / "out", "SELECT count(*) FROM errors WHERE uri LIKE '%b.pdf'") == [(1,)]


def test_what_breaks_a_thread_breaks_the_run(
    job: Path, out: Path, no_ray: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(read_module, "commit_batch", full)
        with pytest.raises(JobBrokenError, match="No space left on device"):
            run(job, None)
    assert done(run(job, None)) == (4, 0, 0)
    assert_sound(out)


def test_files_are_opened_before_a_ray_that_is_needed_is_there(
    job: Path, out: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    opened = threading.Event()
    joined: Any = context_module.ray_session  # type: ignore[attr-defined]

    @contextmanager
    def slow(address: str | None, **options: Any) -> Iterator[RaySession]:
        assert opened.wait(60), "nothing was opened before Ray was there"
        with joined(address, **options) as session:
            events.append("ray is there")
            yield replace(session, address=None)

    def opening(reader: PageReader, files: Sequence[InputFile]) -> list[FileFacts]:
        facts = facts_of_files(reader, files)
        events.extend(f"opened {Path(file.uri).name}" for file in files)
        if len(events) == 2:
            opened.set()
        return facts

    warmed: list[int] = []
    # The run takes the Ray of the test session for one of its own.
    monkeypatch.setattr(context_module, "running_address", lambda: None)
    monkeypatch.setattr(context_module, "ray_session", slow)
    monkeypatch.setattr(context_module, "start_readers", lambda _, workers: warmed.append(workers))
    monkeypatch.setattr(read_module, "facts_of_files", opening)
    # Any work is worth a Ray, which no page is read without.
    monkeypatch.setattr(context_module, "RAY_PAYS_SECONDS", 0.0)
    monkeypatch.setattr(context_module, "RAY_PAYS_EARLY_SECONDS", 0.0)
    assert done(run(job, None)) == (4, 0, 0)
    assert sorted(events[:2]) == ["opened a.pdf", "opened b.pdf"]
    assert events[2:] == ["ray is there"]
    assert len(warmed) == 1
    assert warmed[0] >= 1
    assert_sound(out)


def test_a_run_whose_metrics_are_wanted_leaves_all_work_to_ray(
    job: Path, out: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[object] = []
    joined: Any = context_module.ray_session  # type: ignore[attr-defined]

    @contextmanager
    def own(address: str | None, **options: Any) -> Iterator[RaySession]:
        with joined(address, **options) as session:
            yield replace(session, address=None)

    monkeypatch.setenv(METRICS_PORT_VARIABLE, "8080")
    monkeypatch.setattr(context_module, "running_address", lambda: None)
    monkeypatch.setattr(context_module, "ray_session", own)
    monkeypatch.setattr(context_module, "LocalThreads", lambda *given: here.append(given))
    assert done(run(job, None)) == (4, 0, 0)
    assert here == []


def test_a_mistake_in_the_inputs_starts_no_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_ray: None) -> None:
    monkeypatch.setattr(run_module, "PATIENCE_SECONDS", 3600.0)
    with pytest.raises(CommandError):
        run(write_job(tmp_path, inputs={"paths": ["nowhere"]}), None)


def test_a_warm_worker_has_its_parser_before_the_first_unit(tmp_path: Path) -> None:
    context = read.WorkerContext(Store(str(tmp_path)), PROVENANCE, ReadSettings(), 60.0, 2048)
    try:
        _start_reader(context)
        started = read.page_reader(context)
        assert started._parser.pid is not None
        assert started._parser.fresh
    finally:
        read.close_reader()
