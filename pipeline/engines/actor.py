"""An engine in a Ray actor, which answers the requests of several blocks concurrently, so that its batch stays full."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from ...models.engine import Engine, EngineLostError, ImageProcessor
from ...models.engines import kind_of
from ...operators.extraction.ask import ask_about_page
from ...operators.inference.cascade import is_wanted
from ...operators.inference.tasks import EngineTasks
from ...operators.inference.work import PageRequests, PageResults
from ...schemas.errors import ErrorCode, Failure, MissingResourceError, Stage
from ...schemas.job.engines import EngineSettings
from ..telemetry.engine_metrics import EngineMetrics
from .blocks import pack_results, requests_in, results_in
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
    """One replica of an engine, as a Ray actor of the run: executions come and go, and it loads once.

    It has no state that a restart would lose. Its methods run in one event loop.
    """

    def __init__(self, spec: EngineSpec, crash_counts: Any) -> None:
        self._spec, self._tasks, self._crash_counts = spec, spec.tasks, crash_counts
        self._image_processor: ImageProcessor | None = None
        self._lock = SharedExclusiveLock()
        self._engine: Engine | None = None
        self._metrics: EngineMetrics | None = None
        self._loading: asyncio.Task[None] | None = None

    def __del__(self) -> None:
        self._close()

    def node(self) -> str:
        """The id of the node where it is."""
        import ray

        return str(ray.get_runtime_context().get_node_id())

    async def load(self) -> None:
        """Return once the engine is loaded, which the first call begins; raises CommandError if it cannot be."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        # Shielded: a caller that gives up leaves the others their engine.
        await asyncio.shield(self._loading)

    async def _load(self) -> None:
        import ray

        name, here = self._tasks.engine, ray.get_runtime_context().get_actor_id()
        key = f"{name}: load of {here}"
        starts = await self._crash_counts.begin.remote(key)
        if starts >= MOST_STARTS:
            raise MissingResourceError(
                f"engines.{name}: its process was killed {starts} times while it loaded {self._spec.settings.model}, "
                "most likely by the system for lack of memory; 'docpipe models check' says what would fit, and the log "
                "of the system what killed it"
            )
        if starts:
            await self._crash_counts.begin_alone.remote(key)
        self._engine = await asyncio.to_thread(self.serve)
        self._image_processor = kind_of(self._spec.settings).image_processor(self._spec.settings)
        self._metrics = EngineMetrics(self._spec.job, name, self._engine.usage)
        self._crash_counts.end.remote(key)

    def serve(self) -> Engine:
        """Load the engine, in a thread of its own, so that the actor answers meanwhile."""
        spec = self._spec
        return kind_of(spec.settings).serve(
            spec.settings, self._tasks.engine, spec.device, spec.threads, self._tasks.limits
        )

    async def answer(
        self, requests: Sequence[pa.Buffer | None], earlier: Sequence[Mapping[str, pa.Buffer]]
    ) -> list[bytes | None]:
        """Answer the requests of a block.

        Args:
            requests: those of each of its rows, see `blocks.packed_requests`.
            earlier: the results of the engines before, see `blocks.packed_results`.

        Returns:
            The results of each row, see `blocks.pack_results`.

        Raises:
            CommandError: the engine cannot be loaded.
        """
        await self.load()
        assert self._metrics is not None
        wanted = _still_wanted(list(map(requests_in, requests)), earlier)
        with self._metrics.block():
            results = await asyncio.gather(*(asyncio.gather(*map(self._page, pages)) for pages in wanted))
        return list(map(pack_results, results))

    async def close(self) -> None:
        """Let go of the engine and what it holds outside of this process."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        engine, self._engine = getattr(self, "_engine", None), None
        if engine is not None:
            engine.close()

    async def _page(self, page: PageRequests) -> PageResults:
        if not page.images:
            return PageResults({})
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
        assert self._engine is not None
        assert self._image_processor is not None
        try:
            results = await ask_about_page(self._engine, page, self._image_processor)
        except EngineLostError as error:
            # Ray starts another process and asks it again what this one was asked.
            sys.stderr.write(f"engine {self._tasks.engine} exits: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        self._crash_counts.end.remote(key)
        return results


def _still_wanted(
    rows: Sequence[Sequence[PageRequests]], earlier: Sequence[Mapping[str, pa.Buffer]]
) -> list[list[PageRequests]]:
    """The requests without those that an engine before has settled."""
    if not any(request.follows for pages in rows for page in pages for one in page.images for request in one.requests):
        return [list(pages) for pages in rows]
    return [
        [_wanted(page, before) for page in pages] for pages, before in zip(rows, map(results_in, earlier), strict=True)
    ]


def _wanted(page: PageRequests, earlier: Mapping[str, Sequence[PageResults]]) -> PageRequests:
    kept = [
        replace(image, requests=tuple(one for one in image.requests if is_wanted(one, earlier)))
        for image in page.images
    ]
    return replace(page, images=tuple(image for image in kept if image.requests))
