"""Outputs and inputs on an S3 server: whole files, bounded patience, clear words, and no secret anywhere."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from docpipe.operators.files.local_copy import local_copy
from docpipe.operators.files.remote import OPENING_SECONDS, STORE_SECONDS_VARIABLE, StoreUnavailableError, is_transient
from docpipe.pipeline.inputs.listing import list_inputs
from docpipe.pipeline.output.folder import check_writable
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import DocumentError, ErrorCode, MissingResourceError
from docpipe.schemas.job.model import Inputs

from ..s3_server import SECRET_KEY, S3Server


@pytest.fixture
def bucket(s3: S3Server) -> str:
    return s3.bucket()


@pytest.fixture
def output(bucket: str) -> Store:
    return Store(f"{bucket}/out")


def put(url: str, content: bytes) -> None:
    fsspec.filesystem("s3").pipe_file(url, content)


def listed(*paths: str) -> list[Any]:
    return list_inputs(Inputs(paths=paths), Path("/"), "s3://none/out")


def test_what_is_written_is_read_listed_and_deleted(output: Store) -> None:
    output.write_bytes("pages/b", b"22")
    output.write_bytes("pages/a", b"1")
    assert [(f.path, f.name, f.size) for f in output.list_files("pages")] == [("pages/a", "a", 1), ("pages/b", "b", 2)]
    assert output.read_bytes("pages/b") == b"22"
    assert output.exists("pages/a")
    for _ in range(2):
        output.delete("pages/a")
    assert not output.exists("pages/a")
    output.delete_folder("pages")
    assert output.list_files("pages") == []
    assert output.list_files("nowhere") == []


def test_what_another_process_wrote_is_seen_at_once(output: Store) -> None:
    assert output.list_files("pages") == []
    assert not output.exists("pages/a")
    put(output.full_path("pages/a"), b"1")
    assert [file.name for file in output.list_files("pages")] == ["a"]
    assert output.exists("pages/a")
    put(output.full_path("pages/a"), b"three")
    assert output.read_bytes("pages/a") == b"three"
    assert output.list_files("pages")[0].size == 5


def test_empty_objects_that_stand_for_folders_are_no_files(output: Store, bucket: str) -> None:
    put(output.full_path("pages/"), b"")
    put(f"{bucket}/in/", b"")
    put(f"{bucket}/in/a.pdf", b"x")
    assert output.list_files("pages") == []
    assert [file.uri for file in listed(f"{bucket}/in/")] == [f"{bucket}/in/a.pdf"]


@pytest.mark.parametrize("kind", ["SlowDown", "ServiceUnavailable", "InternalError", "reset", "lost"])
@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.write_bytes("t/a", b"1"),
        lambda store: store.read_bytes("t/a"),
        lambda store: store.list_files("t"),
        lambda store: store.exists("t/a"),
        lambda store: store.delete("t/other"),
    ],
    ids=["write", "read", "list", "exists", "delete"],
)
def test_a_store_that_refuses_for_a_while_is_tried_again(
    output: Store, s3: S3Server, call: Callable[[Store], Any], kind: str
) -> None:
    output.write_bytes("t/a", b"1")
    fault = s3.fail(kind, times=2)
    call(output)
    assert fault.met == 2
    s3.faults.clear()
    assert output.read_bytes("t/a") == b"1"


def test_patience_is_bounded_and_the_message_says_what_to_do(
    output: Store, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_SECONDS_VARIABLE, "1.5")
    s3.fail("ServiceUnavailable", "PUT")
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=r"ServiceUnavailable.*run the job again"):
        output.write_bytes("pages/a", b"1")
    assert time.monotonic() - began < 10
    s3.faults.clear()
    assert not output.exists("pages/a")


def test_what_will_not_pass_is_not_tried_again(output: Store, s3: S3Server) -> None:
    fault = s3.fail("AccessDenied", "PUT")
    with pytest.raises(PermissionError):
        output.write_bytes("pages/a", b"1")
    assert fault.met == 1
    assert not is_transient(FileNotFoundError("x"))
    assert not is_transient(ValueError("x"))


def test_a_bucket_that_does_not_exist_is_a_missing_resource(s3: S3Server) -> None:
    with pytest.raises(MissingResourceError, match=r"s3://not-there/out: there is no such bucket"):
        check_writable(Store("s3://not-there/out"))
    with pytest.raises(MissingResourceError, match=r"s3://not-there/in"):
        listed("s3://not-there/in/")


@pytest.mark.parametrize(
    ("kind", "told"),
    [("AccessDenied", "may not be written"), ("RequestTimeTooSkewed", "the clock of this machine is wrong")],
)
def test_a_bucket_that_may_not_be_written_is_a_missing_resource(
    output: Store, s3: S3Server, kind: str, told: str
) -> None:
    s3.fail(kind, "PUT")
    with pytest.raises(MissingResourceError, match=told) as caught:
        check_writable(output)
    assert SECRET_KEY not in str(caught.value)


def test_a_bucket_that_may_not_be_listed_is_a_missing_resource(bucket: str, s3: S3Server) -> None:
    s3.fail("AccessDenied")
    with pytest.raises(MissingResourceError, match="Access Denied"):
        listed(f"{bucket}/in/")


def test_a_store_that_does_not_answer_is_told_within_seconds(
    monkeypatch: pytest.MonkeyPatch, output: Store, s3: S3Server
) -> None:
    s3.fail("reset")
    began = time.monotonic()
    with pytest.raises(MissingResourceError, match="has not responded"):
        check_writable(output)
    with pytest.raises(MissingResourceError, match="has not responded"):
        listed("s3://bucket/in/")
    assert time.monotonic() - began < OPENING_SECONDS * 4


def test_missing_credentials_are_told_of(output: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        for refused in (lambda: check_writable(Store(output.url)), lambda: listed(f"{output.url}/in/")):
            with pytest.raises(MissingResourceError, match="AWS_ACCESS_KEY_ID"):
                refused()
    finally:
        s3fs.S3FileSystem.clear_instance_cache()


def test_folders_globs_and_files_are_listed_with_their_tags(bucket: str) -> None:
    for name in ("in/a.pdf", "in/deep/b.png", "in/.hidden", "other/c.pdf"):
        put(f"{bucket}/{name}", name.encode())
    folder = listed(f"{bucket}/in/")
    assert [file.uri for file in folder] == [f"{bucket}/in/a.pdf", f"{bucket}/in/deep/b.png"]
    assert [file.uri for file in listed(f"{bucket}/**/*.pdf")] == [f"{bucket}/in/a.pdf", f"{bucket}/other/c.pdf"]
    (before,) = listed(f"{bucket}/in/a.pdf")
    put(f"{bucket}/in/a.pdf", b"other")
    (after,) = listed(f"{bucket}/in/a.pdf")
    assert before.version != after.version
    with pytest.raises(MissingResourceError, match=r"no file matches"):
        listed(f"{bucket}/none/*.pdf")


@pytest.mark.parametrize("kind", ["SlowDown", "reset", "lost"])
def test_a_document_is_fetched_whole_although_the_store_falters(
    bucket: str, s3: S3Server, tmp_path: Path, kind: str
) -> None:
    put(f"{bucket}/a.pdf", b"x" * 3_000_000)
    (file,) = listed(f"{bucket}/a.pdf")
    fault = s3.fail(kind, "GET", "a.pdf", times=2)
    with local_copy(file.uri, file.version, cache=tmp_path / "cache") as path:
        assert Path(path).read_bytes() == b"x" * 3_000_000
    assert fault.met == 2


def test_a_file_that_its_store_does_not_give_costs_itself(
    bucket: str, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_SECONDS_VARIABLE, "0.5")
    put(f"{bucket}/a.pdf", b"x")
    (file,) = listed(f"{bucket}/a.pdf")
    s3.fail("InternalError", "GET", "a.pdf")
    with pytest.raises(DocumentError) as caught, local_copy(file.uri, file.version, cache=tmp_path / "cache"):
        pass
    assert caught.value.code is ErrorCode.UNREADABLE


def test_a_store_that_is_gone_breaks_the_job_and_not_each_file(
    bucket: str, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_SECONDS_VARIABLE, "0.5")
    put(f"{bucket}/a.pdf", b"x")
    (file,) = listed(f"{bucket}/a.pdf")
    s3.fail("ServiceUnavailable")
    with pytest.raises(StoreUnavailableError), local_copy(file.uri, file.version, cache=tmp_path / "cache"):
        pass
