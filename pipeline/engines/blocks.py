"""Arrow blocks in which pages pass through the engines.

A row is an item: one page, or a document with the pages that its questions are asked about. Requests and results are
separate columns, so that an engine unpickles only its own requests. Pickles are sufficient, since rows never leave a
run of one version of docpipe. Arrays, of which image tiles are megabytes, follow their pickle (protocol 5): they are
copied once into a block, and not at all out of it.
"""

import pickle
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

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


Parts = Sequence[Any]
"""Buffers that make up one cell, one after the other."""

_LENGTH = struct.Struct("<Q")
_ALIGNMENT = 64
"""Bytes to which the arrays in a cell are aligned, as Arrow aligns its own."""


def pack(items: Sequence[WorkItem], seconds: Mapping[str, float] | None = None) -> pa.Table:
    """A block of `WORK`; `seconds` is the time, by stage, that was spent on it before the engines."""
    requests = [[(name, _dump(tuple(pages))) for name, pages in item.requests.items()] for item in items]
    return pa.Table.from_arrays(
        [
            _cells([_dump((item.pages, item.document)) for item in items]),
            _maps(requests),
            _maps([[] for _ in items]),
            pa.array([list((seconds or {}).items()) if row == 0 else [] for row in range(len(items))], WORK.types[3]),
        ],
        schema=WORK,
    )


def unpack_items(block: pa.Table) -> list[WorkItem]:
    """The items of a block, without their requests."""
    return [WorkItem(*_load(row)) for row in _values(block.column("item"))]


def packed_requests(engine: str, block: pa.Table) -> list[pa.Buffer | None]:
    """The requests to an engine for each row of a block, as `requests_in` takes them; None where there are none."""
    return [next((cell for name, cell in row if name == engine), None) for row in _entries(block.column("requests"))]


def requests_in(packed: pa.Buffer | None) -> tuple[PageRequests, ...]:
    """The requests of one row."""
    return () if packed is None else _load(packed)


def requests_for(engine: str, block: pa.Table) -> list[tuple[PageRequests, ...]]:
    """The requests to an engine for each row of a block; empty if there are none."""
    return [requests_in(packed) for packed in packed_requests(engine, block)]


def packed_results(block: pa.Table) -> list[dict[str, pa.Buffer]]:
    """The results of the engines before, by name, for each row of a block, as `results_in` takes them."""
    return [dict(row) for row in _entries(block.column("results"))]


def results_in(packed: Mapping[str, pa.Buffer]) -> dict[str, tuple[PageResults, ...]]:
    """The results of one row by the name of the engine; one entry for each page of the row."""
    return {name: _load(cell) for name, cell in packed.items()}


def pack_results(pages: Sequence[PageResults]) -> bytes | None:
    """The results of one row as `with_packed` takes them; None where there are none."""
    return b"".join(_dump(tuple(pages))) if pages else None


def with_results(engine: str, block: pa.Table, results: Sequence[Sequence[PageResults]]) -> pa.Table:
    """The block with the results of an engine for each of its rows, and without the requests to it."""
    return with_packed(engine, block, [pack_results(pages) for pages in results])


def with_packed(engine: str, block: pa.Table, results: Sequence[bytes | None]) -> pa.Table:
    """`with_results` of results that are packed already."""
    left = [[(name, [cell]) for name, cell in row if name != engine] for row in _entries(block.column("requests"))]
    found = [
        [*((name, [cell]) for name, cell in row), *([] if packed is None else [(engine, [packed])])]
        for row, packed in zip(_entries(block.column("results")), results, strict=True)
    ]
    return pa.Table.from_arrays(
        [block.column("item"), _maps(left), _maps(found), block.column("seconds")],
        schema=WORK,
    )


def unpack(block: pa.Table) -> list[DoneItem]:
    """The items of a block, with the results of the engines."""
    found = []
    for item, results in zip(_values(block.column("item")), packed_results(block), strict=True):
        pages, document = _load(item)
        found.append(DoneItem(pages, document, results_in(results)))
    return found


def seconds_of(block: pa.Table) -> dict[str, float]:
    """Seconds by stage that were spent on a block before the engines."""
    return {stage: seconds for row in block.column("seconds").to_pylist() for stage, seconds in row}


def _dump(value: object) -> list[Any]:
    """The parts of a cell: the number of arrays, the lengths of the pickle and of the arrays, these, each aligned."""
    arrays: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    raw = [memoryview(body), *(array.raw() for array in arrays)]
    head = b"".join(map(_LENGTH.pack, (len(arrays), *(part.nbytes for part in raw))))
    return [piece for part in (head, *raw) for piece in (part, bytes(-len(part) % _ALIGNMENT))]


def _load(cell: pa.Buffer) -> Any:
    """The value of a cell; its arrays are read-only views of the cell."""
    view = memoryview(cell)
    (count,) = _LENGTH.unpack_from(view)
    lengths = [_LENGTH.unpack_from(view, _LENGTH.size * (place + 1))[0] for place in range(count + 1)]
    at, raw = _LENGTH.size * (count + 2), []
    for length in lengths:
        at += -at % _ALIGNMENT
        raw.append(view[at : at + length])
        at += length
    return pickle.loads(raw[0], buffers=raw[1:])


def _cells(cells: Sequence[Parts]) -> pa.LargeBinaryArray:
    """A column of cells, into which each part is copied once."""
    ends = list(accumulate((sum(map(len, parts)) for parts in cells), initial=0))
    data = pa.allocate_buffer(ends[-1])
    view = memoryview(data).cast("B")
    at = 0
    for part in chain.from_iterable(cells):
        view[at : at + len(part)] = memoryview(part).cast("B")
        at += len(part)
    offsets = pa.py_buffer(np.array(ends, np.int64))
    return pa.Array.from_buffers(pa.large_binary(), len(cells), [None, offsets, data])


def _maps(rows: Sequence[Sequence[tuple[str, Parts]]]) -> pa.MapArray:
    """A column of maps from names to cells."""
    offsets = pa.array(accumulate(map(len, rows), initial=0), pa.int32())
    names = pa.array([name for row in rows for name, _ in row], pa.string())
    return pa.MapArray.from_arrays(offsets, names, _cells([parts for row in rows for _, parts in row]))


def _values(column: pa.ChunkedArray) -> Iterator[pa.Buffer]:
    """Cells as buffers that point into the block, so that pickles of megabytes are not copied."""
    for chunk in column.chunks:
        for cell in chunk:
            yield cell.as_buffer()


def _entries(column: pa.ChunkedArray) -> Iterator[list[tuple[str, pa.Buffer]]]:
    """The entries of a column of maps, without copying the values."""
    for chunk in column.chunks:
        keys, values, offsets = chunk.keys, chunk.items, chunk.offsets.to_pylist()
        for start, end in pairwise(offsets):
            yield [(keys[i].as_py(), values[i].as_buffer()) for i in range(start, end)]
