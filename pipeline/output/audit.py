"""The audit at the end of every run: every batch has all rows of its child tables, and every page is committed once.

The run reads pages again that the audit uncommits or finds missing, and repeats the audit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from ...schemas.tables import CHILD_TABLES, COMMIT_TABLES
from .commit import CommitFile, Provenance, committed_files, count_rows, delete_batch
from .committed import CommittedPages, PageCount, read_rows
from .recovery import rewrite_batches
from .store import Store, StoredFile

Children = Mapping[str, Mapping[str, StoredFile]]
"""The files of each child table by name."""

PageKey = tuple[str, int]
"""Document id and page number."""


@dataclass(frozen=True)
class Mended:
    """The repairs of an audit.

    Attributes:
        broken: number of batches that were deleted because a child file lacked rows.
        doubled: number of surplus rows of pages that were committed twice.
    """

    broken: int
    doubled: int


def mend(store: Store, provenance: Provenance, pages: CommittedPages | None = None) -> Mended:
    """Delete broken batches, and keep one row of each page that is committed twice.

    Args:
        pages: counts the pages. It caches the counts, so that the planning need not count again.
    """
    children = {child: {file.name: file for file in store.list_files(child)} for child in CHILD_TABLES}
    broken = sum(_take_back_broken(store, table, children) for table in COMMIT_TABLES)
    return Mended(broken, _mend_doubled(store, provenance, pages or CommittedPages(store)))


def _take_back_broken(store: Store, table: str, children: Children) -> int:
    files = committed_files(store, table)
    kept = store.each(partial(_keeps_promises, store, children), files)
    broken = [file.name for file, keeps in zip(files, kept, strict=True) if not keeps]
    for name in broken:
        delete_batch(store, table, name)
    return len(broken)


def _keeps_promises(store: Store, children: Children, file: CommitFile) -> bool:
    try:
        return all(count_rows(store, children[child][file.name]) == rows for child, rows in file.children.items())
    except (KeyError, FileNotFoundError, pa.ArrowInvalid):
        return False


def _mend_doubled(store: Store, provenance: Provenance, pages: CommittedPages) -> int:
    files, counts = pages.count()
    losing = doubled_pages(store, files, counts)
    return rewrite_batches(store, provenance, "pages", list(losing), partial(without_pages, losing))


def doubled_pages(
    store: Store, files: Sequence[CommitFile], counts: Mapping[str, PageCount]
) -> dict[str, frozenset[PageKey]]:
    """The pages that are committed twice, by the names of the batches from which they are to be removed.

    A page that was read wins over one that failed.

    Args:
        counts: committed pages of every document.
    """
    doubled = [name for name, count in counts.items() if count.rows > count.distinct]
    if not doubled:
        return {}
    places: dict[PageKey, set[tuple[bool, str]]] = defaultdict(set)
    for file in files:
        for key, failed in _rows_of(store, file.name, pa.array(doubled, pa.string())):
            places[key].add((failed, file.name))
    losing: dict[str, set[PageKey]] = defaultdict(set)
    for key, found in places.items():
        _, keeper = min(found)
        for _, name in found:
            if name != keeper:
                losing[name].add(key)
    return {name: frozenset(keys) for name, keys in losing.items()}


def without_pages(losing: Mapping[str, frozenset[PageKey]], name: str, rows: pa.Table) -> pa.Array:
    """A boolean for each row of a batch: whether its page stays there. Needs `document_id` and `page_number`."""
    ids, numbers = rows.column("document_id").to_pylist(), rows.column("page_number").to_pylist()
    gone = losing.get(name, frozenset())
    return pa.array([key not in gone for key in zip(ids, numbers, strict=True)], pa.bool_())


def _rows_of(store: Store, name: str, document_ids: pa.Array) -> list[tuple[PageKey, bool]]:
    columns = ["document_id", "page_number", "status"]
    rows = read_rows(store, "pages", [name], columns)
    rows = rows.filter(pc.is_in(rows.column("document_id"), value_set=document_ids))
    ids, numbers, statuses = (rows.column(column).to_pylist() for column in columns)
    return [((i, n), status == "failed") for i, n, status in zip(ids, numbers, statuses, strict=True)]
