"""Questions about whole documents, on CPU workers: answers without a model, the pages for requests, the best answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from ...operators.docvqa.page_ranking import choose_pages
from ...operators.extraction.documents import answers_of_document
from ...operators.extraction.weight_free import found_in_document, found_is_sure
from ...operators.inference.results import QuestionAnswer
from ...operators.inference.tasks import Cascade, TaskPlan
from ...operators.inference.work import ReadPage
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError, Failure, Stage
from ...schemas.page import PageReading, TextLines
from ..engines.blocks import AskedDocument, DoneItem, WorkItem, pack, unpack, unpack_items
from ..output.commit import commit_batch
from ..output.committed import dataset
from ..tables.error_rows import error_row
from ..tables.extraction_rows import answers_table
from ..tables.rows import table_of_rows
from ..tables.text_lines import text_lines, text_lines_by_page
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


def open_documents(block: pa.Table, context: WorkerContext, models: ModelContext) -> pa.Table:
    """Answer the questions about each document of a block without a model, and make the requests about the others.

    The pages are those that are committed: no file is read again, except to render pages that a model is asked about.
    """
    if stops(context):
        return pack([])
    spent = StageSeconds()
    documents = [item.document for item in unpack_items(block) if item.document is not None]
    if models.tasks.plan.cascades[0].weight_free is not None:
        documents = list(_with_found(documents, context, models.tasks.plan.cascades[0], spent))
    return pack([_opened(document, context, models, spent) for document in documents], spent.take())


def commit_answers(block: pa.Table, context: WorkerContext, models: ModelContext) -> pa.Table:
    """Commit documents with their answers as one batch; returns a row of `ANSWERED`."""
    items = unpack(block)
    if not items:
        return ANSWERED.empty_table()
    check_lock(context)
    spent = model_seconds(block, items)
    with spent.time("ground"):
        found = [(item.document, _answers(item, models.tasks.plan)) for item in items if item.document is not None]
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


def _with_found(
    documents: Sequence[AskedDocument], context: WorkerContext, cascade: Cascade, spent: StageSeconds
) -> Iterator[AskedDocument]:
    """The documents with what the engine without weights answers from all their pages."""
    readings = _readings(documents, context)
    with spent.time("find"):
        for document in documents:
            pages = readings[document.document_id]
            yield replace(document, found=tuple(found_in_document(document.questions, pages, cascade)))


def _readings(documents: Sequence[AskedDocument], context: WorkerContext) -> dict[str, list[PageReading]]:
    """The pages of some documents that could be opened, in order, with their lines as the evidence has them.

    The files of a block of documents are mostly the same, so each is read once.
    """
    ids = [document.document_id for document in documents]
    page_files = sorted({name for document in documents for name in document.page_files})
    line_files = sorted({name for document in documents for name in document.line_files})
    readings: dict[str, list[PageReading]] = {name: [] for name in ids}
    if not page_files:
        return readings
    mine = ds.field("document_id").isin(ids)
    columns = ["document_id", "page_number", "width", "height", "unit", "rotation", "text_source", "text"]
    pages = dataset(context.store, "pages", page_files).to_table(columns, filter=mine & ds.field("width").is_valid())
    lines = _lines_by_page(context, line_files, mine)
    for row in pages.sort_by([("document_id", "ascending"), ("page_number", "ascending")]).to_pylist():
        home = row.pop("document_id")
        readings[home].append(PageReading(**row, lines=lines.get((home, row["page_number"]), TextLines())))
    return readings


def _lines_by_page(
    context: WorkerContext, files: Sequence[str], mine: ds.Expression
) -> dict[tuple[str, int], TextLines]:
    """The lines of each page, by document and page number."""
    if not files:
        return {}
    # Lines of models have a grounding; the page's own text, which is the evidence, has none.
    return text_lines_by_page(
        dataset(context.store, "lines", files).to_table(filter=mine & ds.field("grounding").is_null())
    )


def _opened(document: AskedDocument, context: WorkerContext, models: ModelContext, spent: StageSeconds) -> WorkItem:
    (cascade,) = models.tasks.plan.cascades
    sure = {found.id.question for found in document.found if found_is_sure(found, cascade.accept)}
    asked = [question for question in document.questions if cascade.verify or question.id not in sure]
    if not cascade.models or not asked:
        return WorkItem((), document)
    numbers, texts = _page_texts(document, context)
    chosen = {numbers[index]: questions for index, questions in choose_pages(asked, texts).items()}
    lines = _lines(document, list(chosen), context)
    pages = [
        ReadPage(
            document.document_id, document.uri, PageReading(number, lines=lines[number]), questions, document.found
        )
        for number, questions in chosen.items()
    ]
    drawn = _drawn(pages, document, context, spent)
    with spent.time("tile"):
        return with_requests(drawn, models, document)


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


def _answers(item: DoneItem, plan: TaskPlan) -> list[QuestionAnswer]:
    assert item.document is not None
    pages = [(page, item.results_of(place)) for place, page in enumerate(item.pages)]
    return answers_of_document(item.document.questions, item.document.found, pages, plan)


def _errors(document: AskedDocument, answers: Sequence[QuestionAnswer], run_id: str) -> list[dict[str, Any]]:
    return [
        error_row(document.document_id, document.uri, None, answer.failure, run_id, question_id=answer.question_id)
        for answer in answers
        if answer.failure
    ]
