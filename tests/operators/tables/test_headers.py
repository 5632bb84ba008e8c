"""Where the header of a table ends, and which columns its labels belong to."""

from .drawn import spans, table_in


def test_a_heading_right_under_the_header_is_no_line_of_it() -> None:
    table = table_in(
        """
Fruit        2022    2023    2024
        Sold in all shops
Apples         12      13      14
Pears          15      16      17
        Sold at the farm
Apples          1       2       3
"""
    )
    assert table.header_rows == 1
    assert spans(table)["Sold in all shops"] == (1, 0, 1, 4)
    assert spans(table)["Sold at the farm"] == (4, 0, 1, 4)


def test_a_wrapped_line_in_the_middle_is_no_heading() -> None:
    table = table_in(
        """
Day      What was bought      Price
-----------------------------------
01.02.   Apples and pears      5.00
-----------------------------------
02.02.   Plums for a cake      7.00
         and some cream
-----------------------------------
03.02.   Bread                 4.50
-----------------------------------
"""
    )
    assert table.rows()[2] == ["02.02.", "Plums for a cake and some cream", "7.00"]


def test_rows_of_words_and_dates_are_no_lines_of_the_header() -> None:
    table = table_in(
        """
Code      Name            Since
AB-12     Anna Frei       2020-01-17
CD-34     Beat Graf       2021-05-30
EF-56     Carla Hug       May 3, 2008
GH-78     Dario Iten      11/12/2011
IJ-90     Edith Jost      12/11/2012
"""
    )
    assert table.header_rows == 1
    assert [row[0] for row in table.rows()] == ["Code", "AB-12", "CD-34", "EF-56", "GH-78", "IJ-90"]


def test_a_first_row_with_few_values_is_no_line_of_the_header() -> None:
    table = table_in(
        """
Place    Name        Town     Time      Behind
1.       Anna Frei   Bern     2:14:35
2.       Beat Graf   Chur     2:14:48   +0:13
3.       Carla Hug   Biel     2:15:30   +0:55
"""
    )
    assert table.header_rows == 1
    assert table.rows()[1] == ["1.", "Anna Frei", "Bern", "2:14:35", ""]


def test_labels_beside_the_values_of_their_columns_stand_over_them() -> None:
    table = table_in(
        """
Fruit    2021       2022       2023       2024
----------------------------------------------------
Apples          1          2          3          4
Pears           5          6          7          8
"""
    )
    assert table.rows() == [
        ["Fruit", "2021", "2022", "2023", "2024"],
        ["Apples", "1", "2", "3", "4"],
        ["Pears", "5", "6", "7", "8"],
    ]
