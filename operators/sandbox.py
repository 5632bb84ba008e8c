"""A child process that may crash, hang or eat memory, and costs its parent only the call it was in."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..schemas.errors import DocumentError, ErrorCode
from .channel import ProtocolError, encode, receive

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
_PIPE_BYTES = 1 << 20
_TAIL_BYTES = 4096
_F_SETPIPE_SZ = 1031
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
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


class _Child:
    """One running process and its three pipes."""

    def __init__(self, environment: Mapping[str, str], max_reply_bytes: int) -> None:
        request_read, self.request = os.pipe()
        self.reply, reply_write = os.pipe()
        self.output, output_write = os.pipe()
        self.tail = b""
        self.calls = 0
        self.max_reply_bytes = max_reply_bytes
        for descriptor in (self.request, self.reply):
            with contextlib.suppress(OSError):
                import fcntl

                fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _PIPE_BYTES)
        for descriptor in (self.request, self.reply, self.output):
            os.set_blocking(descriptor, False)
        arguments = [str(request_read), str(reply_write), str(os.getpid())]
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{__package__}.sandbox_child", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output_write,
                stderr=output_write,
                pass_fds=(request_read, reply_write),
                env=dict(environment),
                start_new_session=True,
            )
        except BaseException:
            for descriptor in (self.request, self.reply, self.output):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (request_read, reply_write, output_write):
                os.close(descriptor)
        self._poll = select.poll()
        self._poll.register(self.reply, select.POLLIN)
        self._poll.register(self.output, select.POLLIN)

    def kill(self) -> None:
        """Kills the process group, reaps the child and closes the pipes; may be called again."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for descriptor in (self.request, self.reply, self.output):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.request = self.reply = self.output = -1

    def rss_mb(self) -> float:
        """Resident memory in MiB; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/statm").read_bytes().split()
            return int(fields[1]) * _PAGE_BYTES / (1 << 20)
        except (OSError, IndexError, ValueError):
            return 0.0

    def _wait(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        for descriptor, _ in self._poll.poll(min(left, 3600.0) * 1000 + 1):
            if descriptor == self.output and not self.drain():
                self._poll.unregister(self.output)

    def drain(self) -> bool:
        """Takes what the child printed, keeps the end of it; False once nothing can come any more."""
        while True:
            try:
                piece = os.read(self.output, 1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not piece:
                return False
            self.tail = (self.tail + piece)[-_TAIL_BYTES:]
            if len(piece) < 1 << 16:
                return True

    def send(self, message: object, deadline: float) -> None:
        self._poll.register(self.request, select.POLLOUT)
        try:
            for part in encode(message):
                while len(part):
                    try:
                        part = part[os.write(self.request, part) :]
                    except BlockingIOError:
                        self._wait(deadline)
        except BrokenPipeError:
            raise EOFError from None
        finally:
            self._poll.unregister(self.request)

    def receive(self, deadline: float) -> Any:
        def read_exactly(size: int) -> bytearray:
            data = bytearray(size)
            view = memoryview(data)
            while len(view):
                try:
                    got = os.readv(self.reply, [view])
                except BlockingIOError:
                    self._wait(deadline)
                    continue
                if got == 0:
                    raise EOFError
                view = view[got:]
            return data

        return receive(read_exactly, self.max_reply_bytes, trusted=False)

    def last_words(self) -> str:
        """The end of what the child printed, on one line."""
        self.drain()
        text = self.tail.decode("utf-8", "replace")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return f"; it printed: …{line[-300:]}" if line else ""


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
        recycle_calls: int = 2000,
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
        self._child: _Child | None = None
        self._safety_net: weakref.finalize[Any, Any] | None = None

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
        self._child = self._safety_net = None

    def start(self) -> None:
        """Starts the child unless it runs; replaces one that is dead, worn out or too large.

        Raises what `call` raises when the object cannot be built.
        """
        child = self._child
        if child is not None:
            worn = child.calls >= self._recycle_calls or (
                child.calls % _RSS_EVERY == 0 and child.calls and child.rss_mb() > self._recycle_rss_mb
            )
            if not worn and child.process.poll() is None:
                return
            self.close()
        child = _Child(self._child_environment(), self._max_reply_bytes)
        self._child, self._safety_net = child, weakref.finalize(self, child.kill)
        order = (self.target, self._kwargs, self._memory_mb)
        try:
            self._exchange(child, order, time.monotonic() + self._start_seconds, "starting")
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

    def _exchange(self, child: _Child, request: object, deadline: float, doing: str) -> Any:
        try:
            child.send(request, deadline)
            answer = child.receive(deadline)
            kind = answer[0]
        except TimeoutError:
            self.close()
            raise ChildTimeoutError(f"no answer in time ({doing}); the child process was killed") from None
        except EOFError:
            message = self._cause_of_death(child)
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

    @staticmethod
    def _cause_of_death(child: _Child) -> str:
        try:
            status = child.process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        child.drain()
        if status == -signal.SIGKILL:
            return "was killed (SIGKILL), from outside or by the kernel for want of memory"
        if status < 0:
            try:
                return f"died of {signal.Signals(-status).name}"
            except ValueError:
                return f"died of signal {-status}"
        return f"ended with status {status}"

    def _child_environment(self) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment.setdefault("LANG", "C.UTF-8")
        # "" stands for the current folder, from which nothing must be imported.
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        environment["OMP_NUM_THREADS"] = environment["OPENBLAS_NUM_THREADS"] = str(self._threads)
        return environment | self._environment
