"""Cleans up after killed runs, and rewrites committed batches without some of their rows."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ...pipeline.output.stop_request import clear_stops
from ...schemas.tables import CHILD_TABLES, COMMIT_TABLES, KEYS
from .commit import EMPTY_NAME, Provenance, commit_batch, committed_files, delete_batch, read_commit_file
from .fitting import check_columns, read_columns
from .store import Store

KeepRows = Callable[[str, pa.Table], pa.Array]
"""Maps the name of a batch and the keys of its rows to a boolean for each row: whether it is kept."""


def clear_leftovers(store: Store) -> int:
    """Delete replaced batches and files without a commit file, and return the number of deleted files.

    The caller must hold the lock of the output.
    """
    store.clear_temporary()
    clear_stops(store)
    deleted = 0
    live = {EMPTY_NAME}
    for table in COMMIT_TABLES:
        standing = {file.name for file in committed_files(store, table)}
        for file in store.list_files(table):
            if file.name.startswith("part-") and file.name not in standing | {EMPTY_NAME}:
                delete_batch(store, table, file.name)
                deleted += 1
        live |= standing
    for child in CHILD_TABLES:
        for file in store.list_files(child):
            if file.name.startswith("part-") and file.name not in live:
                store.delete(file.path)
                deleted += 1
    return deleted


def without_documents(document_ids: Sequence[str]) -> KeepRows:
    """Keeps all rows except those of some documents."""
    gone = pa.array(document_ids, pa.string())
    return lambda name, rows: pc.invert(pc.is_in(rows.column("document_id"), value_set=gone))


def losing_batches(store: Store, table: str, names: Sequence[str], keep: KeepRows) -> list[str]:
    """The batches with a row that `keep` rejects; reads the keys of all of them, several files concurrently."""

    def loses(name: str) -> bool:
        return not pc.all(keep(name, read_columns(store, table, name, (*KEYS[table], "status")))).as_py()

    return [name for name, losing in zip(names, store.each(loses, names), strict=True) if losing]


def rewrite_batch(store: Store, provenance: Provenance, table: str, name: str, keep: KeepRows) -> int:
    """Replace a committed batch by one without the rows that `keep` rejects, and return the number of removed rows.

    A batch without remaining rows is deleted.
    """
    # The rows keep the columns that they have, also those of an earlier or later docpipe.
    rows = store.read_table(f"{table}/{name}")
    check_columns(rows.schema, table, f"{table}/{name}", (*KEYS[table], "status"))
    kept = rows.filter(keep(name, rows.select([*KEYS[table], "status"])))
    gone: int = rows.num_rows - kept.num_rows
    if not gone:
        return 0
    if kept.num_rows:
        tables = {table: kept}
        keys = _keys(kept, table)
        for child in read_commit_file(store, f"{table}/{name}").children:
            whole = store.read_table(f"{child}/{name}")
            check_columns(whole.schema, child, f"{child}/{name}", KEYS[table])
            tables[child] = whole.filter(pc.is_in(_keys(whole, table), value_set=keys))
        commit_batch(store, provenance, table, tables, replaces=[name])
    delete_batch(store, table, name)
    return gone


def rewrite_batches(store: Store, provenance: Provenance, table: str, names: Sequence[str], keep: KeepRows) -> int:
    """Rewrite the batches with a row that `keep` rejects, and return the number of removed rows."""
    losing = losing_batches(store, table, names, keep)
    return sum(rewrite_batch(store, provenance, table, name, keep) for name in losing)


def _keys(rows: pa.Table, table: str) -> pa.ChunkedArray:
    columns = [pc.cast(rows.column(name), pa.string()) for name in KEYS[table]]
    return pc.binary_join_element_wise(*columns, "\x1f")
