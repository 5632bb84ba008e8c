"""URIs of files, and version strings that change when the content of a file changes."""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "created")


def local_path(uri: str) -> str | None:
    """The path of a local URI in the form of the operating system; None for a remote URI."""
    if uri.startswith("file://"):
        return os.fsdecode(unquote_to_bytes(uri.removeprefix("file://")))
    return None if "://" in uri else uri


def local_uri(path: str) -> str:
    """The path itself, or a percent-encoded `file://` URL if its bytes are not UTF-8."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "file://" + quote_from_bytes(os.fsencode(path))
    return path


def local_version(status: os.stat_result) -> str:
    """Size and modification time."""
    return f"{status.st_size}-{status.st_mtime_ns}"


def remote_version(info: Mapping[str, Any]) -> str:
    """Size and the ETag, checksum or time that the file system reports."""
    tag = next((info[key] for key in _TAGS if info.get(key)), "")
    return f"{info.get('size')}-{tag}"
