"""The file that requests the workers of a run to start no new work."""

from dataclasses import dataclass

from .store import STATE, Store

_PREFIX = "stop-"


@dataclass(frozen=True)
class StopRequest:
    """The stop request to one run: a file next to its record in the output."""

    store: Store
    run_id: str

    @property
    def path(self) -> str:
        return f"{STATE}/{_PREFIX}{self.run_id}"

    def make(self) -> None:
        self.store.write_bytes(self.path, b"")

    def withdraw(self) -> None:
        self.store.delete(self.path)

    def is_made(self) -> bool:
        """Whether the run is to stop; workers check it before each unit."""
        try:
            self.store.read_bytes(self.path)
        except FileNotFoundError:
            return False
        return True


def clear_stops(store: Store) -> None:
    """Delete requests of runs that were killed while they stopped. The caller must hold the lock of the output."""
    for file in store.list_files(STATE):
        if file.name.startswith(_PREFIX):
            store.delete(file.path)
