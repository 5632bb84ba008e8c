"""Converts batches of Ray Data to Arrow tables, and lists of rows to columns."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from ...schemas.errors import InvalidJobError
from ...schemas.tables import TABLES

Batch: TypeAlias = pa.Table | Mapping[str, Any]
"""A table, or arrays by column names, which is the default `batch_format` of Ray Data."""


def _without(schema: pa.Schema, *names: str) -> pa.Schema:
    return pa.schema([field.remove_metadata() for field in schema if field.name not in names])


LINE_COLUMNS = _without(TABLES["lines"], "document_id", "page_number")
BLOCK_COLUMNS = _without(TABLES["blocks"], "document_id", "page_number")
ANSWER_COLUMNS = _without(TABLES["answers"], "document_id", "run_id")

PAGE_COLUMNS = pa.schema(
    [
        *_without(TABLES["pages"], "document_id", "page_number", "run_id"),
        pa.field("error_message", pa.string()),
        pa.field("lines", pa.list_(pa.struct(list(LINE_COLUMNS))), nullable=False),
        pa.field("blocks", pa.list_(pa.struct(list(BLOCK_COLUMNS))), nullable=False),
    ]
)
"""The columns that `ReadPages` adds to a row."""

_KNOWN = {
    **{field.name: field.type for field in (*TABLES["pages"], *PAGE_COLUMNS)},
    **{name: pa.string() for name in ("uri", "version", "media_type", "title")},
    "page_count": pa.int32(),
    "answers": pa.list_(pa.struct(list(ANSWER_COLUMNS))),
}


def as_table(batch: Batch, operator: str, *needed: str) -> pa.Table:
    """The batch as a table; columns made by operators of docpipe get their types back.

    Raises InvalidJobError if it is not a batch, or lacks a column.
    """
    if isinstance(batch, pa.Table):
        table = batch
    elif isinstance(batch, Mapping):
        table = pa.table({name: _array(name, values) for name, values in batch.items()})
    else:
        raise InvalidJobError(
            f"docpipe.ray.{operator}: batches of type {type(batch).__name__} are not supported; omit batch_format, "
            "or use batch_format='pyarrow'"
        )
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise InvalidJobError(
            f"docpipe.ray.{operator}: the rows have no column {missing[0]!r}; they have "
            f"{', '.join(table.column_names) or 'none'}"
        )
    return table


def with_columns(table: pa.Table, columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> pa.Table:
    """The table with some columns replaced by those of the same names, or added after all others."""
    kept = {name: table.column(name) for name in table.column_names}
    return pa.table({**kept, **columns})


def list_column(rows: pa.Table, counts: Sequence[int]) -> pa.ListArray:
    """Rows as lists of structs: the first `counts[0]` rows are in the first list, and so on."""
    rows = rows.combine_chunks()
    columns = [rows.column(i).combine_chunks() for i in range(rows.num_columns)]
    columns = [pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column for column in columns]
    structs = pa.StructArray.from_arrays(columns, fields=[field.remove_metadata() for field in rows.schema])
    offsets = pa.array(np.cumsum([0, *counts]), pa.int32())
    return pa.ListArray.from_arrays(offsets, structs, type=pa.list_(structs.type))


def _array(name: str, values: Any) -> pa.Array:
    found = values.tolist() if isinstance(values, np.ndarray) and values.dtype != object else list(values)
    if name in _KNOWN:
        # NumPy has no null; columns of numbers have NaN instead.
        found = [None if isinstance(value, float) and np.isnan(value) else _plain(value) for value in found]
        if pa.types.is_integer(_KNOWN[name]):
            found = [None if value is None else int(value) for value in found]
        return pa.array(found, _KNOWN[name])
    return pa.array(found)


def _plain(value: Any) -> Any:
    """The value with nested arrays converted to lists."""
    if isinstance(value, np.ndarray | list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value
