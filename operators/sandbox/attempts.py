"""Retries sandbox calls where the child process, and not its input, may be the cause of the failure."""

import time
from collections.abc import Callable
from typing import Any

from ...schemas.errors import DocumentError, ErrorCode
from .sandbox import ChildRaisedError, Sandbox

MAX_ATTEMPTS = 3


class Clock:
    """A deadline that excludes the time spent on starting child processes.

    Attributes:
        deadline: an instant of `time.monotonic()`.
    """

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds

    def stopped(self, action: Callable[[], None]) -> None:
        """Run `action` and move the deadline by the time that it took."""
        started = time.monotonic()
        try:
            action()
        finally:
            self.deadline += time.monotonic() - started


def call_once(sandbox: Sandbox, clock: Clock, method: str, *args: Any) -> Any:
    """The result of a single call without retries; raises DocumentError."""
    clock.stopped(lambda: start(sandbox))
    return sandbox.call(method, *args, deadline=clock.deadline)


def call(sandbox: Sandbox, clock: Clock, method: str, *args: Any) -> Any:
    """The result of a call that is retried in a fresh process, with at most `MAX_ATTEMPTS` attempts in total.

    A call is retried after a crash, and after a failed allocation in a process that had served other calls before.
    A call that times out is not retried.

    Raises:
        DocumentError: of the last attempt, with the number of attempts.
    """
    attempt = 0
    while True:
        attempt += 1
        used = not sandbox.fresh
        try:
            return call_once(sandbox, clock, method, *args)
        except DocumentError as error:
            again = error.code == ErrorCode.CRASHED or (error.code == ErrorCode.OUT_OF_MEMORY and used)
            if not again or attempt >= MAX_ATTEMPTS:
                error.attempts = attempt
                raise


def start(sandbox: Sandbox) -> None:
    """Start the child process; raises DocumentError where it cannot be set up."""
    try:
        sandbox.start()
    except ChildRaisedError as error:
        # The process cannot be set up, which no page causes: `engine_failed` says so instead of `crashed`.
        raise DocumentError(ErrorCode.ENGINE_FAILED, f"{sandbox.target} cannot be started: {error}") from error
