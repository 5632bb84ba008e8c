"""What runs inside a Ray worker: one page reader a process, kept from task to task."""

import atexit
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..operators.fetch import open_document
from ..operators.page_reader import PageReader
from ..operators.parsed_page import ReadSettings
from ..schemas.errors import DocumentError, Failure
from ..schemas.page import PageReading
from .commit import Provenance, commit_batch
from .inventory import INVENTORY, file_facts
from .lock import LockLostError, holds
from .page_rows import ReadPage, page_rows, unnest
from .reuse import reuse_unit
from .store import Store

UNIT = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("pages", pa.list_(pa.int32()), nullable=False),
    ]
)
"""Rows are page ranges; one block is one unit, read by one task and committed as one batch."""

COMMITTED = pa.schema(
    [
        pa.field("pages", pa.int64(), nullable=False),
        pa.field("pages_failed", pa.int64(), nullable=False),
        pa.field("lines", pa.int64(), nullable=False),
        pa.field("seconds_read", pa.float64(), nullable=False),
        pa.field("codes", pa.list_(pa.string()), nullable=False),
    ]
)
"""What a committed unit tells the driver."""


@dataclass(frozen=True)
class WorkerContext:
    """All that a worker needs to know of the job."""

    store: Store
    provenance: Provenance
    settings: ReadSettings
    page_seconds: float
    page_memory_mb: int
    reuse: Store | None = None


_reader: PageReader | None = None
_reader_context: WorkerContext | None = None


def page_reader(context: WorkerContext) -> PageReader:
    """The process's page reader, made anew when another job's tasks arrive."""
    global _reader, _reader_context
    if _reader is None or _reader_context != context:
        close_reader()
        _reader = PageReader(context.settings, context.page_seconds, context.page_memory_mb)
        _reader_context = context
    return _reader


def close_reader() -> None:
    global _reader, _reader_context
    if _reader is not None:
        _reader.close()
    _reader = _reader_context = None


atexit.register(close_reader)


def probe_files(block: pa.Table, context: WorkerContext) -> pa.Table:
    """Inventory rows of a block of `uri`, `version`, `size`."""
    reader = page_reader(context)
    facts = [file_facts(reader, row["uri"], row["version"], row["size"]) for row in block.to_pylist()]
    return pa.Table.from_pylist([{**vars(fact), "sequence": 0} for fact in facts], schema=INVENTORY)


def read_unit(block: pa.Table, context: WorkerContext) -> pa.Table:
    """Page rows of a unit; a page that fails is a row too."""
    reader = page_reader(context)
    pages: list[ReadPage] = []
    for part in block.to_pylist():
        pages += _read_range(reader, part)
    return page_rows(pages, context.provenance.run_id)


def _read_range(reader: PageReader, part: dict[str, Any]) -> list[ReadPage]:
    document_id, uri = part["document_id"], part["uri"]
    try:
        with open_document(uri, part["version"]) as path:
            return [ReadPage(document_id, uri, reading) for reading in reader.read_many(path, part["pages"])]
    except DocumentError as error:
        failure = Failure(error.code, error.message, "read")
        return [ReadPage(document_id, uri, PageReading(number, failure=failure)) for number in part["pages"]]


def commit_unit(rows: pa.Table, context: WorkerContext) -> pa.Table:
    """Commit the page rows of a unit as one batch."""
    _check_lock(context)
    tables = unnest(rows)
    commit_batch(context.store, context.provenance, "pages", tables)
    return _committed(tables, tables["errors"].column("code").to_pylist())


def take_over_unit(block: pa.Table, context: WorkerContext) -> pa.Table:
    """Commit the pages of an earlier output that a block of `REUSE_UNIT` names."""
    _check_lock(context)
    assert context.reuse is not None
    return _committed(reuse_unit(block, context.reuse, context.store, context.provenance), [])


def _check_lock(context: WorkerContext) -> None:
    if not holds(context.store, context.provenance.run_id):
        raise LockLostError(f"{context.store.url}: taken over by another run")


def _committed(tables: Mapping[str, pa.Table], codes: Sequence[str]) -> pa.Table:
    pages = tables["pages"]
    summary = {
        "pages": pages.num_rows,
        "pages_failed": pages.column("status").to_pylist().count("failed"),
        "lines": tables["lines"].num_rows,
        "seconds_read": sum(pages.column("seconds").to_pylist()),
        "codes": codes,
    }
    return pa.Table.from_pylist([summary], schema=COMMITTED)
