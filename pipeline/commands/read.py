"""Reads files without a job, Ray or an output folder: `docpipe.read` and `docpipe read`.

The rows are those of a run with the tasks `ocr` with `engine: auto`, `chart` with `engine: vector`, `table` with
`engine: grid` and, where there are questions, `docvqa` with `engine: key_value`. `run_id` is empty, and the times
differ.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ...operators.docvqa.question_type import question_type
from ...operators.extraction.documents import answers_of_document
from ...operators.extraction.grid import NAME as GRID
from ...operators.extraction.key_value import NAME as KEY_VALUE
from ...operators.extraction.measured_charts import ENGINE as VECTOR
from ...operators.extraction.weight_free import found_in_document
from ...operators.inference.tasks import Cascade, TaskPlan
from ...operators.inference.work import Question
from ...operators.reading.messages import ReadSettings
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...operators.sandbox.sandbox import Sandbox
from ...schemas.answer_types import ANSWER_TYPES
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.job.model import Limits
from ...schemas.job.tasks import Use
from ...schemas.locations import resolve_location
from ...schemas.page import PageReading
from ...schemas.tables import PAGE_TABLES
from ..engines.tasks import passwords_from
from ..export.hyphens import Vocabulary
from ..export.markdown import page_markdown
from ..inputs.inventory import facts_of_files
from ..inputs.listing import single_file
from ..inputs.units import PlannedDocument, needs_opening, plan_documents
from ..output.committed import PageCount
from ..run.documents import document_row
from ..stages.read import PageTasks, read_parts
from ..tables import records
from ..tables.by_document import PageRows
from ..tables.extraction_rows import answers_table
from ..tables.page_rows import page_tables
from ..tables.records import (
    StoredAnswer,
    StoredBlock,
    StoredChart,
    StoredDocument,
    StoredFailure,
    StoredLine,
    StoredPage,
    StoredTable,
)
from .single_file import file_error, no_page_error, ocr_threads, page_message

NO_RUN = ""
"""`run_id` of rows that no run wrote."""

_LIMITS = Limits()
_WITHOUT_MODELS = PageTasks(TaskPlan((Cascade(Use.CHART, VECTOR), Cascade(Use.TABLE, GRID))))


@dataclass(frozen=True)
class ReadResult:
    """A document with its contents; boxes are shares of a page, see `docs/tables.md`.

    Attributes:
        document: its row of `documents`.
        pages: pages in order, each with its `text`, `lines` and `blocks`; a page that could not be read has the status
            `failed`.
        charts: charts with their points.
        errors: failures, in the order of the pages.
    """

    document: StoredDocument
    pages: tuple[StoredPage, ...]
    answers: tuple[StoredAnswer, ...]
    charts: tuple[StoredChart, ...]
    tables: tuple[StoredTable, ...]
    errors: tuple[StoredFailure, ...]

    @property
    def documents(self) -> tuple[StoredDocument, ...]:
        """The row of `documents`, as a tuple of one, like the rows of other tables."""
        return (self.document,)

    @property
    def text(self) -> str:
        """The text of all pages in reading order, a form feed between two pages."""
        return "\f".join(page.text or "" for page in self.pages)

    @property
    def lines(self) -> tuple[StoredLine, ...]:
        """The lines of all pages, from the source that gave the text of the page."""
        return tuple(chain.from_iterable(page.lines for page in self.pages))

    @property
    def blocks(self) -> tuple[StoredBlock, ...]:
        """The regions of all pages."""
        return tuple(chain.from_iterable(page.blocks for page in self.pages))

    @property
    def markdown(self) -> str:
        """The document as `docpipe read` prints it."""
        alone = len(self.pages) == 1
        vocabulary = Vocabulary()
        parts: list[str] = []
        for page in self.pages:
            vocabulary.add(line.text for line in page.lines)
            charts = [chart for chart in self.charts if chart.page_number == page.page_number]
            tables = [table for table in self.tables if table.page_number == page.page_number]
            parts += numbered_markdown(page, charts, tables, vocabulary, alone=alone)
        return "\n".join(f"{part}\n" for part in parts)


def read(
    path: str | os.PathLike[str],
    *,
    ask: Mapping[str, str] | None = None,
    answer_type: str | None = None,
    layout: bool = False,
    passwords_env: str | None = None,
) -> ReadResult:
    """Read one file in this process and its sandboxed children, as a run would; writes nothing except caches.

    Args:
        path: a local path or an fsspec URL.
        ask: questions about the document by their ids, answered by the engine key_value, without a model.
        answer_type: type that the answers are parsed to, one of the types of `tasks.docvqa.questions`; inferred from
            the words of each question where None.
        layout: whether the layout model finds regions (titles, lists, tables and others). It takes a second to load,
            and some tenths of a second per page.
        passwords_env: name of an environment variable with one password per line.

    Returns:
        The whole document in memory. Pages that could not be read are among its `errors`.

    Raises:
        InvalidJobError: the type of the file is not supported, or the arguments are invalid.
        MissingResourceError: the file does not exist, may not be read, no password opens it, or an engine is missing.
        JobBrokenError: the document, or each of its pages, cannot be read.

    Example:
        >>> page = docpipe.read("scan.pdf").pages[0]
        >>> page.lines[0].text, page.lines[0].box
    """
    check_questions(tuple((ask or {}).values()), answer_type)
    with file_reader(layout=layout, passwords_env=passwords_env) as reader:
        document = plan_file(reader, os.fspath(path))
        if document.failure is not None:
            raise file_error(document.facts.uri, document.failure.code, document.failure.message)
        asked = asked_questions(ask or {}, answer_type)
        readings: list[PageReading] = []
        pages = list(rows_of_pages(reader, document, readings if asked else None))
    messages = [message for page in pages for message in page_failures(document, page)]
    if pages and all(page.failed for page in pages):
        raise no_page_error(messages)
    count = PageCount(len(pages), len(pages), sum(page.failed for page in pages))
    return ReadResult(
        document=records.document(document_row(document, count, NO_RUN)),
        pages=tuple(page.stored() for page in pages),
        answers=tuple(records.answer(row) for row in answer_rows(document, asked, readings)),
        charts=tuple(chart for page in pages for chart in page.charts()),
        tables=tuple(table for page in pages for table in page.tables()),
        errors=tuple(records.failure(row) for page in pages for row in page.children["errors"]),
    )


def check_questions(questions: tuple[str, ...], answer_type: str | None) -> None:
    """Refuses questions that cannot be answered.

    Raises:
        InvalidJobError: the type is unknown, needs further settings, or was given without a question.
    """
    if answer_type is not None and answer_type not in ANSWER_TYPES:
        raise InvalidJobError(f"docpipe read: --type {answer_type}: is not one of {', '.join(ANSWER_TYPES)}")
    if answer_type is not None and not questions:
        raise InvalidJobError("docpipe read: --type is the type of a question; give one with --ask")
    if any(name == answer_type and described.needs_choices for name, described in ANSWER_TYPES.items()):
        raise InvalidJobError(f"docpipe read: --type {answer_type} needs the choices, which only a job can name")
    if any(not question.strip() for question in questions):
        raise InvalidJobError("docpipe read: --ask: the question is empty")


def asked_questions(ask: Mapping[str, str], answer_type: str | None) -> tuple[Question, ...]:
    """The questions with their types, which `check_questions` accepted."""
    given = next((name for name in ANSWER_TYPES if name == answer_type), None)
    return tuple(Question(name, text, given or question_type(text)) for name, text in ask.items())


def answer_rows(
    document: PlannedDocument, questions: Sequence[Question], readings: Sequence[PageReading]
) -> list[records.Row]:
    """A row of `answers` for each question about a document whose pages were read."""
    if not questions:
        return []
    cascade = Cascade(Use.DOCVQA, KEY_VALUE)
    pages = [reading for reading in readings if reading.failure is None]
    found = found_in_document(questions, pages, cascade)
    answers = answers_of_document(questions, found, (), TaskPlan((cascade,)))
    rows: list[records.Row] = answers_table([(document.document_id, one) for one in answers], NO_RUN).to_pylist()
    return rows


def file_reader(*, layout: bool, passwords_env: str | None, parser: Sandbox | None = None) -> PageReader:
    """A reader with the default settings and limits of a job.

    Args:
        parser: a process of `parser_sandbox` that was already started with the same `layout`.

    Raises MissingResourceError if the environment variable with the passwords is not set.
    """
    passwords = passwords_from(passwords_env, "--passwords-env") if passwords_env else ()
    settings = ReadSettings(layout=layout, passwords=passwords, collect=(VECTOR, GRID))
    return PageReader(settings, _LIMITS.page_seconds, _LIMITS.page_memory_mb, ocr_threads(), parser)


def plan_file(reader: PageReader, file: str) -> PlannedDocument:
    """The document in a file, with the pages to read, or with its failure.

    Args:
        file: a path or an fsspec URL.

    Raises MissingResourceError if a store does not answer, or its file system cannot be used.
    """
    try:
        listed = single_file(resolve_location(file, Path.cwd()))
    except MissingResourceError as error:
        raise MissingResourceError(str(error).removeprefix("inputs: ")) from error
    facts = facts_of_files(reader, [listed]) if needs_opening(listed, {}, _LIMITS) else []
    (document,) = plan_documents([listed], {found.uri: found for found in facts}, _LIMITS, None)
    return document


def rows_of_pages(
    reader: PageReader, document: PlannedDocument, readings: list[PageReading] | None = None
) -> Iterator[PageRows]:
    """The pages of a document in order, each with its rows, one page at a time.

    Args:
        readings: gets the reading of each page; None where nothing is asked, so that memory does not grow.
    """
    facts = document.facts
    part = {
        "document_id": document.document_id,
        "uri": facts.uri,
        "version": facts.version,
        "pages": document.pages,
    }
    for page in read_parts(reader, [part], StageSeconds(), _WITHOUT_MODELS):
        if readings is not None:
            readings.append(page.reading)
        tables = page_tables([page], NO_RUN)
        (row,) = tables["pages"].to_pylist()
        yield PageRows(row, {name: tables[name].to_pylist() if name in tables else [] for name in PAGE_TABLES})


def page_failures(document: PlannedDocument, page: PageRows) -> list[str]:
    """A line for each failure of a page."""
    return [
        page_message(document.facts.uri, row["page_number"], row["code"], row["message"])
        for row in page.children["errors"]
    ]


def numbered_markdown(
    page: StoredPage,
    charts: Sequence[StoredChart],
    tables: Sequence[StoredTable],
    vocabulary: Vocabulary,
    *,
    alone: bool,
) -> Iterator[str]:
    """The Markdown parts of a page, after its number if the document has several pages."""
    if not alone:
        yield f"<!-- page {page.page_number} -->"
    yield from page_markdown(page, charts, tables, vocabulary)
