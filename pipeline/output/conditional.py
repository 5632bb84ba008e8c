"""Conditional writes: create a file, or replace the content that was read, unless another writer was faster.

On S3 the store checks the condition (`If-None-Match`, `If-Match`). Other file systems support conditional creation at
most; there, replacing is a read followed by a write, and a writer in between is not detected.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from ...operators.files.remote import is_precondition, retry
from .store import Store


@dataclass(frozen=True)
class Tagged:
    """Content of a file with the tag that identifies this content."""

    content: bytes
    tag: str


def create(store: Store, path: str, content: bytes) -> str | None:
    """Create a file and return its tag; None if it already exists."""
    return _put(store, path, content, {"mode": "create"})


def replace(store: Store, path: str, content: bytes, tag: str) -> str | None:
    """Replace the content that `tag` identifies and return the new tag; None if the file has changed or was deleted."""
    if _is_s3(store):
        return _put(store, path, content, {"IfMatch": tag})
    standing = read(store, path)
    if standing is None or standing.tag != tag:
        return None
    return _put(store, path, content, {})


def read(store: Store, path: str) -> Tagged | None:
    """The file with its tag; None if it does not exist."""
    while True:
        try:
            before = _tag(store, path)
            content = store.read_bytes(path)
            if not _is_s3(store):
                return Tagged(content, _digest(content))
            if before == _tag(store, path):
                return Tagged(content, before)
        except FileNotFoundError:
            return None


def _is_s3(store: Store) -> bool:
    return "s3" in store.protocols


def _put(store: Store, path: str, content: bytes, condition: dict[str, Any]) -> str | None:
    """One conditional write. If a response was lost, the retry finds the content of the first attempt: a success."""
    full = store.full_path(path)

    def put() -> str | None:
        try:
            answer = store.filesystem.pipe_file(full, content, **condition)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError) and "IfMatch" in condition
            if not missing and not is_precondition(error):
                raise
            standing = read(store, path)
            return standing.tag if standing is not None and standing.content == content else None
        return str(answer["ETag"]) if _is_s3(store) else _digest(content)

    return retry(full, put)


def _tag(store: Store, path: str) -> str:
    if not _is_s3(store):
        return ""
    fs = store.filesystem
    full = store.full_path(path)
    return str(retry(full, lambda: fs.info(full, refresh=True))["ETag"])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
