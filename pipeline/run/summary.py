"""The result of a run: counts, exit code, JSON object, and the summary or failure message that is printed."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...schemas.errors import CommandError, MissingResourceError
from ...schemas.job.model import OnError
from ...schemas.tables import COUNTED_TABLES
from ..inputs.inventory import Changes
from .documents import DocumentCounts


@dataclass(frozen=True)
class RunSummary:
    """The result of a run; `pages` is `pages_ok + pages_failed + pages_skipped`.

    Attributes:
        documents, pages: of the whole job.
        pages_ok, pages_failed, lines, answers, charts, tables: of this run; the last four are `COUNTED_TABLES`.
        pages_skipped: committed by earlier runs.
        changes: how the inputs differ from the last run's.
        document_counts, failed_pages: counts of the job over all its runs, which are compared with `on_error`.
        codes: error codes of this run's pages with their counts.
        problems: what failed more often than `on_error` allows, one sentence each; if there are any, the exit code of
            the command line is 3.
    """

    run_id: str
    output: str
    documents: int
    pages: int
    pages_ok: int
    pages_failed: int
    pages_skipped: int
    lines: int
    seconds: float
    changes: Changes
    document_counts: DocumentCounts
    failed_pages: int
    codes: dict[str, int]
    answers: int = 0
    charts: int = 0
    tables: int = 0
    problems: tuple[str, ...] = ()

    @property
    def within_limits(self) -> bool:
        """Whether failures are within the limits of `on_error`."""
        return not self.problems

    @property
    def pages_per_second(self) -> float:
        return (self.pages_ok + self.pages_failed) / max(self.seconds, 1e-9)


TOO_MANY_FAILURES = 3


def exit_code(summary: RunSummary, on_error: OnError) -> tuple[int, list[str]]:
    """0, or 3 with the reasons if more failed than `on_error` allows."""
    shares = [
        ("pages", summary.failed_pages, summary.pages, on_error.max_failed_pages),
        ("documents", summary.document_counts.failed, summary.documents, on_error.max_failed_documents),
    ]
    reasons = [
        f"{failed} of {total} {what} failed, on_error.max_failed_{what} allows {allowed:.1%}"
        for what, failed, total, allowed in shares
        if total and failed / total > allowed
    ]
    return (TOO_MANY_FAILURES if reasons else 0), reasons


def summary_json(summary: RunSummary) -> dict[str, Any]:
    """The object of `run --json`."""
    pages = ("documents", "pages", "pages_ok", "pages_failed", "pages_skipped")
    return {
        **{name: getattr(summary, name) for name in (*pages, *COUNTED_TABLES)},
        "seconds": round(summary.seconds, 3),
        "pages_per_second": round(summary.pages_per_second, 3),
        "output": summary.output,
        "run_id": summary.run_id,
    }


def summary_text(summary: RunSummary) -> str:
    counts = summary.document_counts
    counted = [(table, getattr(summary, table)) for table in COUNTED_TABLES]
    found = ", ".join(f"{number} {table}" for table, number in counted if number or table == "lines")
    lines = [
        f"{summary.documents} documents: {counts.ok} ok, {counts.partial} partial, {counts.failed} failed",
        f"{summary.pages} pages: {summary.pages_ok} ok, {summary.pages_failed} failed, "
        f"{summary.pages_skipped} done before",
        f"{found} in {summary.seconds:.1f} s, {summary.pages_per_second:.1f} pages/s",
    ]
    lines += [f"  {code}: {count}" for code, count in sorted(summary.codes.items())]
    return "\n".join([*lines, "", f"Parquet: {summary.output}/<table>/part-*.parquet", "", *_queries(summary.output)])


def _queries(output: str) -> list[str]:
    folder = output.replace("'", "''")
    queries = [
        f"SELECT text_source, status, count(*) AS pages FROM '{folder}/pages/*.parquet' GROUP BY ALL ORDER BY ALL",
        f"SELECT page_number, text, round(bbox.x0, 3) AS x0, round(bbox.y0, 3) AS y0 "
        f"FROM '{folder}/lines/*.parquet' WHERE text ILIKE '%total%' LIMIT 10",
        f"SELECT parse_filename(uri) AS file, page_number, code, message FROM '{folder}/errors/*.parquet'",
    ]
    return ["Ask it, for example:", *(f'  duckdb -c "{query}"' for query in queries)]


_IN_CREATION = "raised in its creation task"


def describe_failure(error: BaseException) -> str:
    """One or two lines: the innermost cause that has a message, and what to do about it."""
    cause = _innermost(error)
    lines = str(cause).strip().splitlines() or [""]
    message = _raised_in_creation(cause) or f"{type(cause).__name__}: {lines[0]}"
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{cause.strerror} while writing; free some and run the job again: it resumes"
    if isinstance(cause, PermissionError):
        return f"{message}; make the output folder writable and run the job again"
    return f"{message}; committed pages stay in the output, and the next run resumes there"


def command_error_in(error: BaseException) -> CommandError | None:
    """The error of a command that a worker raised, without what Ray wraps it in; None for any other error."""
    found = (one for one in _chain(error) if isinstance(one, CommandError))
    # Ray's wrapper of an error is of the error's class too, and its message is a traceback.
    if (raised := next((one for one in found if not hasattr(one, "cause")), None)) is not None:
        return raised
    kind, _, message = (_raised_in_creation(_innermost(error)) or "").partition(": ")
    return MissingResourceError(message) if kind.endswith(f".{MissingResourceError.__name__}") else None


def _raised_in_creation(error: BaseException) -> str | None:
    """Ray reports an exception from the creation of an actor as text, whose last line names the exception."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines and _IN_CREATION in lines[0] else None


def _innermost(error: BaseException) -> BaseException:
    """What was raised first; some of Ray's wrappers have no message."""
    chain = list(_chain(error))
    return next((one for one in reversed(chain) if str(one)), chain[-1])


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it: Ray wraps what a task raised, sometimes more than once."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        yield current
        current = getattr(current, "cause", None) or current.__cause__
