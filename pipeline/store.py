"""The output folder, on a local disk or behind any fsspec URL, with writes that appear whole or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from ..schemas.errors import MissingResourceError

STATE = "_docpipe"
"""Folder inside the output for everything that is not a table."""

_TEMPORARY = f"{STATE}/tmp"


@dataclass(frozen=True)
class StoredFile:
    """A file in the output; `path` is relative to it, with forward slashes."""

    path: str
    size: int

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Store:
    """An output folder. Holds its address only, so that it can travel to workers.

    On a local disk a file is written under a temporary name, synced, and renamed. Elsewhere it is one PUT, which
    object stores make visible whole.
    """

    url: str

    @cached_property
    def _target(self) -> tuple[fsspec.AbstractFileSystem, str]:
        try:
            fs, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise MissingResourceError(f"output.path: {self.url}: {error}") from error
        return fs, root.rstrip("/")

    @property
    def filesystem(self) -> fsspec.AbstractFileSystem:
        return self._target[0]

    @property
    def is_local(self) -> bool:
        return isinstance(self.filesystem, LocalFileSystem)

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url}

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "url", state["url"])

    def full_path(self, path: str) -> str:
        """The path as the filesystem knows it."""
        root = self._target[1]
        return f"{root}/{path}" if path else root

    def write_bytes(self, path: str, data: bytes | memoryview) -> None:
        full = self.full_path(path)
        if not self.is_local:
            self.filesystem.pipe_file(full, bytes(data))
            return
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

    def write_table(self, path: str, table: pa.Table, metadata: dict[str, str]) -> None:
        """Write a Parquet file (zstd) whose schema carries `metadata` as key and value pairs."""
        # Only these: a table that was read from another file still carries that file's keys.
        keyed = table.replace_schema_metadata(metadata)
        buffer = pa.BufferOutputStream()
        # Dictionaries and statistics pay for columns that repeat and are looked up; for texts and boxes they cost time.
        repeating = [f.name for f in table.schema if f.name in _REPEATING]
        pq.write_table(keyed, buffer, compression="zstd", use_dictionary=repeating, write_statistics=repeating)
        self.write_bytes(path, memoryview(buffer.getvalue()))

    def read_bytes(self, path: str) -> bytes:
        """Raises FileNotFoundError."""
        data: bytes = self.filesystem.cat_file(self.full_path(path))
        return data

    def read_table(self, path: str, columns: list[str] | None = None) -> pa.Table:
        with self.filesystem.open(self.full_path(path), "rb") as file:
            return pq.ParquetFile(file).read(columns=columns)

    def read_footer(self, path: str) -> pq.FileMetaData:
        with self.filesystem.open(self.full_path(path), "rb") as file:
            return pq.ParquetFile(file).metadata

    def list_files(self, folder: str) -> list[StoredFile]:
        """Files directly in a folder, sorted by name; empty where there is no such folder."""
        return sorted(self._list(folder), key=lambda file: file.path)

    def _list(self, folder: str) -> Iterator[StoredFile]:
        self.filesystem.invalidate_cache()
        try:
            entries = self.filesystem.ls(self.full_path(folder), detail=True)
        except FileNotFoundError:
            return
        for entry in entries:
            if entry["type"] == "file":
                name = entry["name"].rstrip("/").rsplit("/", 1)[-1]
                yield StoredFile(f"{folder}/{name}" if folder else name, entry["size"] or 0)

    def exists(self, path: str) -> bool:
        return bool(self.filesystem.exists(self.full_path(path)))

    def delete(self, path: str) -> None:
        """Delete a file; one that is gone already is no error."""
        with suppress(FileNotFoundError):
            self.filesystem.rm_file(self.full_path(path))

    def delete_folder(self, path: str) -> None:
        if self.is_local:
            shutil.rmtree(self.full_path(path), ignore_errors=True)
            return
        with suppress(FileNotFoundError):
            self.filesystem.rm(self.full_path(path), recursive=True)

    def clear_temporary(self) -> None:
        """Remove what a killed writer left half written."""
        if self.is_local:
            shutil.rmtree(self.full_path(_TEMPORARY), ignore_errors=True)


_REPEATING = frozenset(
    {"document_id", "page_number", "status", "error_code", "unit", "source", "text_source", "kind", "block_id"}
    | {"run_id", "stage", "code", "uri", "media_type"}
)
