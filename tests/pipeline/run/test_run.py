"""A run reads what an earlier one did not, and what stands afterwards is what the job asks for, each page once."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import docpipe.pipeline.output.committed
import pytest
from docpipe.pipeline.commands.inspect import inspect_output
from docpipe.pipeline.inputs.inventory import Changes
from docpipe.pipeline.output.commit import CommitFile
from docpipe.pipeline.output.committed import PageCount, count_pages
from docpipe.pipeline.output.lock import output_lock
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import InvalidJobError

from ..outputs import QUICKSTART, Heard, assert_sound, done, pdf, query, run, texts, uris, write_job


def test_second_run_has_nothing_left_to_do(job: Path, out: Path, ray: str) -> None:
    first = run(job, ray)
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*.parquet")}
    second = run(job, None)
    assert (done(first), done(second)) == ((4, 0, 0), (0, 0, 4))
    assert (first.documents, first.pages, second.documents, second.pages) == (2, 4, 2, 4)
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*.parquet")} == before
    assert texts(out) == ["a one", "a two", "b one", "b two"]
    assert_sound(out)


def test_a_run_counts_the_pages_of_its_output_once_before_it_reads_and_once_after(
    job: Path, ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    def counting(store: Store, files: Sequence[CommitFile]) -> dict[str, PageCount]:
        counted.append(len(files))
        return count_pages(store, files)

    monkeypatch.setattr(docpipe.pipeline.output.committed, "count_pages", counting)
    run(job, ray, limit=1)
    run(job, ray)
    run(job, None)
    first, before, after, last = counted
    assert 0 < first == before < after == last


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
