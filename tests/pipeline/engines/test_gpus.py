"""Whether the GPUs of a cluster suffice is said before anything is loaded."""

from typing import Any

import pytest
from docpipe.operators.inference.tasks import Budget, EngineTasks
from docpipe.pipeline.cluster.session import RaySession
from docpipe.pipeline.engines import placement
from docpipe.pipeline.engines.placement import device_bytes, engine_specs
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from docpipe.schemas.job.model import Job
from docpipe.schemas.job.tasks import Use

TASKS = [EngineTasks("m", "InternVL2-76B", {Use.DOCVQA: Budget(12, 128)})]


def job(**engine: Any) -> Job:
    docvqa = {"engine": "m", "questions": [{"id": "total", "ask": "What is the total?"}]}
    return Job.model_validate(
        {
            "version": 1,
            "inputs": {"paths": ["a"]},
            "tasks": {"docvqa": docvqa},
            "engines": {"m": {"model": "/models/76B", "device": "cuda", **engine}},
            "output": {"path": "o"},
        }
    )


def test_a_model_is_placed_on_as_many_gpus_as_it_shares() -> None:
    (spec,) = engine_specs(job(kind="vllm", gpus_per_replica=4, replicas=2), TASKS, RaySession(64, 8, 1, None, 8))
    assert (spec.device, spec.replicas, spec.gpus) == ("cuda", 2, 4)


def test_too_few_gpus_are_named() -> None:
    with pytest.raises(MissingResourceError, match=r"needs 8 GPUs \(m: 2 × 4\), 4 are available; lower replicas or"):
        engine_specs(job(kind="vllm", gpus_per_replica=4, replicas=2), TASKS, RaySession(64, 4, 1, None, 4))


def test_gpus_of_several_nodes_do_not_serve_one_replica() -> None:
    with pytest.raises(
        MissingResourceError, match=r"4: a replica runs on one node, and no node .* more than 2 GPUs; lower it"
    ):
        engine_specs(job(kind="vllm", gpus_per_replica=4), TASKS, RaySession(64, 8, 4, None, 2))


def test_a_kind_that_cannot_share_names_the_one_that_can() -> None:
    with pytest.raises(InvalidJobError, match=r"one replica uses one GPU at most; .* kind: vllm"):
        engine_specs(job(kind="internvl2", gpus_per_replica=2), TASKS, RaySession(64, 8, 1, None, 8))


def test_the_memory_of_a_replica_is_that_of_all_its_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus = [("cpu", 10**11), ("cuda:0 H100", 8 * 10**10), ("cuda:1 H100", 8 * 10**10)]
    monkeypatch.setattr(placement, "machine_devices", lambda: gpus)
    for share, memory in ((0.5, 4 * 10**10), (1, 8 * 10**10), (2, 16 * 10**10)):
        (spec,) = engine_specs(job(kind="vllm", gpus_per_replica=share), TASKS, RaySession(64, 2, 1, None, 2))
        assert device_bytes(spec) == memory
