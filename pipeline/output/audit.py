"""The audit that ends every run: what the batches promise against what stands, and every page exactly once.

What it takes back or finds missing is read again by the run before it calls itself done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from ...schemas.tables import COMMIT_TABLES
from .commit import CHILD_TABLES, CommitFile, Provenance, committed_files, count_rows, delete_batch
from .committed import CommittedPages, read_rows
from .recovery import rewrite_batches
from .store import Store, StoredFile

Children = Mapping[str, Mapping[str, StoredFile]]
"""The files of each child table by their names."""


@dataclass(frozen=True)
class Mended:
    """Batches taken back because a child file did not hold what was promised, and pages that stood twice."""

    broken: int
    doubled: int


def mend(store: Store, provenance: Provenance, pages: CommittedPages | None = None) -> Mended:
    """Take back broken batches and leave one row of each page that stands twice.

    Args:
        pages: counts the pages, and knows their numbers afterwards, so that whoever plans need not count again.
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
    doubled = [name for name, count in counts.items() if count.rows > count.distinct]
    if not doubled:
        return 0
    keepers: dict[tuple[str, int], tuple[bool, str]] = {}
    for file in files:
        for key, failed in _rows_of(store, file.name, pa.array(doubled, pa.string())):
            # A page that was read wins over one that failed.
            keepers[key] = min(keepers.get(key, (True, "~")), (failed, file.name))
    keep = partial(_kept, keepers)
    return rewrite_batches(store, provenance, "pages", [file.name for file in files], keep)


def _kept(keepers: dict[tuple[str, int], tuple[bool, str]], name: str, rows: pa.Table) -> pa.Array:
    ids, numbers = rows.column("document_id").to_pylist(), rows.column("page_number").to_pylist()
    return pa.array([keepers.get(key, (False, name))[1] == name for key in zip(ids, numbers, strict=True)])


def _rows_of(store: Store, name: str, document_ids: pa.Array) -> list[tuple[tuple[str, int], bool]]:
    columns = ["document_id", "page_number", "status"]
    rows = read_rows(store, "pages", [name], columns)
    rows = rows.filter(pc.is_in(rows.column("document_id"), value_set=document_ids))
    ids, numbers, statuses = (rows.column(column).to_pylist() for column in columns)
    return [((i, n), status == "failed") for i, n, status in zip(ids, numbers, statuses, strict=True)]
