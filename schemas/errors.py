"""Error codes and stages of the tables, and the exceptions that end a command with an exit code."""

from collections.abc import Iterator, Mapping
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


class Level(StrEnum):
    """What a failure belongs to: the column of `errors` that names it is set."""

    DOCUMENT = "document"
    PAGE = "page"
    QUESTION = "question"
    CHART = "chart"
    TABLE = "table"


@dataclass(frozen=True)
class CodeDescription:
    """What an error code says.

    Attributes:
        meaning: what happened, as a sentence.
        levels: what can fail with this code.
        advice: what a person can do about it, as a sentence.
    """

    meaning: str
    levels: tuple[Level, ...]
    advice: str


_READING = (Level.DOCUMENT, Level.PAGE)
_ASKING = (Level.PAGE, Level.QUESTION, Level.CHART, Level.TABLE)

ERROR_CODES: Mapping[ErrorCode, CodeDescription] = {
    ErrorCode.UNREADABLE: CodeDescription(
        "The file or the page is damaged, changed while it was read, or could not be transferred.",
        _READING,
        "Open the file in a viewer; if it is damaged there too, get it again. After a fault of the disk or the "
        "network, run the job with --retry-failed.",
    ),
    ErrorCode.ENCRYPTED: CodeDescription(
        "The document is encrypted, and no password opens it.",
        _READING,
        "Put its password into the variable that inputs.passwords_env names, one a line, and run with --retry-failed.",
    ),
    ErrorCode.UNSUPPORTED_TYPE: CodeDescription(
        "The content of the file is of no type that can be read, whatever its name says.",
        (Level.DOCUMENT,),
        "Convert it to PDF, or leave it out with inputs.exclude; docs/inputs.md lists what can be read.",
    ),
    ErrorCode.TOO_LARGE: CodeDescription(
        "The file, its number of pages, or an image exceeds a limit of the job.",
        _READING,
        "Raise the limit that the message names: limits.max_file_mb, limits.max_pages_per_document or "
        "limits.page_memory_mb.",
    ),
    ErrorCode.TIMEOUT: CodeDescription(
        "Opening the file, reading the page, or an engine's answer took longer than allowed.",
        (Level.DOCUMENT, *_ASKING),
        "Raise limits.page_seconds, or for a model the engine's request_seconds, and run with --retry-failed.",
    ),
    ErrorCode.CRASHED: CodeDescription(
        "The process that read the page, or the engine, died each time that it was tried.",
        (Level.DOCUMENT, *_ASKING),
        "Look for a kill by the system in its log; otherwise the page makes the parser or the model crash: leave it "
        "out with inputs.pages, or report it with the file.",
    ),
    ErrorCode.OUT_OF_MEMORY: CodeDescription(
        "Reading the file or the page needs more memory than one page may have.",
        _READING,
        "Raise limits.page_memory_mb and run with --retry-failed.",
    ),
    ErrorCode.ENGINE_FAILED: CodeDescription(
        "OCR, a layout model, or an engine raised an error; the message has it.",
        (Level.DOCUMENT, *_ASKING),
        "See the message; docpipe doctor checks the engines of this machine. Then run with --retry-failed.",
    ),
    ErrorCode.TRUNCATED_OUTPUT: CodeDescription(
        "The model reached its limit of new tokens before the end of its output.",
        _ASKING,
        "Raise the engine's max_new_tokens for the task, and run into a new output.",
    ),
    ErrorCode.REPETITION: CodeDescription(
        "The model repeated itself and was stopped.",
        _ASKING,
        "Try another engine, or more tiles (max_tiles), for the task, and run into a new output.",
    ),
    ErrorCode.BAD_OUTPUT: CodeDescription(
        "The output of the model is not of the form that was asked for; raw_output keeps it.",
        _ASKING,
        "Read raw_output; ask the question in other words, give it another type, or try another engine.",
    ),
    ErrorCode.NOT_FOUND: CodeDescription(
        "There is no file at the path or URL, no file matches the pattern, or the page does not exist.",
        _READING,
        "Correct inputs.paths or the manifest; a file that is there at the next run is read then.",
    ),
    ErrorCode.PERMISSION_DENIED: CodeDescription(
        "The file may not be read.",
        (Level.DOCUMENT,),
        "Give the user or the credentials of the job the right to read it.",
    ),
    ErrorCode.EMPTY: CodeDescription(
        "The file has no bytes, or the document has no pages.",
        (Level.DOCUMENT,),
        "Nothing is lost; leave the file out with inputs.exclude, or get it again.",
    ),
}
"""What each code says; `docs/errors.md` is generated from it."""


class Stage(StrEnum):
    """Where a document, page, question, chart or table failed; the only values of `errors.stage`."""

    LIST = "list"
    READ = "read"
    RENDER = "render"
    OCR = "ocr"
    LAYOUT = "layout"
    ENGINE = "engine"
    DOCVQA = "docvqa"
    CHART = "chart"
    TABLE = "table"


STAGES: Mapping[Stage, str] = {
    Stage.LIST: "Listing the inputs: the file does not exist, may not be read, or exceeds a limit.",
    Stage.READ: "Opening a file, and reading a page's text layer.",
    Stage.RENDER: "Rendering the page's image for a model.",
    Stage.OCR: "Reading text from an image, by OCR or by a model.",
    Stage.LAYOUT: "Finding the regions of a page that was read by OCR.",
    Stage.ENGINE: "Sending an engine a request about the whole page.",
    Stage.DOCVQA: "Answering a question.",
    Stage.CHART: "Reading a chart.",
    Stage.TABLE: "Reading a table.",
}
"""What is done in each stage."""


def advice(code: str) -> str:
    """What a person can do about failures with a code that an output holds."""
    if code not in ERROR_CODES:
        return "This version of docpipe does not know the code; see the messages."
    return ERROR_CODES[ErrorCode(code)].advice


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
        partial: the result as far as it was there before the failure; None where nothing was.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.attempts = 1
        self.partial: object = None

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
