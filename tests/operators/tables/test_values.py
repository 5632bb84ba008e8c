"""The numbers of cells."""

import pytest
from docpipe.operators.tables.table import GridCell, GridTable
from docpipe.operators.tables.values import cell_numbers
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


def test_a_column_that_is_all_in_brackets_is_not_negative() -> None:
    shares = ["(35.2)", "(9.6)", "(38.9)", "(10.3)"]
    assert numbers([shares]) == [[35.2, 9.6, 38.9, 10.3]]
    assert numbers([[*shares, "4.1"]])[0][:2] == [-35.2, -9.6]
