"""The commit protocol: a batch is one file per table, all of one name; child tables come first, the commit table last.

The name is a hash of the fingerprint of the job and the keys of the batch, so that a retry overwrites its own files. A
batch without a commit file is not committed. Files are replaced in this order: write new children, write the new commit
file (its metadata lists the names it replaces), delete old commit files, delete old children. Readers ignore files
whose names are listed as replaced.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial

import pyarrow as pa

from ...schemas.tables import CHILD_TABLES, KEYS, SCHEMA_VERSION, TABLES
from .store import Store, StoredFile

SCHEMA_VERSION_KEY = "docpipe.schema_version"
CHILDREN_KEY = "docpipe.children"
REPLACES_KEY = "docpipe.replaces"
TEXT_FINGERPRINT_KEY = "docpipe.text_fingerprint"
EMPTY_NAME = f"part-{'0' * 32}.parquet"

# A run lists the committed batches several times. Each footer takes a request to the store, and some hundred bytes to
# cache.
_FOOTERS_KEPT = 1_000_000


@dataclass(frozen=True)
class Provenance:
    """The origin of a file, which is written to its metadata."""

    run_id: str
    job_fingerprint: str
    text_fingerprint: str
    schema_version: str = SCHEMA_VERSION

    def metadata(self, table: str) -> dict[str, str]:
        return {
            SCHEMA_VERSION_KEY: self.schema_version,
            "docpipe.table": table,
            "docpipe.run_id": self.run_id,
            "docpipe.job_fingerprint": self.job_fingerprint,
            TEXT_FINGERPRINT_KEY: self.text_fingerprint,
        }


def new_run_id() -> str:
    """The UTC time and a random suffix; ids sort by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass(frozen=True)
class CommitFile:
    """A committed batch, read from the footer of its commit file.

    Attributes:
        version: version of the stored file; it changes when a file of the same name is overwritten.
    """

    name: str
    rows: int
    children: Mapping[str, int]
    replaces: frozenset[str]
    text_fingerprint: str
    version: str = ""


def batch_name(job_fingerprint: str, table: str, rows: pa.Table, replaces: Sequence[str] = ()) -> str:
    """`part-<32 hex digits>.parquet`, the same for the same keys in any order."""
    # The keys of documents have a 0, as they always had: a new name for the same rows would commit them twice.
    columns = [rows.column(name).to_pylist() for name in KEYS[table]]
    keys = sorted(zip(*columns, *([[0] * rows.num_rows] * (2 - len(columns))), strict=True))
    content = json.dumps([job_fingerprint, table, keys, sorted(replaces)])
    return f"part-{hashlib.sha256(content.encode()).hexdigest()[:32]}.parquet"


def commit_batch(
    store: Store,
    provenance: Provenance,
    table: str,
    tables: Mapping[str, pa.Table],
    replaces: Sequence[str] = (),
    fence: Callable[[], None] | None = None,
) -> str:
    """Write the batch of `tables[table]` with its child tables, and return the name of its files.

    Args:
        fence: called before each attempt to write the commit file; raises if another run has taken over the output.
    """
    rows = tables[table]
    name = batch_name(provenance.job_fingerprint, table, rows, replaces)
    children = {child: tables[child].num_rows for child in CHILD_TABLES if child in tables}
    for child, count in children.items():
        if count:
            store.write_table(f"{child}/{name}", tables[child], provenance.metadata(child))
    metadata = {
        **provenance.metadata(table),
        CHILDREN_KEY: json.dumps({child: count for child, count in children.items() if count}),
        REPLACES_KEY: json.dumps(sorted(replaces)),
    }
    store.write_table(f"{table}/{name}", rows, metadata, fence)
    return name


def write_empty_tables(store: Store, provenance: Provenance) -> None:
    """Write a file without rows for every table, so that no table is missing for readers."""
    for table in TABLES:
        write_empty_table(store, provenance, table)


def write_empty_table(store: Store, provenance: Provenance, table: str, only: Container[str] | None = None) -> None:
    """Write the file without rows, with all columns or only some of them."""
    schema = pa.schema([field for field in TABLES[table] if only is None or field.name in only])
    store.write_table(f"{table}/{EMPTY_NAME}", schema.empty_table(), provenance.metadata(table))


def narrow_empty_tables(store: Store, provenance: Provenance) -> None:
    """Leave out of the files without rows the columns that this docpipe does not write, before it adds files.

    DuckDB takes the columns of a table from its first file, and fails if a later one lacks any. The first file by name
    is the one without rows, so no column may stand in it that another file lacks: a new column is missing there until
    `docpipe compact` has added it to all files, and one that only a later docpipe writes is taken out here.
    """

    def narrow(table: str) -> None:
        path = f"{table}/{EMPTY_NAME}"
        try:
            names = store.read_footer(path).schema.to_arrow_schema().names
        except (FileNotFoundError, pa.ArrowInvalid):
            return
        if set(names).difference(TABLES[table].names):
            write_empty_table(store, provenance, table, names)

    store.each(narrow, list(TABLES))


def read_commit_file(store: Store, path: str) -> CommitFile:
    footer = store.read_footer(path)
    metadata = {key.decode(): value.decode() for key, value in (footer.metadata or {}).items()}
    return CommitFile(
        name=path.rsplit("/", 1)[-1],
        rows=footer.num_rows,
        children=json.loads(metadata.get(CHILDREN_KEY, "{}")),
        replaces=frozenset(json.loads(metadata.get(REPLACES_KEY, "[]"))),
        text_fingerprint=metadata.get(TEXT_FINGERPRINT_KEY, ""),
    )


def provenance_of(store: Store, table: str, name: str, run_id: str) -> Provenance:
    """The provenance of a committed batch, for a run that replaces it without reading its pages again."""
    metadata = store.read_footer(f"{table}/{name}").metadata or {}
    keys = ("docpipe.job_fingerprint", TEXT_FINGERPRINT_KEY, SCHEMA_VERSION_KEY)
    return Provenance(run_id, *(metadata.get(key.encode(), b"").decode() for key in keys))


def committed_files(store: Store, table: str) -> list[CommitFile]:
    """Committed batches of `pages` or `documents`, without those that another one replaces.

    A file that is not valid Parquet (truncated, overwritten) commits nothing; its pages are read again.
    """
    parts = [file for file in store.list_files(table) if file.name.startswith("part-") and file.name != EMPTY_NAME]
    read = store.each(partial(_read_if_sound, store), parts)
    files = [file for file in read if file is not None]
    dead = frozenset[str]().union(*(file.replaces for file in files))
    return [file for file in files if file.name not in dead]


def _read_if_sound(store: Store, file: StoredFile) -> CommitFile | None:
    try:
        return _unchanged_commit_file(store, file)
    except pa.ArrowInvalid:
        return None


@lru_cache(_FOOTERS_KEPT)
def _unchanged_commit_file(store: Store, file: StoredFile) -> CommitFile:
    return replace(read_commit_file(store, file.path), version=file.version)


@lru_cache(_FOOTERS_KEPT)
def count_rows(store: Store, file: StoredFile) -> int:
    """Number of rows of a file, according to its footer; raises ArrowInvalid if it is not Parquet."""
    return int(store.read_footer(file.path).num_rows)


def delete_batch(store: Store, table: str, name: str) -> None:
    """Delete a batch: its commit file first, so that it is no longer committed when its children are deleted."""
    store.delete(f"{table}/{name}")
    for child in CHILD_TABLES:
        store.delete(f"{child}/{name}")
