"""Files of an output appear whole or not at all, on a disk and behind a URL."""

import errno
import os
import pickle
import uuid
from pathlib import Path

import pytest
from docpipe.pipeline.output.store import Store
from docpipe.schemas.errors import MissingResourceError


@pytest.fixture(params=["disk", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(str(tmp_path / "out") if request.param == "disk" else f"memory://{uuid.uuid4().hex}")


def test_what_is_written_is_read_listed_and_deleted(any_store: Store) -> None:
    any_store.write_bytes("pages/b", b"2")
    any_store.write_bytes("pages/a", b"1")
    assert [(f.path, f.name, f.size) for f in any_store.list_files("pages")] == [
        ("pages/a", "a", 1),
        ("pages/b", "b", 1),
    ]
    assert any_store.read_bytes("pages/b") == b"2"
    any_store.delete("pages/a")
    any_store.delete("pages/a")
    assert [file.name for file in any_store.list_files("pages")] == ["b"]
    assert not any_store.exists("pages/a")


def test_missing_folder_is_empty_and_missing_file_an_error(any_store: Store) -> None:
    assert any_store.list_files("nowhere") == []
    with pytest.raises(FileNotFoundError):
        any_store.read_bytes("nowhere/file")


def test_full_disk_leaves_neither_a_part_nor_the_old_file_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_bytes("pages/a", b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        store.write_bytes("pages/a", b"new")
    assert store.read_bytes("pages/a") == b"old"
    assert [path for path in Path(store.url).rglob("*") if path.is_file()] == [Path(store.url) / "pages/a"]


def test_a_store_travels_to_workers_as_its_address(store: Store) -> None:
    _ = store.filesystem
    assert pickle.loads(pickle.dumps(store)) == store
    assert len(pickle.dumps(store)) < 500


def test_unknown_scheme_is_a_missing_resource() -> None:
    with pytest.raises(MissingResourceError, match="nosuch"):
        Store("nosuch://bucket").exists("x")
