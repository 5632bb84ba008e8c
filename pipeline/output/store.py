"""The output folder, on a local disk or behind any fsspec URL, with atomic writes."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from ...operators.files.remote import open_filesystem, retry
from ...schemas.errors import MissingResourceError
from ...schemas.uri import remote_version

STATE = "_docpipe"
"""Folder inside the output for everything that is not a table."""

FINGERPRINT_PATH = f"{STATE}/fingerprint.json"
"""Marks a folder as an output of docpipe, and records everything that determined its results."""

_TEMPORARY = f"{STATE}/tmp"
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_TRIPS_AT_ONCE = 32


@dataclass(frozen=True)
class StoredFile:
    """A file in the output.

    Attributes:
        path: relative to the output, with forward slashes.
        version: size, time, tag and inode, as far as the file system reports them; it changes when the file is
            overwritten.
    """

    path: str
    size: int
    version: str = ""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Store:
    """An output folder. Its only state is the URL, so that it can be pickled for workers.

    On a local disk a file is written under a temporary name, synced, and renamed. Elsewhere it is one PUT, which is
    atomic in object stores. Transient errors of a store are retried; every method raises StoreUnavailableError if they
    persist.
    """

    url: str

    @cached_property
    def _target(self) -> tuple[fsspec.AbstractFileSystem, str]:
        try:
            fs, root = open_filesystem(self.url)
        except (ImportError, ValueError) as error:
            raise MissingResourceError(f"{self.url}: {error}") from error
        return fs, root.rstrip("/")

    @property
    def filesystem(self) -> fsspec.AbstractFileSystem:
        return self._target[0]

    @property
    def is_local(self) -> bool:
        return isinstance(self.filesystem, LocalFileSystem)

    @property
    def protocols(self) -> tuple[str, ...]:
        """URL schemes of the file system."""
        protocol = self.filesystem.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url}

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "url", state["url"])

    def full_path(self, path: str) -> str:
        """The path in the file system."""
        root = self._target[1]
        return f"{root}/{path}" if path else root

    def _retry(self, path: str, call: Callable[[str], _Result]) -> _Result:
        full = self.full_path(path)
        return call(full) if self.is_local else retry(full, lambda: call(full))

    def write_bytes(
        self, path: str, data: bytes | memoryview, before_each_try: Callable[[], None] | None = None
    ) -> None:
        """Write a file atomically.

        Args:
            before_each_try: raises if the file must not be written any more. It is called before each retry, since
                another run may take over while the store refuses requests.
        """
        check = before_each_try or (lambda: None)
        if not self.is_local:
            content = bytes(data)

            def put(full: str) -> None:
                check()
                self.filesystem.pipe_file(full, content)

            self._retry(path, put)
            return
        check()
        full = self.full_path(path)
        temporary = Path(self.full_path(_TEMPORARY)) / f"{uuid.uuid4().hex}-{os.getpid()}"
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(full).parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(full)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def write_table(
        self, path: str, table: pa.Table, metadata: dict[str, str], before_each_try: Callable[[], None] | None = None
    ) -> None:
        """Write a Parquet file (zstd) whose schema carries `metadata` as key and value pairs."""
        # Replaced, not merged: a table that was read from a file still has the metadata of that file.
        keyed = table.replace_schema_metadata(metadata)
        buffer = pa.BufferOutputStream()
        # Dictionaries and statistics help for columns with repeated values and lookups; for texts and boxes they only
        # take time.
        repeating = [f.name for f in table.schema if f.name in _REPEATING]
        pq.write_table(keyed, buffer, compression="zstd", use_dictionary=repeating, write_statistics=repeating)
        self.write_bytes(path, memoryview(buffer.getvalue()), before_each_try)

    def read_bytes(self, path: str) -> bytes:
        """Raises FileNotFoundError."""
        data: bytes = self._retry(path, self.filesystem.cat_file)
        return data

    def read_table(self, path: str, columns: list[str] | None = None) -> pa.Table:
        def read(full: str) -> pa.Table:
            with self.filesystem.open(full, "rb") as file:
                return pq.ParquetFile(file).read(columns=columns)

        return self._retry(path, read)

    def read_footer(self, path: str) -> pq.FileMetaData:
        def read(full: str) -> pq.FileMetaData:
            with self.filesystem.open(full, "rb") as file:
                return pq.ParquetFile(file).metadata

        return self._retry(path, read)

    def list_files(self, folder: str) -> list[StoredFile]:
        """Files directly in a folder, sorted by name; empty if the folder does not exist."""
        return sorted(self._list(folder), key=lambda file: file.path)

    def _list(self, folder: str) -> Iterator[StoredFile]:
        def entries(full: str) -> list[dict[str, Any]]:
            self.filesystem.invalidate_cache()
            found: list[dict[str, Any]] = self.filesystem.ls(full, detail=True)
            return found

        try:
            listed = self._retry(folder, entries)
        except FileNotFoundError:
            return
        for entry in listed:
            name = entry["name"].rsplit("/", 1)[-1]
            # Consoles of object stores represent folders by empty objects whose names end with a slash.
            if entry["type"] == "file" and name:
                version = f"{remote_version(entry)}-{entry.get('ino', '')}"
                yield StoredFile(f"{folder}/{name}" if folder else name, entry["size"] or 0, version)

    def exists(self, path: str) -> bool:
        try:
            self._retry(path, self.filesystem.info)
        except FileNotFoundError:
            return False
        return True

    def delete(self, path: str) -> None:
        """Delete a file; it is no error if it does not exist."""
        with suppress(FileNotFoundError):
            self._retry(path, self.filesystem.rm_file)

    def delete_folder(self, path: str) -> None:
        if self.is_local:
            shutil.rmtree(self.full_path(path), ignore_errors=True)
            return
        with suppress(FileNotFoundError):
            self._retry(path, lambda full: self.filesystem.rm(full, recursive=True))

    def each(self, call: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
        """Results of a call that reads or deletes a small file for each item; concurrent if each is a request."""
        if self.is_local or len(items) < 2:
            return [call(item) for item in items]
        with ThreadPoolExecutor(min(_TRIPS_AT_ONCE, len(items))) as pool:
            return list(pool.map(call, items))

    def clear_temporary(self) -> None:
        """Delete the temporary files of killed writers."""
        if self.is_local:
            shutil.rmtree(self.full_path(_TEMPORARY), ignore_errors=True)


_REPEATING = frozenset(
    {"document_id", "page_number", "status", "error_code", "unit", "source", "text_source", "text_source_reason"}
    | {"kind", "block_id", "table_id", "run_id", "stage", "code", "uri", "media_type"}
)
