"""The numbers of cells."""

import pytest
from docpipe.operators.tables.table import GridCell, GridTable
from docpipe.operators.tables.values import cell_numbers, page_hint
from docpipe.operators.values.locale import LocaleHint
from docpipe.schemas.geometry import Box

GERMAN, ENGLISH, UNKNOWN = LocaleHint(decimal=","), LocaleHint(decimal="."), LocaleHint()


def numbers(columns: list[list[str]], hint: LocaleHint = UNKNOWN) -> list[list[float | None]]:
    """The numbers of a table by columns; it has no header."""
    cells = [
        GridCell(row, column, 1, 1, False, text, None)
        for column, texts in enumerate(columns)
        for row, text in enumerate(texts)
    ]
    table = GridTable(Box(0, 0, 1, 1), None, len(columns[0]), len(columns), 0, None, tuple(cells), 1.0)
    found = iter(cell_numbers(table, hint))
    return [[next(found) for _ in texts] for texts in columns]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234*", 1234.0),
        ("1,234 †", 1234.0),
        ("1,234 (a)", 1234.0),
        ("1,234 1)", 1234.0),
        ("12.5 % 2)", 12.5),
        ("£'000", None),
        ("(1,234)", -1234.0),
        ("12.5 %", 12.5),
        ("$9,594", 9594.0),
        ("–0.5", -0.5),
        ("*–0.5", -0.5),
        ("18.6 . . . .", 18.6),
        ("$9,594 or less", None),
        ("1.0–1.3", None),
        ("n.a.", None),
        ("-", None),
        ("Table 3", None),
        ("12.05.2024", None),
        ("", None),
    ],
)
def test_a_number_is_the_whole_text_of_its_cell(text: str, value: float | None) -> None:
    assert numbers([[text]], ENGLISH) == [[value]]


def test_the_column_decides_before_the_document() -> None:
    assert numbers([["1.234", "12,5", "1.234.567"], ["1.234", "1.5", "0.125"]], GERMAN) == [
        [1234.0, 12.5, 1234567.0],
        [1.234, 1.5, 0.125],
    ]
    assert numbers([["1.234", "5.678"]], GERMAN) == [[1234.0, 5678.0]]
    assert numbers([["0.125", "1.234"]], GERMAN) == [[0.125, 1.234]]


def test_a_debit_is_negative_where_the_column_has_credits_too() -> None:
    assert numbers([["5.000,00 S", "120,50 H"], ["7,00 S", "8,00 S"]], GERMAN) == [[-5000.0, 120.5], [None, None]]


def test_a_column_that_is_all_in_brackets_is_not_negative() -> None:
    shares = ["(35.2)", "(9.6)", "(38.9)", "(10.3)"]
    assert numbers([shares]) == [[35.2, 9.6, 38.9, 10.3]]
    assert numbers([[*shares, "4.1"]])[0][:2] == [-35.2, -9.6]


def test_whole_numbers_below_a_thousand_show_that_three_digits_behind_a_mark_are_thousands() -> None:
    assert numbers([["36.669", "55.419", "457"]]) == [[36669.0, 55419.0, 457.0]]
    assert numbers([["36,669", "55,419", "457"]]) == [[36669.0, 55419.0, 457.0]]


def test_three_digits_behind_a_point_are_declined_where_nothing_tells_what_they_are() -> None:
    assert numbers([["36.669", "55.419"]]) == [[None, None]]
    assert numbers([["36.669", "55.419"]], ENGLISH) == [[36.669, 55.419]]


def test_the_words_of_a_page_tell_its_decimal_mark_where_its_numbers_do_not() -> None:
    german = "Die Werte für das Jahr und der Zuwachs mit den Angaben von 2023: 36.669"
    english = "The values for the year and the growth of that period: 36.669"
    assert page_hint(german).decimal == ","
    assert page_hint(english).decimal == "."
    assert page_hint("36.669 km").decimal is None
    assert page_hint(f"{german} 1,234.56").decimal == "."
