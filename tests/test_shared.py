"""What tests share stays as it is, or the one that touches it is found out, root's too."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .shared import SharedFolders, built_once, free_port, writable_copy


def make(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "a.txt").write_text("a")
    (folder / "b.txt").write_text("b")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path)
    return tmp_path


def rename_and_back(folder: Path) -> None:
    (folder / "b.txt").rename(folder / "c.txt").rename(folder / "b.txt")


def rewrite_with_the_same(folder: Path) -> None:
    before = (folder / "b.txt").stat()
    (folder / "b.txt").write_text("b")
    os.utime(folder / "b.txt", ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "touch",
    [
        rename_and_back,
        rewrite_with_the_same,
        lambda folder: (folder / "deep" / "new").touch(),
        lambda folder: (folder / "deep" / "a.txt").unlink(),
        lambda folder: (folder / "deep").chmod(0o700),
    ],
)
def test_whatever_is_done_to_a_shared_folder_is_seen_once(folder: Path, touch: Callable[[Path], None]) -> None:
    shared = SharedFolders()
    shared.add(folder, read_only=False)
    assert (folder / "deep" / "a.txt").read_text() == "a"
    assert shared.changes() == []
    # Files carry the time of the last tick of a clock that ticks a few hundred times a second.
    time.sleep(0.05)
    touch(folder)
    assert shared.changes() != []
    assert shared.changes() == []


def test_a_shared_folder_is_read_only_and_a_copy_of_it_is_not(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    SharedFolders().add(folder)
    assert [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o222] == []
    copy = writable_copy(folder, tmp_path_factory.mktemp("copy") / "copy")
    assert all(path.stat().st_mode & 0o200 for path in (copy, *copy.rglob("*")))
    (copy / "deep" / "a.txt").write_text("another")
    (copy / "b.txt").unlink()
    assert ((folder / "deep" / "a.txt").read_text(), (folder / "b.txt").read_text()) == ("a", "b")


def test_a_folder_is_built_once_and_again_where_building_failed(tmp_path: Path) -> None:
    built: list[Path] = []

    def build(folder: Path) -> None:
        built.append(folder)
        make(folder)
        if len(built) == 1:
            raise RuntimeError("half built")

    with pytest.raises(RuntimeError, match="half built"):
        built_once(tmp_path / "x", build)
    assert built_once(tmp_path / "x", build) == built_once(tmp_path / "x", build) == tmp_path / "x"
    assert len(built) == 2


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listening:
        listening.bind(("", free_port()))
        listening.listen()
