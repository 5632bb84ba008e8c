"""`_docpipe/run-<run_id>.json`: what ran, with what, on what, how far it is, and how long each stage took.

The progress of a running job stands there for `docpipe inspect` from anywhere that reads the output.
"""

import json
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import Any

from ...models.rapidocr import model_identity
from ...operators.files.remote import StoreUnavailableError
from ...schemas.job.model import Job
from ..output.commit import Provenance
from ..output.store import STATE, Store
from ..telemetry.progress import Reporter

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


_PACKAGES = ("docpipe", "ray", "pymupdf", "pyarrow", "pillow", "rapidocr", "onnxruntime", "torch", "transformers")


@dataclass(frozen=True)
class RunRecord:
    """One run.

    Attributes:
        summary: a dataclass of counts, None while it runs.
        engines: what tells the models of the job's engines from others, by the engine's name.
        device: where they compute: `cpu`, `cuda`, `remote`, several joined by `+`.
    """

    provenance: Provenance
    job: Job
    state: str
    seconds: Mapping[str, float]
    summary: Any | None
    progress: LiveProgress | None = None
    engines: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    device: str = "cpu"


def write_run_record(store: Store, record: RunRecord) -> None:
    content = {
        "run_id": record.provenance.run_id,
        "state": record.state,
        "job": record.job.model_dump(mode="json"),
        "job_fingerprint": record.provenance.job_fingerprint,
        "versions": {**installed_versions(), "python": platform.python_version()},
        "models": {"rapidocr": model_identity(), **record.engines},
        "device": record.device,
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "counts": asdict(record.summary) if record.summary else None,
        "progress": asdict(record.progress) if record.progress else None,
        "seconds": {stage: round(seconds, 3) for stage, seconds in record.seconds.items()},
    }
    path = f"{STATE}/run-{record.provenance.run_id}.json"
    store.write_bytes(path, json.dumps(content, indent=1, default=str, ensure_ascii=False).encode())


def installed_versions() -> dict[str, str]:
    """Versions of the packages that decide results; what is not installed is left out."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
