"""What decides a result: two runs with the same fingerprint may share an output folder."""

import hashlib
import json
from typing import Any

from ..models.rapidocr import model_identity
from ..schemas.errors import InvalidJobError
from ..schemas.job import Job
from ..schemas.tables import SCHEMA_VERSION
from .store import STATE, Store

FINGERPRINT_PATH = f"{STATE}/fingerprint.json"
TEXT_VERSION = 1
"""Counts up when the way text is read changes its results."""


def text_inputs(job: Job) -> dict[str, Any]:
    """What decides the text of a page."""
    ocr = job.tasks.ocr
    uses_rapidocr = ocr is not None and ocr.engine != "text_layer"
    return {
        "text_version": TEXT_VERSION,
        "tasks.ocr": ocr.model_dump(mode="json") if ocr else None,
        "render": job.render.model_dump(mode="json"),
        "layout": job.layout,
        "rapidocr": model_identity() if uses_rapidocr else None,
    }


def fingerprint_inputs(job: Job) -> dict[str, Any]:
    """Everything that decides a result, and nothing that does not (addresses, limits, replicas, error shares)."""
    return {"schema_version": SCHEMA_VERSION, **text_inputs(job)}


def digest(inputs: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


def check_same_job(store: Store, job: Job) -> bool:
    """Whether the output was begun by a job with the same fingerprint; False for a fresh folder.

    Raises InvalidJobError, with the difference, where another job's results stand there.
    """
    try:
        before = json.loads(store.read_bytes(FINGERPRINT_PATH))
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise InvalidJobError(
            f"{store.url}: {FINGERPRINT_PATH} is damaged ({error}); delete the folder or start afresh with --overwrite"
        ) from error
    now = fingerprint_inputs(job)
    # Through JSON, so that tuples and lists compare alike.
    difference = _difference(before, json.loads(json.dumps(now)))
    if difference:
        raise InvalidJobError(
            f"{store.url}: holds the results of another job:\n"
            + "\n".join(f"  {line}" for line in difference)
            + "\nchoose another output.path (inputs.reuse can take its page texts), or start afresh with --overwrite"
        )
    return True


def write_fingerprint(store: Store, job: Job) -> None:
    store.write_bytes(FINGERPRINT_PATH, json.dumps(fingerprint_inputs(job), indent=1).encode())


def _difference(before: dict[str, Any], now: dict[str, Any], prefix: str = "") -> list[str]:
    lines = []
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            lines += _difference(old, new, f"{prefix}{key}.")
        else:
            lines.append(f"{prefix}{key}: there {json.dumps(old)}, in this job {json.dumps(new)}")
    return lines
