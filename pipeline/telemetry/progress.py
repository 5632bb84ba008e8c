"""Progress on standard error: a live line on a terminal, otherwise a line every few seconds."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ...schemas.printable import printable
from .log import log_line, wants_json

_SECONDS_BETWEEN_LINES = 5.0
_LOGGER = logging.getLogger("docpipe")


class Reporter(Protocol):
    """Receives the progress and the messages of a run."""

    def begin(self, run_id: str) -> None: ...

    def say(self, message: str) -> None: ...

    def start(self, documents: int, pages: int) -> None: ...

    def advance(self, pages: int, failed: int) -> None: ...


class _Terminal:
    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.fields[documents]} documents"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:.0f}/{task.total:.0f} pages"),
            TextColumn("{task.fields[rate]:.1f} pages/s"),
            TextColumn("{task.fields[failed]} failed"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._meter = _Meter()

    def begin(self, run_id: str) -> None:
        pass

    def say(self, message: str) -> None:
        self._progress.console.print(printable(message), highlight=False, markup=False)

    def start(self, documents: int, pages: int) -> None:
        self._meter = _Meter(total=pages)
        self._task = self._progress.add_task("", total=pages, documents=documents, rate=0.0, failed=0)
        self._progress.start()

    def advance(self, pages: int, failed: int) -> None:
        self._meter.add(pages, failed)
        meter = self._meter
        self._progress.update(self._task, completed=meter.pages, rate=meter.rate, failed=meter.failed)

    def stop(self) -> None:
        self._progress.stop()


class _Lines:
    """Text, or JSON with the numbers as fields."""

    def __init__(self) -> None:
        self._meter = _Meter()
        self._documents = 0
        self._run_id: str | None = None
        self._last = time.monotonic()

    def begin(self, run_id: str) -> None:
        self._run_id = run_id

    def say(self, message: str, **numbers: float) -> None:
        if wants_json():
            log_line("info", message, run_id=self._run_id, **numbers)
            return
        sys.stderr.write(f"{printable(message)}\n")
        sys.stderr.flush()

    def start(self, documents: int, pages: int) -> None:
        self._documents = documents
        self._meter = _Meter(total=pages)

    def advance(self, pages: int, failed: int) -> None:
        meter = self._meter
        meter.add(pages, failed)
        if time.monotonic() - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = time.monotonic()
        left = meter.seconds_left
        self.say(
            f"{self._documents} documents, {meter.pages}/{meter.total} pages, {meter.rate:.1f} pages/s, "
            f"{meter.failed} failed" + ("" if left is None else f", {_duration(left)} left"),
            documents=self._documents,
            pages_done=meter.pages,
            pages_failed=meter.failed,
            pages_planned=meter.total,
            pages_per_second=round(meter.rate, 3),
        )

    def stop(self) -> None:
        pass


class _Logged(_Lines):
    """Progress as lines of the logger `docpipe`, for programs that use the Python interface."""

    def say(self, message: str, **numbers: float) -> None:
        _LOGGER.info("%s", message)


class _Meter:
    def __init__(self, total: int = 0) -> None:
        self.total, self.pages, self.failed = total, 0, 0
        self._started = time.monotonic()
        self._first: tuple[float, int] | None = None

    def add(self, pages: int, failed: int) -> None:
        self.pages += pages
        self.failed += failed
        if self._first is None:
            self._first = time.monotonic(), self.pages

    @property
    def rate(self) -> float:
        """Pages per second since the start."""
        return self.pages / max(time.monotonic() - self._started, 1e-3)

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the rate since the first pages, since models load before them; None until there are more."""
        if self._first is None or self.pages == self._first[1]:
            return None
        began, pages = self._first
        return (self.total - self.pages) * (time.monotonic() - began) / (self.pages - pages)


@contextmanager
def reporter() -> Iterator[Reporter]:
    """The reporter that is suitable for standard error."""
    console = Console(stderr=True)
    shown: _Terminal | _Lines = _Terminal(console) if console.is_terminal and not wants_json() else _Lines()
    try:
        yield shown
    finally:
        shown.stop()


def logged() -> Reporter:
    """A reporter that passes everything to the logger `docpipe`, at level INFO."""
    return _Logged()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
