"""Questions about whole documents: a second, smaller Ray Data job once all pages are committed."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pyarrow.dataset as ds

from ...operators.docvqa.page_ranking import PAGES_PER_DOCUMENT
from ...operators.inference.work import Question
from ..engines.blocks import AskedDocument, WorkItem, pack
from ..engines.tasks import job_questions
from ..inputs.questions import from_json
from ..inputs.units import PlannedDocument
from ..output.commit import committed_files
from ..output.committed import dataset
from ..output.store import Store
from ..stages.datasets import ask_and_commit_documents
from ..stages.questions import commit_answers, open_documents
from .context import RunContext

DOCUMENTS_PER_BLOCK = 8
"""Maximum number of documents per block, which are committed together; fewer if they have many pages.

Where models are asked, a block has at most as many pages as are rendered for one long document.
"""

PAGES_TOGETHER, DOCUMENTS_TOGETHER = 512, 128
"""Maximum number of pages and of documents per block where no model is asked."""


def answer_documents(run: RunContext, documents: Sequence[tuple[PlannedDocument, dict[str, Any]]]) -> None:
    """Answer the questions about every document, and commit its row of `documents` with the answers."""
    if not documents:
        return
    started = time.monotonic()
    asked = _asked(run.store, documents, job_questions(run.job))
    engines = run.document_engines()
    limits = (PAGES_PER_DOCUMENT, DOCUMENTS_PER_BLOCK) if engines else (PAGES_TOGETHER, DOCUMENTS_TOGETHER)
    blocks = [pack([WorkItem(document=document) for document in group]) for group in _groups(asked, *limits)]
    arguments = {"context": run.worker, "models": run.document_models}
    run.reporter.say(f"questions: {len(documents)} documents")
    # Closed before Ray is, because an execution that is still running would start Ray again.
    stages = ask_and_commit_documents(
        blocks, open_documents, commit_answers, arguments, engines, run.cpus, run.stop, run.near()
    )
    with run.stopping.units_may_end(), closing(stages) as committed:
        for row in committed:
            run.tally.rows["answers"] += row["answers"]
            run.tally.codes.update(error["code"] for error in row["errors"])
            run.metrics.count_answers(row)
    run.tally.seconds["questions"] = time.monotonic() - started


def _asked(
    store: Store, documents: Sequence[tuple[PlannedDocument, dict[str, Any]]], questions: tuple[Question, ...]
) -> list[AskedDocument]:
    files = {file.name: file for file in committed_files(store, "pages")}
    homes = _files_of(store, list(files), [document.document_id for document, _ in documents])
    return [
        AskedDocument(
            row=row,
            uri=document.facts.uri,
            version=document.facts.version,
            questions=questions + from_json(document.questions),
            page_files=homes[document.document_id],
            line_files=tuple(name for name in homes[document.document_id] if files[name].children.get("lines")),
        )
        for document, row in documents
    ]


def _files_of(store: Store, names: Sequence[str], document_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The names of the batches of `pages` that contain pages of each document."""
    homes: dict[str, set[str]] = defaultdict(set)
    if names:
        wanted = ds.field("document_id").isin(list(document_ids))
        rows = dataset(store, "pages", names).to_table(columns=["document_id", "__filename"], filter=wanted)
        for document_id, file in set(zip(*(rows.column(i).to_pylist() for i in range(2)), strict=True)):
            homes[document_id].add(file.rsplit("/", 1)[-1])
    return {document_id: tuple(sorted(homes[document_id])) for document_id in document_ids}


def _groups(documents: Sequence[AskedDocument], most_pages: int, most: int) -> Iterator[list[AskedDocument]]:
    """Groups of at most `most` documents, which together have at most `most_pages` pages or are a single one."""
    group: list[AskedDocument] = []
    pages = 0
    for document in documents:
        count = min(document.row["page_count"] or 0, most_pages)
        if group and (pages + count > most_pages or len(group) == most):
            yield group
            group, pages = [], 0
        group.append(document)
        pages += count
    if group:
        yield group
