"""The sandbox: whatever its child does, the parent gets an exception with the cause, by the deadline."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from docpipe.operators.sandbox.sandbox import ChildCrashedError, ChildRaisedError, ChildTimeoutError, Sandbox
from docpipe.schemas.errors import DocumentError, ErrorCode

TARGET = """
import ctypes, os, pickle, sys, time
import numpy as np
from docpipe.schemas.errors import DocumentError, ErrorCode

class Odd(Exception):
    def __init__(self): self.hook = lambda: 0
    def __str__(self): return "odd \\ud800"

class Unspeakable(Exception):
    def __str__(self): raise ValueError

class Target:
    def __init__(self, fail=None):
        if fail == "raise": raise RuntimeError("no model here")
        if fail == "exit":
            print("the last words", file=sys.stderr)
            os._exit(3)
        self.calls = 0
    def echo(self, *values):
        self.calls += 1
        return values[0] if len(values) == 1 else values
    def count(self): return self.calls
    def pid(self): return os.getpid()
    def environment(self): return dict(os.environ)
    def segfault(self): ctypes.string_at(0)
    def abort(self):
        ctypes.CDLL(None).dprintf(2, b"double free or corruption\\n")
        os.abort()
    def hang(self): time.sleep(600)
    def steps(self, end):
        yield "first"
        yield np.ones(100_000)
        if end is None: time.sleep(600)
        if end == "segfault": self.segfault()
        if end == "error": self.document_error()
        return end
    def spin(self):
        while True: pass
    def eat(self):
        held = []
        while True: held.append(np.ones(8 << 20))
    def malloc_failed(self): raise RuntimeError("malloc (123 bytes) failed")
    def document_error(self): raise DocumentError(ErrorCode.ENCRYPTED, "no password")
    def odd(self): raise Odd()
    def unspeakable(self): raise Unspeakable()
    def unpicklable(self): return lambda: 0
    def chatter(self):
        for _ in range(2000): print("x" * 1000)
        ctypes.CDLL(None).puts(b"from libc")
        os.write(2, b"\\xff\\xfe not utf-8")
        return "done"
    def invalid(self):
        # The numbers of the pipes are those of the parent, which may have many files open.
        for fd in sorted(map(int, os.listdir("/proc/self/fd")))[3:]:
            try: os.write(fd, b"%!PS invalid bytes on every descriptor")
            except OSError: pass
        time.sleep(600)
    def huge(self): return bytes(4 << 20)
    def evil(self):
        class Evil:
            def __reduce__(self): return (os.system, ("true",))
        return Evil()
    def sessions(self): return os.getsid(0), os.getpid()
    def grandchild(self):
        import subprocess
        return subprocess.Popen(["sleep", "600"]).pid
    def array(self, n): return np.arange(n, dtype=np.uint8).reshape(2, -1)
    def total(self, array): return int(array.sum())
"""


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "sandbox_target.py").write_text(TARGET, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "sandbox_target:Target"


@pytest.fixture
def sandbox(target: str) -> Iterator[Sandbox]:
    with Sandbox(target) as made:
        yield made


def soon(seconds: float = 30.0) -> float:
    return time.monotonic() + seconds


def gone(pid: int) -> bool:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_values_come_back_as_they_are(sandbox: Sandbox) -> None:
    values = ("text \ud800", 1.5, None, {"a": [1, 2]}, b"bytes")
    assert sandbox.call("echo", *values, deadline=soon()) == values


def test_arrays_travel_both_ways_and_can_be_written(sandbox: Sandbox) -> None:
    sent = np.full((300, 1000, 3), 7, np.uint8)
    assert sandbox.call("total", sent, deadline=soon()) == 7 * sent.size
    back = sandbox.call("array", 10, deadline=soon())
    assert back.dtype == np.uint8
    assert back.shape == (2, 5)
    back[0, 0] = 9
    assert sandbox.call("echo", np.empty((0, 4), np.float32), deadline=soon()).shape == (0, 4)


def test_one_child_serves_many_calls(sandbox: Sandbox) -> None:
    assert sandbox.pid is None
    first = sandbox.call("pid", deadline=soon())
    assert first == sandbox.pid == sandbox.call("pid", deadline=soon())


@pytest.mark.parametrize(("method", "name"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT")])
def test_a_crash_names_its_signal_and_the_next_call_works(sandbox: Sandbox, method: str, name: str) -> None:
    with pytest.raises(ChildCrashedError, match=name) as caught:
        sandbox.call(method, deadline=soon())
    assert caught.value.code == ErrorCode.CRASHED
    assert sandbox.call("echo", 1, deadline=soon()) == 1


def test_the_message_ends_with_what_the_child_printed(sandbox: Sandbox) -> None:
    with pytest.raises(ChildCrashedError, match="double free or corruption"):
        sandbox.call("abort", deadline=soon())


def test_a_child_killed_between_calls_is_replaced(sandbox: Sandbox) -> None:
    pid = sandbox.call("pid", deadline=soon())
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    # The sandbox finds the child dead before it sends the call, and starts another: the call does not fail.
    assert sandbox.call("pid", deadline=soon()) != pid


@pytest.mark.parametrize("method", ["hang", "spin"])
def test_a_child_that_does_not_reply_is_killed_at_the_deadline(sandbox: Sandbox, method: str) -> None:
    sandbox.start()
    pid = sandbox.pid
    assert pid is not None
    with pytest.raises(ChildTimeoutError) as caught:
        sandbox.call(method, deadline=soon(0.3))
    assert caught.value.code == ErrorCode.TIMEOUT
    assert gone(pid)
    assert sandbox.call("echo", 1, deadline=soon()) == 1


@pytest.mark.parametrize(
    ("end", "code"), [(None, ErrorCode.TIMEOUT), ("segfault", ErrorCode.CRASHED), ("error", ErrorCode.ENCRYPTED)]
)
def test_what_a_generator_yielded_last_outlives_its_failure(sandbox: Sandbox, end: str | None, code: ErrorCode) -> None:
    assert sandbox.call("steps", "the result", deadline=soon()) == "the result"
    with pytest.raises(DocumentError) as caught:
        sandbox.call("steps", end, deadline=soon(0.5 if end is None else 30))
    assert caught.value.code == code
    assert isinstance(caught.value.partial, np.ndarray)
    with pytest.raises(DocumentError) as later:
        sandbox.call("document_error", deadline=soon())
    assert later.value.partial is None


def test_a_large_request_to_a_stopped_child_ends_at_the_deadline(sandbox: Sandbox) -> None:
    pid = sandbox.call("pid", deadline=soon())
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ChildTimeoutError):
        sandbox.call("total", np.zeros(16 << 20, np.uint8), deadline=soon(0.3))


def test_memory_is_limited(target: str) -> None:
    with Sandbox(target, memory_mb=512) as sandbox:
        with pytest.raises(DocumentError) as caught:
            sandbox.call("eat", deadline=soon())
        assert caught.value.code == ErrorCode.OUT_OF_MEMORY
        assert sandbox.pid is None
        assert sandbox.call("echo", 1, deadline=soon()) == 1


def test_a_failed_allocation_in_a_native_library_is_out_of_memory(sandbox: Sandbox) -> None:
    with pytest.raises(DocumentError) as caught:
        sandbox.call("malloc_failed", deadline=soon())
    assert caught.value.code == ErrorCode.OUT_OF_MEMORY


def test_a_document_error_passes_through(sandbox: Sandbox) -> None:
    with pytest.raises(DocumentError, match="no password") as caught:
        sandbox.call("document_error", deadline=soon())
    assert caught.value.code == ErrorCode.ENCRYPTED
    assert sandbox.pid is not None


@pytest.mark.parametrize(
    ("method", "kind"), [("odd", "Odd"), ("unspeakable", "Unspeakable"), ("missing", "AttributeError")]
)
def test_other_exceptions_are_named(sandbox: Sandbox, method: str, kind: str) -> None:
    with pytest.raises(ChildRaisedError) as caught:
        sandbox.call(method, deadline=soon())
    assert caught.value.kind == kind
    caught.value.message.encode("utf-8")
    assert sandbox.call("echo", 1, deadline=soon()) == 1


def test_a_result_that_cannot_be_sent(sandbox: Sandbox) -> None:
    with pytest.raises(ChildRaisedError, match="cannot be sent"):
        sandbox.call("unpicklable", deadline=soon())
    assert sandbox.call("echo", 1, deadline=soon()) == 1


def test_what_the_child_prints_stays_with_it(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert sandbox.call("chatter", deadline=soon()) == "done"
    assert sandbox.call("echo", 1, deadline=soon()) == 1
    assert capfd.readouterr() == ("", "")


def test_invalid_bytes_on_the_reply_pipe_are_a_crash(sandbox: Sandbox) -> None:
    with pytest.raises(ChildCrashedError):
        sandbox.call("invalid", deadline=soon())
    assert sandbox.call("echo", 1, deadline=soon()) == 1


def test_a_message_above_the_bound_is_refused(target: str) -> None:
    with Sandbox(target, max_reply_bytes=1 << 20) as sandbox, pytest.raises(ChildCrashedError, match="limit"):
        sandbox.call("huge", deadline=soon())


def test_a_reply_cannot_run_code_in_the_parent(sandbox: Sandbox) -> None:
    with pytest.raises(ChildCrashedError, match="system"):
        sandbox.call("evil", deadline=soon())


def test_failures_at_the_start(target: str) -> None:
    with Sandbox(target, {"fail": "raise"}) as sandbox, pytest.raises(ChildRaisedError, match="no model here"):
        sandbox.start()
    with Sandbox(target, {"fail": "exit"}) as sandbox, pytest.raises(ChildCrashedError, match="the last words"):
        sandbox.start()
    with Sandbox("no_such_module:Thing") as sandbox, pytest.raises(ChildRaisedError) as caught:
        sandbox.start()
    assert caught.value.kind == "ModuleNotFoundError"


def test_a_child_that_was_begun_is_the_one_that_serves(target: str) -> None:
    with Sandbox(target) as sandbox:
        sandbox.begin()
        begun = sandbox.pid
        sandbox.begin()
        assert sandbox.fresh
        assert sandbox.call("pid", deadline=soon()) == begun == sandbox.pid
    sandbox.begin()
    pid = sandbox.pid
    assert pid not in (None, begun)
    sandbox.close()
    assert gone(pid)


def test_a_failure_of_a_begun_child_is_told_to_who_waits_for_it(target: str) -> None:
    for fail, error, says in (
        ("raise", ChildRaisedError, "no model here"),
        ("exit", ChildCrashedError, "the last words"),
    ):
        with Sandbox(target, {"fail": fail}) as sandbox:
            sandbox.begin()
            for _ in range(2):
                with pytest.raises(error, match=says):
                    sandbox.call("pid", deadline=soon())


def test_secrets_do_not_reach_the_child(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "secret")
    with Sandbox(target, environment={"GIVEN": "1"}, threads=3) as sandbox:
        environment = sandbox.call("environment", deadline=soon())
    assert "VLLM_API_KEY" not in environment
    assert environment["GIVEN"] == "1"
    assert environment["OMP_NUM_THREADS"] == "3"


def test_the_child_has_its_own_session(sandbox: Sandbox) -> None:
    session, pid = sandbox.call("sessions", deadline=soon())
    assert session == pid


def test_close_kills_the_child_and_its_children(target: str) -> None:
    sandbox = Sandbox(target)
    grandchild = sandbox.call("grandchild", deadline=soon())
    child = sandbox.pid
    assert child is not None
    sandbox.close()
    sandbox.close()
    assert gone(child)
    assert gone(grandchild)


def test_a_sandbox_that_is_garbage_collected_kills_its_child(target: str) -> None:
    sandbox = Sandbox(target)
    pid = sandbox.call("pid", deadline=soon())
    del sandbox
    assert gone(pid)


def test_the_child_is_replaced_after_recycle_calls(target: str) -> None:
    with Sandbox(target, recycle_calls=2) as sandbox:
        pids = [sandbox.call("pid", deadline=soon()) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_the_child_is_replaced_when_it_has_grown(target: str) -> None:
    with Sandbox(target, recycle_rss_mb=1.0) as sandbox:
        pids = {sandbox.call("pid", deadline=soon()) for _ in range(20)}
    assert len(pids) == 2


def test_the_child_dies_with_its_parent(target: str, tmp_path: Path) -> None:
    script = (
        "import sys, time; from docpipe.operators.sandbox.sandbox import Sandbox\n"
        f"s = Sandbox({target!r}); print(s.call('pid', deadline=time.monotonic() + 30), flush=True)\n"
        "s.call('spin', deadline=time.monotonic() + 600)\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(pid)


def test_no_descriptor_is_lost(sandbox: Sandbox) -> None:
    sandbox.call("echo", 1, deadline=soon())
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(ChildCrashedError):
            sandbox.call("segfault", deadline=soon())
        sandbox.call("echo", 1, deadline=soon())
    assert len(list(Path("/proc/self/fd").iterdir())) == before
