"""The tables as text: `docpipe schema tables`, and `docs/tables.md`."""

import pyarrow as pa

from .tables import DESCRIPTIONS, SCHEMA_VERSION, TABLES


def tables_text() -> str:
    """All tables as Markdown: one section per table, with one row per column."""
    parts = [f"Tables, schema version {SCHEMA_VERSION}. A type with `?` may be null."]
    for table in DESCRIPTIONS:
        rows = "\n".join(
            f"| `{field.name}` | `{_type_name(field.type)}{'?' if field.nullable else ''}` | {_meaning(field)} |"
            for field in TABLES[table.name]
        )
        parts.append(
            f"## {table.name}\n\nOne row is {table.row}.\n\n| column | type | meaning |\n|---|---|---|\n{rows}"
        )
    return "\n\n".join(parts)


def _meaning(field: pa.Field) -> str:
    meaning: bytes = field.metadata[b"description"]
    return meaning.decode().replace("|", "\\|")


def _type_name(data_type: pa.DataType) -> str:
    if pa.types.is_list(data_type):
        return f"list<{_type_name(data_type.value_type)}>"
    if pa.types.is_struct(data_type):
        parts = [f"{part.name}: {_type_name(part.type)}{'?' if part.nullable else ''}" for part in data_type]
        return f"struct<{', '.join(parts)}>"
    return str(data_type)
