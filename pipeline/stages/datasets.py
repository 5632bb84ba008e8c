"""The Ray Data executions: opening files for the inventory, reading and committing pages, sending requests to engines.

Functions of a stage run as Ray tasks, engines as a fixed pool of actors, and so does the reading where its text reader
has a GPU. A task takes one block and yields one block, so that a writer gets the same rows when Ray retries it.

Where `near` is given, stages that are functions only begin in threads of this process; Ray gets what they have left
once it is there.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from ..engines.actor import EngineActor, EngineSpec
from ..engines.placement import CpuShares, ReaderPlacement, cpu_shares
from ..engines.quarantine import start_crash_counts
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
"""Whether no further Dataset is to be started; workers check for themselves, see `stopping`."""

UNITS_PER_DATASET = 4096
"""Units per Ray Data execution: limits the memory of the driver, and takes long compared with starting an execution."""

UNITS_PER_REPLICA = 64
"""Minimum of units per replica of an engine and execution, several hundred pages, since each execution loads the model
again."""


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
    for row in _stream(blocks, [_Task(probe_files, {"context": context})], near=near):
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
    yield from _stream(map(_unit_block, units), [stage or _Task(read_and_commit_unit, arguments)], stop, near)


def read_ask_and_commit(
    units: Sequence[Unit],
    context: WorkerContext,
    models: ModelContext,
    engines: Sequence[EngineSpec],
    cpus: int,
    stop: Stop,
    reader: ReaderPlacement | None = None,
) -> Rows:
    """Like `read_and_commit`, with requests to engines between reading and the commit."""
    arguments = {"context": context, "models": models}
    stages = _around(engines, cpus, read_for_models, commit_models, arguments, reader)
    yield from _stream(map(_unit_block, units), stages, stop)


def take_over(blocks: Sequence[pa.Table], context: WorkerContext, stop: Stop, near: LocalThreads | None = None) -> Rows:
    """Yield a row of `read.COMMITTED` for each batch that is copied from an earlier output."""
    yield from _stream(blocks, [_Task(take_over_unit, {"context": context})], stop, near)


def ask_and_commit_documents(
    blocks: Sequence[pa.Table],
    open_stage: Any,
    commit_stage: Any,
    arguments: dict[str, Any],
    engines: Sequence[EngineSpec],
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


class _Pool:
    """An engine, run as a fixed pool of actors, each with several blocks in flight."""

    def __init__(self, spec: EngineSpec, crash_counts: Any, cpus: float) -> None:
        from ray.data import ActorPoolStrategy

        self.function = EngineActor
        self.replicas = spec.replicas
        self.options = {
            "fn_constructor_kwargs": {"spec": spec, "crash_counts": crash_counts},
            "compute": ActorPoolStrategy(
                size=spec.replicas,
                max_tasks_in_flight_per_actor=spec.blocks,
                max_concurrent_calls_per_actor=spec.blocks,
            ),
            "num_gpus": spec.gpus,
            "num_cpus": cpus,
        }


class _ReadingPool:
    """A function on blocks, run in a fixed pool of actors, each of which has a share of a GPU for its text reader."""

    def __init__(self, function: Any, arguments: dict[str, Any], reader: ReaderPlacement, cpus: float) -> None:
        from ray.data import ActorPoolStrategy

        self.function = ReadingActor
        self.replicas = reader.replicas
        self.options = {
            "fn_constructor_kwargs": {"function": function, "arguments": arguments},
            "compute": ActorPoolStrategy(size=reader.replicas, max_tasks_in_flight_per_actor=2),
            "num_gpus": reader.gpus,
            "num_cpus": cpus,
        }


_Stage = _Task | _Pool | _ReadingPool


class ReadingActor:
    """Runs a function on blocks in one process, whose page reader keeps its text reader on the GPU of the actor."""

    def __init__(self, function: Any, arguments: dict[str, Any]) -> None:
        self._function, self._arguments = function, arguments

    def __call__(self, block: pa.Table) -> pa.Table:
        return self._function(block, **self._arguments)


def _reading(
    function: Any, arguments: dict[str, Any], reader: ReaderPlacement | None, shares: CpuShares
) -> "_Task | _ReadingPool":
    if reader is not None:
        return _ReadingPool(function, arguments, reader, shares.reading)
    return _Task(function, arguments, cpus=shares.reading, most=shares.readers)


def _around(
    engines: Sequence[EngineSpec],
    cpus: int,
    before: Any,
    after: Any,
    arguments: dict[str, Any],
    reader: ReaderPlacement | None = None,
) -> list[_Stage]:
    """The stages of an execution: making requests, the engines, and committing their results."""
    replicas = sum(spec.replicas for spec in engines if not spec.remote)
    shares = cpu_shares(cpus, replicas, 0 if reader is None else reader.replicas)
    crash_counts = start_crash_counts() if engines else None
    return [
        _reading(before, arguments, reader, shares),
        *(_Pool(spec, crash_counts, 0 if spec.remote else shares.engine) for spec in engines),
        _Task(after, arguments, cpus=shares.commit),
    ]


def _unit_block(unit: Unit) -> pa.Table:
    return pa.Table.from_pylist(
        [{name: getattr(part, name) for name in UNIT.names} for part in unit.ranges], schema=UNIT
    )


def _stream(
    blocks: Iterable[pa.Table],
    stages: Sequence[_Stage],
    stop: Stop = lambda: False,
    near: LocalThreads | None = None,
) -> Rows:
    functions = [stage.call for stage in stages if isinstance(stage, _Task)]
    if near is None or len(functions) < len(stages):
        if near is not None:
            near.join_ray()
        yield from _in_ray(blocks, stages, stop)
        return
    with closing(near.begin(blocks, functions, stop)) as work:
        for block in work.results(until=near.ray_is_ready):
            yield from block.to_pylist()
        rest = work.leave(keep=near.count)
        if (first := next(rest, None)) is not None:
            near.join_ray()
            with closing(_in_ray(chain([first], rest), stages, stop)) as rows:
                for row in rows:
                    yield row
                    for block in work.results_so_far():
                        yield from block.to_pylist()
        for block in work.results():
            yield from block.to_pylist()


def _in_ray(blocks: Iterable[pa.Table], stages: Sequence[_Stage], stop: Stop) -> Rows:
    replicas = max((stage.replicas for stage in stages if isinstance(stage, _Pool | _ReadingPool)), default=0)
    with closing(_datasets(blocks, max(UNITS_PER_DATASET, UNITS_PER_REPLICA * replicas))) as datasets:
        for rows in datasets:
            if stop():
                return
            for stage in stages:
                rows = rows.map_batches(
                    stage.function, batch_size=None, batch_format="pyarrow", zero_copy_batch=True, **stage.options
                )
            for batch in rows.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                yield from batch.to_pylist()


def _datasets(blocks: Iterable[pa.Table], most: int) -> Generator[Any, None, None]:
    """Datasets of at most `most` blocks; a block takes milliseconds, so the next one is made during execution."""
    left, closed = iter(blocks), threading.Event()

    def make() -> Any:
        import ray.data

        some = _Blocks(list(islice(left, most)), closed)
        # Not `from_arrow`, which runs a Ray task for each block.
        return ray.data.from_blocks(some) if some.blocks else None

    with ThreadPoolExecutor(1) as ahead:
        try:
            following = ahead.submit(make)
            while (made := following.result()) is not None:
                following = ahead.submit(make)
                yield made
        finally:
            # After Ray has been shut down, putting a block into it would start it again.
            closed.set()


@dataclass(frozen=True)
class _Blocks:
    """Blocks that can be iterated several times, until `closed` is set."""

    blocks: list[pa.Table]
    closed: threading.Event

    def __iter__(self) -> Iterator[pa.Table]:
        for block in self.blocks:
            if self.closed.is_set():
                raise RuntimeError("the execution was closed")
            yield block
