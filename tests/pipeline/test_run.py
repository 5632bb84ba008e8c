"""A run reads what an earlier one did not, and what stands afterwards is what the job asks for, each page once."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docpipe.pipeline.inspect_output import inspect_output, inspection_text
from docpipe.pipeline.inventory import Changes
from docpipe.pipeline.lock import output_lock
from docpipe.pipeline.outcome import exit_code, summary_json
from docpipe.pipeline.plan_report import plan_job, plan_text
from docpipe.pipeline.run_summary import RunSummary
from docpipe.pipeline.store import Store
from docpipe.schemas.errors import InvalidJobError, JobBrokenError, MissingResourceError
from docpipe.schemas.job import OnError
from docpipe.schemas.job_file import load_job
from PIL import Image

from .outputs import QUICKSTART, Heard, assert_sound, joined, pdf, query, run, texts, write_job

TOO_SMALL = "limits.page_memory_mb=720"
"""Enough for the parser itself and for small pages, not for `huge` ones."""


@pytest.fixture(scope="module")
def ray(ray_address: str) -> Iterator[str]:
    with joined(ray_address) as address:
        yield address


def huge() -> Image.Image:
    """A blank picture whose decoding needs more memory than `TOO_SMALL` leaves."""
    return Image.new("L", (9000, 9000), 255)


def tiff(path: Path, *frames: Image.Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="tiff_deflate")
    return path


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """Two documents of two pages."""
    for name in "ab":
        pdf(tmp_path / "in" / f"{name}.pdf", f"{name} one", f"{name} two")
    return write_job(tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def done(summary: RunSummary) -> tuple[int, int, int]:
    return summary.pages_ok, summary.pages_failed, summary.pages_skipped


def uris(out: Path) -> list[list[str]]:
    return sorted(sorted(Path(uri).name for uri in row[0]) for row in query(out, "SELECT uris FROM documents"))


def test_second_run_has_nothing_left_to_do(job: Path, out: Path, ray: str) -> None:
    first = run(job, ray)
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*.parquet")}
    second = run(job, None)
    assert (done(first), done(second)) == ((4, 0, 0), (0, 0, 4))
    assert (first.documents, first.pages, second.documents, second.pages) == (2, 4, 2, 4)
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*.parquet")} == before
    assert texts(out) == ["a one", "a two", "b one", "b two"]
    assert_sound(out)


def test_files_added_changed_and_gone_are_told_apart(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "in" / "c.pdf", "c one")
    run(job, ray)
    pdf(tmp_path / "in" / "a.pdf", "a new")
    pdf(tmp_path / "in" / "d.pdf", "d one")
    (tmp_path / "in" / "c.pdf").unlink()
    heard = Heard()
    summary = run(job, ray, heard=heard)
    assert summary.changes == Changes(added=1, changed=1, gone=1, same=1)
    assert "1 new, 1 changed, 1 gone, 1 known" in heard.messages[0]
    assert (summary.documents, summary.pages, done(summary)) == (3, 4, (2, 0, 2))
    assert {"a new", "b one", "b two", "d one"} <= set(texts(out))
    assert_sound(out)
    assert run(job, None).changes == Changes(added=0, changed=0, gone=0, same=3)


def test_limit_counts_documents_and_the_next_run_goes_on(tmp_path: Path, out: Path, ray: str) -> None:
    for name in "abcd":
        pdf(tmp_path / "in" / f"{name}.pdf", f"{name} one")
    pdf(tmp_path / "in" / "a2.pdf", "a one")
    shutil.copy(tmp_path / "in" / "a.pdf", tmp_path / "in" / "a2.pdf")
    job = write_job(tmp_path)
    limited = run(job, ray, limit=2)
    assert (limited.documents, limited.pages, done(limited)) == (2, 2, (2, 0, 0))
    assert uris(out) == [["a.pdf", "a2.pdf"], ["b.pdf"]]
    assert_sound(out)
    rest = run(job, ray)
    assert (rest.documents, done(rest)) == (4, (2, 0, 2))
    assert_sound(out)


def test_overwrite_starts_afresh_and_leaves_foreign_files(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    run(job, ray)
    (out / "notes.txt").write_text("mine")
    (tmp_path / "in" / "b.pdf").unlink()
    summary = run(job, ray, overwrite=True)
    assert (summary.documents, done(summary)) == (1, (2, 0, 0))
    assert summary.changes == Changes(added=1, changed=0, gone=0, same=0)
    assert texts(out) == ["a one", "a two"]
    assert len(list((out / "_docpipe").glob("run-*.json"))) == 1
    assert (out / "notes.txt").read_text() == "mine"
    assert_sound(out)


def test_a_folder_with_files_of_others_is_refused(job: Path, out: Path) -> None:
    (out / "pages").mkdir(parents=True)
    (out / "pages" / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(InvalidJobError, match=r"holiday\.jpg was not written by docpipe"):
        run(job, None, overwrite=True)
    assert [file.name for file in out.rglob("*") if file.is_file()] == ["holiday.jpg"]


def test_retry_failed_reads_failed_pages_again_and_no_others(tmp_path: Path, out: Path, ray: str) -> None:
    tiff(tmp_path / "in" / "scan.tif", Image.new("L", (200, 200), 255), huge())
    pdf(tmp_path / "in" / "a.pdf", "a one")
    job = write_job(tmp_path)
    first = run(job, ray, TOO_SMALL)
    assert done(first) == (2, 1, 0)
    assert list(first.codes) == ["too_large"]
    assert query(out, "SELECT status FROM documents ORDER BY 1") == [("ok",), ("partial",)]
    assert_sound(out)
    # Enough memory now, yet what failed stays until it is asked for.
    assert done(run(job, None)) == (0, 0, 3)
    runs = dict(query(out, "SELECT document_id || page_number, run_id FROM pages WHERE status = 'ok'"))
    again = run(job, ray, retry_failed=True)
    assert done(again) == (1, 0, 2)
    assert query(out, "SELECT DISTINCT status FROM documents") == [("ok",)]
    assert query(out, "SELECT * FROM errors") == []
    assert runs.items() <= dict(query(out, "SELECT document_id || page_number, run_id FROM pages")).items()
    assert_sound(out)


def test_retry_failed_opens_failed_documents_again(
    tmp_path: Path, out: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pymupdf

    pdf(tmp_path / "in" / "locked.pdf", "secret one", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="fjord")
    pdf(tmp_path / "in" / "a.pdf", "a one")
    job = write_job(tmp_path)
    first = run(job, ray)
    assert (done(first), first.document_counts.failed) == ((1, 0, 0), 1)
    assert query(out, "SELECT code, page_number FROM errors") == [("encrypted", None)]
    monkeypatch.setenv("DOC_PASSWORDS", "wrong\nfjord\n")
    again = run(job, ray, "inputs.passwords_env=DOC_PASSWORDS", retry_failed=True)
    assert (done(again), again.document_counts.failed) == ((1, 0, 1), 0)
    assert texts(out) == ["a one", "secret one"]
    assert query(out, "SELECT * FROM errors") == []
    assert_sound(out)
    written = b"".join(file.read_bytes() for file in (out / "_docpipe").rglob("*") if file.is_file())
    assert b"fjord" not in written
    monkeypatch.delenv("DOC_PASSWORDS")
    with pytest.raises(MissingResourceError, match="DOC_PASSWORDS"):
        run(job, None, "inputs.passwords_env=DOC_PASSWORDS")


def test_reuse_takes_page_texts_over_and_reads_only_what_is_new(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    run(job, ray)
    pdf(tmp_path / "in" / "c.pdf", "c one")
    # Ids of the manifest differ from those of the earlier output: what hangs on a page must follow.
    manifest = "".join(json.dumps({"uri": f"in/{n}.pdf", "document_id": f"doc-{n}"}) + "\n" for n in "abc")
    (tmp_path / "list.jsonl").write_text(manifest)
    other = write_job(
        tmp_path,
        inputs={"manifest": "list.jsonl", "reuse": "out"},
        output={"path": "out2"},
        on_error={"abort_after": 1},
    )
    heard = Heard()
    summary = run(other, ray, heard=heard)
    assert any("4 pages from" in message for message in heard.messages)
    assert done(summary) == (5, 0, 0)
    new = tmp_path / "out2"
    assert_sound(new)
    seconds = "SELECT text, seconds FROM pages WHERE text NOT LIKE 'c%' ORDER BY text"
    assert query(new, seconds) == query(out, seconds)
    assert {i for (i,) in query(new, "SELECT document_id FROM lines")} == {"doc-a", "doc-b", "doc-c"}
    assert query(new, "SELECT line_id FROM lines WHERE NOT starts_with(line_id, document_id)") == []
    assert query(new, "SELECT DISTINCT run_id FROM pages") == [(summary.run_id,)]


def test_reuse_takes_nothing_that_was_read_in_another_way(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    run(job, ray)
    heard = Heard()
    summary = run(job, ray, "tasks.ocr.engine=text_layer", "output.path=out2", "inputs.reuse=out", heard=heard)
    assert any("0 pages from" in message and "another way" in message for message in heard.messages)
    assert done(summary) == (4, 0, 0)
    assert_sound(tmp_path / "out2")
    with pytest.raises(MissingResourceError, match=r"inputs\.reuse.*no output of docpipe"):
        run(job, ray, "output.path=out3", "inputs.reuse=in")


def test_another_job_in_the_same_folder_is_refused_with_the_difference(job: Path, out: Path, ray: str) -> None:
    run(job, ray)
    with pytest.raises(InvalidJobError) as refused:
        run(job, ray, "render.dpi=200", "tasks.ocr.engine=text_layer")
    message = str(refused.value)
    assert "render.dpi: there 150, in this job 200" in message
    assert 'tasks.ocr.engine: there "auto", in this job "text_layer"' in message
    assert "--overwrite" in message
    # What does not decide a result does not make another job.
    assert done(run(job, None, "limits.page_seconds=30", "on_error.abort_after=7")) == (0, 0, 4)
    assert done(run(job, ray, "render.dpi=200", overwrite=True)) == (4, 0, 0)
    assert_sound(out)


def test_job_stops_when_the_first_pages_all_fail_and_goes_on_when_it_is_run_again(
    tmp_path: Path, out: Path, ray: str
) -> None:
    tiff(tmp_path / "in" / "a.tif", huge(), huge())
    tiff(tmp_path / "in" / "b.tif", huge(), Image.new("L", (300, 300), 255))
    job = write_job(tmp_path)
    with pytest.raises(JobBrokenError, match=r"all failed \(\d so far, most often with too_large\).*abort_after: 1"):
        run(job, ray, TOO_SMALL, "on_error.abort_after=1")
    (state,) = [run["state"] for run in inspect_output(str(out))["runs"]]
    assert state == "broken"
    summary = run(job, ray, TOO_SMALL, "on_error.abort_after=200")
    assert (summary.failed_pages, summary.pages) == (3, 4)
    assert_sound(out)


def test_shares_of_on_error_count_over_all_runs(tmp_path: Path, ray: str) -> None:
    tiff(tmp_path / "in" / "a.tif", huge(), Image.new("L", (300, 300), 255))
    pdf(tmp_path / "in" / "b.pdf", "b one", "b two")
    (tmp_path / "in" / "c.pdf").write_bytes(b"")
    job = write_job(tmp_path)
    first = run(job, ray, TOO_SMALL)
    second = run(job, None)
    for summary in (first, second):
        assert exit_code(summary, OnError(max_failed_pages=0.25, max_failed_documents=0.34)) == (0, [])
        code, reasons = exit_code(summary, OnError(max_failed_pages=0.24, max_failed_documents=0.33))
        assert code == 3
        assert [reason.split(" failed")[0] for reason in reasons] == ["1 of 4 pages", "1 of 3 documents"]


def test_same_bytes_under_two_names_are_one_document(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    shutil.copy(tmp_path / "in" / "a.pdf", tmp_path / "in" / "z copy.pdf")
    first = run(job, ray)
    assert (first.documents, done(first)) == (2, (4, 0, 0))
    assert uris(out) == [["a.pdf", "z copy.pdf"], ["b.pdf"]]
    assert_sound(out)
    # The first name goes, another comes: the document stays and is not read again.
    (tmp_path / "in" / "a.pdf").rename(tmp_path / "in" / "m.pdf")
    second = run(job, ray)
    assert (second.documents, done(second)) == (2, (0, 0, 4))
    assert uris(out) == [["b.pdf"], ["m.pdf", "z copy.pdf"]]
    assert_sound(out)


def test_a_wider_page_range_reads_only_the_pages_it_adds(tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "in" / "a.pdf", *(f"page {n}" for n in range(1, 6)))
    pdf(tmp_path / "in" / "b.pdf", "only")
    job = write_job(tmp_path)
    assert done(run(job, ray, "inputs.pages=1,4")) == (3, 0, 0)
    assert_sound(out, whole=False)
    assert query(out, "SELECT page_count FROM documents ORDER BY 1") == [(1,), (5,)]
    assert done(run(job, ray, "inputs.pages=1-4")) == (2, 0, 3)
    assert done(run(job, ray)) == (1, 0, 5)
    assert_sound(out)
    assert done(run(job, None, "inputs.pages=2")) == (0, 0, 1)
    assert_sound(out)


def test_an_id_of_the_manifest_that_names_other_bytes_is_read_anew(
    job: Path, tmp_path: Path, out: Path, ray: str
) -> None:
    (tmp_path / "list.csv").write_text("uri,document_id,batch\nin/a.pdf,007,spring\nin/b.pdf,008,\n")
    write_job(tmp_path, inputs={"manifest": "list.csv"})
    run(job, ray)
    assert query(out, "SELECT document_id, attributes FROM documents ORDER BY 1") == [
        ("007", '{"batch": "spring"}'),
        ("008", '{"batch": ""}'),
    ]
    pdf(tmp_path / "in" / "a.pdf", "a rewritten")
    summary = run(job, ray)
    assert (summary.documents, summary.pages, done(summary)) == (2, 3, (1, 0, 2))
    assert query(out, "SELECT document_id, text FROM pages ORDER BY ALL") == [
        ("007", "a rewritten\n"),
        ("008", "b one\n"),
        ("008", "b two\n"),
    ]
    assert_sound(out)


def test_ids_of_the_manifest_that_change_places_do_not_mix(job: Path, tmp_path: Path, out: Path, ray: str) -> None:
    write_job(tmp_path, inputs={"manifest": "list.csv"})
    (tmp_path / "list.csv").write_text("uri,document_id\nin/a.pdf,1\nin/b.pdf,2\n")
    run(job, ray)
    (tmp_path / "list.csv").write_text("uri,document_id\nin/a.pdf,2\nin/b.pdf,1\n")
    assert done(run(job, ray)) == (4, 0, 0)
    by_id = "SELECT DISTINCT document_id, text[1] FROM pages ORDER BY ALL"
    assert query(out, by_id) == [("1", "b"), ("2", "a")]
    assert_sound(out)


def test_an_id_of_the_manifest_keeps_its_pages_while_its_file_cannot_be_read(
    job: Path, tmp_path: Path, out: Path, ray: str
) -> None:
    (tmp_path / "list.csv").write_text("uri,document_id\nin/a.pdf,1\nin/b.pdf,2\n")
    write_job(tmp_path, inputs={"manifest": "list.csv"})
    run(job, ray)
    (tmp_path / "in" / "a.pdf").rename(tmp_path / "away.pdf")
    assert run(job, None).document_counts.failed == 1
    assert query(out, "SELECT code FROM errors") == [("not_found",)]
    (tmp_path / "away.pdf").rename(tmp_path / "in" / "a.pdf")
    assert done(run(job, None)) == (0, 0, 4)
    assert query(out, "SELECT * FROM errors") == []
    assert_sound(out)


def test_pages_of_an_unfinished_run_go_with_their_file(
    job: Path, tmp_path: Path, out: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no more")

    with monkeypatch.context() as patch:
        patch.setattr("docpipe.pipeline.run.commit_documents", broken)
        with pytest.raises(JobBrokenError, match="no more"):
            run(job, ray)
    # Pages beyond a limit are those of a run to come and stay.
    assert done(run(job, None, limit=1)) == (0, 0, 2)
    assert texts(out) == ["a one", "a two", "b one", "b two"]
    (tmp_path / "in" / "b.pdf").unlink()
    assert done(run(job, None)) == (0, 0, 2)
    assert texts(out) == ["a one", "a two"]
    assert_sound(out)


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
    counts = ["documents", "pages", "pages_ok", "pages_failed", "pages_skipped", "lines", "answers", "charts"]
    assert list(summary) == [*counts, "seconds", "pages_per_second", "output", "run_id"]
    assert json.loads(json.dumps(summary)) == summary


def test_a_second_run_is_refused_while_one_lives(job: Path, out: Path, ray: str) -> None:
    run(job, ray)
    with output_lock(Store(str(out)), "run-x"):
        with pytest.raises(InvalidJobError, match=r"another run is writing here \(run run-x, process \d+ on"):
            run(job, None, overwrite=True)
        assert "run-x" in inspect_output(str(out))["running"]
    assert inspect_output(str(out))["running"] is None
    assert texts(out) == ["a one", "a two", "b one", "b two"]
    # What a killed run leaves: the file, and nobody who holds it.
    (out / "_docpipe" / "lock").write_text('{"run_id": "dead", "host": "here", "pid": 1, "renewed": 9e9}')
    assert done(run(job, None)) == (0, 0, 4)


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
    assert "5, 4 done already" in plan_text(after)
    assert sorted((file, file.stat().st_mtime_ns) for file in out.rglob("*")) == state


def test_damage_to_the_output_is_mended_by_the_next_run(job: Path, out: Path, ray: str) -> None:
    run(job, ray)
    for lines in [file for file in (out / "lines").iterdir() if "0" * 32 not in file.name]:
        lines.unlink()
    heard = Heard()
    summary = run(job, ray, heard=heard)
    assert done(summary) == (4, 0, 0)
    assert any(message.startswith("mended the output") for message in heard.messages)
    assert_sound(out)


def test_real_documents_keep_their_laws(tmp_path: Path, out: Path, ray: str) -> None:
    names = ("invoice-de.pdf", "rotated-page.pdf", "scan-upside-down.png", "scan-many-languages.tif", "broken.pdf")
    (tmp_path / "in").mkdir()
    for name in names:
        shutil.copy(QUICKSTART / name, tmp_path / "in" / name)
    summary = run(write_job(tmp_path, layout="off"), ray)
    assert (summary.documents, summary.document_counts.failed, summary.pages_failed) == (5, 1, 0)
    assert {source for (source,) in query(out, "SELECT text_source FROM pages")} == {"text_layer", "rapidocr"}
    inside = "{0} >= 0 AND {0} < {1} AND {1} <= 1"
    box = f"{inside.format('bbox.x0', 'bbox.x1')} AND {inside.format('bbox.y0', 'bbox.y1')}"
    assert query(out, f"SELECT line_id FROM lines WHERE NOT ({box})") == []
    assert query(out, f"SELECT block_id FROM blocks WHERE NOT ({box})") == []
    assert_sound(out)
