"""Questions about documents without a model: answers from committed pages, committed with their document."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docpipe.operators.extraction.weight_free import WEIGHT_FREE, WeightFree
from docpipe.operators.grounding.ground import Evidence, ground_value
from docpipe.operators.inference.request import RequestId
from docpipe.operators.inference.results import QuestionAnswer
from docpipe.operators.inference.tasks import Cascade, TaskPlan
from docpipe.operators.inference.work import Found, Question, ReadPage
from docpipe.operators.reading.messages import ReadSettings
from docpipe.pipeline.engines.blocks import AskedDocument, WorkItem, pack
from docpipe.pipeline.output.commit import commit_batch, committed_files
from docpipe.pipeline.output.lock import output_lock
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.stages.extract import ModelContext
from docpipe.pipeline.stages.questions import commit_answers, open_documents
from docpipe.pipeline.stages.read import PageTasks, WorkerContext
from docpipe.pipeline.tables.page_rows import page_tables
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.page import PageReading

from ..conftest import PROVENANCE, reading

QUESTIONS = (Question("total", "What is the total?", "money"), Question("seller", "Who sells?"))


def after_its_label(questions: Sequence[Question], pages: Sequence[PageReading]) -> list[Found]:
    """What follows the id of a question on a line of any page, and what has been seen of the pages."""
    found = []
    for question in questions:
        about = RequestId(Use.DOCVQA, question=question.id)
        hits = [page for page in pages if question.id in page.lines.text[0].lower()]
        if not hits:
            found.append(Found(about, None, f"not on pages {[page.page_number for page in pages]}"))
            continue
        words = hits[0].lines.text[0].split()[1]
        grounding = ground_value(words, Evidence([(hits[0].page_number, hits[0].lines)]))
        answer = QuestionAnswer(
            question.id,
            question.ask,
            question.type,
            "answered",
            hits[0].page_number,
            words,
            grounding,
            "key_value",
            "",
            "",
            number=float(words),
            confidence=0.97,
        )
        found.append(Found(about, answer))
    return found


def document(name: str, files: Sequence[str], questions: tuple[Question, ...] = QUESTIONS) -> AskedDocument:
    row = {
        "document_id": name,
        "uris": [f"/in/{name}"],
        "content_sha256": None,
        "media_type": None,
        "size_bytes": None,
        "page_count": 3,
        "title": None,
        "attributes": None,
        "status": "ok",
        "error_code": None,
        "run_id": PROVENANCE.run_id,
    }
    return AskedDocument(row, f"/gone/{name}", "", questions, tuple(files), tuple(files))


@pytest.fixture
def answered(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[AskedDocument]], pa.Table]:
    """Answers the questions about documents whose files are gone, with an engine of this test."""
    monkeypatch.setitem(WEIGHT_FREE, "key_value", WeightFree("test-1", lambda page, cascade: [], after_its_label))
    plan = TaskPlan((Cascade(Use.DOCVQA, "key_value"),))
    context = WorkerContext(store, PROVENANCE, ReadSettings(), 60.0, 2048)
    models = ModelContext(PageTasks(plan), {})

    def answer(documents: Sequence[AskedDocument]) -> pa.Table:
        with ExitStack() as held:
            held.enter_context(output_lock(store, PROVENANCE.run_id, lambda _: None, lambda: None))
            block = open_documents(pack([WorkItem(document=one) for one in documents]), context, models)
            return commit_answers(block, context, models)

    return answer


def test_answers_come_from_the_committed_pages_of_each_document(
    store: Store, answered: Callable[[Sequence[AskedDocument]], pa.Table]
) -> None:
    pages = [
        ReadPage("a", "/in/a", reading(2, ("Nothing", "here"))),
        ReadPage("b", "/in/b", reading(1, ("Total", "99"))),
        ReadPage("a", "/in/a", reading(1, ("Cover", "page"))),
    ]
    commit_batch(store, PROVENANCE, "pages", page_tables(pages, "run-1"))
    commit_batch(store, PROVENANCE, "pages", page_tables([ReadPage("a", "/in/a", reading(3))], "run-1"))
    files = [file.name for file in committed_files(store, "pages")]
    (row,) = answered([document("a", files), document("b", files)]).to_pylist()
    assert (row["documents"], row["answers"]) == (2, 4)
    rows = {
        (answer["document_id"], answer["question_id"]): answer
        for answer in pq.read_table(f"{store.url}/answers").to_pylist()
    }
    total = rows["a", "total"]
    assert (total["status"], total["answer"], total["value_number"], total["page_number"]) == (
        "answered",
        "12.50",
        12.5,
        3,
    )
    assert (total["evidence"][0]["line_id"], total["tried"], total["model"]) == ("a-p3-l0", ["key_value"], "")
    assert (rows["b", "total"]["answer"], rows["b", "total"]["page_number"]) == ("99", 1)
    seller = rows["a", "seller"]
    assert (seller["status"], seller["raw_output"], seller["page_number"]) == (
        "declined",
        "not on pages [1, 2, 3]",
        None,
    )
    assert pq.read_table(f"{store.url}/documents").num_rows == 2


def test_a_document_without_a_page_that_could_be_opened_is_declined(
    store: Store, answered: Callable[[Sequence[AskedDocument]], pa.Table]
) -> None:
    answered([document("c", [])])
    rows = pq.read_table(f"{store.url}/answers").to_pylist()
    assert [(answer["status"], answer["raw_output"]) for answer in rows] == [("declined", "not on pages []")] * 2
