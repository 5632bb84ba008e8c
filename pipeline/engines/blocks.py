"""Arrow blocks in which pages pass through the engines.

A row is an item: one page, or a document with the pages that its questions are asked about. Requests and results are
separate columns, so that an engine unpickles only its own requests. Pickles are sufficient, since rows never leave a
run of one version of docpipe, and fast, which matters because image tiles are megabytes.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...operators.inference.work import Found, PageRequests, PageResults, Question, ReadPage

_BY_ENGINE = pa.map_(pa.string(), pa.large_binary())

WORK = pa.schema(
    [
        pa.field("item", pa.large_binary(), nullable=False),
        pa.field("requests", _BY_ENGINE, nullable=False),
        pa.field("results", _BY_ENGINE, nullable=False),
        pa.field("seconds", pa.map_(pa.string(), pa.float64()), nullable=False),
    ]
)
"""Only the stages on CPU workers unpickle `item`. `requests` and `results` have an entry for each engine, with one
part for each page of the item. `seconds`, by stage, are those of the whole block, in its first row."""


@dataclass(frozen=True)
class AskedDocument:
    """A document with questions about the whole document.

    Attributes:
        row: its row of `documents`, committed together with its answers.
        uri, version: URI and version of a file with its bytes.
        found: answers of an engine without weights, from all pages.
        page_files, line_files: names of the batches that hold its pages and lines.
    """

    row: Mapping[str, Any]
    uri: str
    version: str
    questions: tuple[Question, ...]
    page_files: tuple[str, ...]
    line_files: tuple[str, ...]
    found: tuple[Found, ...] = ()

    @property
    def document_id(self) -> str:
        return str(self.row["document_id"])


@dataclass(frozen=True)
class WorkItem:
    """A page, or a document with the pages that its questions are asked about.

    Attributes:
        requests: requests by the name of the engine, one entry for each page.
    """

    pages: tuple[ReadPage, ...] = ()
    document: AskedDocument | None = None
    requests: Mapping[str, Sequence[PageRequests]] = field(default_factory=dict)


@dataclass(frozen=True)
class DoneItem:
    """An item after the engines, with the results of each page by the name of the engine."""

    pages: tuple[ReadPage, ...]
    document: AskedDocument | None
    results: Mapping[str, Sequence[PageResults]]

    def results_of(self, place: int) -> dict[str, PageResults]:
        """The results of the page at index `place`, by the name of the engine."""
        return {engine: results[place] for engine, results in self.results.items()}


def pack(items: Sequence[WorkItem], seconds: Mapping[str, float] | None = None) -> pa.Table:
    """A block of `WORK`; `seconds` is the time, by stage, that was spent on it before the engines."""
    requests = [[(name, _dump(tuple(pages))) for name, pages in item.requests.items()] for item in items]
    return pa.Table.from_arrays(
        [
            pa.array([_dump((item.pages, item.document)) for item in items], pa.large_binary()),
            pa.array(requests, _BY_ENGINE),
            pa.array([[] for _ in items], _BY_ENGINE),
            pa.array([list((seconds or {}).items()) if row == 0 else [] for row in range(len(items))], WORK.types[3]),
        ],
        schema=WORK,
    )


def unpack_items(block: pa.Table) -> list[WorkItem]:
    """The items of a block, without their requests."""
    return [WorkItem(*_load(row)) for row in _values(block.column("item"))]


def requests_for(engine: str, block: pa.Table) -> list[tuple[PageRequests, ...]]:
    """The requests to an engine for each row of a block; empty if there are none."""
    wanted = pc.map_lookup(block.column("requests"), pa.scalar(engine), "first")
    return [() if row is None else _load(row) for row in _values(wanted)]


def results_so_far(block: pa.Table) -> list[dict[str, tuple[PageResults, ...]]]:
    """The results of the engines before, by name, for each row of a block; one entry for each page of the row."""
    return [{name: _load(value.as_buffer()) for name, value in row} for row in _entries(block.column("results"))]


def with_results(engine: str, block: pa.Table, results: Sequence[Sequence[PageResults]]) -> pa.Table:
    """The block with the results of an engine for each of its rows, and without the requests to it."""
    left = [[(name, value) for name, value in row if name != engine] for row in _entries(block.column("requests"))]
    found = [
        [*row, *([(engine, _dump(tuple(pages)))] if pages else [])]
        for row, pages in zip(_entries(block.column("results")), results, strict=True)
    ]
    return pa.Table.from_arrays(
        [block.column("item"), pa.array(left, _BY_ENGINE), pa.array(found, _BY_ENGINE), block.column("seconds")],
        schema=WORK,
    )


def unpack(block: pa.Table) -> list[DoneItem]:
    """The items of a block, with the results of the engines."""
    found = []
    for item, results in zip(_values(block.column("item")), _entries(block.column("results")), strict=True):
        pages, document = _load(item)
        found.append(DoneItem(pages, document, {name: _load(value.as_buffer()) for name, value in results}))
    return found


def seconds_of(block: pa.Table) -> dict[str, float]:
    """Seconds by stage that were spent on a block before the engines."""
    return {stage: seconds for row in block.column("seconds").to_pylist() for stage, seconds in row}


def _dump(value: object) -> bytes:
    return pickle.dumps(value, protocol=5)


def _load(buffer: pa.Buffer) -> Any:
    return pickle.loads(buffer)


def _values(column: pa.ChunkedArray) -> Iterator[pa.Buffer | None]:
    """Cells as buffers that point into the block, so that pickles of megabytes are not copied."""
    for chunk in column.chunks:
        for cell in chunk:
            yield cell.as_buffer() if cell.is_valid else None


def _entries(column: pa.ChunkedArray) -> Iterator[list[tuple[str, pa.LargeBinaryScalar]]]:
    """The entries of a column of maps, without copying the values."""
    for chunk in column.chunks:
        keys, values, offsets = chunk.keys, chunk.items, chunk.offsets.to_pylist()
        for start, end in pairwise(offsets):
            yield [(keys[i].as_py(), values[i]) for i in range(start, end)]
