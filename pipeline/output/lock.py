"""The lock of an output folder, which permits one run at a time.

On a local disk the kernel holds the lock (`flock`), so that a killed run leaves none behind. In a store it is a lease
(`lease`). Writers call `check_holds` before they commit, so that a worker that outlived its run cannot write to the
output of the next one.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import lease
from .lease import FREE, LOCK_PATH, Fence, LockLostError, describe, hold_lease, holder_of, refused, watch
from .store import Store

__all__ = ["LOCK_PATH", "LockLostError", "check_holds", "holds", "output_lock", "running_holder"]

_fence = Fence()


def _silent(_: str) -> None:
    pass


def _nothing() -> None:
    pass


@contextmanager
def output_lock(
    store: Store, run_id: str, say: Callable[[str], None] = _silent, on_lost: Callable[[], None] = _nothing
) -> Iterator[None]:
    """Hold the output for one run.

    Args:
        say: receives a message that explains a wait.
        on_lost: called from another thread when another run has taken over the lease of a store.

    Raises InvalidJobError if another run holds it.
    """
    held = _local_lock(store, run_id) if store.is_local else hold_lease(store, run_id, say, on_lost)
    with held:
        yield


def holds(store: Store, run_id: str) -> bool:
    """Whether the run still holds the lock of the output."""
    if not store.is_local:
        return _fence.holds(store, run_id)
    try:
        holder = holder_of(store.read_bytes(LOCK_PATH))
    except FileNotFoundError:
        return False
    return holder is not None and holder.run_id == run_id


def check_holds(store: Store, run_id: str) -> None:
    """Raises LockLostError if the run no longer holds the lock of the output."""
    if not holds(store, run_id):
        raise LockLostError(f"{store.url}: taken over by another run, or its own run no longer renews the lock")


def running_holder(store: Store) -> str | None:
    """The run that is writing to the output; None if there is none.

    For a lease, the check takes up to two renewal intervals.
    """
    if not store.is_local:
        lock, changed = watch(store, lease.RENEW_SECONDS * 2)
        return str(holder_of(lock.content)) if changed and lock and holder_of(lock.content) else None
    try:
        content = store.read_bytes(LOCK_PATH)
    except FileNotFoundError:
        return None
    with Path(store.full_path(LOCK_PATH)).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return str(holder_of(content) or "unknown process")
    return None


@contextmanager
def _local_lock(store: Store, run_id: str) -> Iterator[None]:
    path = Path(store.full_path(LOCK_PATH))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise refused(store, holder_of(file.read()) or "unknown process") from None
        try:
            _overwrite(file.fileno(), json.dumps({**describe(run_id), "since": time.time()}).encode())
            yield
        finally:
            _overwrite(file.fileno(), FREE)


def _overwrite(descriptor: int, content: bytes) -> None:
    # The lock belongs to the inode, so the file must not be replaced by a renamed one.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)
