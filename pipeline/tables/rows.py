"""Makes Arrow tables of rows: every column must be given, and no other, so that none is null by oversight."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from ...schemas.tables import TABLES


def table_of_rows(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of a table, each with a value or None for every column.

    Raises KeyError, which names table and column, if a row lacks a column, or has one that the table does not have.
    """
    for row in rows:
        _check(table, row)
    return pa.Table.from_pylist(rows, schema=TABLES[table])


def table_of_columns(table: str, columns: Mapping[str, pa.Array | Sequence[Any]]) -> pa.Table:
    """A table of its columns, in any order; raises KeyError as `table_of_rows` does."""
    _check(table, columns)
    schema = TABLES[table]
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def _array(values: pa.Array | Sequence[Any], kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _check(table: str, given: Mapping[str, Any]) -> None:
    names = TABLES[table].names
    if different := given.keys() ^ names:
        column = min(different)
        reason = "no value was given" if column in names else "the table has no such column"
        raise KeyError(f"{table}.{column}: {reason}")
