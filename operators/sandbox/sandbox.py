"""A child process that may crash, hang or eat memory, and costs its parent only the call it was in."""

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
    """The child died, or wrote what is no answer."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.CRASHED, message)


class ChildTimeoutError(DocumentError):
    """The child gave no answer by the deadline and was killed."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.TIMEOUT, message)


class ChildRaisedError(DocumentError):
    """The code in the child raised something other than a DocumentError; `kind` is the exception's class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(ErrorCode.ENGINE_FAILED, f"{kind}: {message}")
        self.kind = kind


class Sandbox:
    """Calls methods of an object that lives in a child process started by exec.

    The child has its own session (Ctrl-C does not reach it), a limit on its address space, a small environment,
    and dies with the *thread* that made the call which started it (PR_SET_PDEATHSIG), or at the latest when its
    pipes close. It is started by the first call, again after a death, and afresh after `recycle_calls` calls or
    above `recycle_rss_mb` of resident memory, since native parsers leak. Not safe for use by several threads.

    Args:
        target: `module:name` of what is called with `kwargs` in the child to get the object.
        kwargs: its arguments.
        memory_mb: RLIMIT_AS of the child in MiB; None for no limit.
        environment: variables for the child beside the few that every child gets.
        threads: OMP_NUM_THREADS of the child.
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
        """The running child's process id."""
        return None if self._child is None else self._child.process.pid

    @property
    def fresh(self) -> bool:
        """Whether the child, if there is one, has not served a call yet."""
        return self._child is None or self._child.calls == 0

    def close(self) -> None:
        """Kills the child and everything that it started; a later call starts another."""
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
        """Starts the child unless it runs; replaces one that is dead, worn out or too large.

        Raises what `call` raises when the object cannot be built.
        """
        child = self._child
        if child is not None and self._ready_by is None:
            worn = child.calls >= self._recycle_calls or (
                child.calls % _RSS_EVERY == 0 and child.calls and child.rss_mb() > self._recycle_rss_mb
            )
            if not worn and child.process.poll() is None:
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

        Raises:
            DocumentError: as raised in the child; with `out_of_memory` for any failed allocation there.
            ChildRaisedError: another exception in the child.
            ChildCrashedError: the child died or wrote garbage. ChildTimeoutError: it was killed at the deadline.
        """
        self.start()
        child = self._child
        assert child is not None
        child.calls += 1
        try:
            return self._exchange(child, (method, args), deadline, method)
        except ChildRaisedError:
            raise
        except DocumentError as error:
            # After a failed allocation the child's state is not to be trusted.
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
            answer = child.receive(deadline)
            kind = answer[0]
        except TimeoutError:
            self.close()
            raise ChildTimeoutError(f"no answer in time ({doing}); the child process was killed") from None
        except EOFError:
            message = child.cause_of_death()
            self.close()
            raise ChildCrashedError(f"the child process {message} ({doing}){child.last_words()}") from None
        except (ProtocolError, TypeError, IndexError, MemoryError) as error:
            words = child.last_words()
            self.close()
            raise ChildCrashedError(f"the child process sent {error} ({doing}){words}") from None
        if kind == "ok":
            return answer[1]
        if kind == "document":
            raise DocumentError(ErrorCode(answer[1]), answer[2])
        if kind == "raised":
            raise ChildRaisedError(answer[1], answer[2])
        self.close()
        raise ChildCrashedError(f"the child process sent an answer of no known kind ({doing})")

    def _child_environment(self) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment.setdefault("LANG", "C.UTF-8")
        # "" stands for the current folder, from which nothing must be imported.
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        environment["OMP_NUM_THREADS"] = environment["OPENBLAS_NUM_THREADS"] = str(self._threads)
        return environment | self._environment
