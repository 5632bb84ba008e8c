"""Starting vLLM: a deadline, and a reason from the output of the processes that it starts."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from docpipe.models.vllm.start import OutOfMemoryAtStartError, start
from docpipe.schemas.errors import MissingResourceError


def child_that(*lines: str) -> Callable[[], Any]:
    """Runs a process as vLLM does, whose failure is told in its output alone."""

    def make() -> Any:
        subprocess.run([sys.executable, "-c", "\n".join(("import sys, time", *lines))], check=True)
        return "ready"

    return make


def test_what_is_made_is_returned_and_output_still_arrives(capfd: pytest.CaptureFixture[str]) -> None:
    assert start(child_that("print('loading', file=sys.stderr)"), "m", 30, {}) == "ready"
    assert "loading" in capfd.readouterr().err


def test_the_first_error_of_a_child_is_the_reason() -> None:
    lines = ("print('ValueError: no such layer', file=sys.stderr)", "raise RuntimeError('see above')")
    with pytest.raises(MissingResourceError, match=r"engines\.m: vLLM did not start: ValueError: no such layer"):
        start(child_that(*lines), "m", 30, {})


def test_a_failure_without_output_is_told_by_its_exception() -> None:
    def make() -> Any:
        raise ValueError("a bad argument")

    with pytest.raises(MissingResourceError, match="ValueError: a bad argument"):
        start(make, "m", 30, {})


@pytest.mark.parametrize(
    "line",
    [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "ValueError: No available memory for the cache blocks.",
        "ValueError: To serve at least one request, 2.0 GiB KV cache is needed, which is larger than 1.0 GiB",
    ],
)
def test_too_little_memory_is_told_apart(line: str) -> None:
    with pytest.raises(OutOfMemoryAtStartError, match=line.split(":")[0].rpartition(".")[2]):
        start(child_that(f"print({line!r}, file=sys.stderr)", "sys.exit(1)"), "m", 30, {})


def test_a_start_that_hangs_ends_at_its_deadline_with_all_its_processes() -> None:
    before = set(psutil.Process().children(recursive=True))
    began = time.monotonic()
    with pytest.raises(MissingResourceError, match=r"not ready 2 s after its start.*last line: waiting.*start_seconds"):
        start(child_that("print('waiting', flush=True)", "time.sleep(60)"), "m", 2, {})
    assert time.monotonic() - began < 20
    assert set(psutil.Process().children(recursive=True)) <= before
