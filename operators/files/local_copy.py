"""Provides a document as a local file: local files in place, remote files from a bounded disk cache on each node."""

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
"""Size limit of a node's disk cache in bytes; files in use are never evicted."""

_CHUNK = 1 << 20


@contextmanager
def local_copy(uri: str, version: str, cache: Path | None = None) -> Iterator[str]:
    """A local path with the bytes of `uri`, valid inside the `with` block.

    Raises:
        DocumentError: `not_found`, `permission_denied`, or `unreadable` where the file's version differs from the
            listed `version`, or where reading it fails.
        JobBrokenError: the whole store does not respond, or this machine's disk is full; neither depends on the file.
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
    """Convert an OSError about a file into a DocumentError with the matching code."""
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
            f"{cache}: {error.strerror} on {os.uname().nodename}, in the cache of remote files; free disk space or "
            "set TMPDIR to a folder on a larger disk, and run the job again: it resumes"
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
            # A file that is already cached needs a shared lock only. With exclusive locks, two processes that each
            # use several files could wait for each other.
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
    """Raises JobBrokenError where another user could replace files in the cache folder."""
    status = cache.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise JobBrokenError(
            f"{cache}: belongs to another user or is writable by others; remove it, or set TMPDIR to another folder"
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
        # Where the store still returns the file's metadata but not its bytes, the file fails and not the job.
        retry(uri, lambda: fs.info(remote), seconds=0)
        raise DocumentError(ErrorCode.UNREADABLE, str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


@dataclass
class _Room:
    """Bytes that this process may still add to a cache before it scans the cache again, which is slow."""

    left: int = 0


_ROOMS: dict[Path, _Room] = defaultdict(_Room)


def _make_room(cache: Path, size: int) -> None:
    """Evict the least recently used files where a file of `size` bytes may exceed the limit.

    Each process on the node may add a tenth of the free space before it scans the cache again, so that together the
    processes exceed the limit by little.
    """
    room = _ROOMS[cache]
    room.left -= size
    if room.left < 0:
        room.left = max(0, (CACHE_BYTES - _evict(cache)) // 10)


def _evict(cache: Path) -> int:
    """Shrink the cache to 80% of its limit where it is above 90%; returns its size in bytes."""
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
