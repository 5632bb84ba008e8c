"""The metrics that a run gives Ray to export for Prometheus, all declared here.

Ray prefixes each name with `ray_`, and adds its own labels. Labels declared here have few values: names of the job and
its engines, stages, codes and statuses; never a document, a page, a path or a run. The label of the job is
`docpipe_job`, since Prometheus uses `job` for its scrape jobs.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

SECONDS_BETWEEN_GAUGES = 5.0
"""Ray drops a gauge that was not set during two of its reports, 20 seconds."""


@dataclass(frozen=True)
class Declared:
    """A metric: its kind, name, meaning and labels."""

    kind: Literal["counter", "gauge"]
    name: str
    meaning: str
    labels: tuple[str, ...]

    @property
    def exported(self) -> str:
        """The name in Prometheus."""
        return f"ray_{self.name}"


def _counter(name: str, meaning: str, *labels: str) -> Declared:
    return Declared("counter", f"docpipe_{name}_total", meaning, ("docpipe_job", *labels))


def _gauge(name: str, meaning: str, *labels: str) -> Declared:
    return Declared("gauge", f"docpipe_{name}", meaning, ("docpipe_job", *labels))


PAGES = _counter("pages", "Committed pages, by status (ok, failed).", "status")
PAGES_LEFT = _gauge("pages_left", "Pages that the run has yet to commit; exported only while it reads pages.")
DOCUMENTS = _counter("documents", "Rows written to documents, by status (ok, partial, failed).", "status")
ERRORS = _counter("errors", "Rows written to errors, by stage and code.", "stage", "code")
TILES = _counter("tiles", "Image tiles of committed pages that were sent to engines.")
STAGE_SECONDS = _counter(
    "stage_seconds",
    "Wall-clock seconds of committed units, summed over workers, by stage: fetch, read (open, text layer, rendering "
    "for OCR), layout, ocr, find (engines without weights), render (rendering for models), tile, engine, ground, "
    "commit.",
    "stage",
)
RETRIES = _counter("retries", "Retried requests to a model, by the code of the reason.", "reason")
SUPPORT = _counter(
    "support_bucket",
    "Values that models wrote, by task (ocr, docvqa, chart) and the bound le that their support does not exceed: "
    "the buckets of a histogram.",
    "task",
    "le",
)
ENGINE_BLOCKS = _gauge("engine_blocks", "Blocks of pages in flight, by engine.", "engine")
ENGINE_REQUESTS = _gauge(
    "engine_requests", "Questions and images in an engine, by state (waiting, running).", "engine", "state"
)
ENGINE_BUSY_SECONDS = _counter("engine_busy_seconds", "Seconds in which an engine had pages in flight.", "engine")
ENGINE_MEMORY = _gauge("engine_memory_share", "Share of the memory of the device that is in use, by engine.", "engine")
ENGINE_TOKENS = _counter("engine_tokens", "Tokens, by kind (prompt, generated), of all attempts.", "engine", "kind")
ENGINE_SECONDS = _counter(
    "engine_seconds",
    "Seconds within an engine, by stage: vision; wait, prefill and decode, summed over requests, many of which run "
    "concurrently; server for a remote engine.",
    "engine",
    "stage",
)


def declared() -> Iterator[Declared]:
    """All metrics."""
    yield from (value for value in globals().values() if isinstance(value, Declared))


class Metrics:
    """Records metrics of one job, in a Ray worker or a process connected to Ray; does nothing elsewhere."""

    def __init__(self, job: str) -> None:
        self._job = job

    def inc(self, metric: Declared, value: float, **labels: str) -> None:
        """Add `value` to a counter; does nothing unless it is positive."""
        if value > 0 and _is_running():
            _of_ray(metric).inc(value, {"docpipe_job": self._job, **labels})

    def set(self, metric: Declared, value: float, **labels: str) -> None:
        """Set a gauge, which must be set again every `SECONDS_BETWEEN_GAUGES` for as long as the value is valid."""
        if _is_running():
            _of_ray(metric).set(value, {"docpipe_job": self._job, **labels})


def _is_running() -> bool:
    # A run that has nothing to do never needs Ray, and another thread may be importing it at this moment.
    is_initialized = getattr(sys.modules.get("ray"), "is_initialized", None)
    return is_initialized is not None and bool(is_initialized())


@cache
def _of_ray(metric: Declared) -> Any:
    from ray.util import metrics

    kind = metrics.Counter if metric.kind == "counter" else metrics.Gauge
    return kind(metric.name, metric.meaning, metric.labels)
