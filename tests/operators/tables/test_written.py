"""A table that a model writes becomes a grid in which every place belongs to exactly one cell."""

from collections import Counter

import pytest
from docpipe.operators.tables.written import MOST_CELLS, WrittenTable, WrittenTableError, parse_table
from hypothesis import given
from hypothesis import strategies as st


def texts(table: WrittenTable) -> list[list[str]]:
    grid = [[""] * table.n_columns for _ in range(table.n_rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text
    return grid


def whole(table: WrittenTable) -> bool:
    """Whether every place belongs to one cell."""
    places = Counter(
        (cell.row + down, cell.column + right)
        for cell in table.cells
        for down in range(cell.row_span)
        for right in range(cell.column_span)
    )
    wanted = {(row, column) for row in range(table.n_rows) for column in range(table.n_columns)}
    return set(places) == wanted and set(places.values()) <= {1}


def test_html_keeps_spans_headers_caption_and_characters() -> None:
    table = parse_table(
        "Here it is:\n```html\n<table><caption>Sales &amp; costs</caption><thead><tr><th rowspan=2>Year</th>"
        "<th colspan='2'>EUR</th></tr><tr><td>net</td><td>gross</td></tr></thead>"
        "<tr><td>2023</td><td>1 &lt; 2</td><td>b<br>c</td></tr></table>\n```"
    )
    assert whole(table)
    assert texts(table) == [["Year", "EUR", ""], ["", "net", "gross"], ["2023", "1 < 2", "b\nc"]]
    assert (table.header_rows, table.caption) == (2, "Sales & costs")
    assert [(c.row_span, c.column_span) for c in table.cells[:2]] == [(2, 1), (1, 2)]


def test_markdown_is_a_table_with_the_rows_above_the_rule_as_header() -> None:
    table = parse_table("Sure:\n\n| a | b |\n|---|:-:|\n| 1 | x \\| y |\n| 2 |  |\n")
    assert whole(table)
    assert texts(table) == [["a", "b"], ["1", "x | y"], ["2", ""]]
    assert table.header_rows == 1


def test_short_rows_are_filled_with_empty_cells() -> None:
    table = parse_table("<table><tr><td>a<td>b<td>c<tr><td>d</table>")
    assert whole(table)
    assert texts(table) == [["a", "b", "c"], ["d", "", ""]]


def test_a_table_in_a_cell_is_text_of_that_cell() -> None:
    table = parse_table("<table><tr><td>a <table><tr><td>x</td><td>y</td></tr></table></td><td>b</td></tr></table>")
    assert texts(table) == [["a x y", "b"]]


def test_a_row_that_was_cut_off_is_dropped() -> None:
    assert texts(parse_table("<table><tr><td>a</td></tr><tr><td>half", cut=True)) == [["a"]]


@pytest.mark.parametrize("text", ["", "There are no rows here.", "<table></table>", "<table><tr></tr></table>"])
def test_what_is_no_table_is_an_error(text: str) -> None:
    with pytest.raises(WrittenTableError, match="no table"):
        parse_table(text)


def test_spans_cannot_make_a_table_of_any_size() -> None:
    with pytest.raises(WrittenTableError, match=str(MOST_CELLS)):
        parse_table("<table><tr><td colspan=99999>a</td></tr></table>")
    rows = "<tr><td>a</td></tr>" * 200
    with pytest.raises(WrittenTableError, match=str(MOST_CELLS)):
        parse_table(f"<table><tr><td colspan=1000>a</td></tr>{rows}</table>")


TAGS = st.sampled_from(
    ["<table>", "</table>", "<tr>", "</tr>", "<td>", "<th>", "</td>", "<td rowspan=3>", "<td colspan=2>", "<thead>"]
)


@given(st.lists(TAGS | st.text(max_size=5), max_size=40), st.booleans())
def test_any_output_is_a_whole_grid_or_an_error(parts: list[str], cut: bool) -> None:
    try:
        table = parse_table("".join(["<table>", *parts]), cut=cut)
    except WrittenTableError:
        return
    assert whole(table)
    assert 0 <= table.header_rows <= table.n_rows
