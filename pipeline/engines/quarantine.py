"""Pages that crash their engine: starts are counted, suspects run alone, and after the third crash a page is given up.

A shared/exclusive lock keeps others away from a page that runs alone.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

MOST_STARTS = 3
"""A page that was begun so often without an end is set aside as `crashed`."""


class CrashCounts:
    """Counts, for every page, the starts that had no end; lives in an actor of its own, beside the engines.

    An engine that dies leaves its pages begun. When they come again, each of them is a suspect that runs alone, so
    that a further death tells which one it was.
    """

    def __init__(self) -> None:
        self._starts: Counter[str] = Counter()

    def begin(self, key: str) -> int:
        """How often the page was begun without an end; only where it never was, this is a start."""
        starts = self._starts[key]
        if not starts:
            self._starts[key] = 1
        return starts

    def begin_alone(self, key: str) -> None:
        self._starts[key] += 1

    def end(self, key: str) -> None:
        del self._starts[key]


def start_crash_counts() -> Any:
    """The handle of a crash counts in an actor of Ray's, on the driver's node: it lives as long as the job does.

    Should its process alone die, it begins anew with nothing counted.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    actor = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, scheduling_strategy=here)(CrashCounts)
    return actor.remote()


class SharedExclusiveLock:
    """Lets coroutines of one event loop in together, or one by itself when it asks for that.

    Who wants to be alone waits until all are out, and keeps others from coming in meanwhile.
    """

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._inside = 0
        self._waiting_alone = 0
        self._alone = False

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone and not self._waiting_alone)
            self._inside += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        async with self._changed:
            self._waiting_alone += 1
            try:
                await self._changed.wait_for(lambda: not self._alone and not self._inside)
            finally:
                self._waiting_alone -= 1
            self._alone = True
        try:
            yield
        finally:
            async with self._changed:
                self._alone = False
                self._changed.notify_all()
