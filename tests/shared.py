"""What several tests, also of several processes, share of the machine: folders that stay as they are, and ports."""

import fcntl
import importlib
import os
import random
import shutil
import socket
import stat
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The repository."""

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

State = dict[Path, tuple[int, ...]]


def _paths(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")


def _state(folder: Path) -> State:
    """What changes when a file or folder is written, replaced, renamed or removed, even where that is undone later."""
    found = ((path, path.lstat()) for path in _paths(folder))
    return {path: (s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for path, s in found}


class SharedFolders:
    """Folders that many tests read and none may change.

    Permissions stop a user at the very line that writes. They do not stop root, and so `changes` compares.
    """

    def __init__(self) -> None:
        self._states: dict[Path, State] = {}

    def add(self, folder: Path, *, read_only: bool = True) -> Path:
        """Takes the permission to write from everything in `folder`, and watches it from now on."""
        if folder in self._states:
            return folder
        if read_only:
            for path in _paths(folder):
                mode = path.lstat().st_mode
                if mode & _WRITE and not stat.S_ISLNK(mode):
                    path.chmod(stat.S_IMODE(mode) & ~_WRITE)
        self._states[folder] = _state(folder)
        return folder

    def changes(self) -> list[Path]:
        """Paths that were touched since the folders were added, or since the last call."""
        touched: list[Path] = []
        for folder, before in self._states.items():
            after = _state(folder) if folder.exists() else {}
            if after != before:
                touched += sorted(path for path in before | after if before.get(path) != after.get(path))
                self._states[folder] = after
        return touched


SHARED = SharedFolders()
"""The shared folders of this process; conftest.py looks after each test whether they are what they were."""


def built_once(base: Path, build: Callable[[Path], object]) -> Path:
    """The shared folder `base`, which the first of several processes builds."""
    base.parent.mkdir(parents=True, exist_ok=True)
    done = Path(f"{base}.done")
    with open(f"{base}.lock", "w") as lock:  # noqa: PTH123 - beside a folder that is not there yet
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(base, ignore_errors=True)
            base.mkdir()
            build(base)
            done.touch()
        return SHARED.add(base)


def writable_copy(folder: Path, target: Path) -> Path:
    """A copy of a shared folder that may be changed."""
    shutil.copytree(folder, target)
    for path in _paths(target):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    return target


def free_port() -> int:
    """A port that nothing listens on, and that no outgoing connection takes meanwhile: not an ephemeral one."""
    # Tests reseed `random`, and two processes must not try the same ports.
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port


def folder_of_session(base: Path) -> Path:
    """Where the processes of a test session find one another's folders, given the base folder of one of them."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def installed_package(folder: Path, kind: str, engine: str) -> Iterator[None]:
    """In this context the package `others-engine` 2.5 is installed, for this process and its children.

    Args:
        folder: an empty folder.
        kind: the kind of engine that the package registers.
        engine: source of its module `others_engine` with the class `Engine`.
    """
    from docpipe.pipeline.run import fingerprint
    from docpipe.schemas.job import installed

    def forget() -> None:
        # Settings of the same kind are equal, whichever package registered it.
        installed.engine_class.cache_clear()
        fingerprint._identity.cache_clear()

    (folder / "others_engine.py").write_text(textwrap.dedent(engine))
    facts = folder / "others_engine-2.5.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: others-engine\nVersion: 2.5\n")
    (facts / "entry_points.txt").write_text(f"[docpipe.engines]\n{kind} = others_engine:Engine\n")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    forget()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("others_engine", None)
        forget()
