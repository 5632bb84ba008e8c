"""The fingerprint of everything that affects results; runs with the same fingerprint may share an output folder."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from ...models.engines import kind_of
from ...models.installed import installed_identity
from ...models.text_readers import LOADABLE_READERS, reader_identity
from ...operators.docvqa.page_ranking import RANKING_VERSION
from ...operators.inference.prompts import PROMPT_VERSIONS
from ...schemas.errors import InvalidJobError
from ...schemas.job.engines import EngineSettings
from ...schemas.job.model import Job
from ...schemas.job.tasks import Use
from ...schemas.tables import SCHEMA_VERSION
from ..engines.tasks import needs_layout
from ..output.store import FINGERPRINT_PATH, Store
from ..output.version import require_current_version

_VERSIONS: Mapping[str, Mapping[str, Any]] = {"docvqa": {"pages": RANKING_VERSION}}
"""Versions of further code that affects the results of a task, beside its prompt."""

TEXT_VERSION = 2
"""Incremented when a change in the code changes the text that is read."""


def text_inputs(job: Job) -> dict[str, Any]:
    """Everything that affects the text of a page."""
    ocr = job.tasks.ocr
    used = _reader_name(job)
    reader = ocr.engine if ocr is not None and ocr.engine in job.used_engines else None
    return {
        "text_version": TEXT_VERSION,
        "tasks.ocr": ocr.model_dump(mode="json") if ocr else None,
        "render": job.render.model_dump(mode="json"),
        "layout": needs_layout(job),
        **{name: dict(reader.identity()) if name == used else None for name, reader in LOADABLE_READERS.items()},
        **_other_reader(job),
        "ocr by model": {**_asked(job, reader, "ocr"), "regions": job.layout == "on"} if reader else None,
    }


def _reader_name(job: Job) -> str | None:
    reader = job.text_engine.reader
    return None if reader is None else reader.name


def _other_reader(job: Job) -> dict[str, Any]:
    """What a text reader from another package adds."""
    settings = job.reader_settings
    if settings is None:
        return {}
    keys = settings.model_dump(mode="json", exclude={"page_seconds"})
    return {"text reader": {**keys, **installed_identity(settings)}}


def fingerprint_inputs(job: Job) -> dict[str, Any]:
    """Everything that affects results, and nothing else (no addresses, limits, replicas or error shares)."""
    return {
        "schema_version": SCHEMA_VERSION,
        **text_inputs(job),
        **{f"tasks.{name}": _task_inputs(job, name) for name in type(job.tasks).model_fields if name != Use.OCR},
    }


def _task_inputs(job: Job, name: str) -> dict[str, Any] | None:
    task = job.tasks.given.get(name)
    if task is None:
        return None
    return {**task.model_dump(mode="json"), **_asked(job, task.engine, name), **_VERSIONS.get(name, {})}


def _asked(job: Job, engine: str, task: str) -> dict[str, Any]:
    """Everything that affects the results of a model: its identity, the prompt, and the limits of tiles and tokens."""
    settings = job.used_engines[engine]
    return {
        "model": dict(_identity(settings)),
        "prompt": PROMPT_VERSIONS[task],
        "max_tiles": getattr(settings.max_tiles, task),
        "max_new_tokens": getattr(settings.max_new_tokens, task),
    }


def engine_identities(job: Job) -> dict[str, Mapping[str, str]]:
    """The identity of the text reader and of the model of each engine of the job, by name."""
    reader = _reader_name(job)
    readers = {reader: reader_identity(reader, job.reader_settings)} if reader else {}
    return readers | {name: _identity(settings) for name, settings in job.used_engines.items()}


@cache
def _identity(settings: EngineSettings) -> Mapping[str, str]:
    return kind_of(settings).identity(settings)


def digest(inputs: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


def check_same_job(store: Store, job: Job) -> bool:
    """Whether the output belongs to a job with the same fingerprint; False for a new folder.

    Raises InvalidJobError if it contains results of another job (the message lists the differences), or tables of
    another schema version.
    """
    require_current_version(
        store, "output.path", "choose another output.path, or delete what is there and start afresh with --overwrite"
    )
    try:
        before = json.loads(store.read_bytes(FINGERPRINT_PATH))
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise InvalidJobError(
            f"{store.url}: {FINGERPRINT_PATH} is damaged ({error}); delete the folder or start afresh with --overwrite"
        ) from error
    now = fingerprint_inputs(job)
    # Converted through JSON, so that tuples and lists are equal.
    difference = _difference(before, json.loads(json.dumps(now)))
    if difference:
        raise InvalidJobError(
            f"{store.url}: contains the results of another job:\n"
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
