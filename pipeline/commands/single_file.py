"""Shared by the commands that read single files: error messages, and the number of OCR threads."""

import os
from collections.abc import Sequence

from ...schemas.errors import CommandError, ErrorCode, InvalidJobError, JobBrokenError, MissingResourceError

_MISSING = frozenset({ErrorCode.NOT_FOUND, ErrorCode.PERMISSION_DENIED, ErrorCode.ENCRYPTED})
_MAX_THREADS = 4
_PAGES_NAMED = 10


def ocr_threads() -> int:
    """Number of threads of the OCR process when one page is read at a time."""
    return min(_MAX_THREADS, len(os.sched_getaffinity(0)))


def file_error(file: str, code: ErrorCode, message: str) -> CommandError:
    """The exception for a file that cannot be read; its message begins with the name of the file.

    InvalidJobError if the type is not supported; MissingResourceError if the file does not exist, may not be read or
    needs a password; otherwise JobBrokenError.
    """
    # Jobs name the variable by a key, commands by an option.
    message = message.replace("(inputs.passwords_env)", "(--passwords-env)")
    message = message if message.startswith(file) else f"{file}: {message}"
    if code == ErrorCode.UNSUPPORTED_TYPE:
        return InvalidJobError(message)
    return MissingResourceError(message) if code in _MISSING else JobBrokenError(message)


def page_message(file: str, page_number: int, code: str, message: str) -> str:
    """One line about a page that cannot be read."""
    return f"{file}: page {page_number}: {code}: {message}"


def no_page_error(messages: Sequence[str]) -> JobBrokenError:
    """The exception for a document of which no page can be read, with the messages of the first ones."""
    return JobBrokenError("\n".join(messages[:_PAGES_NAMED]))
