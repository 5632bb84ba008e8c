"""The engines of a run: Ray actors that outlive the executions in which they are asked, so that each loads once."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from .actor import EngineActor, EngineSpec
from .blocks import packed_requests, packed_results, with_packed
from .quarantine import CrashCounts

# Seconds in which replicas are to let go of their engines before they are killed, and to say where they are.
_CLOSING_SECONDS, _PLACING_SECONDS = 5.0, 60.0


class Desk(CrashCounts):
    """What replicas and those that ask them share: counts of crashes, and who asks which replica."""

    def __init__(self) -> None:
        super().__init__()
        self._seats: dict[str, dict[str, int]] = {}
        self._stages: dict[str, dict[str, Any]] = {}

    def seat(self, execution: str, stage: str, node: str, nodes: Sequence[str], actor: Any = None) -> int:
        """The number of the replica that a stage asks: one that fewest others ask, if possible on its own node.

        Args:
            execution: in each, every replica has as many seats.
            stage: who asks again, after a restart, keeps its seat.
            nodes: where the replicas are.
            actor: its handle.
        """
        if actor is not None:
            self._stages.setdefault(execution, {})[stage] = actor
        seats = self._seats.setdefault(execution, {})
        if stage not in seats:
            taken = Counter(seats.values())
            seats[stage] = min(range(len(nodes)), key=lambda number: (taken[number], nodes[number] != node))
        return seats[stage]

    def dismiss(self, execution: str) -> None:
        """End the stages of an execution that is over: after an error, Ray Data leaves them with their processors."""
        import ray
        from ray.exceptions import RayError

        self._seats.pop(execution, None)
        for actor in self._stages.pop(execution, {}).values():
            with suppress(RayError):
                ray.kill(actor)


def start_desk() -> Any:
    """The handle of a Ray actor with a `Desk`, on the node of the driver, so that it lives as long as the job.

    If only its process dies, Ray restarts it empty.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    actor = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, scheduling_strategy=here)(Desk)
    return actor.remote()


@dataclass(frozen=True)
class RunningEngine:
    """An engine whose replicas are started, though they may be loading still.

    Attributes:
        name: what the names of its actors begin with; unique in the Ray cluster.
        replicas: handles of its actors, which end when nobody holds them.
    """

    spec: EngineSpec
    name: str
    replicas: tuple[Any, ...]
    desk: Any

    def stage_arguments(self) -> dict[str, Any]:
        """Arguments of `EngineStage` in an execution."""
        return {
            "engine": self.spec.tasks.engine,
            "name": self.name,
            "execution": uuid.uuid4().hex,
            "nodes": self._nodes(),
            "desk": self.desk,
        }

    def end_stages(self, execution: str) -> None:
        """End what `EngineStage` is in an execution that is over."""
        import ray
        from ray.exceptions import GetTimeoutError, RayError

        if ray.is_initialized():
            with suppress(RayError, GetTimeoutError):
                ray.get(self.desk.dismiss.remote(execution), timeout=_CLOSING_SECONDS)

    def _nodes(self) -> list[str]:
        """The node of each replica; nothing where there is only one node, or where a replica has no place yet."""
        import ray

        if sum(node["Alive"] for node in ray.nodes()) == 1:
            return [""] * len(self.replicas)
        asked = [replica.node.remote() for replica in self.replicas]
        known, _ = ray.wait(asked, num_returns=len(asked), timeout=_PLACING_SECONDS)
        return [ray.get(ref) if ref in known else "" for ref in asked]


class RunningEngines:
    """The engines of one run, started when an execution first asks them."""

    def __init__(self) -> None:
        self._running: dict[str, RunningEngine] = {}
        self._desk: Any = None

    def of(self, specs: Sequence[EngineSpec]) -> list[RunningEngine]:
        """The engines of an execution, which begin to load if they are not there; all others are ended first."""
        wanted = {spec.tasks.engine: spec for spec in specs}
        self._end([name for name, engine in self._running.items() if wanted.get(name) != engine.spec])
        if self._desk is None and specs:
            self._desk = start_desk()
        for name, spec in wanted.items():
            if name not in self._running:
                self._running[name] = _started(spec, self._desk)
        return [self._running[name] for name in wanted]

    def close(self) -> None:
        """End all of them."""
        self._end(list(self._running))
        self._desk = None

    def _end(self, names: Sequence[str]) -> None:
        import ray
        from ray.exceptions import RayError

        replicas = [replica for name in names for replica in self._running.pop(name).replicas]
        # A call would start a Ray where there is none any more.
        if not replicas or not ray.is_initialized():
            return
        with suppress(RayError):
            closing = [one.close.options(max_task_retries=0).remote() for one in replicas]
            ray.wait(closing, num_returns=len(closing), timeout=_CLOSING_SECONDS)
        for one in replicas:
            with suppress(RayError):
                ray.kill(one)


def _started(spec: EngineSpec, desk: Any) -> RunningEngine:
    import ray

    # Its processors are those of the stage that asks it, see `EngineStage`: Ray Data knows of no others. An actor that
    # asks for nothing at all is placed at random, so it asks for one byte.
    options = {"num_cpus": 0, "memory": 1, "num_gpus": spec.gpus, "max_restarts": -1, "max_task_retries": -1}
    name = f"docpipe-engine-{uuid.uuid4().hex}"
    actor = ray.remote(**options)(EngineActor)
    replicas = []
    for number, place in enumerate(_places(spec)):
        replica = actor.options(name=f"{name}-{number}", **place).remote(spec, desk)
        # While the first pages are read; what goes wrong is raised where it is asked.
        replica.load.options(max_task_retries=0).remote()
        replicas.append(replica)
    return RunningEngine(spec, name, tuple(replicas), desk)


def _places(spec: EngineSpec) -> list[dict[str, Any]]:
    """Ray options that place each replica: where its GPUs are, or in turn on the nodes that have processors."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    if spec.device != "cpu" or len(nodes) < 2:
        return [{}] * spec.replicas
    in_turn = [nodes[number % len(nodes)] for number in range(spec.replicas)]
    return [{"scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=True)} for node in in_turn]


class EngineStage:
    """One replica's place in an execution: sends it the requests in blocks of `blocks.WORK`, and adds its results."""

    def __init__(self, engine: str, name: str, execution: str, nodes: Sequence[str], desk: Any) -> None:
        """
        Args:
            engine: its name in the job.
            name: see `RunningEngine`.
            execution: see `Desk.seat`, also for `nodes`.
        """
        import ray

        here = ray.get_runtime_context()
        stage = here.get_actor_id()
        number = ray.get(desk.seat.remote(execution, stage, here.get_node_id(), nodes, here.current_actor))
        # By its name, and not from a list of all: a thousand stages would hold a thousand handles each.
        self._replica = ray.get_actor(f"{name}-{number}")
        self._engine = engine

    async def __call__(self, block: pa.Table) -> AsyncIterator[pa.Table]:
        requests = packed_requests(self._engine, block)
        results: list[bytes | None] = [None] * block.num_rows
        if any(packed is not None for packed in requests):
            results = await self._replica.answer.remote(requests, packed_results(block))
        yield with_packed(self._engine, block, results)
