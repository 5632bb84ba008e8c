"""Opens the file systems of fsspec URLs, and retries calls to a store that does not respond."""

import errno
import os
import random
import re
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import fsspec

from ...schemas.errors import JobBrokenError

STORE_SECONDS_VARIABLE = "DOCPIPE_STORE_SECONDS"
_STORE_SECONDS = 120.0
OPENING_SECONDS = 8.0
"""Seconds of retries before any work is done; short, so that a wrong address is reported soon."""

CREDENTIALS_HELP = (
    "credentials come from the environment of every node, for S3 as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "a profile, or the machine's role"
)
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "DefaultCredentialsError")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0

_TRANSIENT_ERRNOS = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH}
    | {errno.EIO, errno.ENETUNREACH, errno.EPIPE, errno.EREMOTEIO, errno.ETIMEDOUT}
)
_TRANSIENT_CLASSES = (
    ("botocore.exceptions", "HTTPClientError"),
    ("botocore.exceptions", "ConnectionError"),
    ("botocore.parsers", "ResponseParserError"),
    ("aiohttp", "ClientError"),
    ("requests", "ConnectionError"),
)
"""Exceptions other than OSError that file systems raise, by module; only loaded modules are checked."""

_Result = TypeVar("_Result")


class StoreUnavailableError(JobBrokenError):
    """A store did not respond within the time for retries; committed results are kept."""


def open_filesystem(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a URL, and the path in it.

    Credentials and endpoints come from the environment, as documented for the scheme's file system. ImportError and
    ValueError of fsspec pass through.
    """
    # The retries of botocore and of s3fs would multiply with `retry`.
    options = {
        scheme: {
            "config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 1}},
            # Other processes write to the same store, so a cached listing may be out of date.
            "use_listings_cache": False,
        }
        for scheme in ("s3", "s3a")
        if re.search(rf"(^|::){scheme}://", url)
    }
    fs, path = fsspec.core.url_to_fs(url, **options)
    if options and hasattr(fs, "retries"):
        fs.retries = 1
    return fs, path


def store_seconds() -> float:
    """Seconds for which calls to a failing store are retried, from the environment variable DOCPIPE_STORE_SECONDS."""
    try:
        return max(0.0, float(os.environ[STORE_SECONDS_VARIABLE]))
    except (KeyError, ValueError):
        return _STORE_SECONDS


def retry(what: str, call: Callable[[], _Result], seconds: float | None = None) -> _Result:
    """The result of `call`, which is retried with growing pauses after transient errors.

    Args:
        what: a file or URL, for the message.
        call: may run more than once, so it must be idempotent.
        seconds: time for retries; `store_seconds()` where None.

    Raises StoreUnavailableError once that time is over; errors that are not transient pass through at once.
    """
    allowed = store_seconds() if seconds is None else seconds
    started = time.monotonic()
    pause = _FIRST_PAUSE
    while True:
        try:
            return call()
        except Exception as error:
            if not is_transient(error):
                raise
            waited = time.monotonic() - started
            if waited + pause > allowed:
                raise StoreUnavailableError(
                    f"{what}: the store has not responded for {waited:.0f} s (last error: {_name(error)}); "
                    "run the job again once it responds: it resumes"
                ) from None
        # Random pauses, so that many workers with the same error do not retry at the same moment.
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, _LONGEST_PAUSE)


def is_transient(error: BaseException) -> bool:
    """Whether an error of a file system is transient."""
    if isinstance(error, StoreUnavailableError):
        return False
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if isinstance(error, OSError):
        return error.errno in _TRANSIENT_ERRNOS and not is_precondition(error)
    return isinstance(error, _transient_classes())


def is_missing_credentials(error: BaseException) -> bool:
    """Whether a file system found no credentials in the environment."""
    return type(error).__name__ in _NO_CREDENTIALS


def is_precondition(error: BaseException) -> bool:
    """Whether a conditional write was refused because of its condition."""
    return isinstance(error, FileExistsError) or error_code(error) in ("PreconditionFailed", "412")


def error_code(error: BaseException) -> str:
    """The error code from an S3 server; empty where there is none."""
    response: Any = getattr(error.__cause__, "response", None) or getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    return str(response.get("Error", {}).get("Code", ""))


def _transient_classes() -> tuple[type[BaseException], ...]:
    loaded = ((sys.modules.get(module), name) for module, name in _TRANSIENT_CLASSES)
    found = (getattr(module, name, None) for module, name in loaded if module is not None)
    return tuple(kind for kind in found if isinstance(kind, type))


def _name(error: BaseException) -> str:
    return " ".join(f"{error_code(error) or type(error).__name__}: {error}".split())[:300]
