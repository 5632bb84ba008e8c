"""Reads the rows of an output document by document and page by page, with only a few pages in memory at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
import pyarrow.dataset as ds

from ...schemas.tables import DOCUMENT_TABLES, PAGE_TABLES
from . import records
from .reader import StoredOutput
from .records import Row, StoredChart, StoredDocument, StoredPage, StoredTable

_PAGES = 128
"""Number of pages that are read together."""
_DOCUMENTS = 128


@dataclass(frozen=True)
class PageRows:
    """The row of `pages` of one page, and its child rows by table, in Python types of Arrow."""

    page: Row
    children: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        number: int = self.page["page_number"]
        return number

    @property
    def failed(self) -> bool:
        return bool(self.page["status"] == "failed")

    def stored(self) -> StoredPage:
        return records.page(self.page, self.children["lines"], self.children["blocks"])

    def charts(self) -> list[StoredChart]:
        points: dict[str, list[Row]] = defaultdict(list)
        for point in self.children["chart_points"]:
            points[point["chart_id"]].append(point)
        return [records.chart(row, points[row["chart_id"]]) for row in self.children["charts"]]

    def tables(self) -> list[StoredTable]:
        cells: dict[str, list[Row]] = defaultdict(list)
        for cell in self.children["cells"]:
            cells[cell["table_id"]].append(cell)
        return [records.table(row, cells[row["table_id"]]) for row in self.children["tables"]]


@dataclass(frozen=True)
class DocumentRows:
    """A document with its pages in order; `children` are the rows in batches of `documents`, by table."""

    row: Row
    children: dict[str, list[Row]]
    pages: Iterable[PageRows]

    def stored(self) -> StoredDocument:
        return records.document(self.row)


class _Part(NamedTuple):
    """Pages of one document in one batch."""

    file: str
    first: int
    last: int
    pages: int


_Index = dict[str, list[_Part]]


def read_documents(output: StoredOutput) -> Iterator[DocumentRows]:
    """Every committed document once. The pages of a document must be consumed before the next document.

    The memory holds a small entry for each document and batch, and about `_PAGES` pages.
    """
    index = _index(output)
    for file in output.documents:
        for batch in _batches(output, file.name):
            for group in _groups(batch.to_pylist(), index):
                yield from _read_group(output, file.name, group, index)


def incomplete_documents(output: StoredOutput) -> int:
    """Number of documents with committed pages but no row of `documents`, since their run has not finished."""
    pages = {document_id for _, batch in output.scan("pages", ["document_id"]) for document_id in _ids(batch)}
    for _, batch in output.scan("documents", ["document_id"]):
        pages.difference_update(_ids(batch))
    return len(pages)


def _ids(batch: pa.RecordBatch) -> list[str]:
    ids: list[str] = batch.column("document_id").unique().to_pylist()
    return ids


def _batches(output: StoredOutput, name: str) -> Iterator[pa.RecordBatch]:
    table = output.rows("documents", [name], ds.scalar(True))
    yield from table.to_batches(max_chunksize=_DOCUMENTS)


def _index(output: StoredOutput) -> _Index:
    index: _Index = defaultdict(list)
    for file, batch in output.scan("pages", ["document_id", "page_number"]):
        grouped = (
            pa.table(batch)
            .group_by("document_id")
            .aggregate([("page_number", "min"), ("page_number", "max"), ("page_number", "count")])
        )
        names = ("document_id", "page_number_min", "page_number_max", "page_number_count")
        columns = (grouped.column(name).to_pylist() for name in names)
        for document_id, first, last, count in zip(*columns, strict=True):
            index[document_id].append(_Part(file, first, last, count))
    return index


def _groups(documents: Sequence[Row], index: _Index) -> Iterator[list[Row]]:
    """Groups of successive documents that are read together; a long document is a group of its own."""
    group: list[Row] = []
    pages = 0
    for row in documents:
        count = sum(part.pages for part in index.get(row["document_id"], ()))
        if group and pages + count > _PAGES:
            yield group
            group, pages = [], 0
        group.append(row)
        pages += count
    if group:
        yield group


def _read_group(output: StoredOutput, file: str, group: Sequence[Row], index: _Index) -> Iterator[DocumentRows]:
    ids = [row["document_id"] for row in group]
    of_documents = ds.field("document_id").isin(ids)
    children = {table: _by_document(output.rows(table, [file], of_documents).to_pylist()) for table in DOCUMENT_TABLES}
    parts = [part for document_id in ids for part in index.get(document_id, ())]
    small = sum(part.pages for part in parts) <= _PAGES
    together: dict[str, list[PageRows]] = defaultdict(list)
    if small:
        for page in _read_pages(output, {part.file for part in parts}, of_documents):
            together[page.page["document_id"]].append(page)
    for row in group:
        document_id = row["document_id"]
        pages = together[document_id] if small else _stream_pages(output, document_id, index[document_id])
        yield DocumentRows(row, {table: rows[document_id] for table, rows in children.items()}, pages)


def _stream_pages(output: StoredOutput, document_id: str, parts: Sequence[_Part]) -> Iterator[PageRows]:
    last = max(part.last for part in parts)
    for start in range(min(part.first for part in parts), last + 1, _PAGES):
        end = start + _PAGES - 1
        files = {part.file for part in parts if part.first <= end and part.last >= start}
        number = ds.field("page_number")
        yield from _read_pages(
            output, files, (ds.field("document_id") == document_id) & (number >= start) & (number <= end)
        )


def _read_pages(output: StoredOutput, files: Iterable[str], where: ds.Expression) -> list[PageRows]:
    """Pages in order, by document."""
    files = sorted(files)
    pages = sorted(output.rows("pages", files, where).to_pylist(), key=_key)
    children: dict[str, dict[tuple[str, int], list[Row]]] = {table: defaultdict(list) for table in PAGE_TABLES}
    for table, by_page in children.items():
        for row in output.rows(table, files, where).to_pylist():
            by_page[_key(row)].append(row)
    return [PageRows(page, {table: by_page[_key(page)] for table, by_page in children.items()}) for page in pages]


def _key(row: Row) -> tuple[str, int]:
    return row["document_id"], row["page_number"] or 0


def _by_document(found: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        grouped[row["document_id"]].append(row)
    return grouped
