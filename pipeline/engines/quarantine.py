"""Isolates pages that crash their engine.

Starts are counted for each page. A page that was in flight during a crash is a suspect and runs alone, and after the
third crash it fails. A shared/exclusive lock keeps other pages out while a suspect runs.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_STARTS = 3
"""A page that was started this many times without completing fails as `crashed`; a load ends the job."""


class CrashCounts:
    """Counts, for every page, the starts that did not complete; runs in an actor apart from the engines.

    An engine that crashes leaves its pages started. When Ray retries them, each of them is a suspect that runs alone,
    so that another crash identifies the page.
    """

    def __init__(self) -> None:
        self._starts: Counter[str] = Counter()

    def begin(self, key: str) -> int:
        """Number of starts of the page that did not complete; only if there are none, this call counts as a start."""
        starts = self._starts[key]
        if not starts:
            self._starts[key] = 1
        return starts

    def begin_alone(self, key: str) -> None:
        self._starts[key] += 1

    def end(self, key: str) -> None:
        # A page may have been started twice, where the stage that asked for it was killed.
        self._starts.pop(key, None)


class SharedExclusiveLock:
    """A lock for coroutines of one event loop, which many can hold shared, or one exclusively.

    A coroutine that waits for exclusive access blocks new shared ones until it is done.
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
