"""Rows, columns, spans and headers of tables that are drawn in characters."""

import numpy as np
import pytest
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.structure.area import Rulings
from docpipe.operators.tables.structure.runs import are_numbers
from docpipe.schemas.page import Blocks

from .drawn import SIZE, lines_of, rulings_of, spans, table_block, table_in, tables_in, words_of


def test_columns_follow_from_whitespace_and_keep_empty_cells() -> None:
    table = table_in(
        """
Name          2023     2024
Apples          12    1,300
Pears                     7
Plums and figs   3
"""
    )
    assert table.rows() == [
        ["Name", "2023", "2024"],
        ["Apples", "12", "1,300"],
        ["Pears", "", "7"],
        ["Plums and figs", "3", ""],
    ]
    assert (table.header_rows, table.n_columns) == (1, 3)


def test_a_ruling_under_a_label_says_which_columns_it_spans() -> None:
    table = table_in(
        """
---------------------------------------
              Income          Loans
           ------------   ------------
Group      Men   Women    Men   Women
---------------------------------------
Young       10      20     30      40
Old          1       2      3       4
---------------------------------------
"""
    )
    found = spans(table)
    assert found["Income"] == (0, 1, 1, 2)
    assert found["Loans"] == (0, 3, 1, 2)
    assert found["Group"] == (0, 0, 2, 1)
    assert table.header_rows == 2
    assert table.rows()[2] == ["Young", "10", "20", "30", "40"]


def test_a_label_in_the_middle_of_columns_spans_them_without_a_ruling() -> None:
    table = table_in(
        """
                Income
          Men   Women    All
Young      10      20     30
Old         1       2      3
Both       11      22     33
"""
    )
    assert spans(table)["Income"] == (0, 1, 1, 3)
    assert table.header_rows == 2


def test_lines_of_a_label_are_one_row_with_its_values_but_a_heading_is_a_row_of_its_own() -> None:
    table = table_in(
        """
                           2023    2024

Costs

Number of companies
which were audited           12      13

Employees of all
the companies               100     110

Others                        1       2
"""
    )
    assert [row[0] for row in table.rows()] == [
        "",
        "Costs",
        "Number of companies which were audited",
        "Employees of all the companies",
        "Others",
    ]
    assert table.rows()[2][1:] == ["12", "13"]


def test_rulings_between_rows_hold_the_lines_of_their_cells_together() -> None:
    table = table_in(
        """
|---------------------------------|
| Item     | What is meant        |
|---------------------------------|
| Clarity  | Reported as not      |
|          | relevant by many     |
|---------------------------------|
| Range    | Answers are at the   |
|          | end of the scale     |
|---------------------------------|
| Recall   | Too long ago         |
|---------------------------------|
"""
    )
    assert table.rows() == [
        ["Item", "What is meant"],
        ["Clarity", "Reported as not relevant by many"],
        ["Range", "Answers are at the end of the scale"],
        ["Recall", "Too long ago"],
    ]


def test_a_cell_without_a_ruling_through_it_spans_the_rows_beside_it() -> None:
    table = table_in(
        """
|----------------------------------|
| Illness  | Measure    | Men      |
|----------------------------------|
| Allergy  | Count      | 93       |
|          |-----------------------|
|          | Share      | 18.8     |
|----------------------------------|
| Asthma   | Count      | 31       |
|          |-----------------------|
|          | Share      | 6.3      |
|----------------------------------|
"""
    )
    found = spans(table)
    assert found["Allergy"] == (1, 0, 2, 1)
    assert found["Asthma"] == (3, 0, 2, 1)
    assert [row[1:] for row in table.rows()[1:]] == [
        ["Count", "93"],
        ["Share", "18.8"],
        ["Count", "31"],
        ["Share", "6.3"],
    ]


def test_two_numbers_close_together_are_two_cells() -> None:
    table = table_in(
        """
Country    n  pos   n  pos
Austria  109  0.9  93  1.1
Germany  123  0.8 290  0.7
Spain     36  1.0  40  0.2
"""
    )
    assert table.rows()[2] == ["Germany", "123", "0.8", "290", "0.7"]


def test_notes_and_titles_in_the_region_are_left_out() -> None:
    table = table_in(
        """
Table 3. Fruit that was sold
-----------------------------
Fruit         2023      2024
-----------------------------
Apples          12     1,300
Pears            5         7
-----------------------------
* Figures of the first half of the year are estimates
Source: Ministry of Agriculture
"""
    )
    assert table.caption == "Table 3. Fruit that was sold"
    assert table.rows() == [["Fruit", "2023", "2024"], ["Apples", "12", "1,300"], ["Pears", "5", "7"]]


def test_prose_in_two_columns_and_contents_are_no_tables() -> None:
    assert not tables_in(
        """
The committee met in the spring     of the second year, in which the
and decided that all of the work    members had agreed on the plan of
should be done before the end       the work that was to be done then
"""
    )
    assert not tables_in(
        """
1 Introduction ................ 1
2 Methods and data ............ 7
3 Results of the survey ...... 12
4 Conclusions ................ 31
"""
    )


def test_contents_without_leaders_are_told_by_their_heading() -> None:
    drawing = """
1 Introduction                  1
2 Methods and data              7
3 Results of the survey        12
4 Conclusions                  31
"""
    lines = lines_of(words_of(drawing))
    boxes = np.array([[0, 0, 1, 0.02], [0, 0.024, 1, 1]], np.float32)
    assert find_tables(lines, Blocks(["text", "table"], boxes, ["Ranks", None]), Rulings(), SIZE)
    assert not find_tables(lines, Blocks(["title", "table"], boxes, ["Contents", None]), Rulings(), SIZE)


def test_leaders_do_not_join_a_label_to_its_value() -> None:
    table = table_in(
        """
                     2005    2010
All people . . .     18.6    18.1
Male . . . . . .     17.9    17.6
Female . . . . .     19.0    18.3
"""
    )
    assert [row[1:] for row in table.rows()[1:]] == [["18.6", "18.1"], ["17.9", "17.6"], ["19.0", "18.3"]]


def test_a_label_in_a_header_stands_over_the_columns_whose_middle_it_has() -> None:
    table = table_in(
        """
              Domestic          Foreign
Name        A     B     C     D     E     F
----------------------------------------------
Apples     12    13    14    15    16    17
Plums      22    23    24    25    26    27
"""
    )
    assert spans(table)["Domestic"] == (0, 1, 1, 3)
    assert spans(table)["Foreign"] == (0, 4, 1, 3)


def test_a_heading_in_the_middle_of_a_table_of_values_spans_it() -> None:
    table = table_in(
        """
Name        A     B     C
--------------------------
Apples     12    13    14
       Stone fruit
Plums      22    23    24
Cherries   32    33    34
"""
    )
    assert spans(table)["Stone fruit"] == (2, 0, 1, 4)
    assert spans(table)["Plums"][0] == 3


def test_the_sign_of_a_currency_belongs_to_the_number_behind_it() -> None:
    table = table_in(
        """
                2023          2024
Apples    $      120    $      130
Plums            220           230
Total     $      340    $      360
"""
    )
    assert table.n_columns == 3
    assert spans(table)["$ 120"][:2] == (1, 1)


def test_a_label_of_several_lines_above_its_values_does_not_join_the_row_above_to_it() -> None:
    table = table_in(
        """
Name              2023     2024

Salaries of the  1,200    1,300

Other staff
abroad           2,200    2,300

Rent               300      400
"""
    )
    assert spans(table)["Other staff abroad"][0] == spans(table)["2,200"][0] == 2
    assert {cell.text for cell in table.cells if cell.row == 1} == {"Salaries of the", "1,200", "1,300"}
    assert table.n_rows == 4


def test_columns_of_words_little_more_than_a_space_apart_are_told_apart_by_the_gap_that_all_rows_have() -> None:
    rows = ["Vendor Town- Code", "Carola Fulda C17-", "Emilia Mainz E23-", "Hannah Trier H12-", "Ludwig Halle L45-"]
    words = []
    for at, row in enumerate(rows):
        x, y = 60.0, 20.0 + 14 * at
        for text in row.split():
            # Letters of 4 points, 5 points between words.
            words.append((text, x, y, x + 4 * len(text), y + 10))
            x += 4 * len(text) + 5
    (table,) = find_tables(lines_of(words), table_block(), rulings_of(""), SIZE)
    assert (table.n_rows, table.n_columns) == (5, 3)
    assert spans(table)["Trier"] == (3, 1, 1, 1)


def test_words_a_space_apart_without_a_common_gap_stay_together() -> None:
    rows = [("A man of", "12"), ("Many good", "7"), ("The old way", "310"), ("In a day", "4"), ("So it is", "9")]
    table = table_in("\n".join(f"{text:<20}{value:>5}" for text, value in [("Name", "Count"), *rows]))
    assert table.n_columns == 2
    assert spans(table)["The old way"] == (3, 0, 1, 1)


def test_a_ruling_under_several_labels_does_not_say_how_far_each_of_them_spans() -> None:
    table = table_in(
        """
           Urban          Seas
        ---------------------------
Name    east   west   north  mid
-----------------------------------
Ulm     5123   7123   1123   2123
Gera    3123   1123   4123   5123
Hamm    1123   6123   7123   8123
Bonn    2123   9123   3123   1123
Trier   3123   8123   4123   2123
Halle   4123   7123   5123   3123
"""
    )
    assert spans(table)["Urban"] == (0, 1, 1, 2)
    assert spans(table)["Seas"] == (0, 3, 1, 2)


def test_a_text_row_between_the_lines_of_others_makes_no_row_of_its_own() -> None:
    words = words_of("\nx  2001  2011\nUlm     5     7\nGera    3    11\n")
    half = [("Name", 0.0, 26.0, 24.0, 36.0), ("Count", 60.0, 20.0, 100.0, 30.0)]
    lines = lines_of([*half, *(word for word in words if word[0] != "x")])
    (table,) = find_tables(lines, table_block(), rulings_of(""), SIZE)
    assert all(any(cell.row == row and cell.text for cell in table.cells) for row in range(table.n_rows))


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("1.200,50 3.400,10", True),
        ("12 15", True),
        ("1 234 567", False),
        ("1,5 (0,3)", False),
        ("12", False),
        ("12 of 15", False),
    ],
)
def test_numbers_of_two_cells_in_one_are_told_from_one_number(text: str, several: bool) -> None:
    assert are_numbers(text) is several


def test_a_row_that_lacks_values_of_the_row_above_is_no_line_of_it() -> None:
    table = table_in(
        """
Feature     Small   Large
Handle      A       C
Wheels              B
Lid         C
"""
    )
    assert [row[0] for row in table.rows()] == ["Feature", "Handle", "Wheels", "Lid"]
