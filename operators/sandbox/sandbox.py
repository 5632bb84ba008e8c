"""Calls methods in a child process, so that a crash, a hang or a memory leak costs the parent one call only."""

import contextlib
import os
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ...schemas.errors import DocumentError, ErrorCode
from .process import ChildProcess
from .protocol import ProtocolError

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
_RSS_EVERY = 16


class ChildCrashedError(DocumentError):
    """The child exited, or sent something that is not a reply."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.CRASHED, message)


class ChildTimeoutError(DocumentError):
    """The child did not reply by the deadline and was killed."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.TIMEOUT, message)


class ChildRaisedError(DocumentError):
    """The code in the child raised something other than a DocumentError; `kind` is the exception's class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(ErrorCode.ENGINE_FAILED, f"{kind}: {message}")
        self.kind = kind


class Sandbox:
    """Calls methods of an object that lives in a child process started by exec.

    The child has its own session (Ctrl-C does not reach it), a limit on its address space and a small environment.
    The kernel kills it with the *thread* whose call started it (PR_SET_PDEATHSIG); it exits at the latest when its
    pipes close. The first call starts the child. A call starts a new one after the child exited, after
    `recycle_calls` calls, and above `recycle_rss_mb` MiB of resident memory, since native parsers leak. A sandbox is
    not thread-safe.

    Args:
        target: `module:name` of the class or function that the child calls with `kwargs` to build the object.
        kwargs: its arguments.
        memory_mb: RLIMIT_AS of the child in MiB; None for no limit.
        environment: variables for the child in addition to the few that every child gets.
        threads: OMP_NUM_THREADS of the child.
        start_seconds: wall seconds within which the child must have built the object.
        max_reply_bytes: size above which a reply counts as a crash.
    """

    def __init__(
        self,
        target: str,
        kwargs: Mapping[str, Any] | None = None,
        memory_mb: int | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        threads: int = 1,
        start_seconds: float = 120.0,
        recycle_calls: int = 20_000,
        recycle_rss_mb: float = 1024.0,
        max_reply_bytes: int = 1 << 30,
    ) -> None:
        self.target = target
        self._kwargs = dict(kwargs or {})
        self._memory_mb = memory_mb
        self._environment = dict(environment or {})
        self._threads = threads
        self._start_seconds = start_seconds
        self._recycle_calls = recycle_calls
        self._recycle_rss_mb = recycle_rss_mb
        self._max_reply_bytes = max_reply_bytes
        self._child: ChildProcess | None = None
        self._safety_net: weakref.finalize[Any, Any] | None = None
        self._ready_by: float | None = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id of the running child; None while no child runs."""
        return None if self._child is None else self._child.process.pid

    @property
    def fresh(self) -> bool:
        """Whether the next call is the first one of its child process."""
        return self._child is None or self._child.calls == 0

    def close(self) -> None:
        """Kill the child and everything that it started; a later call starts another child."""
        if self._safety_net is not None:
            self._safety_net()
        self._child = self._safety_net = self._ready_by = None

    def begin(self) -> None:
        """Starts a child if there is none, and does not wait until its object is built: `start` and `call` do."""
        if self._child is not None:
            return
        child = ChildProcess(self._child_environment(), self._max_reply_bytes)
        self._child, self._safety_net = child, weakref.finalize(self, child.kill)
        self._ready_by = time.monotonic() + self._start_seconds
        # A child that dies at once is noticed by whoever waits for it.
        with contextlib.suppress(EOFError):
            child.send((self.target, self._kwargs, self._memory_mb), self._ready_by)

    def start(self) -> None:
        """Start the child unless it runs; replace one that exited, served `recycle_calls` calls or grew too large.

        Raises the same exceptions as `call` where the object cannot be built.
        """
        child = self._child
        if child is not None and self._ready_by is None:
            spent = child.calls >= self._recycle_calls or (
                child.calls % _RSS_EVERY == 0 and child.calls and child.rss_mb() > self._recycle_rss_mb
            )
            if not spent and child.process.poll() is None:
                return
            self.close()
        try:
            self.begin()
            child, ready_by = self._child, self._ready_by
            assert child is not None
            assert ready_by is not None
            self._receive(child, ready_by, "starting")
            self._ready_by = None
        except BaseException:
            self.close()
            raise

    def call(self, method: str, *args: Any, deadline: float) -> Any:
        """The result of `method(*args)` in the child; `deadline` is an instant of `time.monotonic()`.

        The result of a generator is what it returns; what it yielded last before a failure is the error's `partial`.

        Raises:
            DocumentError: as raised in the child; with `out_of_memory` for any failed allocation there.
            ChildRaisedError: another exception in the child.
            ChildCrashedError: the child exited, or its reply is not a valid message.
            ChildTimeoutError: the child did not reply by the deadline and was killed.
        """
        self.start()
        child = self._child
        assert child is not None
        child.calls += 1
        try:
            return self._exchange(child, (method, args), deadline, method)
        except DocumentError as error:
            error.partial = child.partial
            # A failed allocation may have left the child in an inconsistent state.
            if error.code == ErrorCode.OUT_OF_MEMORY:
                self.close()
            raise
        except BaseException:
            self.close()
            raise

    def _exchange(self, child: ChildProcess, request: object, deadline: float, doing: str) -> Any:
        return self._receive(child, deadline, doing, lambda: child.send(request, deadline))

    def _receive(
        self, child: ChildProcess, deadline: float, doing: str, send: Callable[[], None] = lambda: None
    ) -> Any:
        """The child's answer to what `send` asks it, or to what it was asked before."""
        try:
            send()
            answer = child.receive_answer(deadline)
            kind = answer[0]
        except TimeoutError:
            self.close()
            raise ChildTimeoutError(f"no reply before the deadline ({doing}); the child process was killed") from None
        except EOFError:
            message = child.exit_reason()
            self.close()
            raise ChildCrashedError(f"the child process {message} ({doing}){child.printed_tail()}") from None
        except (ProtocolError, TypeError, IndexError, MemoryError) as error:
            printed = child.printed_tail()
            self.close()
            raise ChildCrashedError(f"the child process sent {error} ({doing}){printed}") from None
        if kind == "ok":
            return answer[1]
        if kind == "document":
            raise DocumentError(ErrorCode(answer[1]), answer[2])
        if kind == "raised":
            raise ChildRaisedError(answer[1], answer[2])
        self.close()
        raise ChildCrashedError(f"the child process sent a reply of an unknown kind ({doing})")

    def _child_environment(self) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment.setdefault("LANG", "C.UTF-8")
        # "" means the current folder, from which the child must not import anything.
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        environment["OMP_NUM_THREADS"] = environment["OPENBLAS_NUM_THREADS"] = str(self._threads)
        return environment | self._environment
