"""A document's bytes as a local file: local ones in place, remote ones once a node in a bounded disk cache."""

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...schemas.errors import DocumentError, ErrorCode, JobBrokenError
from ...schemas.uri import local_path, local_version, remote_version
from .remote import StoreUnavailableError, open_filesystem, retry

CACHE_BYTES = 20 * 1024**3
"""Bound of the disk cache of a node; files in use are never evicted."""

_CHUNK = 1 << 20


@contextmanager
def local_copy(uri: str, version: str, cache: Path | None = None) -> Iterator[str]:
    """A local path with the bytes of `uri`, valid inside the `with`.

    Raises:
        DocumentError: `not_found`, `permission_denied`, or `unreadable` where the file is no longer the `version`
            that was listed, or where reading it fails.
        JobBrokenError: where the whole store does not answer, or this machine's disk is full; neither is the
            file's fault.
    """
    with document_errors(uri):
        path = local_path(uri)
        if path is not None:
            _check_version(uri, version, local_version(os.stat(path)))  # noqa: PTH116 - keeps undecodable names
            yield path
            return
        with _cached(uri, version, cache or default_cache()) as cached:
            yield cached


def sha256_of(path: str) -> str:
    """Hex SHA-256 of a file's bytes, read in chunks."""
    with open(path, "rb") as file:  # noqa: PTH123 - keeps undecodable names
        return hashlib.file_digest(file, "sha256").hexdigest()


def default_cache() -> Path:
    return Path(tempfile.gettempdir()) / f"docpipe-cache-{os.getuid()}"


@contextmanager
def document_errors(uri: str) -> Iterator[None]:
    """Turns what goes wrong with a file's bytes into the DocumentError that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise DocumentError(ErrorCode.NOT_FOUND, f"{uri}: no such file") from error
    except PermissionError as error:
        raise DocumentError(ErrorCode.PERMISSION_DENIED, f"{uri}: permission denied") from error
    except OSError as error:
        raise DocumentError(ErrorCode.UNREADABLE, f"{uri}: {error}") from error


@contextmanager
def _disk_full_breaks_the_job(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise JobBrokenError(
            f"{cache}: {error.strerror} on {os.uname().nodename}, where files of a store are kept while they are "
            "read; free some or point TMPDIR to a larger disk, and run the job again: it goes on where it stopped"
        ) from None


def _check_version(uri: str, listed: str, found: str) -> None:
    if listed and found != listed:
        message = f"{uri}: changed after it was listed; run the job again"
        raise DocumentError(ErrorCode.UNREADABLE, message)


@contextmanager
def _cached(uri: str, version: str, cache: Path) -> Iterator[str]:
    key = hashlib.sha256(f"{uri}\0{version}".encode()).hexdigest()
    path = cache / key
    with contextlib.ExitStack() as stack:
        with _disk_full_breaks_the_job(cache):
            cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_ours(cache)
            lock = stack.enter_context((cache / f"{key}.lock").open("a"))
            # Whoever holds several files never waits for one that is only read: two such could wait for each other.
            fcntl.flock(lock, fcntl.LOCK_SH)
            if not path.exists():
                fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                _download(uri, version, path)
                _make_room(cache, path.stat().st_size)
            path.touch()
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield str(path)


def _check_ours(cache: Path) -> None:
    """Raises JobBrokenError where another user made the folder, who could put other bytes in the place of ours."""
    status = cache.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise JobBrokenError(
            f"{cache}: belongs to another user or may be written by others; remove it, or point TMPDIR elsewhere"
        )


def _download(uri: str, version: str, path: Path) -> None:
    fs, remote = open_filesystem(uri)
    info = retry(uri, lambda: fs.info(remote))
    _check_version(uri, version, remote_version(info))
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")

    def copy() -> None:
        with fs.open(remote, "rb") as source, temporary.open("wb") as target:
            while chunk := source.read(_CHUNK):
                target.write(chunk)

    try:
        retry(uri, copy)
        temporary.replace(path)
    except StoreUnavailableError as error:
        # A store that still tells about the file, but does not give it, costs this file and not the job.
        retry(uri, lambda: fs.info(remote), seconds=0)
        raise DocumentError(ErrorCode.UNREADABLE, str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


@dataclass
class _Room:
    """What this process may still put into a cache before it looks at all that is there, which takes a while."""

    left: int = 0


_ROOMS: dict[Path, _Room] = defaultdict(_Room)


def _make_room(cache: Path, size: int) -> None:
    """Evict what was used longest ago where a file of `size` bytes might be too much.

    Each process on the node takes a tenth of what is free for itself before it looks again, so that together they
    pass the bound by little.
    """
    room = _ROOMS[cache]
    room.left -= size
    if room.left < 0:
        room.left = max(0, (CACHE_BYTES - _evict(cache)) // 10)


def _evict(cache: Path) -> int:
    """Bring the cache to eight tenths of its bound, where it is beyond nine; returns its bytes."""
    entries = []
    for path in cache.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if len(path.name) == 64:
                entries.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in entries)
    if total <= CACHE_BYTES * 9 // 10:
        return total
    for _, size, path in sorted(entries):
        if total <= CACHE_BYTES * 8 // 10:
            break
        with path.with_name(f"{path.name}.lock").open("a") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            total -= size
    return total
