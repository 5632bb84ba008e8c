"""Lists the files of `inputs` of a job: paths, folders, globs and manifests, on disk or behind fsspec URLs.

No input is silently skipped: one that cannot be listed becomes a file with an error, and later a failed row of
`documents`.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fsspec
from fsspec.utils import glob_translate

from ...operators.files.remote import (
    CREDENTIALS_HELP,
    OPENING_SECONDS,
    StoreUnavailableError,
    is_missing_credentials,
    open_filesystem,
    retry,
)
from ...schemas.errors import ErrorCode, MissingResourceError
from ...schemas.job.model import Inputs
from ...schemas.uri import local_path, local_uri, local_version, remote_version
from .manifest import read_manifest

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read.

    Attributes:
        uri: an absolute path or a URL. A local name that is not valid UTF-8 is written as a `file://` URL.
        size: size in bytes; None if unknown.
        version: changes when the content does (size and time, or the tag of the store).
        document_id: id in the manifest, or None.
        attributes: JSON object of the other columns of the manifest, or None.
        questions: questions of the manifest about this document, see `questions.to_json`, or None.
        error: why the file cannot be read, if that is known from listing.
    """

    uri: str
    size: int | None = None
    version: str = ""
    document_id: str | None = None
    attributes: str | None = None
    questions: str | None = None
    error: tuple[ErrorCode, str] | None = None


def list_inputs(inputs: Inputs, base: Path, output_url: str) -> list[InputFile]:
    """Every file of the job once, rows of the manifest first, then sorted by URI within each path.

    Args:
        inputs: section `inputs` of the job, whose paths are absolute.
        base: folder to which URIs of the manifest and exclude patterns are relative.
        output_url: output of the job, which is never read as input.

    Raises:
        MissingResourceError: no file was found.
        InvalidJobError: the manifest is invalid.
    """
    found: dict[str, InputFile] = {}
    if inputs.manifest is not None:
        for row in read_manifest(inputs.manifest, base):
            file = single_file(row.uri)
            found[file.uri] = replace(
                file, document_id=row.document_id, attributes=row.attributes, questions=row.questions
            )
    excluded = [_exclude_pattern(pattern, base) for pattern in inputs.exclude]
    for path in inputs.paths:
        for file in sorted(_list_path(path), key=lambda f: f.uri):
            if not _is_inside(file.uri, output_url) and not any(p.match(file.uri) for p in excluded):
                found.setdefault(file.uri, file)
    if not found:
        where = ", ".join([*inputs.paths, *([inputs.manifest] if inputs.manifest else [])])
        raise MissingResourceError(f"inputs: no documents found in {where}")
    if all(file.error and _is_out_of_reach(file) for file in found.values()):
        raise MissingResourceError("\n".join(f"inputs: {f.error[1]}" for f in found.values() if f.error))
    return list(found.values())


def _is_out_of_reach(file: InputFile) -> bool:
    """Whether listing failed because the file does not exist, or the store may not be listed."""
    assert file.error is not None
    code, _ = file.error
    return code is ErrorCode.NOT_FOUND or (code is ErrorCode.PERMISSION_DENIED and local_path(file.uri) is None)


def single_file(uri: str) -> InputFile:
    """The file at an absolute path or a URL; it has an `error` if there is no file.

    Raises MissingResourceError if a store does not answer, or its file system cannot be used.
    """
    local = local_path(uri)
    if local is not None:
        return _local_file(os.path.normpath(local))
    files = list(_list_remote(uri, literal=True))
    if len(files) == 1:
        return files[0]
    return InputFile(uri, error=(ErrorCode.UNSUPPORTED_TYPE, f"{uri}: not a file"))


def _list_path(path: str) -> Iterator[InputFile]:
    local = local_path(path)
    if local is None:
        yield from _list_remote(path)
        return
    local = str(Path(local).absolute()) if not local.startswith("/") else os.path.normpath(local)
    if os.path.lexists(local) or not _MAGIC.search(local):
        yield from _list_local(local)
        return
    matches = fsspec.filesystem("file").glob(local)
    if not matches:
        yield InputFile(local_uri(local), error=(ErrorCode.NOT_FOUND, f"{local}: no file matches"))
    for match in matches:
        if Path(match).is_file():
            yield _local_file(match)


def _list_local(path: str) -> Iterator[InputFile]:
    if not Path(path).is_dir():
        yield _local_file(path)
        return
    seen: set[str] = set()
    errors: list[OSError] = []
    for folder, folders, names in os.walk(path, followlinks=True, onerror=errors.append):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield _local_file(os.path.join(folder, name))  # noqa: PTH118 - keeps undecodable names
    for error in errors:
        yield InputFile(local_uri(str(error.filename)), error=_os_error(error))


def _local_file(path: str) -> InputFile:
    uri = local_uri(path)
    try:
        status = os.stat(path)  # noqa: PTH116 - keeps undecodable names
    except OSError as error:
        return InputFile(uri, error=_os_error(error))
    if not os.path.isfile(path):  # noqa: PTH113
        return InputFile(uri, error=(ErrorCode.UNSUPPORTED_TYPE, f"{uri}: not a regular file"))
    return InputFile(uri, status.st_size, local_version(status))


def _os_error(error: OSError) -> tuple[ErrorCode, str]:
    uri = local_uri(str(error.filename))
    if isinstance(error, FileNotFoundError):
        return ErrorCode.NOT_FOUND, f"{uri}: no such file"
    if isinstance(error, PermissionError):
        return ErrorCode.PERMISSION_DENIED, f"{uri}: permission denied"
    return ErrorCode.UNREADABLE, f"{uri}: {error.strerror or error}"


def _list_remote(url: str, literal: bool = False) -> Iterator[InputFile]:
    try:
        fs, path = open_filesystem(url)
        entries = retry(url, lambda: _entries(fs, path, literal), seconds=OPENING_SECONDS)
    except FileNotFoundError:
        yield InputFile(url, error=(ErrorCode.NOT_FOUND, f"{url}: no such file"))
        return
    except PermissionError as error:
        yield InputFile(url, error=(ErrorCode.PERMISSION_DENIED, f"{url}: {error}"))
        return
    except (ImportError, ValueError, StoreUnavailableError) as error:
        raise MissingResourceError(f"inputs: {url}: {error}") from error
    except OSError as error:
        yield InputFile(url, error=(ErrorCode.UNREADABLE, f"{url}: {error}"))
        return
    except Exception as error:
        if is_missing_credentials(error):
            raise MissingResourceError(f"inputs: {url}: {error}; {CREDENTIALS_HELP}") from error
        raise
    for info in entries:
        name = info["name"].rsplit("/", 1)[-1]
        # Consoles of object stores represent folders by empty objects whose names end with a slash.
        if name and not name.startswith("."):
            yield InputFile(fs.unstrip_protocol(info["name"]), info.get("size"), remote_version(info))
    if not entries and _MAGIC.search(path):
        yield InputFile(url, error=(ErrorCode.NOT_FOUND, f"{url}: no file matches"))


def _entries(fs: fsspec.AbstractFileSystem, path: str, literal: bool) -> list[dict[str, Any]]:
    fs.invalidate_cache()
    if not literal and _MAGIC.search(path) and not fs.exists(path):
        return [info for info in fs.glob(path, detail=True).values() if info["type"] == "file"]
    if fs.isdir(path):
        return [info for info in fs.find(path, detail=True).values() if info["type"] == "file"]
    return [fs.info(path)]


def _is_inside(uri: str, folder: str) -> bool:
    return uri.startswith(folder.rstrip("/") + "/")


def _exclude_pattern(pattern: str, base: Path) -> re.Pattern[str]:
    """A pattern that begins with `**/` matches anywhere, others from `base`; a folder matches with all its files."""
    absolute = pattern if pattern.startswith(("**/", "/")) or "://" in pattern else f"{base}/{pattern}"
    translated: Sequence[str] = [glob_translate(form) for form in (absolute, f"{absolute.rstrip('/')}/**")]
    return re.compile("|".join(translated))
