"""`_docpipe/run-<run_id>.json`: what ran, with what, on what, and how long each stage took."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import Any

from ..models.rapidocr import model_identity
from ..schemas.job import Job
from .commit import Provenance
from .live_record import LiveProgress
from .store import STATE, Store

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
