"""The Python interface to an output: its committed rows as tables, or document by document."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ...schemas.errors import InvalidJobError, MissingResourceError, documented_errors
from ...schemas.tables import PAGE_TABLES, TABLES, schema_for_reading
from ..output.arrow_threads import keep_arrow_threads
from ..output.audit import PageKey, doubled_pages, without_pages
from ..output.committed import arrow_filesystem, count_pages, dataset
from ..output.store import STATE, Store
from .document import Document
from .reader import StoredOutput
from .records import Row

if TYPE_CHECKING:
    import ray.data


@dataclass(frozen=True)
class Output:
    """An output as it was when it was opened; `docpipe.open_output` returns it.

    It has the same rows that a finished run would leave, even while a run is in progress: rows that are not committed,
    rows of replaced batches, and the second row of a page that two batches contain are left out. The files are listed
    once, on opening: open the output again to see rows that were committed later.

    >>> out = docpipe.open_output("out/invoices")
    >>> out.table("answers").to_pandas()
    """

    _stored: StoredOutput
    _may_be_doubled: bool

    @classmethod
    def open(cls, output: str | os.PathLike[str]) -> "Output":
        """Raises MissingResourceError if the folder contains no docpipe output."""
        location = os.fspath(output)
        store = Store(location if "://" in location else os.path.abspath(location))  # noqa: PTH100 - keeps any name
        done = _done_run(store)
        stored = StoredOutput.open(location)
        # A run ends with an audit. If no other run has started since, no page is committed twice, and the keys need not
        # be read.
        return cls(stored, done is None or done != _done_run(store))

    def __repr__(self) -> str:
        return f"<docpipe output {self.url}: {self._stored.count('documents')} documents>"

    @property
    def url(self) -> str:
        """The absolute path or the URL of the output."""
        return self._stored.store.url

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables; those that an output of an earlier version lacks are empty."""
        return tuple(TABLES)

    @property
    def document_ids(self) -> list[str]:
        """Ids of the committed documents, in no particular order."""
        with self._reading():
            ids: list[str] = self.dataset("documents").to_table(["document_id"]).column("document_id").to_pylist()
            return ids

    def dataset(self, table: str) -> ds.Dataset:
        """A table as an Arrow dataset, which reads only the columns and rows of a scan.

        Columns that an output of an earlier version lacks are null.

        >>> out.dataset("lines").to_table(["text", "bbox"], filter=ds.field("source") == "rapidocr")

        Raises InvalidJobError if there is no table of that name.
        """
        self._check(table)
        with self._reading():
            sound = [name for name in self._stored.files(table) if name not in self._losing(table)]
            parts = [self._files(table, sound)]
            cut = self._cut(table)
            if cut.num_rows:
                parts.append(ds.dataset(cut))
            return parts[0] if len(parts) == 1 else ds.dataset(parts)

    def table(self, table: str) -> pa.Table:
        """All rows of a table, in memory; raises as `dataset` does."""
        files = self.dataset(table)
        with self._reading():
            return files.to_table()

    def to_ray(self, table: str) -> "ray.data.Dataset":
        """A table as a Ray Dataset, read by the Ray cluster of this process; raises as `dataset` does.

        >>> out.to_ray("lines").filter(expr=ray.data.expressions.col("confidence") < 0.5).count()
        """
        self._check(table)
        keep_arrow_threads()
        import ray.data

        store, schema = self._stored.store, self._schema(table)
        with self._reading():
            losing = self._losing(table)
            names = [name for name in self._stored.files(table) if name not in losing]
            parts = []
            if names:
                paths, files = self._files(table, names).files, arrow_filesystem(store)
                # Folders such as `year=2024` in the path of the output must not become columns.
                parts.append(ray.data.read_parquet(paths, filesystem=files, partitioning=None, schema=schema))
            cut = self._cut(table)
            if cut.num_rows or not parts:
                parts.append(ray.data.from_arrow(cut))
            return parts[0] if len(parts) == 1 else parts[0].union(*parts[1:])

    def document(self, document_id: str) -> Document:
        """A document with its pages, lines, answers, charts and tables.

        >>> for answer in out.document(document_id).answers:
        ...     print(answer.question_id, answer.answer, answer.support)

        Raises InvalidJobError if no such document is committed.
        """
        with self._reading():
            mine = ds.field("document_id") == document_id
            found = self.dataset("documents").to_table(filter=mine).to_pylist()
            if not found:
                raise InvalidJobError(f"{self.url}: no document {document_id!r} here")
            holding = {name for name, _ in self._stored.scan("pages", ["document_id"], mine)}
            holding |= {name for name, _ in self._stored.scan("documents", ["document_id"], mine)}

            def rows(table: str) -> list[Row]:
                with self._reading():
                    losing = self._losing(table)
                    named = [name for name in self._stored.files(table) if name in holding]
                    parts = [self._files(table, [name for name in named if name not in losing]).to_table(filter=mine)]
                    if any(name in losing for name in named):
                        cut = self._cut(table)
                        parts.append(cut.filter(pc.equal(cut.column("document_id"), document_id)))
                    return [row for part in parts for row in part.to_pylist()]

            return Document(found[0], rows)

    def _check(self, table: str) -> None:
        if table not in TABLES:
            raise InvalidJobError(f"{self.url}: there is no table {table!r}; there are {', '.join(TABLES)}")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """In this context, files that a run has replaced since the output was opened raise MissingResourceError."""
        with documented_errors():
            try:
                yield
            except FileNotFoundError as error:
                raise MissingResourceError(
                    f"{self.url}: a file was replaced or deleted since the output was opened ({error}); open it again"
                ) from error

    def _schema(self, table: str) -> pa.Schema:
        return schema_for_reading(table, self._stored.version)

    def _files(self, table: str, names: list[str]) -> ds.Dataset:
        return dataset(self._stored.store, table, names, self._stored.version)

    @cached_property
    def _doubled(self) -> Mapping[str, frozenset[PageKey]]:
        if not self._may_be_doubled:
            return {}
        store, files = self._stored.store, self._stored.pages
        return doubled_pages(store, files, count_pages(store, files))

    def _losing(self, table: str) -> Mapping[str, frozenset[PageKey]]:
        """Batches with pages that are also in another batch, which takes precedence."""
        return self._doubled if table == "pages" or table in PAGE_TABLES else {}

    def _cut(self, table: str) -> pa.Table:
        """The remaining rows of batches from which some are left out; few, since it affects only batches in flight."""
        losing, schema = self._losing(table), self._schema(table)
        parts = [schema.empty_table()]
        for name in self._stored.files(table):
            if name in losing:
                rows = self._files(table, [name]).to_table()
                parts.append(rows.filter(without_pages(losing, name, rows)))
        return pa.concat_tables(parts)


def _done_run(store: Store) -> str | None:
    """The newest run, if it has completed its audit."""
    records = [file for file in store.list_files(STATE) if file.name.startswith("run-")]
    if not records:
        return None
    try:
        newest: Any = json.loads(store.read_bytes(records[-1].path))
    except (ValueError, FileNotFoundError):
        return None
    return records[-1].name if isinstance(newest, dict) and newest.get("state") == "done" else None
