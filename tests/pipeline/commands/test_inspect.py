"""What a run leaves to be looked at: its record, its summary, and what `inspect` and `plan` say of it."""

import json
from pathlib import Path

import pytest
from docpipe.pipeline.commands.inspect import inspect_output, inspection_text
from docpipe.pipeline.commands.plan import plan_job, plan_text
from docpipe.pipeline.run.summary import summary_json
from docpipe.schemas.errors import MissingResourceError, advice
from docpipe.schemas.job.load import load_job

from ..outputs import pdf, query, run


def test_run_record_says_what_ran(job: Path, out: Path, ray: str) -> None:
    first = run(job, ray)
    second = run(job, None)
    records = {
        record["run_id"]: record
        for record in (json.loads(file.read_text()) for file in (out / "_docpipe").glob("run-*.json"))
    }
    assert set(records) == {first.run_id, second.run_id}
    record = records[first.run_id]
    assert record["state"] == "done"
    assert record["job"]["render"]["dpi"] == 150
    assert record["job"]["output"]["path"] == str(out)
    assert {"docpipe", "ray", "pymupdf", "rapidocr", "python"} <= record["versions"].keys()
    assert record["models"]["rapidocr"]
    assert record["device"] == "cpu"
    assert (record["counts"]["pages_ok"], record["counts"]["documents"]) == (4, 2)
    assert {"inventory", "pages"} <= record["seconds"].keys()
    footers = f"SELECT DISTINCT decode(key), decode(value) FROM parquet_kv_metadata('{out}/pages/*.parquet')"
    assert ("docpipe.run_id", first.run_id) in query(out, footers)


def test_json_summary_has_the_keys_of_the_contract(job: Path, ray: str) -> None:
    summary = summary_json(run(job, ray))
    counts = ["documents", "pages", "pages_ok", "pages_failed", "pages_skipped", "lines", "answers", "charts", "tables"]
    assert list(summary) == [*counts, "seconds", "pages_per_second", "output", "run_id"]
    assert json.loads(json.dumps(summary)) == summary


def test_inspect_counts_what_stands(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    (tmp_path / "in" / "c.pdf").write_bytes(b"")
    with pytest.raises(MissingResourceError, match="no output of docpipe here"):
        inspect_output(str(out))
    summary = run(job, ray)
    found = inspect_output(str(out))
    assert found["rows"] == {"pages": 4, "documents": 3, "lines": 4, "blocks": 4, "errors": 1}
    assert found["pages_by_status"] == {"ok": 4}
    assert found["documents_by_status"] == {"ok": 2, "failed": 1}
    assert found["errors_by_code"] == {"empty": 1}
    (entry,) = found["runs"]
    assert (entry["run_id"], entry["state"], entry["pages"]) == (summary.run_id, "done", 4)
    assert summary.run_id in inspection_text(found)
    assert advice("empty") in inspection_text(found)


def test_plan_tells_what_a_run_would_do_and_writes_nothing(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    (tmp_path / "in" / "c.pdf").write_bytes(b"")
    before = plan_job(load_job(job), tmp_path)
    assert (before["documents"], before["documents_failed"], before["pages"], before["pages_done"]) == (3, 1, 4, 0)
    assert not out.exists()
    run(job, ray)
    pdf(tmp_path / "in" / "d.pdf", "d one")
    state = sorted((file, file.stat().st_mtime_ns) for file in out.rglob("*"))
    after = plan_job(load_job(job), tmp_path)
    assert (after["pages"], after["pages_done"], after["units"]) == (5, 4, 1)
    assert after["files"] == {"added": 1, "changed": 0, "gone": 0, "same": 3}
    assert "5, 4 already done" in plan_text(after)
    assert sorted((file, file.stat().st_mtime_ns) for file in out.rglob("*")) == state
