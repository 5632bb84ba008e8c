"""The child process of a sandbox as its parent handles it: start, message exchange, captured output, kill."""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .protocol import encode, receive

_PIPE_BYTES = 1 << 20
_TAIL_BYTES = 4096
_F_SETPIPE_SZ = 1031
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ChildProcess:
    """One running child process with its pipes for requests, replies and printed output.

    Attributes:
        partial: what the last call has yielded so far, see `Sandbox.call`; None for nothing.
    """

    def __init__(self, environment: Mapping[str, str], max_reply_bytes: int) -> None:
        request_read, self.request = os.pipe()
        self.reply, reply_write = os.pipe()
        self.output, output_write = os.pipe()
        self.tail = b""
        self.calls = 0
        self.partial: Any = None
        self.max_reply_bytes = max_reply_bytes
        for descriptor in (self.request, self.reply):
            with contextlib.suppress(OSError):
                fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _PIPE_BYTES)
        for descriptor in (self.request, self.reply, self.output):
            os.set_blocking(descriptor, False)
        arguments = [str(request_read), str(reply_write), str(os.getpid())]
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{__package__}.child", *arguments],
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
        """Kill the process group, reap the child and close the pipes; calling it again does nothing."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for descriptor in (self.request, self.reply, self.output):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.request = self.reply = self.output = -1

    def rss_mb(self) -> float:
        """Resident memory in MiB; 0 where the system does not report it."""
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
        """Read what the child printed and keep its last bytes; False once the pipe is closed."""
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

    def receive_answer(self, deadline: float) -> Any:
        """The answer to a call; parts of it that come before are kept as `partial`."""
        self.partial = None
        while True:
            answer = self.receive(deadline)
            if answer[0] != "part":
                return answer
            self.partial = answer[1]

    def printed_tail(self) -> str:
        """The end of what the child printed, on one line, as a part of an error message; empty for no output."""
        self.drain()
        text = self.tail.decode("utf-8", "replace")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return f"; it printed: …{line[-300:]}" if line else ""

    def exit_reason(self) -> str:
        """How a process that closed its pipes ended, as the verb phrase of an error message."""
        try:
            status = self.process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        self.drain()
        if status == -signal.SIGKILL:
            return "was killed (SIGKILL) by another process, or by the kernel because memory ran out"
        if status < 0:
            try:
                return f"was killed by {signal.Signals(-status).name}"
            except ValueError:
                return f"was killed by signal {-status}"
        return f"exited with status {status}"
