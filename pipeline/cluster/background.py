"""Ray, started and held by a thread of its own, while the run does what needs no workers."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from types import TracebackType

from .session import RaySession

OpenSession = Callable[[], AbstractContextManager[RaySession]]

_one_at_a_time = threading.Lock()
"""Held as long as a session is open: a process has one Ray, and one that was interrupted may still be starting."""


class _EndedBadlyError(Exception):
    """Ends the session as an error of the run would, so that Ray's logs are kept."""


class BackgroundRay:
    """A Ray that starts while something else is done; a context manager that ends it.

    One thread opens the session and closes it: Ray's processes die with the thread that started them. An interrupt does
    not wait for a session that is still being opened; the thread closes it then by itself, or ends with the process.

    Args:
        open_session: opens and closes the session.
        warm_up: is told of the session once it is open, beside whatever the run does with it; may fail.

    Attributes:
        seconds: how long the start took; None before.
    """

    def __init__(self, open_session: OpenSession, warm_up: Callable[[RaySession], object]) -> None:
        self._open_session, self._warm_up = open_session, warm_up
        self._session: Future[RaySession] = Future()
        self._thread: threading.Thread | None = None
        self._changed, self._over = threading.Condition(), threading.Event()
        self._start_at = 0.0
        self._error: BaseException | None = None
        self._error_at_end: BaseException | None = None
        self.seconds: float | None = None

    def begin(self, patience: float = 0.0) -> None:
        """Start Ray after `patience` seconds from now; called again before it starts, the last call holds.

        What is over within these seconds does not wait for a Ray that nobody needs.
        """
        with self._changed:
            self._start_at = time.monotonic() + patience
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._hold, name="ray", daemon=True)
            self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether `session` returns, or raises, at once."""
        return self._session.done()

    def session(self) -> RaySession:
        """The session; starts it if that has not been begun, and waits for it. Raises what opening it raises."""
        self.begin()
        return self._session.result()

    def __enter__(self) -> "BackgroundRay":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._error = error
        with self._changed:
            self._over.set()
            self._changed.notify()
        if self._thread is None or (isinstance(error, KeyboardInterrupt) and not self.ready):
            return
        self._thread.join()
        if self._error_at_end is not None and error is None:
            raise self._error_at_end

    def _hold(self) -> None:
        with self._changed:
            while not self._over.is_set() and (left := self._start_at - time.monotonic()) > 0:
                self._changed.wait(left)
        if self._over.is_set():
            return
        started = time.monotonic()
        try:
            with _one_at_a_time, self._open_session() as session:
                self.seconds = time.monotonic() - started
                self._session.set_result(session)
                # Only saves time: what it would have started is started by whoever needs it.
                with suppress(Exception):
                    self._warm_up(session)
                self._over.wait()
                if self._error is not None:
                    raise _EndedBadlyError
        except _EndedBadlyError:
            pass
        except BaseException as error:
            if self._session.done():
                self._error_at_end = error
            else:
                self._session.set_exception(error)
