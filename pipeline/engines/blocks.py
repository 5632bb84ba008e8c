"""Pages on their way through the engines as Arrow blocks.

A row is an item: one page, or a document with those of its pages that questions are put to. Each part of it is a column
of its own, so that an engine opens nothing but its own requests. The parts are pickles, since rows stay within one run
of one version of this program, and tiles are megabytes.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...operators.inference.work import PageRequests, PageResults, Question, ReadPage

_BY_ENGINE = pa.map_(pa.string(), pa.large_binary())

WORK = pa.schema(
    [
        pa.field("item", pa.large_binary(), nullable=False),
        pa.field("requests", _BY_ENGINE, nullable=False),
        pa.field("results", _BY_ENGINE, nullable=False),
        pa.field("seconds", pa.map_(pa.string(), pa.float64()), nullable=False),
    ]
)
"""`item` is opened by the stages on CPU workers alone; `requests` and `results` have an entry for each engine, with
one part for each page of the item; `seconds`, by stage, are those of the whole block, in its first row."""


@dataclass(frozen=True)
class AskedDocument:
    """A document that is asked as a whole.

    Attributes:
        row: of `documents`, committed together with its answers.
        uri, version: of a file with its bytes.
        page_files, line_files: names of the batches that hold its pages and lines.
    """

    row: Mapping[str, Any]
    uri: str
    version: str
    questions: tuple[Question, ...]
    page_files: tuple[str, ...]
    line_files: tuple[str, ...]

    @property
    def document_id(self) -> str:
        return str(self.row["document_id"])


@dataclass(frozen=True)
class WorkItem:
    """A page, or a document with those of its pages that questions are put to.

    Attributes:
        requests: what each engine is sent, by its name: one entry for each page.
    """

    pages: tuple[ReadPage, ...] = ()
    document: AskedDocument | None = None
    requests: Mapping[str, Sequence[PageRequests]] = field(default_factory=dict)


@dataclass(frozen=True)
class DoneItem:
    """An item behind the engines, with what each returned about each of its pages, by the engine's name."""

    pages: tuple[ReadPage, ...]
    document: AskedDocument | None
    results: Mapping[str, Sequence[PageResults]]

    def results_of(self, place: int) -> dict[str, PageResults]:
        """What the engines returned about the page at `place`."""
        return {engine: results[place] for engine, results in self.results.items()}


def pack(items: Sequence[WorkItem], seconds: Mapping[str, float] | None = None) -> pa.Table:
    """A block of `WORK`; `seconds` are those that the block took before it meets an engine."""
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
    """What an engine is sent, for each row of a block; empty where that is nothing."""
    wanted = pc.map_lookup(block.column("requests"), pa.scalar(engine), "first")
    return [() if row is None else _load(row) for row in _values(wanted)]


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
    """The items of a block behind the engines."""
    found = []
    for item, results in zip(_values(block.column("item")), _entries(block.column("results")), strict=True):
        pages, document = _load(item)
        found.append(DoneItem(pages, document, {name: _load(value.as_buffer()) for name, value in results}))
    return found


def seconds_of(block: pa.Table) -> dict[str, float]:
    """What a block took before it met an engine, by stage."""
    return {stage: seconds for row in block.column("seconds").to_pylist() for stage, seconds in row}


def _dump(value: object) -> bytes:
    return pickle.dumps(value, protocol=5)


def _load(buffer: pa.Buffer) -> Any:
    return pickle.loads(buffer)


def _values(column: pa.ChunkedArray) -> Iterator[pa.Buffer | None]:
    """Cells as buffers into the block: pickles of megabytes are not copied."""
    for chunk in column.chunks:
        for cell in chunk:
            yield cell.as_buffer() if cell.is_valid else None


def _entries(column: pa.ChunkedArray) -> Iterator[list[tuple[str, pa.LargeBinaryScalar]]]:
    """The entries of a column of maps, their values still in the block."""
    for chunk in column.chunks:
        keys, values, offsets = chunk.keys, chunk.items, chunk.offsets.to_pylist()
        for start, end in pairwise(offsets):
            yield [(keys[i].as_py(), values[i]) for i in range(start, end)]
