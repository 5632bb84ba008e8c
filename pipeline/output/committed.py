"""The committed documents and pages of an output, read from columns of the commit tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs

from ...operators.files.remote import retry
from ...schemas.tables import SCHEMA_VERSION, schema_for_reading
from .commit import CommitFile, committed_files
from .fitting import check_columns
from .store import Store

# A dataset keeps the footers of its files in memory, some 70 KB each.
_FILES_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class PageCount:
    """Committed pages of one document."""

    rows: int
    distinct: int
    failed: int


def dataset(store: Store, table: str, names: Iterable[str], version: str = SCHEMA_VERSION) -> ds.Dataset:
    """The given files of a table as one Arrow dataset; columns that a file lacks are null.

    Args:
        version: schema version of the output.

    Raises:
        InvalidJobError: a file lacks a column that may not be null.
    """
    paths = [store.full_path(f"{table}/{name}") for name in names]
    schema = schema_for_reading(table, version)
    found = ds.dataset(paths, schema=schema, format="parquet", filesystem=arrow_filesystem(store))
    # A fragment keeps the footer that is read here, so that a scan does not read it again.
    needed = [field.name for field in schema if not field.nullable]
    store.each(lambda part: check_columns(part.physical_schema, table, part.path, needed), list(found.get_fragments()))
    return found


def arrow_filesystem(store: Store) -> pafs.FileSystem:
    """The file system of an output, for Arrow."""
    return pafs.LocalFileSystem() if store.is_local else pafs.PyFileSystem(pafs.FSSpecHandler(store.filesystem))


def read_rows(
    store: Store,
    table: str,
    names: Iterable[str],
    columns: Sequence[str] | Mapping[str, ds.Expression] | None = None,
    only: ds.Expression | None = None,
) -> pa.Table:
    """Columns of the given files of a table; all columns if `columns` is None."""
    wanted = list(names)

    def read(some: Sequence[str]) -> pa.Table:
        def once() -> pa.Table:
            return dataset(store, table, some).to_table(columns=columns, filter=only)

        return once() if store.is_local else retry(store.full_path(table), once)

    parts = [read(wanted[start : start + _FILES_AT_ONCE]) for start in range(0, len(wanted), _FILES_AT_ONCE)]
    return pa.concat_tables(parts) if parts else read([])


def count_pages(store: Store, files: Sequence[CommitFile]) -> dict[str, PageCount]:
    """Committed pages by document id."""
    if not files:
        return {}
    pages = read_rows(
        store,
        "pages",
        [file.name for file in files],
        {
            "document_id": ds.field("document_id"),
            "page_number": ds.field("page_number"),
            "failed": (ds.field("status") == "failed").cast(pa.int32()),
        },
    )
    grouped = pages.group_by("document_id").aggregate(
        [("page_number", "count"), ("page_number", "count_distinct"), ("failed", "sum")]
    )
    columns = ("document_id", "page_number_count", "page_number_count_distinct", "failed_sum")
    values = zip(*(grouped.column(name).to_pylist() for name in columns), strict=True)
    return {document_id: PageCount(rows, distinct, failed) for document_id, rows, distinct, failed in values}


class CommittedPages:
    """The committed pages of an output, counted again only if its files have changed.

    Counting reads every file of `pages`, which takes a minute for tens of thousands of files.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: list[CommitFile] = []
        self._counts: dict[str, PageCount] = {}

    def count(self) -> tuple[Sequence[CommitFile], Mapping[str, PageCount]]:
        """The committed batches of `pages`, and the counts of their pages by document id."""
        files = committed_files(self._store, "pages")
        if files != self._files:
            self._files, self._counts = files, count_pages(self._store, files)
        return self._files, self._counts


def page_numbers(store: Store, files: Sequence[CommitFile], document_ids: Sequence[str]) -> dict[str, set[int]]:
    """Committed page numbers of some documents."""
    found: dict[str, set[int]] = {document_id: set() for document_id in document_ids}
    if not files or not document_ids:
        return found
    wanted = ds.field("document_id").isin(list(document_ids))
    table = read_rows(store, "pages", [file.name for file in files], ["document_id", "page_number"], wanted)
    for document_id, number in zip(*(table.column(i).to_pylist() for i in range(2)), strict=True):
        found[document_id].add(number)
    return found


def content_by_document(store: Store, committed: Sequence[CommitFile]) -> dict[str, str | None]:
    """SHA-256 of the bytes that each committed row was made from, by document id; None if they could not be read."""
    if not committed:
        return {}
    rows = read_rows(store, "documents", [file.name for file in committed], ["document_id", "content_sha256"])
    return dict(zip(*(column.to_pylist() for column in rows.columns), strict=True))
