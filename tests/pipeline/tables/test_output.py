"""`open_output`: what counts is seen, once, whatever else lies in the folder."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docpipe
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from docpipe.pipeline.output import audit
from docpipe.pipeline.output.commit import commit_batch, committed_files, write_empty_tables
from docpipe.pipeline.output.recovery import rewrite_batches, without_documents
from docpipe.pipeline.output.store import FINGERPRINT_PATH, STATE, Store
from docpipe.pipeline.tables import output as output_module
from docpipe.schemas.tables import TABLES, schema_for_reading

from ..conftest import PROVENANCE, rows
from ..s3_server import S3Server

Commit = Callable[..., str]

VERSION_1 = Path(__file__).parents[2] / "data" / "outputs" / "v1"
LETTER = "677ba81e3f1378868d9d91be86b5fa78"
PLACES = {"t1": 1, "t2": 2, "t3": 2}
BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.9}


def table_row(table_id: str, page: int, continues: str | None = None) -> dict[str, Any]:
    size = {"n_rows": 2, "n_columns": 1, "header_rows": 1}
    origin = {"html": "<table></table>", "source": "text_layer", "engine": "grid", "model": "", "run_id": "run-1"}
    key = {"document_id": "a", "page_number": page, "table_id": table_id, "bbox": BOX, "continues": continues}
    return {**key, **size, **origin}


def cell_row(table_id: str, page: int, row: int, text: str) -> dict[str, Any]:
    place = {"row": row, "column": 0, "row_span": 1, "column_span": 1, "is_header": row == 0, "bbox": BOX}
    key = {"document_id": "a", "page_number": page, "table_id": table_id}
    return {**key, **place, "text": text, "grounding": "exact", "support": 0.9}


def documents(*ids: str) -> pa.Table:
    rows = [{"document_id": i, "uris": [f"/in/{i}"], "status": "ok", "run_id": "run-1"} for i in ids]
    return pa.Table.from_pylist(rows, schema=TABLES["documents"])


@pytest.fixture
def begun(store: Store) -> Store:
    """An output that a run has begun to write."""
    store.write_bytes(FINGERPRINT_PATH, b"{}")
    write_empty_tables(store, PROVENANCE)
    return store


def run_record(store: Store, state: str, run_id: str = "run-1") -> None:
    store.write_bytes(f"{STATE}/run-{run_id}.json", json.dumps({"run_id": run_id, "state": state}).encode())


def keys(table: pa.Table) -> Counter[tuple[str, int]]:
    return Counter((row["document_id"], row["page_number"]) for row in table.to_pylist())


def test_only_what_a_commit_covers_is_seen(begun: Store, commit: Commit) -> None:
    commit(("a", 1), ("a", 2))
    dead = commit(("b", 1))
    begun.delete(f"pages/{dead}")
    (Path(begun.url) / "pages" / "part-damaged.parquet").write_bytes(b"PAR1")
    out = docpipe.open_output(begun.url)
    assert keys(out.table("pages")) == keys(out.table("lines")) == Counter({("a", 1): 1, ("a", 2): 1})
    assert out.dataset("pages").schema.equals(TABLES["pages"])
    assert out.table("answers").num_rows == 0
    assert out.tables == tuple(TABLES)


def test_a_replaced_batch_is_not_seen_while_its_files_are_still_there(
    begun: Store, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = commit(("a", 1), ("b", 1))
    monkeypatch.setattr("docpipe.pipeline.output.recovery.delete_batch", lambda *_: None)
    rewrite_batches(begun, PROVENANCE, "pages", [name], without_documents(["b"]))
    assert begun.exists(f"pages/{name}")
    out = docpipe.open_output(begun.url)
    assert keys(out.table("pages")) == keys(out.table("lines")) == Counter([("a", 1)])


def test_a_page_that_two_batches_hold_is_seen_once_as_mending_would_leave_it(begun: Store, commit: Commit) -> None:
    commit(("a", 1), ("a", 2), failed=frozenset({("a", 1)}))
    commit(("a", 1), ("b", 1))
    commit(("c", 1))
    commit_batch(begun, PROVENANCE, "documents", {"documents": documents("a", "b", "c")})
    run_record(begun, "running")
    out = docpipe.open_output(begun.url)
    seen = out.table("pages")
    assert keys(seen) == Counter([("a", 1), ("a", 2), ("b", 1), ("c", 1)])
    assert set(seen.column("status").to_pylist()) == {"ok"}
    assert keys(out.table("lines")) == keys(out.table("blocks")) == keys(seen)
    assert out.table("errors").num_rows == 0
    assert out.dataset("lines").to_table(["text"], filter=ds.field("document_id") == "a").num_rows == 2
    document = out.document("a")
    assert [(page.page_number, page.status, len(page.lines)) for page in document.pages] == [(1, "ok", 1), (2, "ok", 1)]
    assert document.failures == ()
    before = {table: sorted(map(str, out.table(table).to_pylist())) for table in out.tables}
    audit.mend(begun, PROVENANCE)
    mended = docpipe.open_output(begun.url)
    for table in out.tables:
        assert sorted(map(str, mended.table(table).to_pylist())) == before[table]


def test_after_a_finished_run_no_key_is_read(begun: Store, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("keys were read")

    commit(("a", 1))
    monkeypatch.setattr(output_module, "doubled_pages", refuse)
    run_record(begun, "done")
    assert docpipe.open_output(begun.url).table("pages").num_rows == 1
    run_record(begun, "running", "run-2")
    with pytest.raises(docpipe.JobBrokenError, match="keys were read"):
        docpipe.open_output(begun.url).table("pages")


def test_files_are_those_of_the_moment_of_opening(begun: Store, commit: Commit) -> None:
    name = commit(("a", 1))
    out = docpipe.open_output(begun.url)
    commit(("b", 1))
    assert keys(out.table("pages")) == Counter([("a", 1)])
    rewrite_batches(begun, PROVENANCE, "pages", [name], without_documents(["a"]))
    with pytest.raises(docpipe.MissingResourceError, match=r"replaced or deleted .* open it again"):
        out.table("pages")
    assert keys(docpipe.open_output(begun.url).table("pages")) == Counter([("b", 1)])


def test_what_is_not_there_is_told(begun: Store, tmp_path: Path) -> None:
    with pytest.raises(docpipe.MissingResourceError, match="no output of docpipe here"):
        docpipe.open_output(tmp_path)
    out = docpipe.open_output(Path(begun.url))
    with pytest.raises(docpipe.InvalidJobError, match="there is no table 'answer'; there are documents, pages"):
        out.table("answer")
    with pytest.raises(docpipe.InvalidJobError, match="no document 'x' here"):
        out.document("x")


def test_an_output_of_version_1_is_read_with_nulls_and_empty_tables(ray: str) -> None:
    out = docpipe.open_output(VERSION_1)
    answers = out.table("answers")
    assert answers.num_rows > 0
    assert answers.schema.equals(schema_for_reading("answers", "1"))
    assert answers.column("tried").null_count == answers.num_rows
    assert out.table("tables").num_rows == out.table("cells").num_rows == 0
    document = out.document(LETTER)
    assert document.pages[0].warnings == ()
    assert document.answers
    assert document.tables() == ()
    by_ray = out.to_ray("answers").take_all()
    assert [row["tried"] for row in by_ray] == [None] * answers.num_rows
    assert out.to_ray("tables").count() == 0


def test_tables_of_a_document_are_joined_over_its_pages(begun: Store) -> None:
    tables = [table_row("t1", 1), table_row("t2", 2, continues="t1"), table_row("t3", 2)]
    texts = {"t1": ("Item", "Pen"), "t2": ("Item", "Ink"), "t3": ("Other", "x")}
    cells = [cell_row(name, page, row, texts[name][row]) for name, page in PLACES.items() for row in (0, 1)]
    children = {
        "tables": pa.Table.from_pylist(tables, schema=TABLES["tables"]),
        "cells": pa.Table.from_pylist(cells, schema=TABLES["cells"]),
    }
    commit_batch(begun, PROVENANCE, "pages", {**rows(("a", 1), ("a", 2)), **children})
    commit_batch(begun, PROVENANCE, "documents", {"documents": documents("a")})
    document = docpipe.open_output(begun.url).document("a")
    assert [table.to_arrow().to_pydict() for table in document.tables()] == [{"Item": ["Pen", "Ink"]}, {"Other": ["x"]}]
    assert [part.table_id for part in document.table_parts] == ["t1", "t2", "t3"]


def test_a_document_with_all_that_was_found_in_it(everything: Path) -> None:
    out = docpipe.open_output(everything)
    names = {out.document(document_id).facts.name: document_id for document_id in out.document_ids}
    for name, document_id in names.items():
        document, mine = out.document(document_id), ds.field("document_id") == document_id
        assert [page.page_number for page in document.pages] == sorted(
            out.dataset("pages").to_table(["page_number"], filter=mine).column(0).to_pylist()
        )
        for table, found in (
            ("answers", document.answers),
            ("charts", document.charts),
            ("errors", document.failures),
            ("blocks", [block for page in document.pages for block in page.blocks]),
            ("lines", [line for page in document.pages for line in (*page.lines, *page.checks)]),
            ("chart_points", [point for chart in document.charts for point in chart.points]),
        ):
            assert len(found) == out.dataset(table).count_rows(filter=mine), (name, table)
    assert sum(len(out.document(document_id).charts) for document_id in out.document_ids) > 0
    invoice = out.document(names["invoice-de.pdf"])
    assert invoice.lines[0].text.startswith("Stylesheet")
    assert repr(invoice).startswith("<docpipe document")


def test_ray_reads_the_same_rows(ray: str, begun: Store, commit: Commit) -> None:
    commit(("a", 1), ("a", 2), failed=frozenset({("a", 1)}))
    commit(("a", 1), ("b", 1))
    commit(("c", 1))
    out = docpipe.open_output(begun.url)
    threads = pa.cpu_count(), pa.io_thread_count()
    for table in ("pages", "answers"):
        assert sorted(map(str, out.to_ray(table).take_all())) == sorted(map(str, out.table(table).to_pylist()))
    assert out.to_ray("lines").schema().names == out.dataset("lines").schema.names
    # Arrow's plans break in a process whose pools have grown since the first of them.
    assert (pa.cpu_count(), pa.io_thread_count()) == threads


def test_an_output_in_a_bucket(s3: S3Server, commit: Commit) -> None:
    bucket = Store(s3.bucket())
    bucket.write_bytes(FINGERPRINT_PATH, b"{}")
    write_empty_tables(bucket, PROVENANCE)
    commit_batch(bucket, PROVENANCE, "pages", rows(("a", 1)))
    commit_batch(bucket, PROVENANCE, "documents", {"documents": documents("a")})
    assert len(committed_files(bucket, "pages")) == 1
    out = docpipe.open_output(bucket.url)
    assert keys(out.table("lines")) == Counter([("a", 1)])
    assert out.document("a").lines[0].text == "Total 12.50"
