"""Placement of the engines of a job: devices, replicas, threads and shares of CPUs; raises if they cannot fit.

A text reader of another package is placed too, where it reads on GPUs.

Ray Data starts a reading task whenever one fits. A commit therefore takes less than one CPU: on a machine with two
CPUs, of which an engine occupies a share, a commit of one CPU would not start before the last page is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...models.engines import kind_of, placed
from ...models.internvl2.check import machine_devices, would_fit
from ...operators.inference.tasks import EngineTasks
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.job.engines import LocalEngine, RemoteEngine, VllmEngine
from ...schemas.job.model import Job
from ..cluster.session import RaySession
from .actor import EngineSpec

# CPU threads of an engine on a GPU; they only submit work to it.
_GPU_THREADS = 2
_BLOCKS, _PAGES_PER_BLOCK = 4, 8
# A decoding step takes a GPU about as long for one answer as for a hundred. 16 blocks are about 100 pages, and 1 GB of
# images in Ray's object store, once in the blocks and once in what the engine is sent.
_GPU_BLOCKS = 16


@dataclass(frozen=True)
class ReaderPlacement:
    """A text reader of another package on GPUs: Ray actors that read pages, each with a share of a GPU.

    Attributes:
        engine: its name in the job.
    """

    engine: str
    replicas: int
    gpus: float


def reader_placement(job: Job, session: RaySession) -> ReaderPlacement | None:
    """The placement of the text reader of a job; None where each reading worker reads on its CPU.

    Raises MissingResourceError if it needs more GPUs than are available.
    """
    settings = job.reader_settings
    if settings is None or settings.device == "cpu" or (settings.device == "auto" and not session.gpus):
        return None
    placed = ReaderPlacement(job.text_engine.name, settings.replicas, settings.gpus_per_replica)
    _check_gpus([_NamedGpus(placed.engine, placed.replicas, placed.gpus)], session)
    return placed


def engine_specs(
    job: Job, tasks: Sequence[EngineTasks], session: RaySession, reader: ReaderPlacement | None = None
) -> list[EngineSpec]:
    """The placement of the engine of each of `tasks`, beside a text reader on GPUs.

    Raises:
        MissingResourceError: the job needs more GPUs than are available.
        InvalidJobError: a replica would span several GPUs, and its kind cannot.
    """
    specs = [_spec(job, task, session) for task in tasks]
    readers = [] if reader is None else [_NamedGpus(reader.engine, reader.replicas, reader.gpus)]
    _check_gpus([*readers, *(_NamedGpus(spec.tasks.engine, spec.replicas, spec.gpus) for spec in specs)], session)
    return specs


class _NamedGpus(NamedTuple):
    engine: str
    replicas: int
    gpus: float


def _check_gpus(engines: Sequence[_NamedGpus], session: RaySession) -> None:
    wanted = sum(one.replicas * one.gpus for one in engines)
    if wanted > session.gpus:
        named = ", ".join(f"{one.engine}: {one.replicas} × {one.gpus:g}" for one in engines if one.gpus)
        raise MissingResourceError(
            f"engines: the job needs {wanted:g} GPUs ({named}), {session.gpus:g} are available; lower replicas or "
            "gpus_per_replica, or set device: cpu"
        )
    for one in engines:
        if session.node_gpus is not None and one.gpus > session.node_gpus:
            raise MissingResourceError(
                f"engines.{one.engine}.gpus_per_replica: {one.gpus:g}: a replica runs on one node, and no node of the "
                f"cluster has more than {session.node_gpus:g} GPUs; lower it"
            )


def _spec(job: Job, task: EngineTasks, session: RaySession) -> EngineSpec:
    settings = job.engines[task.engine]
    if isinstance(settings, RemoteEngine):
        blocks = max(_BLOCKS, -(-settings.max_in_flight // _PAGES_PER_BLOCK))
        return EngineSpec(settings, task, "remote", 1, 0, 1, blocks, job.name)
    assert isinstance(settings, LocalEngine)
    if settings.gpus_per_replica > 1 and not kind_of(settings).spans_gpus:
        raise InvalidJobError(
            f"engines.{task.engine}.gpus_per_replica: {settings.gpus_per_replica:g}: one replica uses one GPU at most; "
            "serve a larger model on several GPUs with kind: vllm, or with an inference server and kind: openai"
        )
    device = settings.device if settings.device != "auto" else "cuda" if session.gpus else "cpu"
    settings = placed(settings, device)
    if device == "cpu":
        threads = max(1, session.cpus // settings.replicas)
        return EngineSpec(settings, task, device, settings.replicas, 0, threads, _BLOCKS, job.name)
    if not settings.gpus_per_replica:
        raise InvalidJobError(f"engines.{task.engine}.gpus_per_replica: 0 on a GPU; name a share, such as 1 or 0.5")
    gpus = settings.gpus_per_replica
    return EngineSpec(settings, task, device, settings.replicas, gpus, _GPU_THREADS, _GPU_BLOCKS, job.name)


_COMMIT_CPUS = 0.5
"""CPUs of a task that parses, grounds and commits, which is less work than reading."""

_ENGINE_CPUS = 0.5
"""CPUs of one replica. It differs from that of a reading task, since Ray Data would fuse equal ones into one actor."""


@dataclass(frozen=True)
class CpuShares:
    """CPUs of a reading task or actor, of a replica of an engine, and of a commit.

    Attributes:
        readers: maximum number of concurrent reading tasks; None for as many as fit.
    """

    reading: float
    engine: float
    commit: float
    readers: int | None


def cpu_shares(cpus: int, replicas: int, readers: int = 0) -> CpuShares:
    """Shares of CPUs, such that the reading, all replicas and one commit can run concurrently.

    Args:
        cpus: number of CPUs of the Ray cluster.
        replicas: number of replicas of all engines together.
        readers: number of actors that read pages on GPUs; 0 where tasks read them, of which one must fit.
    """
    if readers:
        fits = readers + _COMMIT_CPUS + _ENGINE_CPUS * replicas <= cpus
        return CpuShares(1.0 if fits else 0.0, _ENGINE_CPUS if fits else 0.0, _COMMIT_CPUS, readers=None)
    if cpus < 2:
        return CpuShares(0.5, 0.0, _COMMIT_CPUS, readers=1)
    fits = 1 + _COMMIT_CPUS + _ENGINE_CPUS * replicas <= cpus
    return CpuShares(1.0, _ENGINE_CPUS if fits else 0.0, _COMMIT_CPUS, readers=None)


def replica_bytes(spec: EngineSpec) -> int | None:
    """Bytes of memory of one replica with one request in flight, about an image with the most tiles of its tasks.

    None for a server. Raises CommandError if the model is not complete.
    """
    needed = kind_of(spec.settings).needed_bytes
    return None if needed is None else needed(spec.settings, spec.tasks.limits.max_tiles)


def device_bytes(spec: EngineSpec) -> int | None:
    """Bytes of memory on this machine that one replica may use; None if a GPU does not report it."""
    devices = dict(machine_devices())
    if spec.device == "cpu":
        memory = devices["cpu"]
        return None if memory is None else memory // spec.replicas
    stated = [memory for name, memory in devices.items() if name.startswith("cuda") and memory is not None]
    return int(min(stated) * spec.gpus) if stated else None


def check_fits(spec: EngineSpec) -> None:
    """Raises MissingResourceError, which names a model that would fit, if the model is too large for its device."""
    if (needed := replica_bytes(spec)) is None or (memory := device_bytes(spec)) is None or needed <= memory:
        return
    fp8 = spec.device == "cuda" and isinstance(spec.settings, VllmEngine)
    fits = would_fit(memory, spec.tasks.limits.max_tiles, fp8=fp8)
    raise MissingResourceError(
        f"engines.{spec.tasks.engine}: {spec.settings.model} needs {needed / 1e9:.1f} GB for each "
        f"replica, {spec.device} has {memory / 1e9:.1f} GB; {fits}; or serve it on several GPUs "
        "with kind: vllm or kind: openai"
    )
