"""Calls of a sandbox that are repeated where the child process, and not its input, may be at fault."""

import time
from collections.abc import Callable
from typing import Any

from ...schemas.errors import DocumentError, ErrorCode
from .sandbox import ChildRaisedError, Sandbox

MAX_ATTEMPTS = 3


class Clock:
    """A deadline that starting a process does not count against.

    Attributes:
        deadline: an instant of `time.monotonic()`.
    """

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds

    def stopped(self, action: Callable[[], None]) -> None:
        """Run `action` and move the deadline by the time that it took."""
        began = time.monotonic()
        try:
            action()
        finally:
            self.deadline += time.monotonic() - began


def call_once(sandbox: Sandbox, clock: Clock, method: str, *args: Any) -> Any:
    """The result of one call; raises DocumentError."""
    clock.stopped(lambda: _start(sandbox))
    return sandbox.call(method, *args, deadline=clock.deadline)


def call(sandbox: Sandbox, clock: Clock, method: str, *args: Any) -> Any:
    """The result of a call that is repeated in a fresh process, `MAX_ATTEMPTS` times at most in all.

    It is repeated after a crash, and after a failed allocation in a process that had served other calls. A call that
    runs out of time is not repeated.

    Raises:
        DocumentError: of the last attempt, with the number of attempts.
    """
    attempt = 0
    while True:
        attempt += 1
        worn = not sandbox.fresh
        try:
            return call_once(sandbox, clock, method, *args)
        except DocumentError as error:
            again = error.code == ErrorCode.CRASHED or (error.code == ErrorCode.OUT_OF_MEMORY and worn)
            if not again or attempt >= MAX_ATTEMPTS:
                error.attempts = attempt
                raise


def _start(sandbox: Sandbox) -> None:
    try:
        sandbox.start()
    except ChildRaisedError as error:
        # Not the page's fault: the process cannot be set up at all.
        raise DocumentError(ErrorCode.ENGINE_FAILED, f"{sandbox.target} cannot be started: {error}") from error
