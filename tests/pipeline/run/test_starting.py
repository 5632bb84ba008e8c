"""What a run does while Ray starts, and when it starts none."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import docpipe.pipeline.run.context as context_module
import docpipe.pipeline.run.run as run_module
import docpipe.pipeline.run.take_inventory as inventory_module
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.pipeline.cluster.session import RaySession
from docpipe.pipeline.inputs.inventory import FileFacts, facts_of_files
from docpipe.pipeline.inputs.listing import InputFile
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.stages import read
from docpipe.pipeline.stages.warm_up import _start_reader
from docpipe.schemas.errors import CommandError

from ..conftest import PROVENANCE
from ..outputs import assert_sound, done, run, write_job


class Events:
    """What happened in a run, in order. Its Ray, which is that of the test session, is there once files were opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.warmed: list[int] = []
        self._opened = threading.Event()
        joined: Any = context_module.ray_session  # type: ignore[attr-defined]

        @contextmanager
        def slow(address: str | None, **options: Any) -> Iterator[RaySession]:
            assert self._opened.wait(60), "nothing was opened before Ray was there"
            with joined(address, **options) as session:
                self.names.append("ray is there")
                yield replace(session, address=None)

        def opening(reader: PageReader, files: Sequence[InputFile]) -> list[FileFacts]:
            self.names += [f"opened {Path(file.uri).name}" for file in files]
            facts = facts_of_files(reader, files)
            self._opened.set()
            return facts

        def warming(worker: read.WorkerContext, workers: int) -> None:
            self.warmed.append(workers)

        # The run takes the Ray of the test session for one of its own.
        monkeypatch.setattr(context_module, "running_address", lambda: None)
        monkeypatch.setattr(context_module, "ray_session", slow)
        monkeypatch.setattr(context_module, "start_readers", warming)
        monkeypatch.setattr(inventory_module, "facts_of_files", opening)
        monkeypatch.setattr(run_module, "PATIENCE_SECONDS", 3600.0)


def test_files_are_opened_while_ray_starts_and_none_is_started_for_nothing(
    job: Path, out: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = Events(monkeypatch)
    assert done(run(job, None)) == (4, 0, 0)
    assert events.names == ["opened a.pdf", "opened b.pdf", "ray is there"]
    assert len(events.warmed) == 1
    assert events.warmed[0] >= 1
    assert_sound(out)
    # Nothing is left to do.
    assert done(run(job, None)) == (0, 0, 4)
    assert len(events.names) == 3


def test_large_files_and_what_is_left_when_ray_is_there_are_opened_by_workers(
    job: Path, out: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = Events(monkeypatch)
    large = (job.parent / "in" / "b.pdf").stat().st_size + 1
    with (job.parent / "in" / "b.pdf").open("ab") as file:
        file.write(b"\n" * 1000)
    monkeypatch.setattr(inventory_module, "_LARGE", large)
    assert done(run(job, None)) == (4, 0, 0)
    assert events.names == ["opened a.pdf", "ray is there"]
    assert_sound(out)


def test_a_mistake_in_the_inputs_starts_no_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "PATIENCE_SECONDS", 3600.0)
    monkeypatch.setattr(context_module, "ray_session", lambda *_, **__: pytest.fail("a Ray was started"))
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
