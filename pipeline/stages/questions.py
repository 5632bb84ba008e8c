"""Questions about whole documents, on CPU workers: selects the pages for requests, and the best answer of all pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from ...operators.docvqa.answers import best_answer, nothing_there, unanswered
from ...operators.docvqa.page_ranking import choose_pages
from ...operators.extraction.findings import with_findings
from ...operators.inference.results import QuestionAnswer
from ...operators.inference.tasks import EngineTasks
from ...operators.inference.work import ReadPage
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError, Failure, Stage
from ...schemas.job.engines import EngineSettings
from ...schemas.page import PageReading, TextLines
from ..engines.blocks import AskedDocument, DoneItem, WorkItem, pack, unpack, unpack_items
from ..output.commit import commit_batch
from ..output.committed import dataset
from ..tables.error_rows import error_row
from ..tables.extraction_rows import answers_table
from ..tables.rows import table_of_rows
from ..tables.text_lines import text_lines
from ..telemetry.log import log_failures
from ..telemetry.unit_report import FACTS, unit_facts
from .extract import ModelContext, model_seconds, retries_of, with_requests
from .read import WorkerContext, check_lock, fetched, page_reader, stops

ANSWERED = pa.schema(
    [
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("answers", pa.int64(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("statuses", pa.list_(pa.string()), nullable=False),
        *FACTS,
    ]
)
"""The row that the driver receives for each committed batch of documents."""


@dataclass(frozen=True)
class AskContext:
    """The settings that CPU workers need for questions about documents."""

    tasks: EngineTasks
    settings: EngineSettings


def open_documents(block: pa.Table, context: WorkerContext, ask: AskContext) -> pa.Table:
    """Add the pages that questions are asked about, and the requests with their images, to each document of a block."""
    if stops(context):
        return pack([])
    spent = StageSeconds()
    documents = [item.document for item in unpack_items(block) if item.document is not None]
    return pack([_opened(document, context, ask, spent) for document in documents], spent.take())


def commit_answers(block: pa.Table, context: WorkerContext, ask: AskContext) -> pa.Table:
    """Commit documents with their answers as one batch; returns a row of `ANSWERED`."""
    items = unpack(block)
    if not items:
        return ANSWERED.empty_table()
    check_lock(context)
    spent = model_seconds(block, items)
    with spent.time("ground"):
        found = [(item.document, _answers(item, ask.tasks)) for item in items if item.document is not None]
    run_id = context.provenance.run_id
    errors = [error for document, answers in found for error in _errors(document, answers, run_id)]
    tables = {
        "documents": table_of_rows("documents", [dict(document.row) for document, _ in found]),
        "answers": answers_table([(d.document_id, answer) for d, answers in found for answer in answers], run_id),
        "errors": table_of_rows("errors", errors),
    }
    with spent.time("commit"):
        commit_batch(context.store, context.provenance, "documents", tables, fence=partial(check_lock, context))
    log_failures(tables["errors"])
    row = {
        "documents": len(found),
        "answers": tables["answers"].num_rows,
        "seconds": sum(page.seconds for item in items for pages in item.results.values() for page in pages),
        "statuses": [str(document.row["status"]) for document, _ in found],
        **unit_facts(tables, spent.take(), retries_of(items)),
    }
    return pa.Table.from_pylist([row], schema=ANSWERED)


def _opened(document: AskedDocument, context: WorkerContext, ask: AskContext, spent: StageSeconds) -> WorkItem:
    numbers, texts = _page_texts(document, context)
    chosen = {numbers[index]: questions for index, questions in choose_pages(document.questions, texts).items()}
    lines = _lines(document, list(chosen), context)
    pages = [
        ReadPage(document.document_id, document.uri, PageReading(number, lines=lines[number]), questions)
        for number, questions in chosen.items()
    ]
    drawn = _drawn(pages, document, context, spent)
    with spent.time("tile"):
        return with_requests(drawn, ModelContext((ask.tasks,), {ask.tasks.engine: ask.settings}), document)


def _drawn(
    pages: Sequence[ReadPage], document: AskedDocument, context: WorkerContext, spent: StageSeconds
) -> list[tuple[ReadPage, NDArray[np.uint8] | None]]:
    """Pages with their images; a page that cannot be rendered has a failure."""
    reader = page_reader(context)
    drawn: list[tuple[ReadPage, NDArray[np.uint8] | None]] = []
    try:
        with fetched(document.uri, document.version, spent) as path:
            for page in pages:
                try:
                    drawn.append((page, reader.draw(path, page.reading.page_number, spent)[0]))
                except DocumentError as error:
                    drawn.append((replace(page, unasked=_failure(error)), None))
    except DocumentError as error:
        return [(replace(page, unasked=_failure(error)), None) for page in pages]
    return drawn


def _failure(error: DocumentError) -> Failure:
    return Failure(error.code, error.message, Stage.RENDER, error.attempts)


def _page_texts(document: AskedDocument, context: WorkerContext) -> tuple[list[int], list[str]]:
    """Numbers and texts of the pages that could be opened, in page order; the text of an unreadable page is empty."""
    if not document.page_files:
        return [], []
    mine = (ds.field("document_id") == document.document_id) & ds.field("width").is_valid()
    rows = dataset(context.store, "pages", document.page_files).to_table(["page_number", "text"], filter=mine)
    rows = rows.sort_by("page_number")
    return rows.column("page_number").to_pylist(), [text or "" for text in rows.column("text").to_pylist()]


def _lines(document: AskedDocument, numbers: Sequence[int], context: WorkerContext) -> dict[int, TextLines]:
    """The lines of some pages, from their text layer or OCR."""
    if not document.line_files:
        return {number: TextLines() for number in numbers}
    mine = (
        (ds.field("document_id") == document.document_id)
        & ds.field("page_number").isin(list(numbers))
        # Lines of models have a grounding; the page's own text, which is the evidence, has none.
        & ds.field("grounding").is_null()
    )
    rows = dataset(context.store, "lines", document.line_files).to_table(filter=mine)
    return {number: text_lines(rows.filter(ds.field("page_number") == number)) for number in numbers}


def _answers(item: DoneItem, tasks: EngineTasks) -> list[QuestionAnswer]:
    assert item.document is not None
    questions = item.document.questions
    candidates: dict[str, list[QuestionAnswer]] = {question.id: [] for question in questions}
    for place, page in enumerate(item.pages):
        found = with_findings(page, item.results_of(place), (tasks,)).findings
        answers = unanswered(page, found.failure, tasks) if found.failure else found.answers
        for answer in answers:
            candidates[answer.question_id].append(answer)
    return [
        best_answer(candidates[question.id]) if candidates[question.id] else nothing_there(question, None, tasks)
        for question in questions
    ]


def _errors(document: AskedDocument, answers: Sequence[QuestionAnswer], run_id: str) -> list[dict[str, Any]]:
    return [
        error_row(document.document_id, document.uri, None, answer.failure, run_id, question_id=answer.question_id)
        for answer in answers
        if answer.failure
    ]
