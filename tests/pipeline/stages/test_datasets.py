"""Stages around engines go on beside each other, however few processors there are."""

import time
from contextlib import closing
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
from docpipe.pipeline.engines.replicas import RunningEngines
from docpipe.pipeline.inputs.units import PageRange, Unit
from docpipe.pipeline.stages import datasets
from docpipe.pipeline.stages.datasets import ask_and_commit_documents
from docpipe.pipeline.stages.read import UNIT
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
    with closing(RunningEngines()) as engines:
        asked = engines.of([spec])
        rows = ask_and_commit_documents(blocks, read, commit, {"log": str(log)}, asked, cpus, lambda: False)
        assert sum(row["done"] for row in rows) == count
    assert log.read_text().count("committed") == count


def counted(block: pa.Table) -> pa.Table:
    return pa.table({"rows": [block.num_rows], "n": [block["n"].to_pylist()], "schema": [block.schema.to_string()]})


@pytest.mark.parametrize("count", [0, 1, 7])
def test_each_block_arrives_whole_and_by_itself_however_many_travel_together(
    ray: str, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(datasets, "BLOCKS_PER_CHUNK", 3)
    schema = pa.schema(
        [pa.field("n", pa.int64(), nullable=False), pa.field("cells", pa.map_(pa.string(), pa.large_binary()))]
    )
    blocks = [
        pa.Table.from_pylist(
            [{"n": 10 * block + row, "cells": [("a", b"x" * row)] if row else None} for row in range(block)], schema
        )
        for block in range(count)
    ]
    rows = list(datasets._stream(iter(blocks), (datasets._Task(counted, {}), [])))
    assert sorted((row["rows"], row["n"]) for row in rows) == [
        (block.num_rows, block["n"].to_pylist()) for block in blocks
    ]
    assert {row["schema"] for row in rows} <= {schema.to_string()}


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.none() | st.text(max_size=3)), max_size=4), max_size=9))
def test_a_chunk_gives_back_the_blocks_that_were_put_into_it(content: list[list[tuple[int, str | None]]]) -> None:
    schema = pa.schema([pa.field("n", pa.int32(), nullable=False), pa.field("text", pa.string())])
    blocks = [pa.Table.from_pylist([{"n": n, "text": text} for n, text in rows], schema) for rows in content]
    found = [
        datasets._block_of(chunk.slice(row, 1)) for chunk in datasets._chunks(blocks) for row in range(chunk.num_rows)
    ]
    assert [block.to_pylist() for block in found] == [block.to_pylist() for block in blocks]
    assert all(block.schema.equals(schema) for block in found)


def test_units_become_blocks_of_their_page_ranges() -> None:
    ranges = [PageRange(f"d{i}", f"/in/{i}", "v", tuple(range(1, i + 1)), None) for i in range(1, 6)]
    units = [Unit(tuple(ranges[:2])), Unit(tuple(ranges[2:3])), Unit(tuple(ranges[3:]))]
    blocks = list(datasets._unit_blocks(units))
    assert [block["pages"].to_pylist() for block in blocks] == [[list(part.pages) for part in u.ranges] for u in units]
    assert all(block.schema.equals(UNIT) for block in blocks)


def test_the_task_that_hands_out_blocks_takes_no_processor_of_the_stages(ray: str, tmp_path: Path) -> None:
    cpus = available_cpus()
    stage = datasets._Task(counted, {}, cpus=cpus)
    blocks = [pa.table({"n": [number]}) for number in range(3)]
    assert len(list(datasets._stream(iter(blocks), (stage, [])))) == 3


def test_an_execution_ends_when_its_rows_are_closed(ray: str) -> None:
    rows = datasets._stream((pa.table({"n": [number]}) for number in range(1000)), (datasets._Task(counted, {}), []))
    next(rows)
    rows.close()
    # A further execution finds its processors.
    again = datasets._stream(iter([pa.table({"n": [1]})]), (datasets._Task(counted, {}), []))
    assert [row["rows"] for row in again] == [1]
