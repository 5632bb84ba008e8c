"""Prometheus metrics of the actor of an engine: its usage every few seconds, and at the end of each block."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...models.usage import Usage
from . import metrics
from .metrics import SECONDS_BETWEEN_GAUGES, Metrics


class EngineMetrics:
    """Reports the usage of one engine. All methods run in the event loop of the actor.

    Args:
        job, engine: names of the job and the engine, which become labels.
        usage: returns the current usage of the engine.
    """

    def __init__(self, job: str, engine: str, usage: Callable[[], Usage]) -> None:
        self._metrics, self._engine, self._usage = Metrics(job), engine, usage
        self._before = Usage()
        self._blocks = 0
        self._busy = 0.0
        self._busy_since: float | None = None
        self._watch: asyncio.Task[None] | None = None

    @contextmanager
    def block(self) -> Iterator[None]:
        """In this context, one more block is in flight."""
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._show_now_and_then())
        if not self._blocks:
            self._busy_since = time.monotonic()
        self._blocks += 1
        try:
            yield
        finally:
            self._settle_busy()
            self._blocks -= 1
            if not self._blocks:
                self._busy_since = None
            self.show()

    def show(self) -> None:
        """Record the usage since the last call."""
        now, before, name = self._usage(), self._before, self._engine
        self._before = now
        self._settle_busy()
        self._metrics.set(metrics.ENGINE_BLOCKS, self._blocks, engine=name)
        self._metrics.set(metrics.ENGINE_REQUESTS, now.waiting, engine=name, state="waiting")
        self._metrics.set(metrics.ENGINE_REQUESTS, now.running, engine=name, state="running")
        if now.memory_share is not None:
            self._metrics.set(metrics.ENGINE_MEMORY, now.memory_share, engine=name)
        tokens = {
            "prompt": now.prompt_tokens - before.prompt_tokens,
            "generated": now.generated_tokens - before.generated_tokens,
        }
        for kind, count in tokens.items():
            self._metrics.inc(metrics.ENGINE_TOKENS, count, engine=name, kind=kind)
        for stage, seconds in now.seconds.items():
            self._metrics.inc(
                metrics.ENGINE_SECONDS, seconds - before.seconds.get(stage, 0.0), engine=name, stage=stage
            )
        self._metrics.inc(metrics.ENGINE_BUSY_SECONDS, self._busy, engine=name)
        self._busy = 0.0

    def _settle_busy(self) -> None:
        if self._busy_since is not None:
            now = time.monotonic()
            self._busy += now - self._busy_since
            self._busy_since = now

    async def _show_now_and_then(self) -> None:
        while True:
            self.show()
            await asyncio.sleep(SECONDS_BETWEEN_GAUGES)
