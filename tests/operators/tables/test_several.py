"""Regions of the layout that are several tables or none."""

import numpy as np
from docpipe.operators.tables.find import find_tables
from docpipe.schemas.page import Blocks

from .drawn import SIZE, lines_of, rulings_of, tables_in, words_of

TOWNS = """\
|------|-----------|
| Town | Name      |
|------|-----------|
| Bern | Anna Frei |
|------|-----------|
| Chur | Beat Graf |
|------|-----------|
"""


def test_tables_side_by_side_without_frames_are_told_apart_by_their_rulings() -> None:
    left, right = tables_in(
        """
------------------      --------------------
Fruit         2023      Town            2024
------------------      --------------------
Apples          12      Bern               7
Pears           15      Biel              80
Plums            3      Chur               9
------------------      --------------------
"""
    )
    assert left.rows() == [["Fruit", "2023"], ["Apples", "12"], ["Pears", "15"], ["Plums", "3"]]
    assert right.rows() == [["Town", "2024"], ["Bern", "7"], ["Biel", "80"], ["Chur", "9"]]


def test_groups_of_columns_with_rulings_of_their_own_are_one_table() -> None:
    (table,) = tables_in(
        """
-------------------     --------------------
Fruit    2022  2023      2024          2025
-------------------     --------------------
Apples     11    12         7             1
Pears      14    15        80             2
Plums       2     3         9             3
-------------------     --------------------
"""
    )
    assert table.n_columns == 5


def test_a_table_above_a_grid_is_one_of_its_own() -> None:
    above, grid = tables_in(
        """
Fruit         2023
Apples          12
Pears           15
Plums            3
Figs             8


"""
        + TOWNS
    )
    assert above.rows()[-1] == ["Figs", "8"]
    assert grid.rows() == [["Town", "Name"], ["Bern", "Anna Frei"], ["Chur", "Beat Graf"]]


def test_grids_below_one_another_with_other_columns_are_two_tables() -> None:
    first, second = tables_in(
        """
|--------|------|------|
| Fruit  | 2023 | 2024 |
|--------|------|------|
| Apples |   12 |   13 |
|--------|------|------|
| Pears  |   15 |   16 |
|--------|------|------|

"""
        + TOWNS
    )
    assert (first.n_columns, second.n_columns) == (3, 2)
    assert second.rows()[0] == ["Town", "Name"]


def test_entries_with_page_numbers_below_a_title_of_contents_are_no_table() -> None:
    drawing = """
1  Apples     2
2  Pears      2
3  Plums      3
4  Figs       4
"""
    share = np.array([[0, 0.0, 1, 0.02], [0, 0.024, 1, 0.2]], np.float32)
    for title, count in (("Contents", 0), ("Stocks", 1)):
        blocks = Blocks(["title", "table"], share, [title, None], np.full(2, np.nan, np.float32))
        assert len(find_tables(lines_of(words_of(drawing)), blocks, rulings_of(drawing), SIZE)) == count
