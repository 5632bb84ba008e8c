"""The file that asks the workers of a run to begin nothing new."""

from dataclasses import dataclass

from .store import STATE, Store

_PREFIX = "stop-"


@dataclass(frozen=True)
class StopRequest:
    """The request to one run, beside its record in the output."""

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
        """Asked by the workers, before each unit."""
        try:
            self.store.read_bytes(self.path)
        except FileNotFoundError:
            return False
        return True


def clear_stops(store: Store) -> None:
    """Delete what runs left that were killed while they stopped; only for the holder of the output's lock."""
    for file in store.list_files(STATE):
        if file.name.startswith(_PREFIX):
            store.delete(file.path)
