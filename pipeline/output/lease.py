"""The lock of an output in an object store: a lease that its holder renews with conditional writes.

Clocks of other machines are not trusted. A process that finds a lease watches it: if its content does not change for
`LEASE_SECONDS` of the monotonic clock of the watcher, its holder counts as dead and the lease may be taken over, by a
write that succeeds only if the lease is unchanged. A holder that is alive notices when its next renewal fails.
"""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ...operators.files.remote import StoreUnavailableError
from ...schemas.errors import CommandError, InvalidJobError
from .conditional import Tagged, create, read, replace
from .store import STATE, Store

LOCK_PATH = f"{STATE}/lock"
LEASE_SECONDS = 60.0
RENEW_SECONDS = 5.0
FREE = b"{}"
"""Content of a lock that nobody holds."""


class LockLostError(CommandError):
    """Another run has taken over the output."""


@dataclass(frozen=True)
class Holder:
    """The holder of a lock, according to its content."""

    run_id: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"run {self.run_id}, process {self.pid} on {self.host}"


def describe(run_id: str) -> dict[str, Any]:
    """Content of the lock for a run in this process."""
    return {"run_id": run_id, "host": socket.gethostname(), "pid": os.getpid()}


def holder_of(content: bytes) -> Holder | None:
    """The holder that a lock names; None for a free or damaged one."""
    try:
        lock = json.loads(content)
        return Holder(str(lock["run_id"]), str(lock["host"]), int(lock["pid"]))
    except (ValueError, KeyError, TypeError):
        return None


def refused(store: Store, holder: object) -> InvalidJobError:
    return InvalidJobError(
        f"{store.url}: another run is writing here ({holder}); wait for it or choose another output.path"
    )


@contextmanager
def hold_lease(store: Store, run_id: str, say: Callable[[str], None], on_lost: Callable[[], None]) -> Iterator[None]:
    """Hold the lease of an output, renewed by a thread.

    Args:
        say: receives a message that explains a wait.
        on_lost: called once from that thread when another run has taken over the lease.

    Raises InvalidJobError if another run holds it.
    """
    lease = _Lease(store, run_id)
    lease.take(say)
    stop = threading.Event()
    renewer = threading.Thread(target=lease.renew, args=(stop, on_lost), daemon=True, name="docpipe-lease")
    renewer.start()
    try:
        yield
    finally:
        stop.set()
        renewer.join()
        # If the store refuses, the next run only has to wait until the lease expires.
        with suppress(OSError, StoreUnavailableError):
            lease.release()


def watch(store: Store, seconds: float) -> tuple[Tagged | None, bool]:
    """The current lock, and whether it was changed or deleted within `seconds` of watching it."""
    seen = read(store, LOCK_PATH)
    if seen is None or holder_of(seen.content) is None:
        return seen, False
    began = time.monotonic()
    while (left := seconds - (time.monotonic() - began)) > 0:
        time.sleep(min(left, RENEW_SECONDS / 4))
        now = read(store, LOCK_PATH)
        if now is None or now.tag != seen.tag:
            return now, True
    return seen, False


class _Lease:
    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._identity = {**describe(run_id), "nonce": secrets.token_hex(8)}
        self._beat = 0
        self._tag = ""

    def take(self, say: Callable[[str], None]) -> None:
        while (tag := create(self._store, LOCK_PATH, self._content())) is None:
            standing = read(self._store, LOCK_PATH)
            if standing is None:
                continue
            holder = holder_of(standing.content)
            if holder is not None:
                say(f"{self._store.url}: locked by {holder}; checking whether it is alive ({LEASE_SECONDS:.0f} s)")
                now, changed = watch(self._store, LEASE_SECONDS)
                if now is None:
                    continue
                living = holder_of(now.content)
                if changed and living is not None:
                    raise refused(self._store, living)
                standing = now
            tag = replace(self._store, LOCK_PATH, self._content(), standing.tag)
            if tag is not None:
                break
        self._tag = tag
        # A server that ignores conditions would silently let two runs in.
        self._beat += 1
        if (ignored := create(self._store, LOCK_PATH, self._content())) is not None:
            self._tag = ignored
            say(f"{self._store.url}: this store ignores conditional writes; make sure that only one run writes here")

    def renew(self, stop: threading.Event, on_lost: Callable[[], None]) -> None:
        while not stop.wait(RENEW_SECONDS):
            self._beat += 1
            try:
                tag = replace(self._store, LOCK_PATH, self._content(), self._tag)
            except (OSError, StoreUnavailableError):
                # While the store refuses writes, nobody can take over; the next renewal will show who holds the lease.
                continue
            if tag is None:
                on_lost()
                return
            self._tag = tag

    def release(self) -> None:
        replace(self._store, LOCK_PATH, FREE, self._tag)

    def _content(self) -> bytes:
        return json.dumps({**self._identity, "beat": self._beat}).encode()


class Fence:
    """Checks before each commit that the run of the writer holds the lease and has renewed it recently.

    A writer that outlived its run sees no more renewals, and stops before another run may take over.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[bytes, float]] = {}

    def holds(self, store: Store, run_id: str) -> bool:
        waited_until = time.monotonic() + RENEW_SECONDS * 3
        while self._names(store, run_id):
            _, since = self._seen[store.url]
            if time.monotonic() - since < LEASE_SECONDS:
                return True
            if time.monotonic() > waited_until:
                return False
            # If the store has refused writes for a while, the next renewal of the holder is due.
            time.sleep(RENEW_SECONDS / 4)
        return False

    def _names(self, store: Store, run_id: str) -> bool:
        try:
            content = store.read_bytes(LOCK_PATH)
        except FileNotFoundError:
            return False
        holder = holder_of(content)
        if holder is None or holder.run_id != run_id:
            return False
        if self._seen.get(store.url, (b"", 0.0))[0] != content:
            self._seen[store.url] = (content, time.monotonic())
        return True
