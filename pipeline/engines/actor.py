"""An engine in a Ray actor, which works on several blocks concurrently, so that its batch stays full."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from ...models.engine import EngineLostError
from ...models.engines import kind_of
from ...operators.extraction.ask import ask_about_page
from ...operators.inference.cascade import is_wanted
from ...operators.inference.tasks import EngineTasks
from ...operators.inference.work import PageRequests, PageResults
from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.job.engines import EngineSettings
from ..telemetry.engine_metrics import EngineMetrics
from .blocks import packed_results, requests_for, results_in, with_results
from .quarantine import MOST_STARTS, SharedExclusiveLock


@dataclass(frozen=True)
class EngineSpec:
    """How one engine of a job is run.

    Attributes:
        settings: section of the engine in the job, with what `auto` stands for on its device.
        tasks: tasks that the engine has.
        device: `cpu` or `cuda`; `remote` for an inference server.
        gpus: number of GPUs per replica; for CPUs, see `placement.cpu_shares`.
        threads: number of CPU threads for computation.
        blocks: number of blocks that one replica has in flight: while some decode, the next ones are encoded.
        job: name of the job, for the metrics.
    """

    settings: EngineSettings
    tasks: EngineTasks
    device: str
    replicas: int
    gpus: float
    threads: int
    blocks: int
    job: str

    @property
    def remote(self) -> bool:
        return self.device == "remote"


class EngineActor:
    """Sends the requests in blocks of `blocks.WORK` to one engine. It has no state that a restart would lose."""

    def __init__(self, spec: EngineSpec, crash_counts: Any) -> None:
        self._tasks = spec.tasks
        kind, name = kind_of(spec.settings), spec.tasks.engine
        self._engine = kind.serve(spec.settings, name, spec.device, spec.threads, spec.tasks.limits)
        self._image_processor = kind.image_processor(spec.settings)
        self._crash_counts = crash_counts
        self._lock: SharedExclusiveLock | None = None
        self._metrics = EngineMetrics(spec.job, name, self._engine.usage)

    def __del__(self) -> None:
        # Ray deletes it when the pool ends.
        if hasattr(self, "_engine"):
            self._engine.close()

    async def __call__(self, block: pa.Table) -> AsyncIterator[pa.Table]:
        if self._lock is None:
            self._lock = SharedExclusiveLock()
        name = self._tasks.engine
        requests = _still_wanted(requests_for(name, block), block)
        with self._metrics.block():
            results = await asyncio.gather(*(asyncio.gather(*map(self._page, pages)) for pages in requests))
        yield with_results(name, block, results)

    async def _page(self, page: PageRequests) -> PageResults:
        if not page.images:
            return PageResults({})
        assert self._lock is not None
        name = self._tasks.engine
        key = f"{name}/{page.key}"
        async with self._lock.shared():
            starts = await self._crash_counts.begin.remote(key)
            if not starts:
                return await self._answered(page, key)
        if starts >= MOST_STARTS:
            message = f"page {page.page_number}: the engine {name} crashed {starts} times while it processed this page"
            return PageResults({}, tiles=page.tiles, failure=Failure(ErrorCode.CRASHED, message, Stage.ENGINE, starts))
        async with self._lock.exclusive():
            await self._crash_counts.begin_alone.remote(key)
            return await self._answered(page, key)

    async def _answered(self, page: PageRequests, key: str) -> PageResults:
        try:
            results = await ask_about_page(self._engine, page, self._image_processor)
        except EngineLostError as error:
            # Ray starts another process and retries the blocks of this one there.
            sys.stderr.write(f"engine {self._tasks.engine} exits: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        self._crash_counts.end.remote(key)
        return results


def _still_wanted(rows: Sequence[Sequence[PageRequests]], block: pa.Table) -> list[list[PageRequests]]:
    """The requests without those that an engine before has settled."""
    if not any(request.follows for pages in rows for page in pages for one in page.images for request in one.requests):
        return [list(pages) for pages in rows]
    earlier = map(results_in, packed_results(block))
    return [[_wanted(page, before) for page in pages] for pages, before in zip(rows, earlier, strict=True)]


def _wanted(page: PageRequests, earlier: Mapping[str, Sequence[PageResults]]) -> PageRequests:
    kept = [
        replace(image, requests=tuple(one for one in image.requests if is_wanted(one, earlier)))
        for image in page.images
    ]
    return replace(page, images=tuple(image for image in kept if image.requests))
