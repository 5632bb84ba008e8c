"""Files that come, change, move and go between runs: what is committed follows, each page once."""

import shutil
from pathlib import Path

import pytest
from docpipe.pipeline.inputs.inventory import Changes
from docpipe.schemas.errors import JobBrokenError

from ..outputs import Heard, assert_sound, done, pdf, query, run, texts, uris, write_job


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
        patch.setattr("docpipe.pipeline.run.run.commit_documents", broken)
        with pytest.raises(JobBrokenError, match="no more"):
            run(job, ray)
    # Pages beyond a limit are those of a run to come and stay.
    assert done(run(job, None, limit=1)) == (0, 0, 2)
    assert texts(out) == ["a one", "a two", "b one", "b two"]
    (tmp_path / "in" / "b.pdf").unlink()
    assert done(run(job, None)) == (0, 0, 2)
    assert texts(out) == ["a one", "a two"]
    assert_sound(out)
