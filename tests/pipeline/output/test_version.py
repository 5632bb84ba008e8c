"""An output of schema version 1 can be read by every verb that reads, and is written to by none but forget."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from docpipe.evaluation.predictions import read_predictions
from docpipe.pipeline.commands.compact import compact_output
from docpipe.pipeline.commands.forget import forget_document
from docpipe.pipeline.commands.inspect import inspect_output, inspection_text
from docpipe.pipeline.commands.plan import plan_job
from docpipe.pipeline.export.write import export_output
from docpipe.pipeline.output.store import FINGERPRINT_PATH, Store
from docpipe.pipeline.output.version import require_current_version, schema_version
from docpipe.pipeline.report.write import write_report
from docpipe.pipeline.stages.reuse import check_reusable
from docpipe.pipeline.tables.by_document import read_documents
from docpipe.pipeline.tables.reader import StoredOutput
from docpipe.schemas.errors import InvalidJobError
from docpipe.schemas.job.load import load_job
from docpipe.schemas.tables import TABLES

from ..outputs import Docpipe, assert_sound, done, query, run, write_job

OUTPUTS = Path(__file__).parents[2] / "data" / "outputs"
LETTER, BROKEN = "677ba81e3f1378868d9d91be86b5fa78", "aaf1f4ab453f04f2fc3bde67c44c2971"
REFUSED = "has tables of schema version 1, and this docpipe writes version 2"


@pytest.fixture
def v1(tmp_path: Path) -> Path:
    """An output of version 1, beside the documents that it was read from."""
    shutil.copytree(OUTPUTS / "documents", tmp_path / "in")
    out = shutil.copytree(OUTPUTS / "v1", tmp_path / "out")
    for path in out.glob("documents/*.parquet"):
        rows = pq.read_table(path)
        there = [
            [uri.replace("/srv/documents/in", str(tmp_path / "in")) for uri in r] for r in rows["uris"].to_pylist()
        ]
        index = rows.column_names.index("uris")
        pq.write_table(rows.set_column(index, rows.schema.field(index), pa.array(there, pa.list_(pa.string()))), path)
    return out


@pytest.fixture
def untouched(v1: Path) -> Iterator[Path]:
    """The same, whose tables must be what they were when the test ends."""

    def tables() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in v1.rglob("*.parquet")}

    before = tables()
    yield v1
    assert tables() == before


def test_rows_have_null_where_version_1_has_no_column(untouched: Path) -> None:
    output = StoredOutput.open(str(untouched))
    assert output.version == "1"
    assert {table: output.count(table) for table in TABLES} == {
        "documents": 2,
        "pages": 2,
        "blocks": 7,
        "lines": 7,
        "answers": 4,
        "charts": 2,
        "chart_points": 4,
        "tables": 0,
        "cells": 0,
        "errors": 2,
    }
    for table, schema in TABLES.items():
        rows = output.rows(table, output.files(table), ds.scalar(True))
        assert (rows.schema.names, rows.schema.types) == (schema.names, schema.types)
        rows.validate(full=True)
        new = {"text_source_reason", "warnings", "tried", "second_answer", "second_engine", "agrees", "table_id"}
        lacking = new.intersection(schema.names) if table not in ("tables", "cells") else ()
        assert all(
            rows.column(name).null_count == rows.num_rows and rows.schema.field(name).nullable for name in lacking
        )
        assert list(output.scan(table, schema.names)) or not rows.num_rows


def test_records_of_version_1_name_the_one_engine_that_was_asked(untouched: Path) -> None:
    documents = {
        document.row["document_id"]: document for document in read_documents(StoredOutput.open(str(untouched)))
    }
    assert documents.keys() == {LETTER, BROKEN}
    pages = list(documents[LETTER].pages)
    assert [page.stored().text_source_reason for page in pages] == [None, None]
    assert [chart.tried for page in pages for chart in page.charts()] == [("m",), ("m",)]


def test_report_export_inspect_and_eval_read_version_1(untouched: Path, tmp_path: Path) -> None:
    html = Path(write_report(str(untouched))).read_text("utf-8")
    for text in ("12.50 EUR", "5 March 2024", "not found", "engine failed", "Rain", "broken.pdf"):
        assert text in html
    written = {}
    for form in ("markdown", "jsonl", "hocr", "pdf"):
        exported = export_output(str(untouched), form, str(tmp_path / form))
        assert not exported.failed
        (written[form],) = (tmp_path / form).glob(f"{LETTER}.*")
    assert "Total 12.50 EUR" in written["markdown"].read_text("utf-8")
    first, second = map(json.loads, written["jsonl"].read_text("utf-8").splitlines())
    assert (first["warnings"], first["tables"], second["tables"]) == (None, [], [])
    assert {answer["tried"] for answer in first["answers"]} == {None}
    inspection = inspect_output(str(untouched))
    assert (inspection["schema_version"], inspection["rows"]["pages"], inspection["errors_by_code"]) == (
        "1",
        2,
        {"unreadable": 1, "engine_failed": 1},
    )
    assert "schema version 1" in inspection_text(inspection)
    assert len(read_predictions(str(untouched)).answers[LETTER]) == 4


def test_run_plan_and_reuse_refuse_version_1(docpipe: Docpipe, untouched: Path, tmp_path: Path) -> None:
    job = write_job(tmp_path)
    ran = docpipe("run", job)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert REFUSED in ran.stderr
    assert "choose another output.path" in ran.stderr
    with pytest.raises(InvalidJobError, match=f"^output.path: .*{REFUSED}"):
        run(job, None, retry_failed=True)
    with pytest.raises(InvalidJobError, match=f"^output.path: .*{REFUSED}"):
        plan_job(load_job(job), tmp_path)
    anew = write_job(tmp_path, inputs={"paths": ["in"], "reuse": "out"}, output={"path": "anew"})
    with pytest.raises(InvalidJobError, match=f"^inputs.reuse: .*{REFUSED}.*leave inputs.reuse out"):
        run(anew, None)
    with pytest.raises(InvalidJobError, match=f"^inputs.reuse: .*{REFUSED}"):
        plan_job(load_job(anew), tmp_path)
    with pytest.raises(InvalidJobError, match=f"^docpipe compact: .*{REFUSED}"):
        compact_output(str(untouched))


def test_overwrite_replaces_version_1_by_version_2(v1: Path, tmp_path: Path, ray: str) -> None:
    job = write_job(tmp_path, on_error={"max_failed_documents": 1})
    assert done(run(job, ray, overwrite=True)) == (2, 0, 0)
    assert schema_version(Store(str(v1))) == "2"
    assert_sound(v1)
    for table in TABLES:
        for path in (v1 / table).glob("*.parquet"):
            schema = pq.read_schema(path)
            assert schema.metadata[b"docpipe.schema_version"] == b"2"
            assert schema.equals(TABLES[table])
    assert query(v1, "SELECT (SELECT count(*) FROM tables), (SELECT count(*) FROM cells)") == [(0, 0)]


def test_forget_deletes_from_version_1_and_leaves_it_version_1(v1: Path) -> None:
    assert forget_document(str(v1), LETTER)["pages"] == 2
    output = StoredOutput.open(str(v1))
    assert (output.version, output.count("pages"), output.count("documents")) == ("1", 0, 1)
    assert {pq.read_schema(path).metadata[b"docpipe.schema_version"] for path in v1.glob("lines/*.parquet")} == {b"1"}


def test_forget_keeps_the_version_of_a_batch_that_it_rewrites(v1: Path) -> None:
    store = Store(str(v1))
    (file,) = (f for f in store.list_files("documents") if "6e14" in f.name)
    both = pa.concat_tables([store.read_table(f.path) for f in store.list_files("documents")]).combine_chunks()
    store.write_table(
        file.path, both, {k.decode(): v.decode() for k, v in store.read_footer(file.path).metadata.items()}
    )
    forget_document(str(v1), LETTER)
    (rest,) = (path for path in v1.glob("documents/*.parquet") if pq.read_metadata(path).num_rows)
    assert pq.read_table(rest, columns=["document_id"]).to_pylist() == [{"document_id": BROKEN}]
    assert pq.read_schema(rest).metadata[b"docpipe.schema_version"] == b"1"


@pytest.mark.parametrize(
    "reads",
    [
        StoredOutput.open,
        inspect_output,
        lambda out: forget_document(out, LETTER),
        lambda out: check_reusable(Store(out)),
    ],
)
def test_a_later_version_is_refused_by_all(untouched: Path, reads: Callable[[str], object]) -> None:
    (untouched / FINGERPRINT_PATH).write_text('{"schema_version": "3"}')
    with pytest.raises(InvalidJobError, match="schema version 3, and this docpipe knows versions 1 and 2 only"):
        reads(str(untouched))


@pytest.mark.parametrize("content", ["{}", "[]", "no JSON"])
def test_an_output_that_does_not_tell_is_taken_for_a_current_one(store: Store, content: str) -> None:
    require_current_version(store, "what", "remedy")
    store.write_bytes(FINGERPRINT_PATH, content.encode())
    assert schema_version(store) == "2"
    require_current_version(store, "what", "remedy")
