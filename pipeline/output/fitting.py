"""The one way in which files of earlier and later writers are fitted to the tables of this docpipe.

Within a schema version nullable columns are added. So a file may lack a nullable column, which is null then, and may
have columns that this docpipe does not know, which are left out or passed on. A file that lacks any other column is
damaged.
"""

from collections.abc import Iterable

import pyarrow as pa

from ...schemas.errors import InvalidJobError
from ...schemas.tables import SCHEMA_VERSION, TABLES, schema_for_reading
from .store import Store


def check_columns(found: pa.Schema, table: str, path: str, needed: Iterable[str] | None = None) -> None:
    """Check that a file has the columns that it must have.

    Args:
        path: the file, for the message.
        needed: by default the columns of the table that may not be null.

    Raises:
        InvalidJobError: it lacks one.
    """
    names = [f.name for f in TABLES[table] if not f.nullable] if needed is None else needed
    missing = set(names).difference(found.names)
    if missing:
        raise InvalidJobError(
            f"{path}: the file has no column {min(missing)!r}, which every file of {table} must have; it is damaged, "
            "or another program has written it: restore it, or delete it so that the next run makes its rows again"
        )


def fitted(
    rows: pa.Table, table: str, path: str, version: str = SCHEMA_VERSION, *, keep_unknown: bool = False
) -> pa.Table:
    """Rows of a file with the columns of today's table, in their order.

    Args:
        path: the file, for the message.
        version: schema version of the output.
        keep_unknown: whether columns that the table does not have follow, instead of being left out.

    Raises:
        InvalidJobError: the file lacks a column that may not be null, or has one of another type.
    """
    schema = schema_for_reading(table, version)
    check_columns(rows.schema, table, path, [f.name for f in schema if not f.nullable])
    columns = []
    for field in schema:
        if field.name not in rows.column_names:
            # Not `pa.nulls`, which gives a null box null coordinates, and Parquet refuses these.
            columns.append(pa.array([None] * rows.num_rows, field.type))
            continue
        try:
            columns.append(rows.column(field.name).cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InvalidJobError(
                f"{path}: column {field.name!r} is {rows.schema.field(field.name).type}, not {field.type} ({error})"
            ) from error
    unknown = [name for name in rows.column_names if name not in schema.names] if keep_unknown else []
    fields = [*schema, *(rows.schema.field(name) for name in unknown)]
    return pa.Table.from_arrays([*columns, *(rows.column(name) for name in unknown)], schema=pa.schema(fields))


def read_fitted(store: Store, table: str, name: str, *, keep_unknown: bool = False) -> pa.Table:
    """A file of an output of the current schema version; raises as `fitted` does."""
    path = f"{table}/{name}"
    return fitted(store.read_table(path), table, store.full_path(path), keep_unknown=keep_unknown)


def read_columns(store: Store, table: str, name: str, columns: Iterable[str]) -> pa.Table:
    """Some columns of a file, which it must have, in this order; raises InvalidJobError if it lacks one."""
    wanted = list(columns)
    rows = store.read_table(f"{table}/{name}", wanted)
    check_columns(rows.schema, table, store.full_path(f"{table}/{name}"), wanted)
    return rows.select(wanted)
