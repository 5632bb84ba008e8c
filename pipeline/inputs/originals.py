"""Finds the input files of an output again, and checks that their content has not changed."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import fsspec

from ...operators.files.local_copy import local_copy, sha256_of
from ...schemas.errors import DocumentError, ErrorCode
from ...schemas.uri import local_path, remote_version
from ..tables.records import StoredDocument


@contextmanager
def original(document: StoredDocument) -> Iterator[str]:
    """A local path with exactly the bytes that the document was read from, valid inside the `with`.

    All URIs of the document are tried in order.

    Raises:
        DocumentError: `not_found`, `permission_denied`, or `unreadable` if the file has changed. A document whose
            bytes were never read has no original, since there is no hash to compare with.
    """
    if document.content_sha256 is None:
        raise DocumentError(ErrorCode.UNREADABLE, f"{document.name}: the file could not be read when the job ran")
    failure: DocumentError | None = None
    for uri in document.uris:
        opened = ExitStack()
        try:
            path = opened.enter_context(local_copy(uri, _remote_version(uri)))
            same = sha256_of(path) == document.content_sha256
        except (DocumentError, OSError, ImportError, ValueError) as error:
            opened.close()
            if failure is None and isinstance(error, DocumentError):
                failure = error
            elif failure is None:
                failure = DocumentError(ErrorCode.UNREADABLE, f"{uri}: {error}")
            continue
        # Closed without the exception of the body of the `with`, which is not a failure of the file.
        with closing(opened):
            if same:
                yield path
                return
        failure = DocumentError(ErrorCode.UNREADABLE, f"{uri}: the file has changed since it was read")
    raise failure or DocumentError(ErrorCode.NOT_FOUND, f"{document.name}: the output names no file for it")


def passwords(runs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Passwords for encrypted originals, from the newest variable named by a run that is set."""
    for run in reversed(runs):
        variable = ((run.get("job") or {}).get("inputs") or {}).get("passwords_env")
        if isinstance(variable, str) and variable in os.environ:
            return tuple(line for line in os.environ[variable].splitlines() if line)
    return ()


def _remote_version(uri: str) -> str:
    if local_path(uri) is not None:
        return ""
    try:
        fs, path = fsspec.core.url_to_fs(uri)
        return remote_version(fs.info(path))
    except Exception:
        # Opening the file raises the same error, with a message.
        return ""
