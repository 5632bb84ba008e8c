"""Local files are used in place, remote files are fetched once, and a file of another version is refused."""

import os
import threading
import uuid
from pathlib import Path

import fsspec
import pytest
from docpipe.operators.files import local_copy as local_copy_module
from docpipe.operators.files.local_copy import local_copy, sha256_of
from docpipe.schemas.errors import DocumentError, ErrorCode
from docpipe.schemas.uri import local_version, remote_version


@pytest.fixture
def remote() -> str:
    url = f"memory://{uuid.uuid4().hex}/a.pdf"
    fsspec.filesystem("memory").pipe_file(url, b"remote")
    return url


def version_of(url: str) -> str:
    fs, path = fsspec.core.url_to_fs(url)
    return remote_version(fs.info(path))


def test_local_file_is_used_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"local")
    with local_copy(str(path), local_version(path.stat())) as opened:
        assert opened == str(path)
        assert sha256_of(opened) == "25bf8e1a2393f1108d37029b3df5593236c755742ec93465bbafa9b290bddcf6"


def test_file_that_changed_after_listing_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"one")
    version = local_version(path.stat())
    path.write_bytes(b"other")
    os.utime(path, ns=(1, 1))
    with pytest.raises(DocumentError, match="changed after it was listed"), local_copy(str(path), version):
        pass


def test_missing_file_has_its_code(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught, local_copy(str(tmp_path / "gone.pdf"), ""):
        pass
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert "gone.pdf" in str(caught.value)


def test_remote_file_is_fetched_once(tmp_path: Path, remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    version = version_of(remote)
    with local_copy(remote, version, cache=tmp_path / "cache") as first:
        assert Path(first).read_bytes() == b"remote"

    def no_download(*_: object) -> None:
        pytest.fail("fetched again")

    monkeypatch.setattr(local_copy_module, "_download", no_download)
    with local_copy(remote, version, cache=tmp_path / "cache") as second:
        assert second == first


def test_cache_evicts_the_oldest_but_nothing_in_use(
    tmp_path: Path, remote: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_copy_module, "CACHE_BYTES", 1)
    cache = tmp_path / "cache"
    other = remote.replace("a.pdf", "b.pdf")
    third = remote.replace("a.pdf", "c.pdf")
    for url in (other, third):
        fsspec.filesystem("memory").pipe_file(url, b"more")
    with local_copy(remote, version_of(remote), cache=cache) as in_use:
        with local_copy(other, version_of(other), cache=cache) as done:
            pass
        with local_copy(third, version_of(third), cache=cache):
            assert Path(in_use).exists()
            assert not Path(done).exists()


def test_who_reads_a_file_never_waits_for_others_who_read_it(tmp_path: Path, remote: str) -> None:
    version, cache = version_of(remote), tmp_path / "cache"
    again: list[str] = []

    def open_again() -> None:
        with local_copy(remote, version, cache=cache) as path:
            again.append(path)

    with local_copy(remote, version, cache=cache) as path:
        other = threading.Thread(target=open_again, daemon=True)
        other.start()
        other.join(timeout=30)
        assert again == [path]


def test_files_are_put_in_with_few_looks_at_all_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    own = local_copy_module._evict
    monkeypatch.setattr(local_copy_module, "CACHE_BYTES", 4000)
    monkeypatch.setattr(local_copy_module, "_evict", lambda cache: looks.append(cache) or own(cache))
    folder, cache = uuid.uuid4().hex, tmp_path / "cache"
    for number in range(900):
        url = f"memory://{folder}/{number}"
        fsspec.filesystem("memory").pipe_file(url, b"1234567890")
        with local_copy(url, version_of(url), cache=cache):
            held = sum(path.stat().st_size for path in cache.iterdir())
            assert held <= 4000
    assert held >= 3000
    assert len(looks) < 300
