"""The Ray Data jobs: opening files for the inventory, and reading and committing pages.

The functions of a stage run as Ray tasks; Ray Data fuses reading and committing into one task, so page rows do not
pass through the object store. A task takes one block and yields one block, which makes what a writer gets the same
whenever Ray runs it again.
"""

from collections.abc import Generator, Sequence
from typing import Any

import pyarrow as pa

from .inputs import InputFile
from .inventory import FileFacts
from .planning import Unit
from .worker import UNIT, WorkerContext, commit_unit, probe_files, read_unit, take_over_unit

FILES_PER_TASK = 128
Rows = Generator[dict[str, Any], None, None]
"""Close it where it is not read to its end: that ends the execution in Ray."""

UNITS_PER_DATASET = 4096
"""Units in one Ray Data execution: bounds what the driver holds, and is long against the start of one."""


def probe(files: Sequence[InputFile], context: WorkerContext, workers: int) -> Generator[FileFacts, None, None]:
    """Facts of files, in no particular order, as their tasks end."""
    size = max(1, min(FILES_PER_TASK, -(-len(files) // (workers * 2))))
    columns = {"uri": pa.string(), "version": pa.string(), "size": pa.int64()}
    schema = pa.schema(list(columns.items()))
    blocks = [
        pa.Table.from_pylist([{name: getattr(file, name) for name in columns} for file in files[i : i + size]], schema)
        for i in range(0, len(files), size)
    ]
    for row in _stream(blocks, [probe_files], context):
        row.pop("sequence")
        yield FileFacts(**row)


def read_and_commit(units: Sequence[Unit], context: WorkerContext) -> Rows:
    """A row of `worker.COMMITTED` for each unit, as it is committed."""
    blocks = [_unit_block(unit) for unit in units]
    yield from _stream(blocks, [read_unit, commit_unit], context)


def take_over(blocks: Sequence[pa.Table], context: WorkerContext) -> Rows:
    """A row of `worker.COMMITTED` for each batch taken over from an earlier output."""
    yield from _stream(blocks, [take_over_unit], context)


def _unit_block(unit: Unit) -> pa.Table:
    return pa.Table.from_pylist([vars(part) for part in unit.ranges], schema=UNIT)


def _stream(blocks: Sequence[pa.Table], stages: Sequence[Any], context: WorkerContext) -> Rows:
    import ray.data

    for start in range(0, len(blocks), UNITS_PER_DATASET):
        rows = ray.data.from_arrow(list(blocks[start : start + UNITS_PER_DATASET]))
        for stage in stages:
            rows = rows.map_batches(
                stage, batch_size=None, batch_format="pyarrow", zero_copy_batch=True, fn_kwargs={"context": context}
            )
        for batch in rows.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            yield from batch.to_pylist()
