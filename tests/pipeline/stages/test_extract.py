"""Tasks of engines without weights in the worker that reads the pages, with and without a model after them."""

from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pymupdf
import pytest
from docpipe.operators.extraction.weight_free import WEIGHT_FREE, WeightFree
from docpipe.operators.grounding.ground import Evidence, Grounding, GroundingKind, ground_value
from docpipe.operators.inference.request import RequestId
from docpipe.operators.inference.results import Cell, QuestionAnswer, Table
from docpipe.operators.inference.tasks import Budget, Cascade, EngineTasks, TaskPlan
from docpipe.operators.inference.work import Found, Question, ReadPage
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.pipeline.engines.blocks import requests_for, unpack_items
from docpipe.pipeline.output.lock import output_lock
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.stages.extract import ModelContext, commit_models, read_for_models
from docpipe.pipeline.stages.read import UNIT, PageTasks, WorkerContext, close_reader, read_and_commit_unit
from docpipe.schemas.geometry import Box
from docpipe.schemas.job.engines import OpenAIEngine
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.uri import local_version

from ..conftest import PROVENANCE

INVOICE = Path(__file__).parents[2] / "data" / "documents" / "invoice.pdf"
FIRST, OTHER = Question("first", "What stands first?"), Question("other", "And else?")
BOX = Box(0.0, 0.0, 1.0, 1.0)
MODEL = OpenAIEngine(kind="openai", model="m", base_url="http://127.0.0.1:9/v1")


def first_line(page: ReadPage, cascade: Cascade) -> list[Found]:
    """The first line of the page for the question `first`; nothing for others."""
    line = page.reading.lines.text[0]
    grounding = ground_value(line, Evidence([(page.reading.page_number, page.reading.lines)]))
    answer = QuestionAnswer(
        "first", FIRST.ask, "string", "answered", 1, line, grounding, "key_value", "", "", confidence=0.99
    )
    return [Found(RequestId(Use.DOCVQA, question="first"), answer)]


def one_table(page: ReadPage, cascade: Cascade) -> list[Found]:
    cell = Cell(0, 0, page.reading.lines.text[0], Grounding(GroundingKind.EXACT, 0.9), box=BOX)
    table = Table("grid", "", BOX, n_rows=1, n_columns=1, confidence=0.95, source="text_layer", cells=(cell,))
    return [Found(RequestId(Use.TABLE, region=BOX), table)]


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHT_FREE, "key_value", WeightFree("test-1", first_line))
    monkeypatch.setitem(WEIGHT_FREE, "grid", WeightFree("test-1", one_table))


@pytest.fixture
def context(store: Store) -> WorkerContext:
    return WorkerContext(store, PROVENANCE, ReadSettings(engine="text_layer"), 60.0, 2048)


@pytest.fixture
def block() -> pa.Table:
    unit = {"document_id": "d", "uri": str(INVOICE), "version": local_version(INVOICE.stat()), "pages": [1]}
    return pa.Table.from_pylist([{**unit, "questions": None}], schema=UNIT)


def rows(store: Store, table: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(f"{store.url}/{table}").to_pylist()
    return found


def test_without_a_model_reading_and_answering_are_one_task(context: WorkerContext, block: pa.Table) -> None:
    plan = TaskPlan((Cascade(Use.DOCVQA, "key_value"), Cascade(Use.TABLE, "grid")))
    with ExitStack() as held:
        held.callback(close_reader)
        held.enter_context(output_lock(context.store, PROVENANCE.run_id, lambda _: None, lambda: None))
        (row,) = read_and_commit_unit(block, context, PageTasks(plan, (FIRST, OTHER), asks_pages=True)).to_pylist()
    assert (row["pages"], row["pages_failed"], row["answers"], row["tables"], row["tiles"]) == (1, 0, 2, 1, 0)
    first, other = rows(context.store, "answers")
    (line, *_) = rows(context.store, "lines")
    assert (first["status"], first["answer"], first["engine"]) == ("answered", line["text"], "key_value")
    assert (other["status"], other["raw_output"], other["tried"]) == ("declined", "nothing found", ["key_value"])
    ((table,), (cell,)) = rows(context.store, "tables"), rows(context.store, "cells")
    assert (table["table_id"], cell["table_id"], cell["text"]) == ("d-p1-t0", "d-p1-t0", line["text"])


def test_a_page_is_rendered_and_asked_about_only_for_what_is_left(
    context: WorkerContext, block: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = PageReader.draw

    def counted(self: PageReader, path: str, number: int, *more: object) -> object:
        drawn.append(number)
        return draw(self, path, number, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(PageReader, "draw", counted)
    engine = EngineTasks("m", "m-1", {Use.DOCVQA: Budget(2, 8)})
    plan = TaskPlan((Cascade(Use.DOCVQA, "key_value", ("m",)),), (engine,))
    with ExitStack() as held:
        held.callback(close_reader)
        held.enter_context(output_lock(context.store, PROVENANCE.run_id, lambda _: None, lambda: None))
        for questions, wanted in (((FIRST,), []), ((FIRST, OTHER), ["other"])):
            models = ModelContext(PageTasks(plan, questions, asks_pages=True), {"m": MODEL})
            work = read_for_models(block, context, models)
            asked = [
                request.id.question
                for pages in requests_for("m", work)
                for page in pages
                for image in page.images
                for request in image.requests
            ]
            assert asked == wanted
            assert len(drawn) == len(wanted)
            if not wanted:
                (row,) = commit_models(work, context, models).to_pylist()
                assert (row["pages"], row["answers"], row["tiles"]) == (1, 1, 0)


def test_a_table_over_two_pages_is_linked_where_a_model_follows_and_is_not_asked(
    context: WorkerContext, tmp_path: Path
) -> None:
    path = tmp_path / "two.pdf"
    with pymupdf.open() as document:
        for text in ("first", "second"):
            document.new_page().insert_text((72, 72), text)
        document.save(path)
    unit = {"document_id": "d", "uri": str(path), "version": local_version(path.stat()), "questions": None}
    engine = EngineTasks("m", "m-1", {Use.TABLE: Budget(2, 8)})
    models = ModelContext(PageTasks(TaskPlan((Cascade(Use.TABLE, "grid", ("m",)),), (engine,))), {"m": MODEL})
    with ExitStack() as held:
        held.callback(close_reader)
        held.enter_context(output_lock(context.store, PROVENANCE.run_id, lambda _: None, lambda: None))
        for numbers in ([1], [2]):
            # The page before is in another unit.
            block = pa.Table.from_pylist([{**unit, "pages": numbers}], schema=UNIT)
            commit_models(read_for_models(block, context, models), context, models)
        together = pa.Table.from_pylist([{**unit, "pages": [1, 2]}], schema=UNIT)
        items = unpack_items(read_for_models(together, context, models))
    links = {table["table_id"]: table["continues"] for table in rows(context.store, "tables")}
    assert links == {"d-p1-t0": None, "d-p2-t0": "d-p1-t0"}
    found = [one.finding for item in items for page in item.pages for one in page.found]
    assert [table.continues for table in found if isinstance(table, Table)] == [None, (1, 0)]
