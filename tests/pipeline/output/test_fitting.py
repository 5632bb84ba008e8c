"""Outputs of earlier and later writers: any nullable column may be missing in any file, and columns may be unknown."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docpipe import open_output
from docpipe.pipeline.commands.compact import compact_output
from docpipe.pipeline.commands.forget import forget_document
from docpipe.pipeline.commands.inspect import inspect_output
from docpipe.pipeline.export.write import export_output
from docpipe.pipeline.output.audit import Mended, mend
from docpipe.pipeline.output.commit import EMPTY_NAME, committed_files, narrow_empty_tables
from docpipe.pipeline.output.fitting import fitted
from docpipe.pipeline.output.recovery import clear_leftovers
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.report.write import write_report
from docpipe.pipeline.run.fingerprint import write_fingerprint
from docpipe.pipeline.run.retry_failed import take_back_failed
from docpipe.pipeline.tables.by_document import read_documents
from docpipe.pipeline.tables.reader import StoredOutput
from docpipe.schemas.errors import InvalidJobError
from docpipe.schemas.job.load import load_job
from docpipe.schemas.tables import SCHEMA_VERSION, TABLES

from ..conftest import PROVENANCE
from ..knowing_server import KnowingServer, serving
from ..outputs import Heard, assert_sound, done, pdf, query, run, write_job

OUTPUTS = Path(__file__).parents[2] / "data" / "outputs"
LETTER, BROKEN = "677ba81e3f1378868d9d91be86b5fa78", "aaf1f4ab453f04f2fc3bde67c44c2971"
COLUMNS = [(table, field) for table, schema in TABLES.items() for field in schema]
FILLED = [table for table in TABLES if table not in ("tables", "cells")]
NULLABLE = [pytest.param(table, field.name, id=f"{table}.{field.name}") for table, field in COLUMNS if field.nullable]
NEEDED = [
    pytest.param(table, field.name, id=f"{table}.{field.name}")
    for table, field in COLUMNS
    if not field.nullable and table in FILLED
]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The kept output of this schema version, and columns newer than it: two batches of `pages`, two of `documents`."""
    out = shutil.copytree(OUTPUTS / f"v{SCHEMA_VERSION}", tmp_path / "out")
    for table in TABLES:
        change(out, table, lambda rows, t=table: fitted(rows, t, ""))  # type: ignore[misc]
    return out


def change(out: Path, table: str, by: Callable[[pa.Table], pa.Table], *, empty: bool = True) -> None:
    """Change the files of a table; `empty` says whether the one without rows is among them."""
    for path in (out / table).glob("*.parquet"):
        if empty or path.name != EMPTY_NAME:
            rows = pq.ParquetFile(path).read()
            pq.write_table(by(rows).replace_schema_metadata(rows.schema.metadata), path)


def rows_of(out: Path, table: str) -> list[dict[str, Any]]:
    """All rows as DuckDB gives them, by column; without the time of errors, for which DuckDB needs another package."""
    what = "* EXCLUDE (failed_at)" if table == "errors" else "*"
    names = [name for name, *_ in query(out, f"DESCRIBE SELECT {what} FROM {table}")]
    return [dict(zip(names, row, strict=True)) for row in query(out, f"SELECT {what} FROM {table}")]


def same_rows(found: list[dict[str, Any]], wanted: list[dict[str, Any]], null: str) -> bool:
    """Whether the rows are the wanted ones with null in a column, in any order."""

    def ordered(rows: list[dict[str, Any]]) -> list[str]:
        plain = [{**row, null: None, "failed_at": None} for row in rows]
        return sorted(json.dumps(row, default=str, sort_keys=True) for row in plain)

    return ordered(found) == ordered(wanted) and all(row[null] is None for row in found)


def lines_as_read(out: Path) -> list[str]:
    """What the exports read: every document with its pages and what hangs on them."""
    found = []
    for document in read_documents(StoredOutput.open(str(out))):
        found.append(document.stored().document_id)
        for page in document.pages:
            found += [line.text for line in page.stored().lines]
            found += [chart.chart_id for chart in page.charts()]
    return sorted(found)


@pytest.mark.parametrize("begun_before", [True, False])
@pytest.mark.parametrize(("table", "column"), NULLABLE)
def test_a_column_that_files_lack_is_null_and_compact_adds_it(
    out: Path, tmp_path: Path, table: str, column: str, begun_before: bool
) -> None:
    wanted, read, counted = rows_of(out, table), lines_as_read(out), inspect_output(str(out))["rows"]
    change(out, table, lambda rows: rows.drop_columns([column]), empty=begun_before)
    whole = open_output(out).table(table)
    assert whole.schema.equals(TABLES[table])
    assert same_rows(whole.to_pylist(), wanted, column)
    assert inspect_output(str(out))["rows"] == counted
    if column not in ("text", "block_id"):
        assert lines_as_read(out) == read
    assert not export_output(str(out), "jsonl", str(tmp_path / "jsonl")).failed

    compact_output(str(out))
    assert all(pq.read_schema(path).equals(TABLES[table]) for path in (out / table).glob("*.parquet"))
    assert same_rows(rows_of(out, table), wanted, column)
    assert mend(Store(str(out)), PROVENANCE) == Mended(0, 0)


def test_the_kept_output_is_read_whole_and_fitted(tmp_path: Path) -> None:
    kept = shutil.copytree(OUTPUTS / f"v{SCHEMA_VERSION}", tmp_path / "out")
    before = {table: query(kept, f"SELECT count(*) FROM {table}") for table in TABLES}
    assert [(open_output(kept).table(table).num_rows,) for table in TABLES] == [rows for (rows,) in before.values()]
    compact_output(str(kept))
    assert {table: query(kept, f"SELECT count(*) FROM {table}") for table in TABLES} == before
    for table, schema in TABLES.items():
        assert all(pq.read_schema(path).equals(schema) for path in (kept / table).glob("*.parquet"))


@pytest.fixture
def bare(out: Path) -> Path:
    """An output in which no file has a column that may be null."""
    for table, schema in TABLES.items():
        change(out, table, lambda rows, s=schema: rows.select([f.name for f in s if not f.nullable]))  # type: ignore[misc]
    return out


def test_all_verbs_that_read_do_without_any_nullable_column(bare: Path, tmp_path: Path) -> None:
    assert write_report(str(bare))
    for form in ("markdown", "jsonl", "hocr", "pdf"):
        export_output(str(bare), form, str(tmp_path / form))
    assert inspect_output(str(bare))["pages_by_status"] == {"ok": 2}
    found = open_output(bare)
    assert {table: found.table(table).num_rows for table in ("pages", "lines", "answers")} == {
        "pages": 2,
        "lines": 7,
        "answers": 4,
    }
    assert len(found.document(LETTER).pages) == 2


def test_forget_retry_and_mending_rewrite_batches_without_a_column(bare: Path) -> None:
    store = Store(str(bare))
    compact_output(store.url)
    for table in TABLES:
        change(bare, table, lambda rows, t=table: rows.select([f.name for f in TABLES[t] if not f.nullable]))  # type: ignore[misc]
    take_back_failed(store, PROVENANCE)
    assert (StoredOutput.open(store.url).count("pages"), StoredOutput.open(store.url).count("documents")) == (2, 0)
    assert forget_document(store.url, LETTER)["pages"] == 2
    assert query(bare, "SELECT count(*) FROM lines") == [(0,)]
    assert (clear_leftovers(store), mend(store, PROVENANCE)) == (0, Mended(0, 0))


@pytest.mark.parametrize(("table", "column"), NEEDED)
def test_a_column_that_must_not_be_missing_is_an_error_that_names_it_and_the_file(
    out: Path, table: str, column: str
) -> None:
    change(out, table, lambda rows: rows.drop_columns([column]), empty=False)
    told = rf"/{table}/part-[0-9a-f]+\.parquet: the file has no column '{column}', which every file of {table} must"
    with pytest.raises(InvalidJobError, match=told):
        open_output(out).table(table)
    with pytest.raises(InvalidJobError, match=told):
        list(StoredOutput.open(str(out)).scan(table, ["document_id"]))
    with pytest.raises(InvalidJobError, match=told):
        compact_output(str(out))


def test_a_column_of_another_type_is_an_error_that_names_it_and_the_file(out: Path) -> None:
    letters = pa.array(["x"], pa.string())
    change(out, "pages", lambda r: r.set_column(r.schema.get_field_index("tiles"), "tiles", letters), empty=False)
    with pytest.raises(InvalidJobError, match=r"/pages/part-.*\.parquet: column 'tiles' is string, not int32"):
        compact_output(str(out))


def with_later_column(rows: pa.Table) -> pa.Table:
    return rows.append_column("later", pa.array([f"l{i}" for i in range(rows.num_rows)], pa.string()))


@pytest.mark.parametrize("table", list(TABLES))
def test_a_column_of_a_later_docpipe_does_not_break_and_is_not_lost(out: Path, tmp_path: Path, table: str) -> None:
    read = lines_as_read(out)
    change(out, table, with_later_column)
    assert open_output(out).table(table).schema.equals(TABLES[table])
    assert lines_as_read(out) == read
    before = query(out, f"SELECT count(later) FROM {table}")
    compact_output(str(out))
    files = (out / table).glob("*.parquet")
    kept = sum(len(pq.read_table(path).column("later").drop_null()) for path in files if path.name != EMPTY_NAME)
    assert [(kept,)] == before
    # The first file decides which columns DuckDB shows, and files that this docpipe adds do not have that one.
    assert "later" not in [name for name, *_ in query(out, f"DESCRIBE {table}")]


def test_a_run_of_an_earlier_docpipe_takes_the_columns_it_does_not_write_out_of_the_first_file(out: Path) -> None:
    change(out, "pages", with_later_column)
    change(out, "pages", lambda rows: rows.drop_columns(["warnings"]))
    store = Store(str(out))
    narrow_empty_tables(store, PROVENANCE)
    rows = store.read_table(f"pages/{committed_files(store, 'pages')[0].name}").drop_columns(["later"])
    store.write_table(f"pages/part-{'f' * 32}.parquet", rows, {})
    names = [name for name, *_ in query(out, "DESCRIBE pages")]
    assert names == [name for name in TABLES["pages"].names if name != "warnings"]
    assert query(out, "SELECT count(*) FROM pages") == [(3,)]


@pytest.fixture
def server() -> Iterator[KnowingServer]:
    with serving(lambda prompt: "12.50 EUR") as opened:
        yield opened


def test_resume_retry_and_reuse_of_an_output_that_lacks_columns(
    out: Path, tmp_path: Path, server: KnowingServer, ray: str
) -> None:
    shutil.copytree(OUTPUTS / "documents", tmp_path / "in")
    pdf(tmp_path / "in" / "new.pdf", "New page")
    questions = [{"id": "total", "ask": "What is the total amount?", "type": "money"}]
    job = write_job(
        tmp_path,
        tasks={"ocr": {"engine": "auto"}, "docvqa": {"engine": "m", "questions": questions}},
        engines={"m": {"kind": "openai", "base_url": server.url, "model": "knowing-1"}},
        on_error={"max_failed_documents": 1, "max_failed_pages": 1},
    )
    write_fingerprint(Store(str(out)), load_job(job))
    for table, column in (("pages", "warnings"), ("lines", "support"), ("documents", "title"), ("errors", "chart_id")):
        change(out, table, lambda rows, c=column: rows.drop_columns([c]))  # type: ignore[misc]

    assert done(run(job, ray)) == (1, 0, 2)
    assert query(out, "SELECT count(*) FROM pages") == [(3,)]
    assert "warnings" not in [name for name, *_ in query(out, "DESCRIBE pages")]
    assert done(run(job, ray, retry_failed=True)) == (0, 0, 3)
    compact_output(str(out))
    assert_sound(out, whole=False)
    assert query(out, "SELECT count(*), count(warnings) FROM pages") == [(3, 1)]

    for table, column in (("pages", "warnings"), ("lines", "support")):
        change(out, table, lambda rows, c=column: rows.drop_columns([c]))  # type: ignore[misc]
    heard = Heard()
    anew = ("output.path=anew", "inputs.reuse=out")
    done_anew = run(job, ray, *anew, heard=heard)
    assert any("3 pages from" in message for message in heard.messages)
    assert done(done_anew) == (3, 0, 0)
    assert_sound(tmp_path / "anew", whole=False)
