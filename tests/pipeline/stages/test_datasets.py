"""Stages around engines go on beside each other, however few processors there are."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.operators.inference.tasks import Budget, EngineTasks
from docpipe.pipeline.cluster.session import available_cpus
from docpipe.pipeline.engines.actor import EngineSpec
from docpipe.pipeline.engines.blocks import WorkItem, pack
from docpipe.pipeline.engines.placement import cpu_shares
from docpipe.pipeline.stages import datasets
from docpipe.pipeline.stages.datasets import ask_and_commit_documents
from docpipe.schemas.job.engines import InternVL2Engine
from docpipe.schemas.job.tasks import Use
from hypothesis import given
from hypothesis import strategies as st

AHEAD = 4
PATIENCE_SECONDS = 120.0


@given(st.integers(1, 64), st.integers(0, 64))
def test_a_reader_all_engines_and_a_commit_fit_at_the_same_time(cpus: int, replicas: int) -> None:
    shares = cpu_shares(cpus, replicas)
    assert shares.reading + shares.engine * replicas + shares.commit <= cpus
    most_readers = shares.readers or int((cpus - shares.engine * replicas) / shares.reading)
    assert most_readers * shares.reading <= cpus
    assert shares.reading != shares.engine


def read(block: pa.Table, log: str) -> pa.Table:
    """The first blocks at once; all others not before one has been committed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while block["n"][0].as_py() >= AHEAD and not Path(log).exists():
        assert time.monotonic() < deadline, "nothing was committed while this block was read"
        time.sleep(0.05)
    return pack([WorkItem()])


def commit(_block: pa.Table, log: str) -> pa.Table:
    with Path(log).open("a") as lines:
        lines.write("committed\n")
    return pa.table({"done": [1]})


def test_blocks_are_committed_while_others_are_still_read(tmp_path: Path, ray: str) -> None:
    cpus = available_cpus()
    count = AHEAD + 4 * cpus
    model = synthesize(published_size("1B"), tmp_path / "tiny", tiny=True)
    settings = InternVL2Engine.model_validate({"kind": "internvl2", "model": str(model), "device": "cpu"})
    spec = EngineSpec(settings, EngineTasks("tiny", "tiny", {Use.OCR: Budget(1, 64)}), "cpu", 1, 0, 1, 4, "job")
    blocks = [pa.table({"n": [number]}) for number in range(count)]
    log = tmp_path / "log"
    rows = ask_and_commit_documents(blocks, read, commit, {"log": str(log)}, [spec], cpus, lambda: False)
    assert sum(row["done"] for row in rows) == count
    assert log.read_text().count("committed") == count


def same(block: pa.Table) -> pa.Table:
    return block


def test_blocks_beyond_one_execution_are_made_ahead_until_it_is_closed(
    ray: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "UNITS_PER_DATASET", 3)
    taken: list[int] = []

    def blocks(count: int) -> Iterator[pa.Table]:
        for number in range(count):
            taken.append(number)
            yield pa.table({"n": [number]})

    rows = datasets._stream(blocks(8), [datasets._Task(same, {})])
    assert [row["n"] // 3 for row in rows] == [0, 0, 0, 1, 1, 1, 2, 2]
    taken.clear()
    before = set(threading.enumerate())
    rows = datasets._stream(blocks(1000), [datasets._Task(same, {})])
    next(rows)
    rows.close()
    assert len(taken) <= 6
    assert not [thread for thread in set(threading.enumerate()) - before if "ThreadPoolExecutor" in thread.name]
