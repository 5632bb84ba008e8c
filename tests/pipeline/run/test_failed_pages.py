"""What failed: counted over all runs, the end of a job that only fails, read again on demand."""

from pathlib import Path

import pytest
from docpipe.pipeline.commands.inspect import inspect_output
from docpipe.pipeline.run.summary import exit_code
from docpipe.schemas.errors import JobBrokenError, MissingResourceError
from docpipe.schemas.job.model import OnError
from PIL import Image

from ..outputs import assert_sound, done, pdf, query, run, texts, tiff, too_large, write_job

TOO_SMALL = "limits.page_memory_mb=720"
"""Enough for the parser itself and for small pages, not for those that are `too_large`."""


def test_retry_failed_reads_failed_pages_again_and_no_others(tmp_path: Path, out: Path, ray: str) -> None:
    tiff(tmp_path / "in" / "scan.tif", Image.new("L", (200, 200), 255), too_large())
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
    assert "no password was given" in query(out, "SELECT message FROM errors")[0][0]
    monkeypatch.setenv("DOC_PASSWORDS", "wrong\n")
    run(job, ray, "inputs.passwords_env=DOC_PASSWORDS", retry_failed=True)
    assert "none of 1 passwords" in query(out, "SELECT message FROM errors")[0][0]
    assert_sound(out)
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


def test_job_stops_when_the_first_pages_all_fail_and_goes_on_when_it_is_run_again(
    tmp_path: Path, out: Path, ray: str
) -> None:
    tiff(tmp_path / "in" / "a.tif", too_large(), too_large())
    tiff(tmp_path / "in" / "b.tif", too_large(), Image.new("L", (300, 300), 255))
    job = write_job(tmp_path)
    with pytest.raises(JobBrokenError, match=r"all failed \(\d so far, most often with too_large\).*abort_after: 1"):
        run(job, ray, TOO_SMALL, "on_error.abort_after=1")
    (state,) = [run["state"] for run in inspect_output(str(out))["runs"]]
    assert state == "broken"
    summary = run(job, ray, TOO_SMALL, "on_error.abort_after=200")
    assert (summary.failed_pages, summary.pages) == (3, 4)
    assert_sound(out)


def test_shares_of_on_error_count_over_all_runs(tmp_path: Path, ray: str) -> None:
    tiff(tmp_path / "in" / "a.tif", too_large(), Image.new("L", (300, 300), 255))
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
