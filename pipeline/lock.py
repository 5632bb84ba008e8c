"""One run at a time on an output folder.

On a local disk the kernel holds the lock (`flock`), so that a run that was killed leaves none behind. Elsewhere the
lock is a lease that its holder renews; one that was not renewed for `LEASE_SECONDS` is taken over.
Writers ask `holds` before they commit, which keeps a worker that outlived its run from writing into the next one.
"""

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..schemas.errors import InvalidJobError
from .store import STATE, Store

LOCK_PATH = f"{STATE}/lock"
LEASE_SECONDS = 60.0
_RENEW_SECONDS = 10.0


class LockLostError(Exception):
    """Another run has taken the output over."""


@contextmanager
def output_lock(store: Store, run_id: str) -> Iterator[None]:
    """Hold the output for one run.

    Raises InvalidJobError while another run holds it.
    """
    with _local_lock(store, run_id) if store.is_local else _lease(store, run_id):
        yield


def holds(store: Store, run_id: str) -> bool:
    """Whether the output is still this run's."""
    try:
        return bool(json.loads(store.read_bytes(LOCK_PATH))["run_id"] == run_id)
    except (FileNotFoundError, ValueError, KeyError):
        return False


def running_holder(store: Store) -> str | None:
    """Who writes to the output at this moment, None where nobody does."""
    try:
        raw = store.read_bytes(LOCK_PATH)
    except FileNotFoundError:
        return None
    if not store.is_local:
        return _holder(raw) if _age(raw) < LEASE_SECONDS else None
    with Path(store.full_path(LOCK_PATH)).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(raw)
    return None


def _age(raw: bytes) -> float:
    try:
        return time.time() - float(json.loads(raw)["renewed"])
    except (ValueError, KeyError, TypeError):
        return LEASE_SECONDS


def _describe(run_id: str) -> bytes:
    holder = {"run_id": run_id, "host": socket.gethostname(), "pid": os.getpid(), "renewed": time.time()}
    return json.dumps(holder).encode()


def _refuse(store: Store, holder: str) -> InvalidJobError:
    return InvalidJobError(
        f"{store.url}: another run is writing here ({holder}); wait for it or choose another output.path"
    )


def _holder(raw: bytes) -> str:
    try:
        lock = json.loads(raw)
        return f"run {lock['run_id']}, process {lock['pid']} on {lock['host']}"
    except (ValueError, KeyError, TypeError):
        return "unknown process"


@contextmanager
def _local_lock(store: Store, run_id: str) -> Iterator[None]:
    path = Path(store.full_path(LOCK_PATH))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _refuse(store, _holder(file.read())) from None
        try:
            _overwrite(file.fileno(), _describe(run_id))
            yield
        finally:
            _overwrite(file.fileno(), b"{}")


def _overwrite(descriptor: int, content: bytes) -> None:
    # In place: the lock belongs to this inode, a renamed file would be another one.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)


@contextmanager
def _lease(store: Store, run_id: str) -> Iterator[None]:
    try:
        raw = store.read_bytes(LOCK_PATH)
    except FileNotFoundError:
        raw = b""
    if (age := _age(raw)) < LEASE_SECONDS:
        raise _refuse(store, f"{_holder(raw)}, seen {age:.0f} s ago")
    store.write_bytes(LOCK_PATH, _describe(run_id))
    stop = threading.Event()
    renewer = threading.Thread(target=_renew, args=(store, run_id, stop), daemon=True, name="docpipe-lease")
    renewer.start()
    try:
        yield
    finally:
        stop.set()
        renewer.join()
        if holds(store, run_id):
            store.delete(LOCK_PATH)


def _renew(store: Store, run_id: str, stop: threading.Event) -> None:
    while not stop.wait(_RENEW_SECONDS):
        if not holds(store, run_id):
            return
        store.write_bytes(LOCK_PATH, _describe(run_id))
