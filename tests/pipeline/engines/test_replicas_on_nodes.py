"""On a cluster, replicas on processors are spread over its nodes, and each is asked from its own node."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.operators.inference.tasks import Budget, EngineTasks
from docpipe.pipeline.engines.actor import EngineSpec
from docpipe.pipeline.engines.replicas import RunningEngines
from docpipe.schemas.job.engines import InternVL2Engine
from docpipe.schemas.job.tasks import Use

from ..outputs import joined, leave_ray

pytestmark = pytest.mark.integration


@pytest.fixture
def nodes() -> Iterator[None]:
    from ray.cluster_utils import Cluster

    leave_ray()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    cluster.add_node(num_cpus=2)
    with joined(cluster.address):
        yield
    leave_ray()
    cluster.shutdown()


def probe() -> Any:
    """A stage that says where it is, and where its replica is; local, as workers do not find this file."""
    import ray
    from docpipe.pipeline.engines.replicas import EngineStage

    class Probe(EngineStage):
        def places(self) -> tuple[str, str]:
            return ray.get_runtime_context().get_node_id(), ray.get(self._replica.node.remote())

    return ray.remote(num_cpus=0.5, scheduling_strategy="SPREAD")(Probe)


def test_each_node_has_a_replica_which_the_stage_there_asks(nodes: None, tmp_path: Path) -> None:
    import ray

    model = synthesize(published_size("1B"), tmp_path / "tiny", tiny=True)
    settings = InternVL2Engine.model_validate({"kind": "internvl2", "model": str(model), "device": "cpu"})
    tasks = EngineTasks("m", "tiny", {Use.OCR: Budget(1, 4)})
    with closing(RunningEngines()) as engines:
        (engine,) = engines.of([EngineSpec(settings, tasks, "cpu", 2, 0, 1, 4, "job")])
        arguments = engine.stage_arguments()
        assert sorted(arguments["nodes"]) == sorted(node["NodeID"] for node in ray.nodes())
        stages = [probe().remote(**arguments) for _ in range(2)]
        places = ray.get([stage.places.remote() for stage in stages])
        assert sorted(replica for _, replica in places) == sorted(arguments["nodes"])
        if len({stage for stage, _ in places}) == 2:
            assert all(stage == replica for stage, replica in places)
