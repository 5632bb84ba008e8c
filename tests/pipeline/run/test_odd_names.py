"""Names of files with anything in them that a file system takes."""

import os
from pathlib import Path

import pytest

from ..outputs import assert_sound, pdf, query, results, run, scan, texts, write_job


def test_odd_names_are_read_and_written_down(tmp_path: Path, out: Path, ray: str) -> None:
    names = [
        "with space.pdf",
        'it\'s "quoted".pdf',
        "two\nlines.pdf",
        "tab\there.pdf",
        "Übergrößenträger.pdf",
        "請求書.pdf",
        "percent%20sign.pdf",
        "hash#and?query.pdf",
        "star*[a].pdf",
        "e\u0301 combining.pdf",
        "-dash.pdf",
        "x" * 240 + ".pdf",
    ]
    for number, name in enumerate(names):
        pdf(tmp_path / "in" / name, f"name {number}")
    (tmp_path / "in" / ".hidden.pdf").write_bytes(b"")
    job = write_job(tmp_path)
    summary = run(job, ray)
    assert (summary.documents, summary.pages_ok) == (12, 12)
    assert set(results(out)) == set(names)
    assert_sound(out)
    again = run(job, None)
    assert (again.changes.same, again.pages_skipped) == (12, 12)


@pytest.mark.parametrize("kind", ["picture", "pdf"])
def test_names_that_are_not_utf8_are_read_and_written_as_urls(tmp_path: Path, out: Path, ray: str, kind: str) -> None:
    source = scan(tmp_path / "x.png", "picture") if kind == "picture" else pdf(tmp_path / "x.pdf", "pdf")
    (tmp_path / "in").mkdir()
    with open(os.fsencode(tmp_path / "in") + b"/latin-\xe9 \xff%.pdf", "wb") as file:  # noqa: PTH123 - no text
        file.write(source.read_bytes())
    summary = run(write_job(tmp_path), ray)
    assert query(out, "SELECT code, message FROM errors") == []
    assert (summary.documents, texts(out)) == (1, [kind])
    ((uri,),) = query(out, "SELECT unnest(uris) FROM documents")
    assert uri.startswith("file:///")
    assert uri.endswith("/latin-%E9%20%FF%25.pdf")
    assert run(write_job(tmp_path), None).changes.same == 1


def test_odd_names_in_paths_output_and_manifest(tmp_path: Path, ray: str) -> None:
    folder = tmp_path / 'it\'s an "odd" [folder] ü'
    pdf(folder / "in" / "a b.pdf", "one")
    (folder / "list.csv").write_text('uri\n"in/a b.pdf"\n')
    out = folder / "o'ut [1]"
    summary = run(write_job(folder, inputs={"manifest": "list.csv"}, output={"path": str(out)}), ray)
    assert (summary.pages_ok, summary.documents) == (1, 1)
    job = write_job(folder, inputs={"paths": ["in/*.pdf", "in"]}, output={"path": str(out)})
    again = run(job, None)
    assert (again.documents, again.pages_skipped) == (1, 1)
    assert [path.name for path in out.glob("pages/*.parquet") if "0" * 32 not in path.name]
