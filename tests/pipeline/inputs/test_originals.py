"""An original is used only if it is what was read."""

from pathlib import Path

import pytest
from docpipe.operators.files.local_copy import sha256_of
from docpipe.pipeline.inputs.originals import original, passwords
from docpipe.pipeline.tables.records import StoredDocument
from docpipe.schemas.errors import DocumentError, ErrorCode


def document(*paths: Path, digest: str | None) -> StoredDocument:
    return StoredDocument("d", tuple(map(str, paths)), digest, None, 1, None, "ok", None)


def test_the_first_place_with_the_same_bytes_is_taken(tmp_path: Path) -> None:
    gone, changed, kept = (tmp_path / name for name in ("gone", "changed", "kept"))
    changed.write_bytes(b"new")
    kept.write_bytes(b"old")
    digest = sha256_of(str(kept))
    with original(document(gone, changed, kept, digest=digest)) as path:
        assert Path(path) == kept
    for places, code in (((gone,), ErrorCode.NOT_FOUND), ((changed,), ErrorCode.UNREADABLE)):
        with pytest.raises(DocumentError) as refused, original(document(*places, digest=digest)):
            pass
        assert refused.value.code is code
    with pytest.raises(DocumentError), original(document(kept, digest=None)):
        pass


def test_an_error_of_the_caller_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with (
        pytest.raises(OSError, match="disk full"),
        original(document(tmp_path / "a", digest=sha256_of(str(tmp_path / "a")))),
    ):
        raise OSError("disk full")


def test_passwords_come_from_the_variable_of_the_newest_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOC_PASSWORDS", "one\ntwo\n")
    assert passwords([{"job": {"inputs": {"passwords_env": "DOC_PASSWORDS"}}}]) == ("one", "two")
    assert passwords([{"job": {"inputs": {"passwords_env": "UNSET_HERE"}}}, {}]) == ()
