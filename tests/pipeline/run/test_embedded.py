"""A run that is part of another program: `docpipe.run` as a guest."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docpipe
import pytest
import ray
import ray.data
from docpipe.pipeline.cluster.session import ray_session
from docpipe.pipeline.run import run as run_module
from docpipe.pipeline.run.context import RunContext
from docpipe.pipeline.run.stopping import Stopping
from docpipe.schemas.errors import InvalidJobError

from ..outputs import assert_sound, leave_ray, write_job


@pytest.fixture(scope="module")
def own_ray(ray_address: str) -> Iterator[str]:
    """A Ray that the program has joined by itself."""
    leave_ray()
    ray.init(address=ray_address, log_to_driver=False)
    yield ray_address
    ray.shutdown()


def handlers() -> dict[int, object]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def test_it_joins_the_ray_of_its_program_and_leaves_everything_as_it_was(own_ray: str, job: Path, out: Path) -> None:
    context = ray.data.DataContext.get_current()
    context.target_max_block_size = 77_777_777
    logger = logging.getLogger("ray.data")
    logger.setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, on_sigterm := lambda *_: None)
    before = handlers(), sys.stderr, list(logger.handlers), os.environ.get("RAY_ADDRESS")
    try:
        summary = docpipe.run(docpipe.load_job(job))
        assert handlers()[signal.SIGTERM] is on_sigterm
    finally:
        after = handlers(), sys.stderr, list(logger.handlers), os.environ.get("RAY_ADDRESS")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert after == before
    assert logger.level == logging.INFO
    assert ray.is_initialized()
    assert ray.data.DataContext.get_current() is context
    assert context.target_max_block_size == 77_777_777
    assert ray.data.range(3).count() == 3
    assert (summary.documents, summary.pages_ok, summary.problems, summary.within_limits) == (2, 4, (), True)
    assert_sound(out)


def test_it_works_in_a_thread_beside_an_event_loop(own_ray: str, job: Path, out: Path) -> None:
    async def program() -> tuple[docpipe.RunSummary, docpipe.RunSummary]:
        # As a cell of a notebook: inside of the loop. Then in a thread of the loop's pool.
        first = docpipe.run(docpipe.load_job(job), limit=1)
        return first, await asyncio.to_thread(docpipe.run, docpipe.load_job(job))

    first, second = asyncio.run(program())
    assert (first.pages_ok, second.pages_ok, second.pages_skipped) == (2, 2, 2)
    assert_sound(out)


def test_too_many_failures_are_told_by_the_summary(own_ray: str, job: Path) -> None:
    (job.parent / "in" / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    summary = docpipe.run(docpipe.load_job(job))
    assert not summary.within_limits
    assert summary.problems == ("1 of 3 documents failed, on_error.max_failed_documents allows 5.0%",)


def test_what_is_wrong_is_told_as_on_the_command_line(own_ray: str, job: Path) -> None:
    loaded = docpipe.load_job(job, ["inputs.paths=[nowhere]"])
    with pytest.raises(docpipe.MissingResourceError, match="nowhere: no such file"):
        docpipe.run(loaded)
    with pytest.raises(docpipe.InvalidJobError, match=r"takes what docpipe\.load_job gives, not PosixPath"):
        docpipe.run(job)  # type: ignore[arg-type]
    with pytest.raises(docpipe.InvalidJobError, match="limit: 0"):
        docpipe.run(loaded, limit=0)


def test_another_ray_than_that_of_the_process_is_refused(own_ray: str) -> None:
    refused = pytest.raises(InvalidJobError, match=f"part of the Ray at {own_ray}")
    with refused, ray_session("127.0.0.1:1"):
        pass
    assert ray.is_initialized()


def test_a_manifest_is_found_from_the_folder_of_the_job_file(own_ray: str, job: Path, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (job.parent / "m.csv").write_text("uri\nin/a.pdf\n")
    path = write_job(job.parent, inputs={"manifest": "m.csv"}, output={"path": "listed"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert docpipe.run(docpipe.load_job(os.path.relpath(path))).pages_ok == 2


def test_a_lost_output_interrupts_nobody(own_ray: str, job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of an object store is watched by a thread, which must not raise KeyboardInterrupt in a program."""

    def lose(run: RunContext) -> None:
        Stopping.at_once(run.stopping)
        raise OSError("refused")

    monkeypatch.setattr(run_module, "_run", lose)
    with pytest.raises(docpipe.JobBrokenError, match="refused"):
        docpipe.run(docpipe.load_job(job))


@pytest.mark.integration
def test_without_a_ray_it_starts_one_and_ends_it(job: Path, out: Path) -> None:
    program = f"""
import logging, os, signal, sys, threading
import docpipe
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
os.environ["RAY_ADDRESS"] = "nowhere:1"
before = [signal.getsignal(number) for number in signal.valid_signals()]
done = []
thread = threading.Thread(target=lambda: done.append(docpipe.run(docpipe.load_job({str(job)!r}))))
thread.start(); thread.join()
import ray
assert done[0].pages_ok == 4 and not ray.is_initialized()
assert docpipe.run(docpipe.load_job({str(job)!r}), address=None).pages_skipped == 4
assert [signal.getsignal(number) for number in signal.valid_signals()] == before
assert os.environ["RAY_ADDRESS"] == "nowhere:1"
print(ray.data.DataContext.get_current().enable_progress_bars)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "INFO:docpipe:inputs: 2 new" in done.stderr
    assert_sound(out)
