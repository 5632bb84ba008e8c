"""The operators by themselves, with the batches that Ray Data gives; `tests/examples` runs them in a pipeline."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docpipe
import numpy as np
import pyarrow as pa
import pytest
from docpipe.models.engine import EngineLostError
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.schemas.tables import TABLES
from ray.data.block import BlockAccessor

from ..knowing_server import KnowingServer, serving
from ..outputs import QUICKSTART, pdf, scan

QUESTIONS = [{"id": "total", "ask": "What is the total?", "type": "money"}, {"id": "who", "ask": "Who sells?"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    pdf(folder / "a.pdf", "Total 12.50 EUR", "", "Third page")
    scan(folder / "b.png", "Total 99.00 EUR")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    return folder


def listed(folder: Path, **options: Any) -> list[dict[str, Any]]:
    names = ("a.pdf", "broken.pdf", "b.png", "none.pdf")
    pages = docpipe.ray.ListPages(**options)
    return [row for name in names for row in pages({"uri": str(folder / name), "customer": name[0]})]


@pytest.fixture(scope="module")
def read(folder: Path) -> pa.Table:
    return docpipe.ray.ReadPages(languages=["en"])(pa.Table.from_pylist(listed(folder)))


def as_numpy(table: pa.Table) -> Any:
    """The batch as Ray Data gives it where no format is named."""
    return BlockAccessor.for_block(table).to_batch_format("numpy")


def without_time(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in table.to_pylist()]


def test_a_file_becomes_a_row_a_page_and_a_bad_one_a_row_with_its_error(folder: Path) -> None:
    rows = listed(folder, pages="1-2")
    found = [(row["customer"], row["page_number"], row["page_count"], row["error_code"]) for row in rows]
    assert found == [
        ("a", 1, 3, None),
        ("a", 2, 3, None),
        ("b", None, None, "unreadable"),
        ("b", 1, 1, None),
        ("n", None, None, "not_found"),
    ]
    assert rows[4]["error_message"].endswith("none.pdf: no such file")
    assert len({row["document_id"] for row in rows}) == 4
    named = docpipe.ray.ListPages()({"uri": str(folder / "a.pdf"), "document_id": "mine"})
    assert {row["document_id"] for row in named} == {"mine"}


def test_limits_of_listing_are_failures(folder: Path) -> None:
    few = next(docpipe.ray.ListPages(max_pages_per_document=2)({"uri": str(folder / "a.pdf")}))
    small = next(docpipe.ray.ListPages(max_file_mb=0.00001)({"uri": str(folder / "a.pdf")}))
    assert (few["error_code"], small["error_code"]) == ("too_large", "too_large")


def test_listing_travels_to_workers(folder: Path) -> None:
    pages = pickle.loads(pickle.dumps(docpipe.ray.ListPages(pages="3")))
    assert [row["page_number"] for row in pages({"uri": str(folder / "a.pdf")})] == [3]


def test_pages_are_read_in_the_order_given_with_their_lines(read: pa.Table) -> None:
    rows = read.to_pylist()
    assert [(row["page_number"], row["status"], row["error_code"], row["text_source"]) for row in rows] == [
        (1, "ok", None, "text_layer"),
        (2, "ok", None, "none"),
        (3, "ok", None, "text_layer"),
        (None, "failed", "unreadable", "none"),
        (1, "ok", None, "rapidocr"),
        (None, "failed", "not_found", "none"),
    ]
    assert rows[0]["text"] == "Total 12.50 EUR\n"
    assert rows[0]["customer"] == "a"
    (line,) = rows[0]["lines"]
    assert set(line) == set(TABLES["lines"].names) - {"document_id", "page_number"}
    assert (line["text"], [word["text"] for word in line["words"]]) == ("Total 12.50 EUR", ["Total", "12.50", "EUR"])
    assert [block["block_id"] for block in rows[0]["blocks"]] == [line["block_id"]]
    assert rows[3]["lines"] == rows[1]["lines"] == []


def test_batches_of_arrays_come_to_the_same(folder: Path, read: pa.Table) -> None:
    again = docpipe.ray.ReadPages()(as_numpy(pa.Table.from_pylist(listed(folder))))
    assert without_time(again) == without_time(read)


def test_an_empty_batch_stays_empty(read: pa.Table) -> None:
    empty = read.slice(0, 0)
    assert docpipe.ray.ReadPages()(empty).num_rows == 0


def test_a_file_that_went_after_it_was_listed_is_a_failure(folder: Path, tmp_path: Path) -> None:
    gone = pdf(tmp_path / "gone.pdf", "one")
    rows = pa.Table.from_pylist(list(docpipe.ray.ListPages()({"uri": str(gone)})))
    gone.unlink()
    (row,) = docpipe.ray.ReadPages()(rows).to_pylist()
    assert (row["status"], row["error_code"], row["page_number"]) == ("failed", "not_found", 1)


@pytest.fixture(scope="module")
def server() -> Iterator[KnowingServer]:
    with serving(lambda prompt: "12.50 EUR" if "total" in prompt else 400) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(server: KnowingServer) -> docpipe.ray.AskPages:
    engine = {"kind": "openai", "base_url": server.url, "model": "knowing-1"}
    return docpipe.ray.AskPages(engine=engine, questions=QUESTIONS, name="clerk")


def test_questions_are_answered_with_evidence_from_the_page(ask: docpipe.ray.AskPages, read: pa.Table) -> None:
    table = ask(read)
    rows = table.to_pylist()
    total, who = rows[0]["answers"]
    assert set(total) == set(TABLES["answers"].names) - {"document_id", "run_id"}
    assert (total["answer"], total["value_number"], total["currency"], total["grounding"]) == (
        "12.50 EUR",
        12.5,
        "EUR",
        "exact",
    )
    assert total["evidence"][0]["line_id"] == rows[0]["lines"][0]["line_id"]
    assert (total["engine"], total["model"]) == ("clerk", "knowing-1")
    assert (who["status"], who["error_code"], rows[0]["status"]) == ("failed", "engine_failed", "ok")
    # A page without ink is not shown to a model; what is not printed there has little support.
    assert {answer["status"] for answer in rows[1]["answers"]} == {"not_found"}
    assert rows[4]["answers"][0]["support"] < 0.5
    assert [len(row["answers"]) for row in rows] == [2, 2, 2, 0, 2, 0]
    assert ask(as_numpy(read)).column("answers").to_pylist() == table.column("answers").to_pylist()


def test_a_page_that_cannot_be_rendered_fails_and_others_do_not(
    ask: docpipe.ray.AskPages, read: pa.Table, folder: Path
) -> None:
    rows = read.to_pylist()
    rows[2]["page_number"] = 99
    found = ask(pa.Table.from_pylist(rows, read.schema)).to_pylist()
    assert (found[2]["status"], found[2]["answers"]) == ("failed", [])
    assert found[2]["error_code"] is not None
    assert found[2]["error_message"]
    assert found[0]["answers"][0]["status"] == "answered"


def test_an_engine_that_is_lost_is_told(ask: docpipe.ray.AskPages, read: pa.Table, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def lost(*_: object, **__: object) -> None:
        raise EngineLostError("no memory is left")

    monkeypatch.setattr(ask._engine, "ask", lost)
    with pytest.raises(docpipe.JobBrokenError, match="clerk: no memory is left"):
        ask(read.slice(0, 1))


@pytest.mark.slow
def test_a_tiny_internvl2_is_asked(read: pa.Table, tmp_path: Path) -> None:
    model = synthesize(published_size("2B"), tmp_path / "tiny", tiny=True)
    engine = {"kind": "internvl2", "model": str(tmp_path / "tiny"), "dtype": "float32", "device": "cpu"}
    engine |= {"max_tiles": {"docvqa": 1}, "max_new_tokens": {"docvqa": 4}}
    (row,) = docpipe.ray.AskPages(engine=engine, questions=QUESTIONS[:1])(read.slice(0, 1)).to_pylist()
    assert model
    assert (row["answers"][0]["engine"], row["answers"][0]["model"]) == ("internvl2", "tiny")


@pytest.mark.parametrize(
    ("operator", "options", "message"),
    [
        ("ListPages", {"pages": "x"}, "docpipe.ray.ListPages: inputs.pages: 'x' is not a page range"),
        ("ReadPages", {"languages": ["ar"]}, "docpipe.ray.ReadPages: tasks.ocr.languages: rapidocr cannot read ar"),
        ("ReadPages", {"engine": "x"}, "docpipe.ray.ReadPages: tasks.ocr.engine: there is no engine 'x'"),
        ("AskPages", {"engine": {"kind": "internvl2", "model": "m"}, "questions": QUESTIONS}, "an absolute path"),
        ("AskPages", {"engine": {"kind": "internvl2", "modle": "m"}, "questions": QUESTIONS}, "did you mean 'model'"),
        ("AskPages", {"engine": {"kind": "internvl2", "model": "/m"}, "questions": []}, "must not be an empty list"),
    ],
)
def test_mistakes_are_told_as_those_of_a_job(operator: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(docpipe.InvalidJobError) as refused:
        getattr(docpipe.ray, operator)(**options)
    assert message in str(refused.value)


def test_rows_that_lack_what_is_needed_are_refused() -> None:
    with pytest.raises(docpipe.InvalidJobError, match="the rows have no column 'uri'; they have a"):
        docpipe.ray.ReadPages()({"a": np.array([1])})
    with pytest.raises(docpipe.InvalidJobError, match="the row has no text in 'uri'"):
        next(docpipe.ray.ListPages()({"path": "a.pdf"}))
    with pytest.raises(docpipe.InvalidJobError, match="batches of type list"):
        docpipe.ray.ReadPages()([1])  # type: ignore[arg-type]


def test_the_quickstart_is_listed() -> None:
    rows = [row for path in sorted(QUICKSTART.iterdir()) for row in docpipe.ray.ListPages()({"uri": str(path)})]
    assert sum(row["page_number"] is not None for row in rows) == 27
