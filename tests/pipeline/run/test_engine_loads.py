"""How often the engines of a job load: once a replica in a run, and once more for each that dies."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import docpipe.pipeline.engines.replicas
import pytest
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.schemas.errors import MissingResourceError

from ..outputs import Heard, assert_sound, pdf, query, run, write_job

pytestmark = pytest.mark.integration

DOCUMENTS, PAGES = 4, 4
OCR = {"ocr": {"engine": "m"}}
QUESTIONS = [{"id": "total", "ask": "What is the total amount?", "type": "money"}]
BOTH = {**OCR, "docvqa": {"engine": "m", "questions": QUESTIONS}}
"""Pages, and then documents: two executions of Ray Data that ask the same engine."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(published_size("1B"), tmp_path_factory.mktemp("models") / "tiny", tiny=True)


def noting_actor(loads: Path, dies_at: int | None = None) -> type:
    """An engine's actor that writes its process to a file once its engine has loaded; local, as workers do not find
    this file.

    Args:
        dies_at: the first process that is asked about so many blocks kills itself, with them in hand.
    """
    from docpipe.pipeline.engines.actor import EngineActor

    class NotingActor(EngineActor):
        blocks = 0

        def serve(self) -> Any:
            engine = super().serve()
            with loads.open("a") as file:
                file.write(f"{os.getpid()}\n")
            return engine

        async def answer(self, requests: Any, earlier: Any) -> Any:
            await self.load()
            self.blocks += 1
            if self.blocks == dies_at:
                with suppress(FileExistsError):
                    loads.with_name("died").touch(exist_ok=False)
                    os.kill(os.getpid(), signal.SIGKILL)
            return await super().answer(requests, earlier)

    return NotingActor


def job(folder: Path, checkpoint: Path, tasks: dict[str, Any], replicas: int = 1) -> Path:
    few = {"max_tiles": {"ocr": 1, "docvqa": 1}, "max_new_tokens": {"ocr": 4, "docvqa": 4}}
    where = {"kind": "internvl2", "model": str(checkpoint), "dtype": "float32", "device": "cpu"}
    for number in range(DOCUMENTS):
        pdf(folder / "in" / f"{number}.pdf", *(f"Document {number}, page {page}" for page in range(PAGES)))
    # Random weights never end an answer, so that every page fails.
    allowed = {"max_failed_pages": 1.0, "max_failed_documents": 1.0, "abort_after": 1000}
    return write_job(folder, tasks=tasks, engines={"m": {**where, **few, "replicas": replicas}}, on_error=allowed)


def processes(loads: Path) -> list[str]:
    return loads.read_text().split()


@pytest.mark.parametrize(
    ("tasks", "replicas", "dies_at", "expected"),
    [(OCR, 2, None, 2), (BOTH, 1, None, 1), (BOTH, 1, 3, 2)],
    ids=["two replicas", "pages and documents", "a replica dies"],
)
def test_an_engine_loads_once_a_replica_and_run_and_again_where_one_dies(
    tmp_path: Path,
    ray: str,
    checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    out: Path,
    tasks: dict[str, Any],
    replicas: int,
    dies_at: int | None,
    expected: int,
) -> None:
    loads = tmp_path / "loads"
    monkeypatch.setattr(docpipe.pipeline.engines.replicas, "EngineActor", noting_actor(loads, dies_at))
    summary = run(job(tmp_path, checkpoint, tasks, replicas), ray)
    assert_sound(out)
    assert summary.pages_failed == DOCUMENTS * PAGES
    # Each unit is a batch of its own.
    ((units,),) = query(
        out, f"SELECT count(DISTINCT filename) FROM read_parquet('{out}/pages/*.parquet', filename=true)"
    )
    assert units > 2 * replicas
    assert (tmp_path / "died").exists() == (dies_at is not None)
    assert summary.answers == (DOCUMENTS if tasks is BOTH else 0)
    assert len(set(processes(loads))) == len(processes(loads)) == expected


class StoppedAfterAUnit(Heard):
    """Stops the run as `kill` does, once its first pages are committed."""

    def advance(self, pages: int, failed: int) -> None:
        if pages:
            signal.raise_signal(signal.SIGTERM)


def test_a_run_that_goes_on_loads_its_engine_once_more(
    tmp_path: Path, ray: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, out: Path
) -> None:
    loads = tmp_path / "loads"
    monkeypatch.setattr(docpipe.pipeline.engines.replicas, "EngineActor", noting_actor(loads))
    path = job(tmp_path, checkpoint, BOTH)
    with pytest.raises(KeyboardInterrupt):
        run(path, ray, heard=StoppedAfterAUnit())
    assert_processors_are_free()
    assert len(processes(loads)) == 1
    summary = run(path, ray)
    assert_sound(out)
    assert 0 < summary.pages_skipped < DOCUMENTS * PAGES
    assert summary.pages_skipped + summary.pages_failed == DOCUMENTS * PAGES
    assert len(set(processes(loads))) == len(processes(loads)) == 2


def assert_processors_are_free() -> None:
    """No actor of a run that has ended holds a processor."""
    import ray

    until = time.monotonic() + 30
    while ray.available_resources().get("CPU") != ray.cluster_resources()["CPU"]:
        assert time.monotonic() < until, ray.available_resources()
        time.sleep(0.2)


def full_actor() -> type:
    """An engine's actor that finds too little memory; local, as workers do not find this file."""
    from docpipe.pipeline.engines.actor import EngineActor

    class FullActor(EngineActor):
        def serve(self) -> Any:
            raise MissingResourceError("engines.m: does not fit; InternVL2-1B in bfloat16 would fit")

    return FullActor


def test_an_engine_that_does_not_load_ends_the_run_with_its_own_words(
    tmp_path: Path, ray: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, out: Path
) -> None:
    monkeypatch.setattr(docpipe.pipeline.engines.replicas, "EngineActor", full_actor())
    with pytest.raises(MissingResourceError) as told:
        run(job(tmp_path, checkpoint, OCR), ray)
    assert_processors_are_free()
    assert str(told.value) == "engines.m: does not fit; InternVL2-1B in bfloat16 would fit"
    assert query(out, "SELECT count(*) FROM pages") == [(0,)]
