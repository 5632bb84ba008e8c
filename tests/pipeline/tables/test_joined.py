"""Tables that go on over pages are one table; spans, headers and numbers as a reader takes them."""

from typing import Any

from docpipe.pipeline.tables.joined import join_tables
from docpipe.pipeline.tables.records import StoredTable, table
from docpipe.schemas.geometry import Box

BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.9}


def cell(row: int, column: int, text: str, number: float | None = None, **more: Any) -> dict[str, Any]:
    spans = {"row_span": 1, "column_span": 1, **more}
    return {
        "row": row,
        "column": column,
        "text": text,
        "value_number": number,
        "is_header": False,
        "bbox": BOX,
        "grounding": "exact",
        "support": 0.9,
        **spans,
    }


def stored(table_id: str, page: int, rows: int, columns: int, cells: list[dict[str, Any]], **more: Any) -> StoredTable:
    row = {
        "document_id": "d",
        "page_number": page,
        "table_id": table_id,
        "block_id": None,
        "bbox": BOX,
        "n_rows": rows,
        "n_columns": columns,
        "header_rows": 1,
        "caption": None,
        "continues": None,
        "html": "<table></table>",
        "confidence": 0.9,
        "source": "text_layer",
        "engine": "grid",
        "model": "",
        **more,
    }
    return table(row, cells)


HEAD = [cell(0, 0, "Item"), cell(0, 1, "Price")]


def test_a_table_that_goes_on_is_one_without_its_repeated_header() -> None:
    first = stored("t1", 1, 2, 2, [*HEAD, cell(1, 0, "Pen"), cell(1, 1, "1,50", 1.5)], caption="Prices")
    second = stored("t2", 2, 2, 2, [*HEAD, cell(1, 0, "Ink"), cell(1, 1, "2,00", 2.0)], continues="t1")
    third = stored("t3", 3, 1, 2, [cell(0, 0, "Pad"), cell(0, 1, "3", 3.0)], continues="t2", header_rows=0)
    other = stored("t4", 2, 1, 1, [cell(0, 0, "alone")], header_rows=0)
    joined, alone = join_tables([third, other, second, first])
    assert (joined.table_id, joined.caption, joined.page_numbers) == ("t1", "Prices", (1, 2, 3))
    assert joined.header == (("Item", "Price"),)
    assert joined.rows == (("Pen", "1,50"), ("Ink", "2,00"), ("Pad", "3"))
    assert joined.to_arrow().to_pydict() == {"Item": ["Pen", "Ink", "Pad"], "Price": [1.5, 2.0, 3.0]}
    assert alone.to_arrow().to_pydict() == {"column_1": ["alone"]}


def test_a_later_header_with_other_words_stays() -> None:
    first = stored("t1", 1, 1, 2, HEAD)
    second = stored("t2", 2, 1, 2, [cell(0, 0, "Other"), cell(0, 1, "Words")], continues="t1")
    (joined,) = join_tables([first, second])
    assert joined.rows == (("Other", "Words"),)


def test_spans_repeat_their_text_and_names_are_unique() -> None:
    cells = [
        cell(0, 0, "2024", column_span=2),
        cell(1, 0, "Q1"),
        cell(1, 1, "Q1"),
        cell(2, 0, "5", 5.0, row_span=2),
        cell(2, 1, "x"),
        cell(3, 1, ""),
    ]
    (joined,) = join_tables([stored("t", 1, 4, 2, cells, header_rows=2)])
    assert joined.column_names == ("2024 Q1", "2024 Q1_2")
    assert joined.rows == (("5", "x"), ("5", ""))
    assert joined.to_arrow().to_pydict() == {"2024 Q1": [5.0, 5.0], "2024 Q1_2": ["x", ""]}


def test_a_column_with_one_text_that_is_no_number_stays_text() -> None:
    cells = [*HEAD, cell(1, 0, "a"), cell(1, 1, "1", 1.0), cell(2, 0, "b"), cell(2, 1, "n/a")]
    (joined,) = join_tables([stored("t", 1, 3, 2, cells)])
    assert joined.to_arrow().column("Price").to_pylist() == ["1", "n/a"]


def test_narrower_parts_are_filled_and_lost_beginnings_begin_anew() -> None:
    (joined,) = join_tables([stored("t2", 2, 1, 1, [cell(0, 0, "only")], header_rows=0, continues="gone")])
    assert joined.rows == (("only",),)
    wide = stored("t1", 1, 1, 2, HEAD)
    narrow = stored("t2", 2, 1, 1, [cell(0, 0, "Sum")], header_rows=0, continues="t1")
    (joined,) = join_tables([wide, narrow])
    assert joined.rows == (("Sum", ""),)
    assert joined.parts[0].box == Box(**BOX)
    assert joined.parts[0].cells[0].text == "Item"
