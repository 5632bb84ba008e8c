"""Each stage of an execution asks a replica of its own, and replicas stay for the executions after."""

import os
import signal
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.operators.inference.tasks import Budget, EngineTasks
from docpipe.pipeline.engines import replicas
from docpipe.pipeline.engines.actor import EngineSpec
from docpipe.pipeline.engines.replicas import Desk, RunningEngines
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.engines import InternVL2Engine
from docpipe.schemas.job.tasks import Use
from hypothesis import given
from hypothesis import strategies as st

NODES = st.sampled_from(["", "a", "b", "c"])


@given(st.lists(st.tuples(NODES, NODES), min_size=1, max_size=12))
def test_every_replica_is_asked_by_one_stage(placed: list[tuple[str, str]]) -> None:
    desk, nodes = Desk(), [node for node, _ in placed]
    for execution in "xy":
        seats = [desk.seat(execution, str(stage), node, nodes) for stage, (_, node) in enumerate(placed)]
        assert sorted(seats) == list(range(len(placed)))
        # A stage that is started again keeps its replica.
        assert [desk.seat(execution, str(stage), "d", nodes) for stage in range(len(placed))] == seats


@given(st.lists(NODES, min_size=1, max_size=12))
def test_stages_ask_a_replica_of_their_own_node_where_there_is_one(nodes: list[str]) -> None:
    desk = Desk()
    seats = [desk.seat("x", str(stage), node, nodes) for stage, node in enumerate(reversed(nodes))]
    assert Counter(nodes[seat] for seat in seats) == Counter(nodes)
    assert [nodes[seat] for seat in seats] == list(reversed(nodes))


def spec(model: Path, engine: str, tokens: int = 4) -> EngineSpec:
    settings = InternVL2Engine.model_validate({"kind": "internvl2", "model": str(model), "device": "cpu"})
    return EngineSpec(settings, EngineTasks(engine, "tiny", {Use.OCR: Budget(1, tokens)}), "cpu", 1, 0, 1, 4, "job")


def ends(replica: Any) -> bool:
    """Whether an actor is gone, now or soon: Ray kills in the background."""
    import ray as ray_module

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            ray_module.get(replica.node.remote())
        except ray_module.exceptions.RayActorError:
            return True
        time.sleep(0.05)
    return False


def test_an_engine_stays_while_executions_ask_it_and_ends_before_others_load(ray: str, tmp_path: Path) -> None:
    import ray as ray_module

    model = synthesize(published_size("1B"), tmp_path / "tiny", tiny=True)
    with closing(RunningEngines()) as engines:
        one, other = engines.of([spec(model, "one"), spec(model, "other")])
        (same,) = engines.of([spec(model, "other")])
        assert same.replicas == other.replicas
        assert ends(one.replicas[0])
        # Other limits are another engine.
        (changed,) = engines.of([spec(model, "other", tokens=8)])
        assert changed.replicas != other.replicas
        assert ray_module.get(changed.replicas[0].answer.remote([None], [{}])) == [None]
    assert ends(changed.replicas[0])


def test_a_model_that_cannot_be_loaded_is_told_to_whoever_asks(ray: str, tmp_path: Path) -> None:
    import ray as ray_module
    from docpipe.models.internvl2.errors import CheckpointError

    with closing(RunningEngines()) as engines:
        (engine,) = engines.of([spec(tmp_path / "missing", "one")])
        for _ in range(2):
            with pytest.raises(CheckpointError, match="missing"):
                ray_module.get(engine.replicas[0].answer.remote([pa.py_buffer(b"")], [{}]))


def mortal_actor(loads: Path) -> type:
    """An engine's actor that is killed while its engine loads; local, as workers do not find this file."""
    from docpipe.pipeline.engines.actor import EngineActor

    class MortalActor(EngineActor):
        def serve(self) -> Any:
            with loads.open("a") as file:
                file.write("load\n")
            os.kill(os.getpid(), signal.SIGKILL)

    return MortalActor


def test_a_process_that_is_killed_whenever_it_loads_is_given_up(
    ray: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray as ray_module

    loads = tmp_path / "loads"
    model = synthesize(published_size("1B"), tmp_path / "tiny", tiny=True)
    monkeypatch.setattr(replicas, "EngineActor", mortal_actor(loads))
    with closing(RunningEngines()) as engines:
        (engine,) = engines.of([spec(model, "one")])
        with pytest.raises(MissingResourceError, match=r"engines\.one: its process was killed 3 times.*models check"):
            ray_module.get(engine.replicas[0].answer.remote([None], [{}]))
    assert loads.read_text().count("load") == 3
