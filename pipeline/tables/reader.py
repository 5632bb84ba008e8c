"""Reads an output folder: determines the committed files, and reads their rows without loading whole tables."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from ...pipeline.output.store import FINGERPRINT_PATH
from ...schemas.errors import MissingResourceError
from ...schemas.tables import COMMIT_TABLES, schema_for_reading
from ..output.commit import CommitFile, committed_files
from ..output.committed import dataset
from ..output.store import STATE, Store
from ..output.version import schema_version

_ROWS = 32_768


@dataclass(frozen=True)
class StoredOutput:
    """The committed rows of an output.

    An output of an earlier schema version has no rows in the tables that its version lacks, and null in their columns.

    Attributes:
        pages, documents: the committed batches.
        version: the schema version of its tables.
    """

    store: Store
    pages: tuple[CommitFile, ...]
    documents: tuple[CommitFile, ...]
    version: str

    @classmethod
    def open(cls, output: str) -> "StoredOutput":
        """Open the output at a path or URL.

        Raises:
            MissingResourceError: the folder contains no docpipe output.
            InvalidJobError: the tables are of a later docpipe.
        """
        store = Store(output if "://" in output else str(Path(output).absolute()))
        if not store.exists(FINGERPRINT_PATH):
            raise MissingResourceError(f"{output}: no output of docpipe here")
        version = schema_version(store)
        return cls(store, tuple(committed_files(store, "pages")), tuple(committed_files(store, "documents")), version)

    def count(self, table: str) -> int:
        """Number of rows of a table."""
        if table in COMMIT_TABLES:
            return sum(file.rows for file in self._commits(table))
        return sum(file.children.get(table, 0) for file in (*self.pages, *self.documents))

    def files(self, table: str) -> list[str]:
        """Names of the batches with rows of a table."""
        if table in COMMIT_TABLES:
            return [file.name for file in self._commits(table) if file.rows]
        return [file.name for file in (*self.pages, *self.documents) if file.children.get(table)]

    def scan(
        self, table: str, columns: Sequence[str], where: ds.Expression | None = None
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Some columns of all rows, in record batches of bounded size, each with the name of its batch."""
        names = self.files(table)
        if not names:
            return
        scanner = dataset(self.store, table, names, self.version).scanner(
            columns=list(columns), filter=where, batch_size=_ROWS, batch_readahead=2, fragment_readahead=2
        )
        for tagged in scanner.scan_batches():
            if tagged.record_batch.num_rows:
                yield tagged.fragment.path.rsplit("/", 1)[-1], tagged.record_batch

    def rows(self, table: str, names: Iterable[str], where: ds.Expression) -> pa.Table:
        """All columns of the rows of the named batches that match `where`."""
        holding = set(self.files(table))
        names = [name for name in dict.fromkeys(names) if name in holding]
        if not names:
            return schema_for_reading(table, self.version).empty_table()
        return dataset(self.store, table, names, self.version).to_table(
            filter=where, batch_readahead=2, fragment_readahead=2
        )

    def runs(self) -> list[dict[str, Any]]:
        """Records of the runs, oldest first, without damaged ones."""
        records = []
        for file in self.store.list_files(STATE):
            if file.name.startswith("run-") and file.name.endswith(".json"):
                try:
                    record = json.loads(self.store.read_bytes(file.path))
                except ValueError:
                    continue
                if isinstance(record, dict):
                    records.append(record)
        return records

    def _commits(self, table: str) -> tuple[CommitFile, ...]:
        return self.pages if table == "pages" else self.documents
