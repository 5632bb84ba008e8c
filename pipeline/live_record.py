"""Progress of a running job in its run record, for `docpipe inspect` from anywhere that reads the output."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..operators.files.remote import StoreUnavailableError
from .progress import Reporter

SECONDS_BETWEEN_RECORDS = 15.0


@dataclass(frozen=True)
class LiveProgress:
    """Pages of a run so far; `pages_planned` is what it set out to read, `seconds` is since it began to."""

    documents: int
    pages_planned: int
    pages_done: int
    pages_failed: int
    seconds: float


class RecordedReporter:
    """Passes on what it is told, and writes the progress down every `SECONDS_BETWEEN_RECORDS`."""

    def __init__(self, shown: Reporter, write: Callable[[LiveProgress], None]) -> None:
        self._shown, self._write = shown, write
        self._documents = self._planned = self._done = self._failed = 0
        self._began = self._written = time.monotonic()

    def begin(self, run_id: str) -> None:
        self._shown.begin(run_id)

    def say(self, message: str) -> None:
        self._shown.say(message)

    def start(self, documents: int, pages: int) -> None:
        self._shown.start(documents, pages)
        self._documents, self._planned = documents, pages
        self._began = time.monotonic()
        self._record()

    def advance(self, pages: int, failed: int) -> None:
        self._shown.advance(pages, failed)
        self._done += pages
        self._failed += failed
        if time.monotonic() - self._written >= SECONDS_BETWEEN_RECORDS:
            self._record()

    @property
    def progress(self) -> LiveProgress:
        """How far the run is at this moment."""
        seconds = round(time.monotonic() - self._began, 1)
        return LiveProgress(self._documents, self._planned, self._done, self._failed, seconds)

    def _record(self) -> None:
        self._written = time.monotonic()
        # Only told, never needed: what commits pages finds out by itself that the store is gone.
        with suppress(OSError, StoreUnavailableError):
            self._write(self.progress)
