"""Error codes and stages of the tables, and the exceptions that end a command with an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a document, page, question, chart or table failed; the only values of `errors.code`."""

    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    UNSUPPORTED_TYPE = "unsupported_type"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    ENGINE_FAILED = "engine_failed"
    TRUNCATED_OUTPUT = "truncated_output"
    REPETITION = "repetition"
    BAD_OUTPUT = "bad_output"
    NOT_FOUND = "not_found"
    PERMISSION_DENIED = "permission_denied"
    EMPTY = "empty"


class Stage(StrEnum):
    """Where a document, page, question, chart or table failed; the only values of `errors.stage`."""

    LIST = "list"
    """Listing the inputs: the file does not exist, may not be read, or exceeds a limit."""
    READ = "read"
    """Opening a file, and reading a page's text layer."""
    RENDER = "render"
    """Rendering the page's image for a model."""
    OCR = "ocr"
    """Reading text from an image, by OCR or by a model."""
    LAYOUT = "layout"
    """Finding the regions of a page that was read by OCR."""
    ENGINE = "engine"
    """Sending an engine a request about the whole page."""
    DOCVQA = "docvqa"
    """Answering a question."""
    CHART = "chart"
    """Reading a chart."""
    TABLE = "table"
    """Reading a table."""


@dataclass(frozen=True)
class Failure:
    """One failure of one page or one file, which becomes a row of `errors`.

    Attributes:
        code: reason of the failure.
        message: one line for a person: what failed and, if there is a fix, the fix.
        stage: stage of the failure.
        attempts: number of attempts.
    """

    code: ErrorCode
    message: str
    stage: Stage
    attempts: int = 1


class DocumentError(Exception):
    """A file, or one of its pages, cannot be read; becomes a `Failure` row and never ends a job.

    Attributes:
        attempts: number of attempts.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.attempts = 1

    def __str__(self) -> str:
        return self.message


INTERRUPTED = 130
"""Exit code of a command that was interrupted."""


class CommandError(Exception):
    """Ends a command with a message and an exit code instead of a traceback."""

    exit_code = 1


class JobBrokenError(CommandError):
    """The job failed while it ran; committed batches stay in the output (exit code 1)."""

    exit_code = 1


class InvalidJobError(CommandError):
    """Bad usage or an invalid job.yaml (exit code 2)."""

    exit_code = 2


class MissingResourceError(CommandError):
    """Something that the job needs is missing: weights, an engine, credentials, a bucket (exit code 4)."""

    exit_code = 4


def command_error(error: Exception) -> CommandError:
    """The documented exception that a command or a function of the Python interface raises because of `error`."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, ModuleNotFoundError):
        # Only the packages of an extra can be missing from an installed docpipe.
        return MissingResourceError(f"{error}; install it with: pip install 'docpipe[internvl2]'")
    return JobBrokenError(f"{type(error).__name__}: {error}")


@contextmanager
def documented_errors() -> Iterator[None]:
    """In this context, every `Exception` becomes a CommandError with the message that the command line shows."""
    try:
        yield
    except CommandError:
        raise
    except Exception as error:
        raise command_error(error) from error
