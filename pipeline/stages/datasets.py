"""The Ray Data executions: opening files for the inventory, reading and committing pages, sending requests to engines.

Functions of a stage run as Ray tasks. Engines are actors of the run, and each execution has a fixed pool of actors that
ask them; the reading has a pool too where its text reader has a GPU. A task takes one block and yields one block, so
that a writer gets the same rows when Ray retries it.

Where `near` is given, stages that are functions only begin in threads of this process; Ray gets what they have left
once it is there.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import accumulate, chain, islice
from typing import Any

import pyarrow as pa

from ..engines.placement import CpuShares, ReaderPlacement, cpu_shares
from ..engines.replicas import EngineStage, RunningEngine
from ..inputs.inventory import FileFacts
from ..inputs.listing import InputFile
from ..inputs.units import Unit
from .extract import ModelContext, commit_models, read_for_models
from .local_threads import BlockFunction, LocalThreads
from .read import UNIT, PageTasks, WorkerContext, probe_files, read_and_commit_unit, take_over_unit

FILES_PER_TASK = 1024
"""Maximum number of files that one task opens: half a second of work for small files on a local disk."""

BYTES_PER_TASK = 512 * 1024**2
"""Bytes of files that one task opens and hashes; a file of unknown size counts as 0."""

Rows = Generator[dict[str, Any], None, None]
"""Must be closed if it is not read to its end; closing ends the execution in Ray."""

Stop = Callable[[], bool]
"""Whether nothing further is to be begun; Ray's workers check for themselves, see `stopping`."""

BLOCKS_PER_CHUNK = 1024
"""Blocks that travel to Ray in one object, from which a task hands them out one by one."""

_BLOCK = "block"


def probe(
    files: Sequence[InputFile], context: WorkerContext, workers: int, near: LocalThreads | None = None
) -> Generator[FileFacts, None, None]:
    """Facts about files, in no particular order, as their tasks complete."""
    columns = {"uri": pa.string(), "version": pa.string(), "size": pa.int64()}
    schema = pa.schema(list(columns.items()))
    blocks = [
        pa.Table.from_pylist([{name: getattr(file, name) for name in columns} for file in some], schema)
        for some in _some_files(files, max(1, min(FILES_PER_TASK, -(-len(files) // (workers * 4)))))
    ]
    for row in _stream(blocks, (_Task(probe_files, {"context": context}), []), near=near):
        row.pop("sequence")
        yield FileFacts(**row)


def _some_files(files: Sequence[InputFile], most: int) -> Generator[Sequence[InputFile], None, None]:
    start = size = 0
    for index, file in enumerate(files):
        if index - start == most or size > BYTES_PER_TASK:
            yield files[start:index]
            start, size = index, 0
        size += file.size or 0
    yield files[start:]


def read_and_commit(
    units: Sequence[Unit],
    context: WorkerContext,
    tasks: PageTasks,
    cpus: int,
    stop: Stop,
    reader: ReaderPlacement | None = None,
    near: LocalThreads | None = None,
) -> Rows:
    """Yield a row of `read.COMMITTED` for each unit, as it is committed.

    Args:
        reader: the text reader, where it reads on GPUs.
    """
    arguments = {"context": context, "tasks": tasks}
    stage = _reading(read_and_commit_unit, arguments, reader, cpu_shares(cpus, 0, reader.replicas)) if reader else None
    yield from _stream(_unit_blocks(units), (stage or _Task(read_and_commit_unit, arguments), []), stop, near)


def read_ask_and_commit(
    units: Sequence[Unit],
    context: WorkerContext,
    models: ModelContext,
    engines: Sequence[RunningEngine],
    cpus: int,
    stop: Stop,
    reader: ReaderPlacement | None = None,
) -> Rows:
    """Like `read_and_commit`, with requests to engines between reading and the commit."""
    arguments = {"context": context, "models": models}
    stages = _around(engines, cpus, read_for_models, commit_models, arguments, reader)
    yield from _stream(_unit_blocks(units), stages, stop)


def take_over(blocks: Sequence[pa.Table], context: WorkerContext, stop: Stop, near: LocalThreads | None = None) -> Rows:
    """Yield a row of `read.COMMITTED` for each batch that is copied from an earlier output."""
    yield from _stream(blocks, (_Task(take_over_unit, {"context": context}), []), stop, near)


def ask_and_commit_documents(
    blocks: Sequence[pa.Table],
    open_stage: Any,
    commit_stage: Any,
    arguments: dict[str, Any],
    engines: Sequence[RunningEngine],
    cpus: int,
    stop: Stop,
    near: LocalThreads | None = None,
) -> Rows:
    """Yield the rows of `commit_stage` for blocks of documents, with requests to engines between the two stages."""
    yield from _stream(blocks, _around(engines, cpus, open_stage, commit_stage, arguments), stop, near)


class _Task:
    """A function on blocks, run as Ray tasks."""

    def __init__(
        self, function: Any, arguments: dict[str, Any], *, cpus: float | None = None, most: int | None = None
    ) -> None:
        self.function = function
        self.call: BlockFunction = partial(function, **arguments)
        self.options: dict[str, Any] = {"fn_kwargs": arguments, "num_cpus": cpus, "concurrency": most}

    def of_chunks(self) -> "_Task":
        """The same for blocks that each stand in a row of a chunk."""
        arguments = {"function": self.function, "arguments": self.options["fn_kwargs"]}
        return _Task(_on_block_of, arguments, cpus=self.options["num_cpus"], most=self.options["concurrency"])


class _Pool:
    """An engine, asked by a fixed pool of actors, one a replica, each with several blocks in flight."""

    def __init__(self, engine: RunningEngine, cpus: float) -> None:
        from ray.data import ActorPoolStrategy

        spec = engine.spec
        self.function, arguments = EngineStage, engine.stage_arguments()
        self.end = partial(engine.end_stages, arguments["execution"])
        self.options = {
            "fn_constructor_kwargs": arguments,
            "compute": ActorPoolStrategy(
                size=spec.replicas,
                max_tasks_in_flight_per_actor=spec.blocks,
                max_concurrent_calls_per_actor=spec.blocks,
            ),
            "num_cpus": cpus,
        }


class _ReadingPool:
    """A function on blocks, run in a fixed pool of actors, each of which has a share of a GPU for its text reader."""

    def __init__(self, function: Any, arguments: dict[str, Any], reader: ReaderPlacement, cpus: float) -> None:
        from ray.data import ActorPoolStrategy

        of_chunks = {"function": function, "arguments": arguments}
        self.function = ReadingActor
        self.options = {
            "fn_constructor_kwargs": {"function": _on_block_of, "arguments": of_chunks},
            "compute": ActorPoolStrategy(size=reader.replicas, max_tasks_in_flight_per_actor=2),
            "num_gpus": reader.gpus,
            "num_cpus": cpus,
        }

    def of_chunks(self) -> "_ReadingPool":
        """This pool, which is always first, and whose blocks each stand in a row of a chunk."""
        return self


_First = _Task | _ReadingPool
Stages = tuple[_First, Sequence[_Task | _Pool]]
"""The first stage of an execution, and those after it."""


class ReadingActor:
    """Runs a function on blocks in one process, whose page reader keeps its text reader on the GPU of the actor."""

    def __init__(self, function: Any, arguments: dict[str, Any]) -> None:
        self._function, self._arguments = function, arguments

    def __call__(self, block: pa.Table) -> pa.Table:
        return self._function(block, **self._arguments)


def _reading(function: Any, arguments: dict[str, Any], reader: ReaderPlacement | None, shares: CpuShares) -> _First:
    if reader is not None:
        return _ReadingPool(function, arguments, reader, shares.reading)
    return _Task(function, arguments, cpus=shares.reading, most=shares.readers)


def _around(
    engines: Sequence[RunningEngine],
    cpus: int,
    before: Any,
    after: Any,
    arguments: dict[str, Any],
    reader: ReaderPlacement | None = None,
) -> Stages:
    """The stages of an execution: making requests, the engines, and committing their results."""
    replicas = sum(engine.spec.replicas for engine in engines if not engine.spec.remote)
    shares = cpu_shares(cpus, replicas, 0 if reader is None else reader.replicas)
    first = _reading(before, arguments, reader, shares)
    asked = [_Pool(engine, 0 if engine.spec.remote else shares.engine) for engine in engines]
    return first, [*asked, _Task(after, arguments, cpus=shares.commit)]


def _unit_blocks(units: Sequence[Unit]) -> Iterator[pa.Table]:
    """A block of `UNIT` for each unit; blocks are made many at a time, since each takes longer on its own."""
    for start in range(0, len(units), BLOCKS_PER_CHUNK):
        some = units[start : start + BLOCKS_PER_CHUNK]
        ranges = [{name: getattr(part, name) for name in UNIT.names} for unit in some for part in unit.ranges]
        together = pa.Table.from_pylist(ranges, schema=UNIT)
        at = 0
        for unit in some:
            yield together.slice(at, len(unit.ranges))
            at += len(unit.ranges)


def _stream(
    blocks: Iterable[pa.Table],
    stages: Stages,
    stop: Stop = lambda: False,
    near: LocalThreads | None = None,
) -> Rows:
    every = [stages[0], *stages[1]]
    functions = [stage.call for stage in every if isinstance(stage, _Task)]
    if near is None or len(functions) < len(every):
        if near is not None:
            near.join_ray()
        yield from _in_ray(blocks, stages, stop)
        return
    with closing(near.begin(blocks, functions, stop)) as work:
        for block in work.results(until=near.ray_is_ready):
            yield from block.to_pylist()
        rest = work.leave(keep=near.count)
        if not stop() and (first := next(rest, None)) is not None:
            near.join_ray()
            with closing(_in_ray(chain([first], rest), stages, stop)) as rows:
                for row in rows:
                    yield row
                    for block in work.results_so_far():
                        yield from block.to_pylist()
        for block in work.results():
            yield from block.to_pylist()


def _in_ray(blocks: Iterable[pa.Table], stages: Stages, stop: Stop) -> Rows:
    """One execution for all blocks, so that pools start once, however many there are.

    The driver of an execution holds what it begins with, so that a million blocks would be too many. They travel in
    chunks, one row a block, and a task that costs no processor makes a block of each row, as fast as the next stage
    takes them. Ray Data puts the two steps of `map_batches` and `repartition` into that one task.
    """
    import ray.data

    if stop():
        return
    # Not `from_arrow`, which runs a Ray task for each block.
    rows = ray.data.from_blocks(list(_chunks(blocks)))
    rows = rows.map_batches(
        _as_it_is, batch_size=1, batch_format="pyarrow", zero_copy_batch=True, num_cpus=0
    ).repartition(target_num_rows_per_block=1)
    first, others = stages
    for stage in (first.of_chunks(), *others):
        rows = rows.map_batches(
            stage.function, batch_size=None, batch_format="pyarrow", zero_copy_batch=True, **stage.options
        )
    try:
        for batch in rows.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            yield from batch.to_pylist()
    finally:
        for stage in others:
            if isinstance(stage, _Pool):
                stage.end()


def _as_it_is(row: pa.Table) -> pa.Table:
    return row


def _chunks(blocks: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables of one column, in which each row holds the rows of a block."""
    left = iter(blocks)
    while some := list(islice(left, BLOCKS_PER_CHUNK)):
        offsets = pa.array(accumulate((block.num_rows for block in some), initial=0), pa.int32())
        rows = pa.concat_tables(some).to_struct_array().combine_chunks()
        yield pa.table({_BLOCK: pa.ListArray.from_arrays(offsets, rows)})


def _block_of(row: pa.Table) -> pa.Table:
    """The block that a row of a chunk holds."""
    rows = row.column(_BLOCK).combine_chunks().flatten()
    return pa.Table.from_arrays(rows.flatten(), schema=pa.schema(list(rows.type)))


def _on_block_of(row: pa.Table, function: BlockFunction, arguments: dict[str, Any]) -> pa.Table:
    """A function on blocks, for a row of a chunk."""
    return function(_block_of(row), **arguments)
