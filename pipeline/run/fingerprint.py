"""The fingerprint of everything that affects results; runs with the same fingerprint may share an output folder."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from ...models.engines import kind_of
from ...models.installed import installed_identity
from ...models.text_readers import LOADABLE_READERS
from ...operators.docvqa.page_ranking import RANKING_VERSION
from ...operators.extraction.weight_free import WEIGHT_FREE
from ...operators.inference.prompts import PROMPT_VERSIONS
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.job.engines import EngineSettings, TextReaderSettings
from ...schemas.job.model import Job
from ...schemas.job.tasks import DocvqaTask, Use
from ...schemas.job.types import Section
from ...schemas.tables import SCHEMA_VERSION
from ..engines.tasks import engines_asked, needs_layout
from ..inputs.questions import question_of
from ..output.store import FINGERPRINT_PATH, Store
from ..output.version import require_current_version

_VERSIONS: Mapping[str, Mapping[str, Any]] = {"docvqa": {"pages": RANKING_VERSION}}
"""Versions of further code that affects the results of a task, beside its prompt."""

TEXT_VERSION = 6
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


_OF_MACHINES = {"page_seconds", "device", "replicas", "gpus_per_replica", "memory_mb"}
"""Keys of a text reader of another package that say where it runs, and not what it reads."""


def _other_reader(job: Job) -> dict[str, Any]:
    """What a text reader from another package adds."""
    settings = job.reader_settings
    if settings is None:
        return {}
    keys = settings.model_dump(mode="json", exclude=_OF_MACHINES)
    return {"text reader": {**keys, **_identity(settings)}}


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
    engines = engines_asked(job, name)
    given = {**task.model_dump(mode="json"), "engine": engines[0] if len(engines) == 1 else list(engines)}
    if isinstance(task, DocvqaTask):
        types = [question_of(question).type for question in task.questions]
        given["questions"] = [{**one, "type": kind} for one, kind in zip(given["questions"], types, strict=True)]
    # One engine as before there were lists, so that outputs of then can be gone on with.
    asked = {engine: _asked(job, engine, name) for engine in engines}
    return {**given, **(asked[engines[0]] if len(engines) == 1 else {"asked": asked}), **_VERSIONS.get(name, {})}


def _asked(job: Job, engine: str, task: str) -> dict[str, Any]:
    """Everything that affects the results of an engine: of a model its identity, prompt, and limits of its requests."""
    if engine in WEIGHT_FREE:
        return {"version": WEIGHT_FREE[engine].version}
    settings = job.used_engines[engine]
    return {
        "model": dict(_identity(settings)),
        "prompt": PROMPT_VERSIONS[task],
        "max_tiles": getattr(settings.max_tiles, task),
        "max_new_tokens": getattr(settings.max_new_tokens, task),
    }


def engine_identities(job: Job, dtypes: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """The identity of the text reader and of the model of each engine of the job, by name, for the record of the run.

    That of a text reader of docpipe itself says how its models are computed here, too.

    Args:
        dtypes: data types by engine that were chosen where the job leaves the choice.
    """
    reader = _reader_name(job)
    other = job.reader_settings
    readers: dict[str, Mapping[str, str]] = {}
    if reader is not None and other is not None:
        readers[reader] = _identity(other)
    elif reader is not None:
        precision = job.tasks.ocr.precision if job.tasks.ocr is not None else "auto"
        loadable = LOADABLE_READERS[reader]
        readers[reader] = {**loadable.identity(), **loadable.computed(precision)}
    chosen = {name: {"dtype": dtype} for name, dtype in dtypes.items()}
    models = {name: {**_identity(settings), **chosen.get(name, {})} for name, settings in job.used_engines.items()}
    return readers | models


@cache
def _identity(settings: EngineSettings | TextReaderSettings) -> Mapping[str, str]:
    # Cached, since a digest of weights may take a while, and the record of a run is written every few seconds.
    if isinstance(settings, TextReaderSettings):
        return installed_identity(settings)
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
        before = _stored(store)
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise InvalidJobError(f"{store.url}: {error}; delete the folder or start afresh with --overwrite") from error
    difference = differences(before, fingerprint_inputs(job), job)
    if difference:
        raise InvalidJobError(
            f"{store.url}: contains the results of another job:\n"
            + "\n".join(f"  {line}" for line in difference)
            + "\nchoose another output.path (inputs.reuse can take its page texts), or start afresh with --overwrite"
        )
    return True


def write_fingerprint(store: Store, job: Job) -> None:
    store.write_bytes(FINGERPRINT_PATH, json.dumps(fingerprint_inputs(job), indent=1).encode())


def _stored(store: Store) -> dict[str, Any]:
    """Raises ValueError if the file is damaged."""
    try:
        found = json.loads(store.read_bytes(FINGERPRINT_PATH))
    except ValueError as error:
        raise ValueError(f"{FINGERPRINT_PATH} is damaged ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{FINGERPRINT_PATH} is damaged (no JSON object)")
    return found


def text_differences(store: Store, job: Job) -> list[str]:
    """How the pages of an earlier output were read in another way than the job reads them, a line for each difference.

    Raises MissingResourceError if the folder contains no docpipe output.
    """
    now = text_inputs(job)
    try:
        before = _stored(store)
    except FileNotFoundError as error:
        raise MissingResourceError(f"inputs.reuse: {store.url}: no output of docpipe here") from error
    except ValueError as error:
        return [str(error)]
    not_of_text = fingerprint_inputs(job).keys() - now.keys()
    return differences({key: value for key, value in before.items() if key not in not_of_text}, now, job)


def differences(before: Mapping[str, Any], now: Mapping[str, Any], job: Job) -> list[str]:
    """The differences between a stored fingerprint and that of a job, a line for each.

    A key that the stored one lacks is newer than it, and no difference if it has the value that means what was done
    before: a key of job.yaml its default, anything else None. A stored key that this docpipe does not have is a
    difference unless its value is None: what it meant for the results cannot be known.
    """
    # Converted through JSON, so that tuples and lists are equal.
    plain = json.loads(json.dumps(now))
    lines = []
    for key in sorted(before.keys() | plain.keys()):
        *parents, name = key.split(".")
        section: Any = job
        for parent in parents:
            section = getattr(section, parent, None)
        lines += _compare(key, before.get(key, _MISSING), plain.get(key, _MISSING), section, name)
    return lines


_MISSING = object()


def _compare(path: str, old: Any, new: Any, owner: Any, name: str | int) -> list[str]:
    """Differences below a path.

    Args:
        owner: the section of the job, or the list in it, that has `name`; anything else for what is not of job.yaml.
    """
    if old == new or (old is _MISSING and _is_default(new, owner, name)) or (new is _MISSING and old is None):
        return []
    value = owner[name] if isinstance(name, int) else getattr(owner, name, None)
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(old.keys() | new.keys())
        parts = [(f"{path}.{key}", old.get(key, _MISSING), new.get(key, _MISSING), value, key) for key in keys]
    elif isinstance(old, list) and isinstance(new, list) and isinstance(value, tuple) and len(old) == len(new):
        parts = [(f"{path}.{i}", *both, value, i) for i, both in enumerate(zip(old, new, strict=True))]
    else:
        there = "nothing" if old is _MISSING else json.dumps(old)
        here = "no such key" if new is _MISSING else json.dumps(new)
        return [f"{path}: there {there}, in this job {here}"]
    return [line for part in parts for line in _compare(*part)]


def _is_default(value: Any, owner: Any, name: str | int) -> bool:
    """Whether a value is the default of the key of job.yaml, or None where it is not of job.yaml."""
    field = type(owner).model_fields.get(str(name)) if isinstance(owner, Section) else None
    if field is None or value != owner.model_dump(mode="json")[str(name)]:
        return value is None
    return not field.is_required() and getattr(owner, str(name)) == field.get_default(call_default_factory=True)
