"""Where the time of a unit of work goes, by stage."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class StageSeconds:
    """Wall seconds by stage, of one thread."""

    def __init__(self) -> None:
        self._spent: Counter[str] = Counter()

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count what passes within, also where it ends in an exception."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._spent[stage] += time.perf_counter() - began  # type: ignore[assignment]

    def add(self, seconds: Mapping[str, float]) -> None:
        self._spent.update(seconds)  # type: ignore[arg-type]

    def take(self) -> dict[str, float]:
        """What was spent since the last call."""
        spent = dict(self._spent)
        self._spent.clear()
        return spent
