"""A manifest, or paths, that cannot be used: refused with the reason, or a row for each file that is missing."""

import json
from pathlib import Path

import pytest
from docpipe.schemas.errors import CommandError, InvalidJobError, MissingResourceError

from ..outputs import assert_sound, pdf, query, run, texts, write_job


def manifest(folder: Path, name: str, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return write_job(folder, inputs={"manifest": name})


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("m.csv", "path,document_id\na.pdf,1\n", InvalidJobError, r"m\.csv.*no column 'uri', only path, document_id"),
        ("m.csv", "uri,document_id\na.pdf,1\nb.pdf,1\n", InvalidJobError, r"document_id '1' names 2 files: .*a\.pdf"),
        ("m.csv", "uri,group\na.pdf,x\na.pdf,y\n", InvalidJobError, r"a\.pdf' is in 2 different rows"),
        ("m.csv", 'uri\n""\n', InvalidJobError, "row 1: 'uri' is empty"),
        ("m.csv", b"\xff\xfe\x00broken", InvalidJobError, "cannot be read|no column 'uri'"),
        ("m.csv", "", InvalidJobError, "is empty; its first line names the columns"),
        ("m.csv", "uri\n", MissingResourceError, "no documents found"),
        ("m.csv", "uri\na.pdf\nb.pdf\n", MissingResourceError, r"a\.pdf: no such file"),
        ("m.jsonl", '{"uri": "a.pdf"}\n{"uri": ', InvalidJobError, "cannot be read"),
        ("m.jsonl", '{"uri": 7}\n', InvalidJobError, "row 1: 'uri' is empty or not text"),
        ("m.jsonl", '{"uri": "a.pdf", "document_id": "a\\nb"}\n', InvalidJobError, "document_id 'a"),
        ("m.parquet", b"PAR1", InvalidJobError, "cannot be read"),
        ("m.csv", "uri,questions\na.pdf,x\n", InvalidJobError, "questions"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, out: Path, name: str, content: str | bytes, error: type[CommandError], says: str
) -> None:
    with pytest.raises(error, match=says):
        run(manifest(tmp_path, name, content), None)
    assert not list(out.glob("*/*.parquet")) or query(out, "SELECT * FROM pages") == []


def test_a_manifest_that_is_not_there_is_a_missing_resource(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"m\.csv.*no such file"):
        run(write_job(tmp_path, inputs={"manifest": "m.csv"}), None)


def test_rows_of_a_manifest_whose_file_is_missing_fail_and_the_others_run(tmp_path: Path, out: Path, ray: str) -> None:
    pdf(tmp_path / "a.pdf", "all is well")
    rows = [
        {"uri": "a.pdf"},
        {"uri": "gone.pdf", "document_id": "g"},
        {"uri": str(tmp_path)},
        {"uri": "memory://x.pdf"},
    ]
    run(manifest(tmp_path, "m.jsonl", "".join(json.dumps(row) + "\n" for row in rows)), ray)
    codes = dict(query(out, "SELECT uri, code FROM errors"))
    assert codes[f"{tmp_path}/gone.pdf"] == "not_found"
    assert query(out, "SELECT document_id, status FROM documents WHERE document_id = 'g'") == [("g", "failed")]
    assert query(out, "SELECT count(*) FROM documents WHERE status = 'ok'") == [(1,)]
    assert query(out, "SELECT count(*) FROM documents") == [(len(rows),)]
    assert_sound(out)
    # The file turns up: the next run takes it.
    pdf(tmp_path / "gone.pdf", "here again")
    run(tmp_path / "job.yaml", ray)
    assert query(out, "SELECT status FROM documents WHERE document_id = 'g'") == [("ok",)]
    assert "here again" in texts(out)
    assert_sound(out)


@pytest.mark.parametrize("make", ["empty folder", "no folder", "glob without match"])
def test_a_job_without_documents_is_a_missing_resource(tmp_path: Path, out: Path, make: str) -> None:
    if make == "empty folder":
        (tmp_path / "in").mkdir()
    job = write_job(tmp_path, inputs={"paths": ["in/*.pdf" if make.startswith("glob") else "in"]})
    with pytest.raises(MissingResourceError, match=str(tmp_path / "in")):
        run(job, None)
