"""Starts vLLM with a deadline, and says why where it does not start.

Its processes are children of this one, and what goes wrong in them stands only in their output.
"""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from ...schemas.errors import MissingResourceError
from ...schemas.printable import printable
from .plugin import OWNER_VARIABLE

_KEPT_LINES, _SHOWN = 400, 300
# Of torch, CUDA and vLLM (v1/core/kv_cache_utils.py, v1/worker/cpu_worker.py and utils.py, 0.32.0).
_MEMORY = re.compile(
    r"out of memory|OutOfMemoryError|No available memory for the cache|KV cache is needed|less than requested memory|"
    r"is less than desired (GPU|CPU) memory|can't allocate memory|MemoryError",
    re.IGNORECASE,
)
_ERROR_LINE = re.compile(r"(\w+(?:Error|Exception): .+)$")


class OutOfMemoryAtStartError(Exception):
    """The model, or the cache of one request, did not fit."""


def start(make: Callable[[], Any], name: str, seconds: float, environment: Mapping[str, str]) -> Any:
    """What `make` returns, which starts vLLM.

    Args:
        name: of the engine in job.yaml, for messages.
        seconds: after them its processes are ended.
        environment: variables for it and its processes.

    Raises:
        MissingResourceError: it did not start, or not in time.
        OutOfMemoryAtStartError: the message is vLLM's.
    """
    os.environ.update(environment)
    # The processes that vLLM starts watch this one, see `plugin`.
    os.environ[OWNER_VARIABLE] = str(os.getpid())
    before = set(_children())
    outcome: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(make())
        except BaseException as error:
            failed.append(error)

    with _tail_of_output() as tail:
        thread = threading.Thread(target=run, name="docpipe-vllm-start", daemon=True)
        thread.start()
        thread.join(seconds)
        if outcome:
            return outcome[0]
        in_time = not thread.is_alive()
        _end(set(_children()) - before)
    lines = list(tail)
    if not in_time:
        last = f"; its last line: {_short(lines[-1])}" if lines else ""
        raise MissingResourceError(
            f"engines.{name}: vLLM was not ready {seconds:g} s after its start and was ended{last}; raise "
            "start_seconds if it was still loading"
        )
    reason = _reason(lines, failed[0])
    if any(_MEMORY.search(line) for line in [*lines, reason]):
        raise OutOfMemoryAtStartError(reason)
    raise MissingResourceError(f"engines.{name}: vLLM did not start: {reason}") from failed[0]


def end_children() -> None:
    """End the processes that vLLM left behind, if any."""
    _end({child for child in _children() if _is_of_vllm(child)})


def _is_of_vllm(child: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(child.environ().get(OWNER_VARIABLE) == str(os.getpid()))
    return False


def _children() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


def _end(processes: set[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(list(processes), timeout=10)


def _reason(lines: list[str], error: BaseException) -> str:
    """The first error that vLLM's processes wrote, which is the cause of those after it; else that of this process."""
    found = next((match.group(1) for line in lines if (match := _ERROR_LINE.search(line))), None)
    if found is None:
        found = f"{type(error).__name__}: {error}"
    return _short(found)


def _short(line: str) -> str:
    return printable(" ".join(line.split()))[:_SHOWN]


@contextmanager
def _tail_of_output() -> Iterator[deque[str]]:
    """The last lines that this process and those it starts write to standard output and error, which still go there.

    Processes that live on keep writing into the pipe, so a thread hands their output on until they end.
    """
    tail: deque[str] = deque(maxlen=_KEPT_LINES)
    kept = [os.dup(1), os.dup(2)]
    reading, writing = os.pipe()
    for target in (1, 2):
        os.dup2(writing, target)
    os.close(writing)
    pump = threading.Thread(target=_pump, args=(reading, kept[1], tail), name="docpipe-vllm-output", daemon=True)
    pump.start()
    try:
        yield tail
    finally:
        for target, original in zip((1, 2), kept, strict=True):
            os.dup2(original, target)
        os.close(kept[0])
        # Where nothing lives on, the pipe ends here and the rest has been read.
        pump.join(0.5)


def _pump(reading: int, original: int, tail: "deque[str]") -> None:
    with os.fdopen(reading, "rb", buffering=0) as stream, os.fdopen(original, "wb", buffering=0) as onward:
        rest = b""
        while piece := stream.read(65536):
            with suppress(OSError):
                onward.write(piece)
            *lines, rest = (rest + piece).split(b"\n")
            tail.extend(line.decode("utf-8", "replace") for line in lines if line.strip())
