"""SIGTERM, as Kubernetes, `ray job stop` and systemd send it: units in hand are committed, nothing new is begun.

A file beside the run's record tells the workers: whatever of a unit was not begun comes back empty at once, so that
Ray Data ends by itself. What takes longer than the grace is dropped, and the next run does it again.
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
"""Half of the 30 seconds that Kubernetes gives a pod: Ray and a slow store need some of them too."""

JOB_STOP_SECONDS = 25
"""Between SIGTERM and SIGKILL from Ray Jobs, which by itself gives 3."""

_ANNOUNCE_SECONDS = 5.0


class Stopping:
    """How one run is made to end; its methods belong to the main thread, except `at_once`.

    Attributes:
        asked: whether the run is to end once the units in hand are committed.
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
        """Within, SIGTERM raises KeyboardInterrupt, as Ctrl-C does, except as `units_may_end` says.

        Args:
            announce: called in another thread, with the seconds that units have, where they may end.
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

    @contextmanager
    def units_may_end(self) -> Iterator[None]:
        """Within, the first SIGTERM lets units in hand end; KeyboardInterrupt comes at the end of the block, when
        their time is over, or with the second signal."""
        self._over = over = threading.Event()
        self._units_may_end = True
        try:
            yield
        finally:
            with self._lock:
                self._units_may_end = False
                over.set()
            if self._announcer:
                # What it writes must not come after what the end of the run writes.
                self._announcer.join(_ANNOUNCE_SECONDS)
        if self.asked:
            raise KeyboardInterrupt

    def at_once(self) -> None:
        """Raise KeyboardInterrupt in the main thread, from any thread; only while the run listens there."""
        self._at_once = True
        if self._listening:
            # Not SIGINT: what shells run in the background ignores it, and Ray's jobs begin with it blocked.
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
    """How long units in hand may take after SIGTERM, from the environment variable DOCPIPE_STOP_SECONDS."""
    try:
        seconds = float(os.environ[STOP_SECONDS_VARIABLE])
    except (KeyError, ValueError):
        return _STOP_SECONDS
    return seconds if math.isfinite(seconds) and seconds >= 0 else _STOP_SECONDS
