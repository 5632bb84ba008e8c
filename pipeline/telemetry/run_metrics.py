"""Prometheus metrics of the driver, counted from the rows of committed units, so that they match the tables."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from . import metrics
from .metrics import SECONDS_BETWEEN_GAUGES, Metrics
from .unit_report import SUPPORT_BOUNDS


class RunMetrics:
    """The metrics of one run."""

    def __init__(self, job: str) -> None:
        self._metrics = Metrics(job)
        self._pages_left = 0

    def count_pages(self, row: Mapping[str, Any]) -> None:
        """Count a row of `stages.read.COMMITTED`."""
        self._metrics.inc(metrics.PAGES, row["pages"] - row["pages_failed"], status="ok")
        self._metrics.inc(metrics.PAGES, row["pages_failed"], status="failed")
        self._metrics.inc(metrics.TILES, row["tiles"])
        self._pages_left = max(0, self._pages_left - row["pages"])
        self._count_facts(row)

    def count_answers(self, row: Mapping[str, Any]) -> None:
        """Count a row of `stages.questions.ANSWERED`."""
        self._count_statuses(row["statuses"])
        self._count_facts(row)

    def count_documents(self, documents: Iterable[str], errors: Iterable[Mapping[str, str]]) -> None:
        """Count rows that the driver committed: statuses of `documents`, and rows of `errors`."""
        self._count_statuses(documents)
        self._count_errors(errors)

    @contextmanager
    def reading(self, pages: int) -> Iterator[None]:
        """In this context, export the number of remaining pages, at first `pages`."""
        self._pages_left = pages
        over = threading.Event()
        thread = threading.Thread(target=self._show_pages_left, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _show_pages_left(self, over: threading.Event) -> None:
        while True:
            self._metrics.set(metrics.PAGES_LEFT, self._pages_left)
            if over.wait(SECONDS_BETWEEN_GAUGES):
                return

    def _count_facts(self, row: Mapping[str, Any]) -> None:
        self._count_errors(row["errors"])
        for stage, seconds in row["stage_seconds"]:
            self._metrics.inc(metrics.STAGE_SECONDS, seconds, stage=stage)
        for reason, count in Counter(row["retries"]).items():
            self._metrics.inc(metrics.RETRIES, count, reason=reason)
        for task, counts in row["support"]:
            for bound, count in zip(SUPPORT_BOUNDS, counts, strict=True):
                self._metrics.inc(metrics.SUPPORT, count, task=task, le=f"{bound:g}")
            self._metrics.inc(metrics.SUPPORT, counts[-1], task=task, le="+Inf")

    def _count_statuses(self, statuses: Iterable[str]) -> None:
        for status, count in Counter(statuses).items():
            self._metrics.inc(metrics.DOCUMENTS, count, status=status)

    def _count_errors(self, errors: Iterable[Mapping[str, str]]) -> None:
        for (stage, code), count in Counter((error["stage"], error["code"]) for error in errors).items():
            self._metrics.inc(metrics.ERRORS, count, stage=stage, code=code)
