"""Jobs, manifests and names that try to reach beyond what they are for, and rubbish in their place."""

import csv
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from docpipe.operators.files.local_copy import local_copy
from docpipe.pipeline.inputs.manifest import read_manifest
from docpipe.pipeline.output.commit import Provenance, batch_name, commit_batch
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import CommandError, InvalidJobError, JobBrokenError
from docpipe.schemas.job.load import load_job
from docpipe.schemas.printable import printable
from docpipe.schemas.tables import TABLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JOB = """version: 1
inputs: {paths: [in], pages: "1-50", exclude: ["**/draft-*"]}
render: {dpi: 150}
tasks: {ocr: {engine: auto, languages: [en]}}
limits: {page_seconds: 60}
output: {path: out}
on_error: {max_failed_pages: 0.05}
"""


def manifest(folder: Path, **row: str) -> Path:
    path = folder / "documents.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row.keys())
        writer.writeheader()
        writer.writerow(row)
    return path


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['touch x']", "!!python/name:os.system", "!include x"]
)
def test_yaml_tags_run_nothing(tmp_path: Path, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "job.yaml"
    path.write_text(JOB.replace("path: out", f"path: {tag}"))
    with pytest.raises(InvalidJobError):
        load_job(path)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://host/a.pdf",
        "ssh://host/etc/passwd",
        "sftp://h/a",
        "ftp://h/a",
        "zip://a.pdf::http://host/a.zip",
        "simplecache::s3://b/a.pdf",
        "git://x",
        "data:;base64,AAAA",
        "file::http://h/a",
    ],
)
def test_schemes_that_a_manifest_may_not_name(tmp_path: Path, uri: str) -> None:
    path = manifest(tmp_path, uri=uri)
    if uri.startswith("data:"):
        # No URL by its form: a path, which is not there.
        (row,) = read_manifest(str(path), tmp_path)
        assert row.uri == f"{tmp_path}/{uri}"
        return
    with pytest.raises(InvalidJobError, match="row 1: 'uri' begins with"):
        read_manifest(str(path), tmp_path)


@pytest.mark.parametrize(
    "uri",
    ["s3://KEY:very-secret@bucket/a.pdf", "s3://bucket/a.pdf?X-Amz-Signature=very-secret", "az://c/a?sig=very-secret"],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(tmp_path: Path, uri: str) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(JOB.replace("paths: [in]", f"paths: ['{uri}']"))
    for read in (lambda: load_job(path), lambda: read_manifest(str(manifest(tmp_path, uri=uri)), tmp_path)):
        with pytest.raises(InvalidJobError, match="credentials") as caught:
            read()
        assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "document_id", ["../../../../tmp/evil", "/etc/passwd", "a/b", "..", "x" * 200, "pages/../../y"]
)
def test_ids_name_no_paths(tmp_path: Path, document_id: str) -> None:
    (row,) = read_manifest(str(manifest(tmp_path, uri="a.pdf", document_id=document_id)), tmp_path)
    assert row.document_id == document_id
    values = {"document_id": document_id, "page_number": 1, "status": "ok", "text_source": "none", "seconds": 0.0}
    rows = TABLES["pages"].empty_table().from_pylist([{**values, "run_id": "r"}], schema=TABLES["pages"])
    store = Store(str(tmp_path / "deep" / "out"))
    name = commit_batch(store, Provenance("r", "f", "t"), "pages", {"pages": rows})
    assert name == batch_name("f", "pages", rows)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and "deep" not in path.parts] == [
        tmp_path / "documents.csv"
    ]
    assert [path.name for path in (tmp_path / "deep" / "out" / "pages").iterdir()] == [name]


@pytest.mark.parametrize("document_id", ["a\x1b[2J", "a\nb", "a\x00", "\u202egnp.exe", ""])
def test_ids_hold_no_control_characters(tmp_path: Path, document_id: str) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_text(json.dumps({"uri": "a.pdf", "document_id": document_id}) + "\n")
    with pytest.raises(InvalidJobError, match="row 1"):
        read_manifest(str(path), tmp_path)


@given(st.text(st.characters(codec=None)))
def test_nothing_that_is_printed_moves_the_cursor_or_forges_a_line(text: str) -> None:
    shown = printable(text)
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert printable(shown) == shown
    assert "\n" not in printable(text, keep="")
    shown.encode("utf-8")


def test_ordinary_names_are_printed_as_they_are() -> None:
    for name in ("invoice-1.pdf", "ümläut-日本.pdf", "a b\tc\nd"):
        assert printable(name) == name
    assert printable("\x1b]0;evil\x07.pdf") == "\\x1b]0;evil\\x07.pdf"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutilated_job_is_a_job_or_a_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    text = list(JOB)
    pieces = st.sampled_from(
        ["{", "}", "[", "]", ":", "&a ", "*a", "!!x ", "\n", " ", "-", "'", '"', "\t", "\0", "é", "1e9"]
    )
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(text) - 1))
        if data.draw(st.booleans()):
            text.insert(position, data.draw(pieces))
        else:
            del text[position : position + data.draw(st.integers(1, 12))]
        text = text or [" "]
    path = tmp_path / "job.yaml"
    path.write_bytes("".join(text).encode("utf-8", "surrogatepass"))
    with suppress(InvalidJobError):
        load_job(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([".csv", ".jsonl", ".parquet"]), st.binary(max_size=300), st.booleans())
def test_rubbish_as_a_manifest_is_a_clear_error(tmp_path: Path, suffix: str, content: bytes, headed: bool) -> None:
    path = tmp_path / f"documents{suffix}"
    head = {".csv": b"uri,document_id\n", ".jsonl": b'{"uri": "a.pdf"}\n', ".parquet": b"PAR1"}[suffix]
    path.write_bytes(head + content if headed else content)
    with suppress(CommandError):
        assert all(row.uri for row in read_manifest(str(path), tmp_path))


@pytest.mark.parametrize("how", ["writable by others", "a link"])
def test_a_cache_that_others_can_write_is_not_used(tmp_path: Path, how: str) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe_file("/cache-test/a.pdf", b"x")
    cache = tmp_path / "cache"
    if how == "a link":
        (tmp_path / "theirs").mkdir()
        cache.symlink_to(tmp_path / "theirs")
    else:
        cache.mkdir()
        os.chmod(cache, 0o777)  # noqa: PTH101
    with (
        pytest.raises(JobBrokenError, match="writable by others"),
        local_copy("memory://cache-test/a.pdf", "", cache),
    ):
        pass
