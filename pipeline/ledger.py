"""Finds the page that kills its engine, however many others are in flight with it."""

from collections import Counter
from typing import Any

MOST_STARTS = 3
"""A page that was begun so often without an end is set aside as `crashed`."""


class Ledger:
    """Counts, for every page, the starts that had no end; lives in an actor of its own, beside the engines.

    An engine that dies leaves its pages begun. When they come again, each of them is a suspect that runs alone, so
    that a further death tells which one it was.
    """

    def __init__(self) -> None:
        self._starts: Counter[str] = Counter()

    def starts(self, key: str) -> int:
        """How often the page was begun without an end."""
        return self._starts[key]

    def begin(self, key: str) -> None:
        self._starts[key] += 1

    def end(self, key: str) -> None:
        del self._starts[key]


def start_ledger() -> Any:
    """The handle of a ledger in an actor of Ray's."""
    import ray

    return ray.remote(num_cpus=0, max_restarts=0)(Ledger).remote()
