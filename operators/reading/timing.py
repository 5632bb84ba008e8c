"""Measures the wall seconds of each stage of the work on pages."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class StageSeconds:
    """Accumulates wall seconds by stage, for one thread."""

    def __init__(self) -> None:
        self._spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Add the time inside the `with` block to the stage, also where the block raises."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._spent[stage] += time.perf_counter() - started

    def add(self, seconds: Mapping[str, float]) -> None:
        for stage, passed in seconds.items():
            self._spent[stage] += passed

    def take(self) -> dict[str, float]:
        """The seconds by stage since the last call; resets them."""
        spent = dict(self._spent)
        self._spent.clear()
        return spent
