"""The child process of a `Sandbox`: builds one object and calls its methods on request.

A method that is a generator sends each value that it yields, and then its result.

The parent starts it as `python -m docpipe.operators.sandbox.child REQUEST_FD REPLY_FD PARENT_PID`. It sets its limits
before it imports anything heavy.
"""

import contextlib
import ctypes
import importlib
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ...schemas.errors import DocumentError, ErrorCode
from .protocol import encode, receive

_PR_SET_PDEATHSIG = 1
_MAX_TEXT = 2000
_MAX_REQUEST_BYTES = 1 << 40

# Messages of a failed allocation from MuPDF ("malloc (…) failed"), libstdc++, Pillow, OpenCV, ONNX Runtime and NumPy.
_OUT_OF_MEMORY = re.compile(
    r"[mc]alloc|realloc|bad_?alloc|bad allocation|out of memory|unable to allocate|failed to allocate"
    r"|cannot allocate|insufficient memory|memory error",
    re.IGNORECASE,
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception, or one that caused it, reports a failed allocation."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError) or _OUT_OF_MEMORY.search(_short(seen)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _tie_to_parent(parent: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have died before prctl took effect.
    if os.getppid() != parent:
        os._exit(0)


def _limit(memory_mb: int | None) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb is not None:
        size = memory_mb << 20
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            size = min(size, hard)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # Where the whole machine runs out of memory, the kernel should kill this process and not its parent.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")


def _build(target: str, kwargs: dict[str, Any]) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)(**kwargs)


def _call(subject: Any, method: str, arguments: Sequence[Any]) -> Any:
    return getattr(subject, method)(*arguments)


def _short(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "(an exception without a readable message)"
    return " ".join(text[:_MAX_TEXT].split()).encode("utf-8", "backslashreplace").decode()


def _answer(call: Callable[[], Any], reply: Callable[[tuple[Any, ...]], None] = lambda _: None) -> tuple[Any, ...]:
    """The reply to a call; before it, `reply` gets what a generator yields on the way to its result."""
    try:
        result = call()
        if isinstance(result, Generator):
            result = _finish(reply, result)
        return ("ok", result)
    except DocumentError as error:
        return ("document", str(error.code), _short(error))
    except Exception as error:
        if is_out_of_memory(error):
            return ("document", str(ErrorCode.OUT_OF_MEMORY), f"not enough memory: {_short(error) or 'no detail'}")
        return ("raised", type(error).__name__, _short(error))


def _finish(reply: Callable[[tuple[Any, ...]], None], steps: Generator[Any, None, Any]) -> Any:
    """The result of a generator, each value that it yields having been sent."""
    while True:
        try:
            reply(("part", next(steps)))
        except StopIteration as end:
            return end.value


def main(request_fd: int, reply_fd: int, parent: int) -> None:
    """Serve requests until the request pipe closes."""
    _tie_to_parent(parent)

    def read_exactly(size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while len(view):
            got = os.readv(request_fd, [view])
            if got == 0:
                os._exit(0)
            view = view[got:]
        return data

    def reply(message: tuple[Any, ...]) -> None:
        try:
            parts = encode(message)
        except Exception as error:
            parts = encode(("raised", type(error).__name__, f"the result cannot be sent: {_short(error)}"))
        for part in parts:
            while len(part):
                part = part[os.write(reply_fd, part) :]

    target, kwargs, memory_mb = receive(read_exactly, _MAX_REQUEST_BYTES, trusted=True)
    _limit(memory_mb)
    subject: list[Any] = []
    reply(_answer(lambda: subject.append(_build(target, kwargs))))
    if not subject:
        return
    while True:
        request = receive(read_exactly, _MAX_REQUEST_BYTES, trusted=True)
        reply(_answer(partial(_call, subject[0], *request), reply))
        del request


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
