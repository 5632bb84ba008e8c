"""Handles SIGTERM, as Kubernetes, `ray job stop` and systemd send it: commits units in flight and starts no new ones.

A file next to the record of the run requests the workers to stop: units that were not started return no rows
immediately, so that the Ray Data execution ends. Units that take longer than the grace period are dropped, and the
next run reads them again.
"""

import math
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ...operators.files.remote import StoreUnavailableError
from ..output.stop_request import StopRequest
from ..output.store import Store

STOP_SECONDS_VARIABLE = "DOCPIPE_STOP_SECONDS"
_STOP_SECONDS = 15.0
"""Grace period: half of the 30 seconds that Kubernetes gives a pod, since Ray and a slow store need time too."""

JOB_STOP_SECONDS = 25
"""Seconds between SIGTERM and SIGKILL from Ray Jobs, whose default is 3."""

_ANNOUNCE_SECONDS = 5.0


class Stopping:
    """Stops one run. Its methods must be called in the main thread, except `at_once`.

    Attributes:
        asked: whether the run is to stop once the units in flight are committed.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self.asked = False
        self._request = StopRequest(store, run_id)
        self._announce: Callable[[float], None] = lambda seconds: None
        self._announcer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._listening = self._units_may_end = self._at_once = False

    @contextmanager
    def listening(self, announce: Callable[[float], None]) -> Iterator[None]:
        """In this context, SIGTERM raises KeyboardInterrupt, as Ctrl-C does, except within `units_may_end`.

        Args:
            announce: called in another thread with the grace period in seconds, if units in flight may complete.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._announce = announce
        previous = signal.signal(signal.SIGTERM, self._on_signal)
        self._listening = True
        try:
            yield
        finally:
            self._listening = False
            signal.signal(signal.SIGTERM, previous if previous is not None else signal.SIG_DFL)
            if self._announcer:
                with suppress(OSError, StoreUnavailableError):
                    self._request.withdraw()

    def listen_again(self) -> None:
        """Take SIGTERM back from Ray, which replaces the handler when it starts.

        Ray's handler unwinds the stack before it calls the one before it, and the unwinder aborts the process where
        the signal interrupts some native code.
        """
        if self._listening:
            signal.signal(signal.SIGTERM, self._on_signal)

    @contextmanager
    def units_may_end(self) -> Iterator[None]:
        """In this context, units in flight may complete after the first SIGTERM.

        Raises KeyboardInterrupt at the end of the block, after the grace period, or at the second signal.
        """
        self._over = over = threading.Event()
        self._units_may_end = True
        try:
            yield
        finally:
            with self._lock:
                self._units_may_end = False
                over.set()
            if self._announcer:
                # The announcement must not be written after the last message of the run.
                self._announcer.join(_ANNOUNCE_SECONDS)
        if self.asked:
            raise KeyboardInterrupt

    def at_once(self) -> None:
        """Raise KeyboardInterrupt in the main thread, if `listening` is active there; may be called in any thread."""
        self._at_once = True
        if self._listening:
            # Not SIGINT: background processes of a shell ignore it, and Ray starts jobs with it blocked.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    def _on_signal(self, *_: Any) -> None:
        if not self._units_may_end or self._at_once or self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._announcer = threading.Thread(target=self._tell, daemon=True)
        self._announcer.start()
        threading.Thread(target=self._end_late, args=(self._over,), daemon=True).start()

    def _tell(self) -> None:
        with suppress(OSError, StoreUnavailableError):
            self._request.make()
            self._announce(stop_seconds())

    def _end_late(self, over: threading.Event) -> None:
        if not over.wait(stop_seconds()):
            with self._lock:
                if not over.is_set():
                    self.at_once()


def stop_seconds() -> float:
    """The grace period of units in flight after SIGTERM, from the environment variable DOCPIPE_STOP_SECONDS."""
    try:
        seconds = float(os.environ[STOP_SECONDS_VARIABLE])
    except (KeyError, ValueError):
        return _STOP_SECONDS
    return seconds if math.isfinite(seconds) and seconds >= 0 else _STOP_SECONDS
