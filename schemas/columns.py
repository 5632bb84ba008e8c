"""What a table of the output and its columns are described by: types, names, meanings."""

from dataclasses import dataclass

import pyarrow as pa

BOX = pa.struct([pa.field(name, pa.float32(), nullable=False) for name in ("x0", "y0", "x1", "y1")])
"""Coordinates are shares of the width and height of the page as displayed, with the origin at the top left."""

WORD = pa.struct(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("bbox", BOX, nullable=False),
        pa.field("confidence", pa.float32()),
    ]
)
EVIDENCE = pa.struct(
    [
        pa.field("page_number", pa.int32(), nullable=False),
        pa.field("bbox", BOX, nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("line_id", pa.string()),
    ]
)

_TYPES = {
    "s": pa.string(),
    "i": pa.int32(),
    "l": pa.int64(),
    "f": pa.float32(),
    "d": pa.float64(),
    "b": pa.bool_(),
    "t": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "box": BOX,
    "[s]": pa.list_(pa.string()),
    "[f]": pa.list_(pa.float32()),
    "[[s]]": pa.list_(pa.list_(pa.string())),
    "[word]": pa.list_(WORD),
    "[evidence]": pa.list_(EVIDENCE),
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        kind: a key of `_TYPES`, with `?` if the column may be null.
        meaning: what a value says, for `docs/tables.md` and the schema.
        since: the schema version that brought it. A nullable column may be added within a version, so that any file may
            lack it; any other column is in all files of its version.
    """

    name: str
    kind: str
    meaning: str
    since: str = "1"

    @property
    def field(self) -> pa.Field:
        nullable = self.kind.endswith("?")
        return pa.field(self.name, _TYPES[self.kind.rstrip("?")], nullable, metadata={"description": self.meaning})


@dataclass(frozen=True)
class Table:
    """A table of the output.

    Attributes:
        row: what one row is.
        key: of a table that commits batches, the columns that identify a row; empty for a child table, whose rows
            belong to a batch of another one.
        hangs_on: of a child table, the tables that commit its rows.
        id: the column that names a row and is unique in the output; it begins with the id of the document.
        is_text: whether its rows are the text of a page, which `inputs.reuse` copies with the page.
        is_counted: whether a run counts its rows, see `RunSummary`.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    hangs_on: tuple[str, ...] = ("pages",)
    id: str | None = None
    is_text: bool = False
    is_counted: bool = False
