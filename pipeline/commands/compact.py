"""`docpipe compact`: merges small files of a table into larger ones, by the protocol that replaces files.

The rows do not change; files that lack columns of today's tables get them, with nulls. A reader that lists a folder
while one file replaces others sees their rows twice until the others are deleted.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...pipeline.output.store import FINGERPRINT_PATH
from ...schemas.errors import MissingResourceError
from ...schemas.tables import CHILD_TABLES, COMMIT_TABLES, TABLES
from ..output.commit import (
    EMPTY_NAME,
    CommitFile,
    commit_batch,
    committed_files,
    delete_batch,
    new_run_id,
    provenance_of,
    write_empty_table,
)
from ..output.fitting import read_fitted
from ..output.folder import check_writable
from ..output.lock import check_holds, output_lock
from ..output.recovery import clear_leftovers
from ..output.store import Store
from ..output.version import require_current_version

BATCH_BYTES = 64 * 1024**2
"""Target size of a batch, over all its tables; merging reads a whole batch into memory."""


def compact_output(output: str, batch_bytes: int = BATCH_BYTES) -> dict[str, Any]:
    """Merge small batches, and return the numbers of batches before and after.

    Raises:
        MissingResourceError: the folder contains no docpipe output.
        InvalidJobError: a run is writing to the folder, the tables have another schema version, or a file is damaged.
    """
    store = Store(output if "://" in output else str(Path(output).absolute()))
    check_writable(store)
    if not store.exists(FINGERPRINT_PATH):
        raise MissingResourceError(f"{output}: no output of docpipe here")
    require_current_version(store, "docpipe compact", "compact it with the docpipe that wrote it")
    run_id = new_run_id()
    counts: dict[str, Any] = {"output": store.url}
    with output_lock(store, run_id):
        clear_leftovers(store)
        for table in COMMIT_TABLES:
            before = committed_files(store, table)
            lacking = _lacking(store, table, before)
            for group in _groups(before, _sizes(store, table), batch_bytes):
                if len(group) > 1 or group[0].name in lacking:
                    _join(store, table, group, run_id)
            counts[table] = {"before": len(before), "after": len(committed_files(store, table))}
        # Last, because a reader may take the columns of a table from this file, see `narrow_empty_tables`.
        for table in TABLES:
            if store.exists(f"{table}/{EMPTY_NAME}") and _columns(store, table, EMPTY_NAME) != set(TABLES[table].names):
                write_empty_table(store, provenance_of(store, table, EMPTY_NAME, run_id), table)
    return counts


def _lacking(store: Store, table: str, files: Sequence[CommitFile]) -> frozenset[str]:
    """The batches with a file that lacks a column of its table."""

    def lacks(file: CommitFile) -> bool:
        return any(set(TABLES[name].names) - _columns(store, name, file.name) for name in (table, *file.children))

    return frozenset(file.name for file, lacking in zip(files, store.each(lacks, files), strict=True) if lacking)


def _columns(store: Store, table: str, name: str) -> set[str]:
    return set(store.read_footer(f"{table}/{name}").schema.to_arrow_schema().names)


def _sizes(store: Store, table: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for folder in (table, *CHILD_TABLES):
        for file in store.list_files(folder):
            sizes[file.name] = sizes.get(file.name, 0) + file.size
    return sizes


def _groups(files: Sequence[CommitFile], sizes: dict[str, int], batch_bytes: int) -> Iterator[list[CommitFile]]:
    """Groups of small files, each of about `batch_bytes` and with the same fingerprint of text settings.

    A large file is a group of its own.
    """
    groups: dict[str, list[CommitFile]] = {}
    for file in files:
        if sizes[file.name] > batch_bytes // 2:
            yield [file]
            continue
        group = groups.setdefault(file.text_fingerprint, [])
        if group and sum(sizes[member.name] for member in group) + sizes[file.name] > batch_bytes:
            yield group
            group = groups[file.text_fingerprint] = []
        group.append(file)
    yield from groups.values()


def _join(store: Store, table: str, group: Sequence[CommitFile], run_id: str) -> None:
    tables = {table: _concatenated(store, table, [file.name for file in group])}
    for child in CHILD_TABLES:
        names = [file.name for file in group if child in file.children]
        if names:
            tables[child] = _concatenated(store, child, names)
    provenance = provenance_of(store, table, group[0].name, run_id)
    replaces = [file.name for file in group]
    commit_batch(store, provenance, table, tables, replaces, fence=lambda: check_holds(store, run_id))
    store.each(partial(delete_batch, store, table), replaces)


def _concatenated(store: Store, table: str, names: Sequence[str]) -> pa.Table:
    # Columns of a later docpipe stay.
    parts = store.each(lambda name: read_fitted(store, table, name, keep_unknown=True), names)
    return pa.concat_tables(parts, promote_options="default")
