"""Files behind fsspec URLs: how they are opened, and how long a store that does not answer is tried again."""

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
"""How long a store may refuse before any work is done; a wrong address should be told soon."""

CREDENTIALS_HELP = (
    "credentials come from the environment of every node, for S3 as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "a profile, or the machine's role"
)
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "DefaultCredentialsError")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0

_PASSING_ERRNOS = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH}
    | {errno.EIO, errno.ENETUNREACH, errno.EPIPE, errno.EREMOTEIO, errno.ETIMEDOUT}
)
_PASSING_CLASSES = (
    ("botocore.exceptions", "HTTPClientError"),
    ("botocore.exceptions", "ConnectionError"),
    ("botocore.parsers", "ResponseParserError"),
    ("aiohttp", "ClientError"),
    ("requests", "ConnectionError"),
)
"""What the file systems raise beside OSError, where their modules are loaded."""

_Result = TypeVar("_Result")


class StoreUnavailableError(JobBrokenError):
    """A store kept refusing for as long as it is tried; what was committed stays."""


def open_filesystem(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of a URL and the path in it.

    Credentials and endpoints come from the environment, as the file system of the scheme documents. Raises
    ImportError and ValueError as fsspec does.
    """
    # The retries of botocore and of s3fs would multiply with `retry`.
    options = {
        scheme: {
            "config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 1}},
            # Others write to the same store: what was listed a while ago tells nothing.
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
    """How long a store that refuses is tried, from the environment variable DOCPIPE_STORE_SECONDS."""
    try:
        return max(0.0, float(os.environ[STORE_SECONDS_VARIABLE]))
    except (KeyError, ValueError):
        return _STORE_SECONDS


def retry(what: str, call: Callable[[], _Result], seconds: float | None = None) -> _Result:
    """The result of `call`, tried again with growing pauses while the store refuses in a way that may pass.

    Args:
        what: a file or URL, for the message.
        call: may run more than once, so it must give the same result each time.
        seconds: how long; `store_seconds()` where None.

    Raises StoreUnavailableError once the time is over, and at once whatever will not pass.
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
                    f"{what}: the store has not answered for {waited:.0f} s, last with {_name(error)}; "
                    "run the job again once it does, it goes on where it stopped"
                ) from None
        # Many workers that meet the same refusal should not come back at the same moment.
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, _LONGEST_PAUSE)


def is_transient(error: BaseException) -> bool:
    """Whether an error of a file system is one that may go away by itself."""
    if isinstance(error, StoreUnavailableError):
        return False
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if isinstance(error, OSError):
        return error.errno in _PASSING_ERRNOS and not is_precondition(error)
    return isinstance(error, _transient_classes())


def is_missing_credentials(error: BaseException) -> bool:
    """Whether a file system found no credentials in the environment."""
    return type(error).__name__ in _NO_CREDENTIALS


def is_precondition(error: BaseException) -> bool:
    """Whether a conditional write was refused because of its condition."""
    return isinstance(error, FileExistsError) or error_code(error) in ("PreconditionFailed", "412")


def error_code(error: BaseException) -> str:
    """The code that an S3 server gave, empty where there is none."""
    response: Any = getattr(error.__cause__, "response", None) or getattr(error, "response", None)
    if not isinstance(response, dict):
        return ""
    return str(response.get("Error", {}).get("Code", ""))


def _transient_classes() -> tuple[type[BaseException], ...]:
    loaded = ((sys.modules.get(module), name) for module, name in _PASSING_CLASSES)
    found = (getattr(module, name, None) for module, name in loaded if module is not None)
    return tuple(kind for kind in found if isinstance(kind, type))


def _name(error: BaseException) -> str:
    return " ".join(f"{error_code(error) or type(error).__name__}: {error}".split())[:300]
