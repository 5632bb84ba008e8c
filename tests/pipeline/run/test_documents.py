"""The rows of `documents` follow the plan: what says the same stays, what does not is replaced."""

from pathlib import Path

import pytest
from docpipe.pipeline.inputs.inventory import FileFacts
from docpipe.pipeline.inputs.units import PlannedDocument
from docpipe.pipeline.output.commit import CommitFile, Provenance, committed_files
from docpipe.pipeline.output.committed import PageCount, read_rows
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.run import documents as documents_module
from docpipe.pipeline.run.documents import DocumentCounts, commit_documents
from docpipe.schemas.errors import ErrorCode, Failure, Stage


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(documents_module, "DOCUMENTS_PER_FILE", 2)
    return Store(str(tmp_path))


def planned(number: int, document_id: str = "", failure: Failure | None = None, pages: int = 3) -> PlannedDocument:
    uri = f"/{number}.pdf"
    facts = FileFacts(uri, "v", 1, content_sha256=f"{number:064}", page_count=pages)
    return PlannedDocument(document_id or f"{number:032}", (uri,), facts, pages=range(1, pages + 1), failure=failure)


def commit(store: Store, run_id: str, documents: list[PlannedDocument], failed: int = 0) -> DocumentCounts:
    counts = {document.document_id: PageCount(3, 3, failed) for document in documents}
    return commit_documents(store, Provenance(run_id, "f", "t"), documents, counts, standing(store))


def standing(store: Store) -> list[CommitFile]:
    return committed_files(store, "documents")


def rows(store: Store) -> dict[str, tuple[str, str]]:
    table = read_rows(store, "documents", [file.name for file in standing(store)])
    columns = [table.column(name).to_pylist() for name in ("document_id", "run_id", "status")]
    assert len(set(columns[0])) == table.num_rows
    return {document_id: (run_id, status) for document_id, run_id, status in zip(*columns, strict=True)}


def test_documents_that_say_the_same_stay_and_new_ones_are_added(store: Store) -> None:
    first = [planned(number) for number in range(5)]
    assert commit(store, "one", first) == DocumentCounts(ok=5, partial=0, failed=0)
    assert len(standing(store)) == 3
    assert commit(store, "two", [*first, planned(5)]).ok == 6
    found = rows(store)
    assert [found[document.document_id] for document in first] == [("one", "ok")] * 5
    assert found[planned(5).document_id] == ("two", "ok")


def test_a_document_that_says_something_else_now_is_replaced_and_its_neighbours_stay(store: Store) -> None:
    commit(store, "one", [planned(0), planned(1), planned(2)])
    commit(store, "two", [planned(0), planned(1, pages=7), planned(2)])
    found = rows(store)
    assert [found[planned(number).document_id][1] for number in range(3)] == ["ok"] * 3
    assert found[planned(1).document_id] == ("two", "ok")
    pages = read_rows(store, "documents", [file.name for file in standing(store)], ["document_id", "page_count"])
    assert dict(zip(*(column.to_pylist() for column in pages.columns), strict=True))[planned(1).document_id] == 7


def test_statuses_count_failed_pages(store: Store) -> None:
    documents = [planned(0), planned(1)]
    assert commit(store, "one", documents, failed=1) == DocumentCounts(ok=0, partial=2, failed=0)
    assert commit(store, "two", documents, failed=3) == DocumentCounts(ok=0, partial=0, failed=2)
    assert set(rows(store).values()) == {("two", "failed")}


def test_a_failed_row_goes_when_its_file_is_another_document_now(store: Store) -> None:
    unreadable = Failure(ErrorCode.UNREADABLE, "cannot be read", Stage.READ)
    commit(store, "one", [planned(0, "of-the-uri", unreadable), planned(1, "gone", unreadable), planned(2)])
    commit(store, "two", [planned(0), planned(2)])
    assert set(rows(store)) == {planned(0).document_id, "gone", planned(2).document_id}
