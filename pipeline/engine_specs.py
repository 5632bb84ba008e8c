"""How a job's engines are laid out on a Ray: devices, replicas, threads; refused where they can not fit."""

from collections.abc import Sequence

from ..operators.inference.tasks import EngineTasks
from ..schemas.errors import InvalidJobError, MissingResourceError
from ..schemas.job import Job
from ..schemas.job_engines import InternVL2Engine
from .engine_actor import EngineSpec
from .ray_session import RaySession

# Threads of an engine that computes on a GPU: they only hand work to it.
_GPU_THREADS = 2
_BLOCKS, _PAGES_PER_BLOCK = 4, 8
# A step of decoding costs a GPU about as much for one answer as for a hundred: this many blocks are some 100 pages,
# and 1 GB of pictures in Ray's object store.
_GPU_BLOCKS = 16


def engine_specs(job: Job, tasks: Sequence[EngineTasks], session: RaySession) -> list[EngineSpec]:
    """How each of `tasks` is run.

    Raises:
        MissingResourceError: the job asks for more GPUs than there are.
        InvalidJobError: a replica is to span several GPUs.
    """
    specs = [_spec(job, task, session) for task in tasks]
    wanted = sum(spec.replicas * spec.gpus for spec in specs)
    if wanted > session.gpus:
        named = ", ".join(f"{s.tasks.engine}: {s.replicas} × {s.gpus:g}" for s in specs if s.gpus)
        raise MissingResourceError(
            f"engines: {wanted:g} GPUs are wanted ({named}), there are {session.gpus:g}; lower replicas or "
            "gpus_per_replica, or set device: cpu"
        )
    return specs


def _spec(job: Job, task: EngineTasks, session: RaySession) -> EngineSpec:
    settings = job.engines[task.engine]
    if not isinstance(settings, InternVL2Engine):
        blocks = max(_BLOCKS, -(-settings.max_in_flight // _PAGES_PER_BLOCK))
        return EngineSpec(settings, task, "remote", 1, 0, 1, blocks, job.name)
    if settings.gpus_per_replica > 1:
        raise InvalidJobError(
            f"engines.{task.engine}.gpus_per_replica: {settings.gpus_per_replica:g}: one replica uses one GPU at most; "
            "serve a larger model on several GPUs with an inference server and kind: openai"
        )
    device = settings.device if settings.device != "auto" else "cuda" if session.gpus else "cpu"
    if device == "cpu":
        threads = max(1, session.cpus // settings.replicas)
        return EngineSpec(settings, task, device, settings.replicas, 0, threads, _BLOCKS, job.name)
    if not settings.gpus_per_replica:
        raise InvalidJobError(f"engines.{task.engine}.gpus_per_replica: 0 on a GPU; name a share, such as 1 or 0.5")
    gpus = settings.gpus_per_replica
    return EngineSpec(settings, task, device, settings.replicas, gpus, _GPU_THREADS, _GPU_BLOCKS, job.name)
