"""A column that a writer of rows forgets, or does not know, is an error at once."""

from typing import Any

import pytest
from docpipe.pipeline.tables.rows import table_of_columns, table_of_rows
from docpipe.schemas.tables import TABLES


@pytest.mark.parametrize("table", list(TABLES))
def test_no_column_of_a_row_is_null_by_oversight(table: str) -> None:
    whole: dict[str, Any] = dict.fromkeys(TABLES[table].names)
    for name in whole:
        row = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(KeyError, match=f"{table}.{name}: no value was given"):
            table_of_rows(table, [whole, row])
        with pytest.raises(KeyError, match=f"{table}.{name}: no value was given"):
            table_of_columns(table, {key: [] for key in row})
    with pytest.raises(KeyError, match=rf"{table}\.colour: the table has no such column"):
        table_of_rows(table, [{**whole, "colour": "red"}])
    with pytest.raises(KeyError, match=rf"{table}\.colour: the table has no such column"):
        table_of_columns(table, {key: [] for key in (*whole, "colour")})


def test_columns_may_come_in_any_order() -> None:
    names = TABLES["blocks"].names
    assert table_of_columns("blocks", {name: [] for name in reversed(names)}).schema.equals(TABLES["blocks"])
