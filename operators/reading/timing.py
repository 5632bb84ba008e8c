"""Where the time of a unit of work goes, by stage."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class StageSeconds:
    """Wall seconds by stage, of one thread."""

    def __init__(self) -> None:
        self._spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count what passes within, also where it ends in an exception."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._spent[stage] += time.perf_counter() - began

    def add(self, seconds: Mapping[str, float]) -> None:
        for stage, passed in seconds.items():
            self._spent[stage] += passed

    def take(self) -> dict[str, float]:
        """What was spent since the last call."""
        spent = dict(self._spent)
        self._spent.clear()
        return spent
