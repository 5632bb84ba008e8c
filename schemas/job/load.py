"""Reads job.yaml and reports all mistakes at once, each with its line and key."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import InvalidJobError
from ..locations import resolve_location, resolve_paths
from .engines import EngineSettings
from .messages import describe, key_path
from .model import Job
from .overrides import OverrideError, apply_override, parse_override
from .tasks import Use
from .yaml_nodes import KeyPath, YamlDocument, YamlError, parse_yaml

MAX_BYTES = 4 * 1024 * 1024

_SECTIONS: tuple[tuple[str, ...], ...] = (
    ("inputs",),
    ("render",),
    ("tasks",),
    *(("tasks", use.value) for use in Use),
    ("engines",),
    ("limits",),
    ("output",),
    ("on_error",),
    ("ray",),
)


@dataclass(frozen=True)
class _Origin:
    """Where a value comes from: a line of the file, or a `--set`, which has no line."""

    label: str
    line: int | None = None


@dataclass(frozen=True)
class _Mistake:
    origin: _Origin
    path: KeyPath
    reason: str

    def __str__(self) -> str:
        key = ".".join(part if part.isprintable() else ascii(part) for part in map(str, self.path))
        already_named = not key or self.origin.label == f"--set {key}"
        return f"{self.origin.label}: {self.reason if already_named else f'{key}: {self.reason}'}"


def load_job(path: str | Path, overrides: Sequence[str] = ()) -> Job:
    """Read and check a job file, and apply `overrides` of the form `key.path=value`.

    Every path of the result is resolved: absolute for this machine, or a URL as it was written. Relative
    paths, including those of overrides, are relative to the folder of the job file.

    Raises:
        InvalidJobError: the file cannot be read or the job is not valid; one mistake a line, each as
            `file:line: key: message`, or `--set key: message` for one in an override.
    """
    name = str(path)
    document = _parse(name, _read(name))
    data = _top_level(name, document)
    origins = {place: _Origin(f"{name}:{line}", line) for place, line in document.lines.items()}
    mistakes = [_Mistake(_Origin(f"{name}:{line}", line), place, why) for place, line, why in document.mistakes]
    refused = _override(data, overrides, origins)
    _fill_empty_sections(data)
    data.setdefault("name", _default_name(path))
    try:
        job = Job.model_validate(data)
    except ValidationError as error:
        mistakes += _new_mistakes(error, origins, mistakes)
    if mistakes or refused:
        mistakes.sort(key=lambda mistake: (mistake.origin.line is None, mistake.origin.line or 0))
        raise InvalidJobError("\n".join([*map(str, mistakes), *refused]))
    return _resolved(job, Path(path).parent)


def _read(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidJobError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise InvalidJobError(f"{name}: is a folder, not a job file") from None
    except (OSError, ValueError) as error:
        raise InvalidJobError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > MAX_BYTES:
        raise InvalidJobError(f"{name}: is larger than 4 MiB; list documents in a manifest")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidJobError(f"{name}:{line}: is not UTF-8 text") from None


def _parse(name: str, text: str) -> YamlDocument:
    try:
        return parse_yaml(text)
    except YamlError as error:
        place = ":".join(str(part) for part in (name, error.line, error.column) if part is not None)
        raise InvalidJobError(f"{place}: {error.message}") from None


def _top_level(name: str, document: YamlDocument) -> dict[str, Any]:
    if isinstance(document.value, dict):
        return document.value
    if document.value is None:
        raise InvalidJobError(f"{name}: is empty; a job needs version, inputs, tasks and output")
    raise InvalidJobError(f"{name}:{document.lines[()]}: a job is a mapping of keys such as version and inputs")


def _override(data: dict[str, Any], overrides: Sequence[str], origins: dict[KeyPath, _Origin]) -> list[str]:
    """Apply the overrides, record them as origins, and return messages for those that could not be applied."""
    refused = []
    for argument in overrides:
        try:
            override = parse_override(argument)
            path = apply_override(data, override)
        except OverrideError as error:
            refused.append(str(error))
            continue
        for place in [place for place in origins if place[: len(path)] == path]:
            del origins[place]
        for length in range(1, len(path) + 1):
            origins.setdefault(path[:length], _Origin(override.label))
    return refused


def _fill_empty_sections(data: dict[str, Any]) -> None:
    """A section whose keys are all left out or commented out holds its defaults."""
    for *parents, key in _SECTIONS:
        place: Any = data
        for parent in parents:
            place = place.get(parent) if isinstance(place, dict) else None
        if isinstance(place, dict) and key in place and place[key] is None:
            place[key] = {}


def _default_name(path: str | Path) -> str:
    stem = Path(path).stem.strip()
    return stem[:200].strip() if stem and stem.isprintable() else "job"


def _new_mistakes(error: ValidationError, origins: dict[KeyPath, _Origin], known: Sequence[_Mistake]) -> list[_Mistake]:
    """Mistakes that the model finds, without those that only follow from a mistake already known."""
    refused = {mistake.path for mistake in known}
    found = [(key_path(item), describe(item)) for item in error.errors(include_url=False)]
    return [_Mistake(_origin(path, origins), path, reason) for path, reason in found if path not in refused]


def _origin(path: KeyPath, origins: dict[KeyPath, _Origin]) -> _Origin:
    """The origin of a key path, or of the nearest section around a key that is missing."""
    return next(origins[path[:length]] for length in range(len(path), -1, -1) if path[:length] in origins)


def _resolved(job: Job, folder: Path) -> Job:
    data = job.model_dump(mode="json")
    resolve_paths(data, folder)
    for name, settings in job.engines.items():
        for key in settings.paths if isinstance(settings, EngineSettings) else ():
            data["engines"][name][key] = resolve_location(data["engines"][name][key], folder)
    resolved = Job.model_validate(data)
    resolved._folder = folder.absolute()
    return resolved
