"""Paths and URLs of a job, taken relative to the folder of its job.yaml."""

import glob
import os.path
import re
from pathlib import Path
from typing import Any

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(://|::)")


_PASSWORD = re.compile(r"://[^/\s]*:[^/\s]*@|\bhttps?://[^/\s]*@")
_SIGNATURE = re.compile(
    r"[?&](X-(Amz|Goog)-(Signature|Credential|Security-Token)|Signature|sig|AWSAccessKeyId|(access_?)?token)=",
    re.IGNORECASE,
)


def holds_credentials(location: str) -> bool:
    """Whether a URL contains a password or a signature, which would end up in tables and logs."""
    return bool(_PASSWORD.search(location) or ("://" in location and _SIGNATURE.search(location)))


MANIFEST_SCHEMES = ("file", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "hdfs", "memory")
"""URL schemes that the rows of a manifest may use; `inputs.paths` may use any. A manifest often comes from another
party and must not make the nodes request `http://169.254.169.254/`, open a shell by `ssh://` or unpack chained URLs."""


def refused_scheme(uri: str) -> str | None:
    """The scheme of a manifest's URI if it is not allowed there, otherwise None."""
    if not is_url(uri):
        return None
    scheme = re.split(r"://|::", uri, maxsplit=1)[0]
    return None if scheme.lower() in MANIFEST_SCHEMES and "::" not in uri else scheme


def is_url(location: str) -> bool:
    """Whether `location` names an fsspec file system (`s3://…`, `zip://a.pdf::s3://…`), not a local path."""
    return _URL.match(location) is not None


def resolve_location(location: str, folder: Path) -> str:
    """The absolute local path of `location`, relative to `folder`; a URL is returned unchanged.

    `~` and `~/…` are the home folder.
    """
    return location if is_url(location) else os.path.normpath(folder.absolute() / _from_home(location))


def resolve_pattern(pattern: str, folder: Path) -> str:
    """As `resolve_location`, for a glob: special characters in `folder` are escaped."""
    return resolve_location(pattern, Path(glob.escape(str(folder.absolute()))))


def resolve_paths(data: dict[str, Any], folder: Path) -> None:
    """Resolve, in place, every path of a job as `Job.model_dump` gives it."""
    inputs = data["inputs"]
    inputs["paths"] = [resolve_pattern(path, folder) for path in inputs["paths"]]
    for key in ("manifest", "reuse"):
        if inputs[key] is not None:
            inputs[key] = resolve_location(inputs[key], folder)
    data["output"]["path"] = resolve_location(data["output"]["path"], folder)


def _from_home(location: str) -> Path:
    path = Path(location)
    return path.expanduser() if location == "~" or location.startswith("~/") else path
