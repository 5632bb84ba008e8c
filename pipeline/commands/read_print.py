"""Prints files for `docpipe read`, page by page as they are read."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Protocol

from ...operators.inference.work import Question
from ...operators.reading.reader import PageReader
from ...schemas.errors import CommandError, InvalidJobError
from ...schemas.page import PageReading
from ...schemas.printable import printable
from ...schemas.tables import TABLES
from ..export.hyphens import Vocabulary
from ..export.jsonl import json_line
from ..export.markdown import inline
from ..inputs.units import PlannedDocument
from ..output.committed import PageCount
from ..run.documents import document_errors, document_row
from ..run.summary import TOO_MANY_FAILURES
from ..tables import records
from ..tables.by_document import PageRows
from ..tables.records import Row, StoredAnswer
from .read import NO_RUN, answer_rows, numbered_markdown, page_failures, plan_file, rows_of_pages
from .single_file import file_error, no_page_error

_IN_MEMORY = 8 << 20
_CHUNK = 1 << 20

Write = Callable[[str], None]


class Printer(Protocol):
    """Prints documents in one format, one after the other."""

    def begin(self, document: PlannedDocument) -> None:
        """Start a document that has something to print."""

    def page(self, page: PageRows) -> None:
        """Print the next page of the document."""

    def end(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """End a document, even if `begin` was not called for it; `rows` belong to no page."""


def printer(form: str, write: Write, files: int) -> Printer:
    """The printer for `markdown` or `json`; raises InvalidJobError for any other format."""
    if form == "markdown":
        return _Markdown(write, headings=files > 1)
    if form == "json":
        return _Json(write)
    raise InvalidJobError(f"docpipe read: --to {form}: is not one of markdown, json")


def print_files(
    reader: PageReader, files: Sequence[str], out: Printer, warn: Write, questions: Sequence[Question] = ()
) -> int:
    """Print files in the order given.

    Args:
        questions: asked about each file.
        warn: receives one line for each file or page that could not be read.

    Returns:
        The exit code: 0 if everything was read, 3 if some of it could not be read, or the code of the first error if
        no file could be read at all.
    """
    printed = [_print_file(reader, file, out, warn, questions) for file in files]
    errors = [one.error for one in printed if one.error is not None]
    if errors and len(errors) == len(printed):
        return errors[0].exit_code
    return TOO_MANY_FAILURES if errors or any(one.failed_pages for one in printed) else 0


@dataclass(frozen=True)
class _Printed:
    """The result for one file; `error` is set if none of it could be read."""

    failed_pages: int = 0
    error: CommandError | None = None


def _print_file(reader: PageReader, file: str, out: Printer, warn: Write, questions: Sequence[Question]) -> _Printed:
    try:
        document = plan_file(reader, file)
    except CommandError as error:
        warn(str(error))
        return _Printed(error=error)
    if document.failure is not None:
        refused = file_error(document.facts.uri, document.failure.code, document.failure.message)
        warn(str(refused))
        errors = document_errors([document], NO_RUN).to_pylist()
        out.end({"documents": [document_row(document, None, NO_RUN)], "errors": errors})
        return _Printed(error=refused)
    out.begin(document)
    pages = failed = 0
    messages: list[str] = []
    readings: list[PageReading] = []
    for page in rows_of_pages(reader, document, readings if questions else None):
        out.page(page)
        pages += 1
        failed += page.failed
        for message in page_failures(document, page):
            warn(message)
            messages.append(message)
    row = document_row(document, PageCount(pages, pages, failed), NO_RUN)
    out.end({"documents": [row], "answers": answer_rows(document, questions, readings)})
    return _Printed(failed, no_page_error(messages) if failed == pages else None)


class _Markdown:
    """Markdown, with a blank line between parts; if there are several files, each has a heading with its name."""

    def __init__(self, write: Write, *, headings: bool) -> None:
        self._write = write
        self._headings = headings
        self._gap = ""
        self._alone = False
        self._vocabulary = Vocabulary()

    def begin(self, document: PlannedDocument) -> None:
        self._alone = len(document.pages) == 1
        self._vocabulary = Vocabulary()
        if self._headings:
            self._parts([f"# {inline(printable(document.facts.uri.rsplit('/', 1)[-1]))}"])

    def page(self, page: PageRows) -> None:
        stored = page.stored()
        self._vocabulary.add(line.text for line in stored.lines)
        self._parts(numbered_markdown(stored, page.charts(), page.tables(), self._vocabulary, alone=self._alone))

    def end(self, rows: Mapping[str, Sequence[Row]]) -> None:
        answers = [answer_markdown(records.answer(row)) for row in rows.get("answers", ())]
        self._parts(["\n".join(answers)] if answers else [])

    def _parts(self, parts: Iterable[str]) -> None:
        if text := "\n".join(f"{part}\n" for part in parts):
            self._write(self._gap + text)
            self._gap = "\n"


def answer_markdown(answer: StoredAnswer) -> str:
    """A question with its answer, page, box and confidence, or with the reason why there is none, as a list item."""
    asked = f"- {inline(printable(answer.question))}"
    if answer.answer is None:
        reason = f" ({inline(printable(answer.raw_output))})" if answer.raw_output else ""
        return f"{asked} {answer.status.replace('_', ' ')}{reason}"
    sure = "" if answer.confidence is None else f", confidence {answer.confidence:.2f}"
    where = "; ".join(
        f"page {place.page_number}, box {' '.join(f'{value:.3f}' for value in place.box)}" for place in answer.evidence
    )
    return f"{asked} **{inline(printable(answer.answer))}** ({where}{sure})"


class _Json:
    """JSON Lines: one object per document, with its rows by the names of the tables.

    An object lists rows table by table, but pages are read one by one. Rows that must wait are spooled to anonymous
    temporary files when they are large, so that a document of thousands of pages does not fill the memory.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: dict[str, SpooledTemporaryFile[str]] = {}

    def begin(self, document: PlannedDocument) -> None:
        pass

    def page(self, page: PageRows) -> None:
        self._add({"pages": [page.page], **page.children})

    def end(self, rows: Mapping[str, Sequence[Row]]) -> None:
        self._add(rows)
        between = "{"
        for table in TABLES:
            self._write(f"{between}{json.dumps(table)}: [")
            if (waiting := self._waiting.pop(table, None)) is not None:
                with waiting:
                    waiting.seek(0)
                    while chunk := waiting.read(_CHUNK):
                        self._write(chunk)
            self._write("]")
            between = ", "
        self._write("}\n")

    def _add(self, rows: Mapping[str, Sequence[Row]]) -> None:
        for table, added in rows.items():
            for row in added:
                waiting = self._waiting.get(table)
                if waiting is None:
                    waiting = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115 - closed by `end`
                    self._waiting[table] = waiting
                else:
                    waiting.write(", ")
                waiting.write(json_line(row).rstrip("\n"))
