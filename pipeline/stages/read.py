"""Reads and commits units inside a Ray worker, whose process keeps one page reader for all its tasks."""

import atexit
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

import pyarrow as pa

from ...operators.extraction.continued_tables import joined
from ...operators.extraction.findings import with_findings
from ...operators.extraction.weight_free import with_found
from ...operators.files.local_copy import local_copy
from ...operators.inference.tasks import NO_TASKS, TaskPlan
from ...operators.inference.work import Question, ReadPage
from ...operators.reading.messages import ReadSettings
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError, Failure, Stage
from ...schemas.page import PageReading
from ...schemas.tables import COUNTED_TABLES
from ..inputs.inventory import facts_of_files, inventory_rows
from ..inputs.listing import InputFile
from ..inputs.questions import from_json
from ..output.commit import Provenance, commit_batch
from ..output.lock import check_holds
from ..output.stop_request import StopRequest
from ..output.store import Store
from ..tables.page_rows import page_tables
from ..telemetry.log import log_failures
from ..telemetry.unit_report import FACTS, unit_facts
from .reuse import reuse_unit

UNIT = pa.schema(
    [
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("pages", pa.list_(pa.int32()), nullable=False),
        pa.field("questions", pa.string()),
    ]
)
"""Rows are page ranges; one block is one unit, read by one task and committed as one batch.

`questions` are those of the manifest about the document, see `inputs.questions`.
"""

COMMITTED = pa.schema(
    [
        pa.field("pages", pa.int64(), nullable=False),
        pa.field("pages_failed", pa.int64(), nullable=False),
        *(pa.field(table, pa.int64(), nullable=False) for table in COUNTED_TABLES),
        pa.field("seconds_read", pa.float64(), nullable=False),
        pa.field("tiles", pa.int64(), nullable=False),
        *FACTS,
    ]
)
"""The row that the driver receives for each committed unit."""


_PAGES_TOGETHER = 256
"""Pages of short documents that are read together; also limits the number of their files in the disk cache."""


@dataclass(frozen=True)
class WorkerContext:
    """The settings of the job that a worker needs."""

    store: Store
    provenance: Provenance
    settings: ReadSettings
    page_seconds: float
    page_memory_mb: int
    reuse: Store | None = None


class _HeldReader:
    """A page reader that is kept from one task to the next."""

    def __init__(self) -> None:
        self._reader: PageReader | None = None
        self._context: WorkerContext | None = None

    def of(self, context: WorkerContext) -> PageReader:
        """The reader, which is replaced if the context differs, as for a task of another job."""
        if self._reader is None or self._context != context:
            self.close()
            self._reader = PageReader(context.settings, context.page_seconds, context.page_memory_mb)
            self._context = context
        return self._reader

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._context = None


_of_process = _HeldReader()
_of_thread = threading.local()


def page_reader(context: WorkerContext) -> PageReader:
    """The page reader of the process, or of the thread within `own_page_reader`."""
    held: _HeldReader = getattr(_of_thread, "held", _of_process)
    return held.of(context)


@contextmanager
def own_page_reader() -> Iterator[None]:
    """In this context, this thread has a page reader of its own, which is closed at the end."""
    held = _of_thread.held = _HeldReader()
    try:
        yield
    finally:
        del _of_thread.held
        held.close()


def close_reader() -> None:
    """Close the page reader of the process."""
    _of_process.close()


atexit.register(close_reader)


def probe_files(block: pa.Table, context: WorkerContext) -> pa.Table:
    """Inventory rows for a block with the columns `uri`, `version` and `size`."""
    reader = page_reader(context)
    files = [InputFile(row["uri"], row["size"], row["version"]) for row in block.to_pylist()]
    return inventory_rows(facts_of_files(reader, files), sequence=0)


@dataclass(frozen=True)
class PageTasks:
    """What is asked of single pages.

    Attributes:
        plan: the tasks with their engines.
        questions: questions of the job about every page; empty if there are none about pages.
        asks_pages: whether questions, including those of the manifest, are asked about pages.
    """

    plan: TaskPlan = NO_TASKS
    questions: tuple[Question, ...] = ()
    asks_pages: bool = False


NO_PAGE_TASKS = PageTasks()


def questions_of(part: Mapping[str, Any], tasks: PageTasks) -> tuple[Question, ...]:
    """The questions about each page of a row of `UNIT`."""
    return tasks.questions + from_json(part["questions"]) if tasks.asks_pages else ()


def read_and_commit_unit(block: pa.Table, context: WorkerContext, tasks: PageTasks = NO_PAGE_TASKS) -> pa.Table:
    """Read the pages of a unit and commit them as one batch; a failed page is committed as a row too.

    Args:
        tasks: tasks that no model has.

    Returns a row of `COMMITTED`, or none if the run is stopping.
    """
    if stops(context):
        return COMMITTED.empty_table()
    reader = page_reader(context)
    spent = StageSeconds()
    pages: list[ReadPage] = []
    for parts in few_pages_each(block.to_pylist()):
        pages += read_parts(reader, parts, spent, tasks)
    return commit_pages(pages, context, spent)


def few_pages_each(parts: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Rows of `UNIT` in the same order, in groups of at most `_PAGES_TOGETHER` pages, unless one row has more."""
    group: list[Mapping[str, Any]] = []
    pages = 0
    for part in parts:
        if group and pages + len(part["pages"]) > _PAGES_TOGETHER:
            yield group
            group, pages = [], 0
        group.append(part)
        pages += len(part["pages"])
    if group:
        yield group


def read_parts(
    reader: PageReader, parts: Sequence[Mapping[str, Any]], spent: StageSeconds, tasks: PageTasks = NO_PAGE_TASKS
) -> Iterator[ReadPage]:
    """Pages of some ranges in the same order; if a document can no longer be opened, only its pages fail.

    Args:
        tasks: tasks that no model has.
    """
    with opened_parts(parts, spent) as opened:
        readings = reader.read_parts(readable(opened), spent)
        for part, path in opened:
            numbers = part["pages"]
            some = islice(readings, len(numbers)) if isinstance(path, str) else unopened(numbers, path)
            questions = questions_of(part, tasks)
            before: ReadPage | None = None
            for reading in some:
                page = ReadPage(part["document_id"], part["uri"], reading, questions)
                if tasks.plan:
                    find = partial(_without_models, plan=tasks.plan, spent=spent)
                    page = find(page)
                    source = (reader, path, spent) if isinstance(path, str) else None
                    page, before = joined(page, partial(page_before, page, before, source, find)), page
                yield page


Opened = Sequence[tuple[Mapping[str, Any], str | DocumentError]]
"""Rows of `UNIT`, each with a path to its file, or with the reason why it cannot be opened."""


@contextmanager
def opened_parts(parts: Sequence[Mapping[str, Any]], spent: StageSeconds) -> Iterator[Opened]:
    """The files of some rows of `UNIT`, as `fetched` has them."""
    with ExitStack() as stack:
        found: list[tuple[Mapping[str, Any], str | DocumentError]] = []
        for part in parts:
            try:
                found.append((part, stack.enter_context(fetched(part["uri"], part["version"], spent))))
            except DocumentError as error:
                found.append((part, error))
        yield found


def readable(opened: Opened) -> list[tuple[str, Sequence[int]]]:
    """The path and the pages of each row whose file could be opened."""
    return [(path, part["pages"]) for part, path in opened if isinstance(path, str)]


def page_before(
    page: ReadPage,
    known: ReadPage | None,
    source: tuple[PageReader, str, StageSeconds] | None,
    find: Callable[[ReadPage], ReadPage],
) -> ReadPage | None:
    """The page before one; read again where it is in another unit, so that units decide nothing.

    Args:
        known: the page that was read last, with what `find` adds.
        source: the reader and the path of the document; None where it could not be opened.
        find: adds what the engines without weights find on a page.
    """
    number = page.reading.page_number - 1
    if known is not None and known.reading.page_number == number:
        return known
    if source is None:
        return None
    reader, path, spent = source
    return find(ReadPage(page.document_id, page.uri, reader.read(path, number, spent)))


def _without_models(page: ReadPage, plan: TaskPlan, spent: StageSeconds) -> ReadPage:
    started = time.perf_counter()
    with spent.time("find"):
        page = with_findings(with_found(page, plan), {}, plan)
    seconds = page.reading.seconds + time.perf_counter() - started
    return replace(page, reading=replace(page.reading, seconds=seconds))


@contextmanager
def fetched(uri: str, version: str, spent: StageSeconds) -> Iterator[str]:
    """`local_copy`, with its time counted as `fetch`."""
    with ExitStack() as stack:
        with spent.time("fetch"):
            path = stack.enter_context(local_copy(uri, version))
        yield path


def unopened(pages: Sequence[int], error: DocumentError) -> list[PageReading]:
    """Failed readings for the pages of a document that can no longer be opened."""
    failure = Failure(error.code, error.message, Stage.READ)
    return [PageReading(number, failure=failure) for number in pages]


def commit_pages(
    pages: Sequence[ReadPage], context: WorkerContext, spent: StageSeconds, retries: Sequence[str] = ()
) -> pa.Table:
    """Commit pages as one batch; returns a row of `COMMITTED`.

    Args:
        spent: time spent on the unit before.
        retries: reasons of retried requests, one code per retry.
    """
    check_lock(context)
    with spent.time("commit"):
        tables = page_tables(pages, context.provenance.run_id)
        commit_batch(context.store, context.provenance, "pages", tables, fence=partial(check_lock, context))
    log_failures(tables["errors"])
    return committed_row(tables, spent.take(), retries)


def take_over_unit(block: pa.Table, context: WorkerContext) -> pa.Table:
    """Copy the pages of an earlier output that a block of `REUSE_UNIT` names, and commit them."""
    if stops(context):
        return COMMITTED.empty_table()
    check_lock(context)
    assert context.reuse is not None
    spent = StageSeconds()
    with spent.time("commit"):
        tables = reuse_unit(block, context.reuse, context.store, context.provenance)
    return committed_row(tables, spent.take())


def stops(context: WorkerContext) -> bool:
    """Whether the run is stopping, so that no unit may be started."""
    return StopRequest(context.store, context.provenance.run_id).is_made()


def check_lock(context: WorkerContext) -> None:
    """Raises LockLostError if the run no longer holds the lock of the output."""
    check_holds(context.store, context.provenance.run_id)


def committed_row(
    tables: Mapping[str, pa.Table], stage_seconds: Mapping[str, float], retries: Sequence[str] = ()
) -> pa.Table:
    """A row of `COMMITTED` for a batch of pages."""
    pages = tables["pages"]
    failed = pages.column("status").to_pylist().count("failed")
    counts = {name: tables[name].num_rows if name in tables else 0 for name in COUNTED_TABLES}
    row = {
        "pages": pages.num_rows,
        "pages_failed": failed,
        **counts,
        "seconds_read": sum(pages.column("seconds").to_pylist()),
        "tiles": sum(filter(None, pages.column("tiles").to_pylist())),
        **unit_facts(tables, stage_seconds, retries),
    }
    return pa.Table.from_pylist([row], schema=COMMITTED)
