"""A cell answers where one row has the name that is asked for and one header the column; otherwise nothing does."""

import pytest
from docpipe.operators.docvqa.key_value.answer import Declined, KeyValueAnswer, answer
from docpipe.operators.docvqa.key_value.cells import read_cell_question

from .pages import INVOICE, Line, page


def given(ask: str, lines: tuple[Line, ...] = INVOICE, kind: str = "string") -> str | None:
    found = answer(ask, [page(lines)], kind=kind)  # type: ignore[arg-type]
    return found.text if isinstance(found, KeyValueAnswer) and found.confidence >= 0.9 else None


@pytest.mark.parametrize(
    ("ask", "right"),
    [
        ("What is the unit price of the desk lamp?", "50.00"),
        ("How many ink cartridges were ordered?", "4"),
        ("What is the amount for Ink cartridge?", "50.00"),
        ("What is the quantity of desk lamp?", "2"),
        ("Wie viele Desk lamps wurden bestellt?", "2"),
        ("Quel est le prix unitaire de Ink cartridge ?", "12.50"),
        ("How many chairs were ordered?", None),
        ("How many items were ordered?", None),
        ("What is the unit price of the most expensive item?", None),
    ],
)
def test_the_value_where_row_and_column_meet(ask: str, right: str | None) -> None:
    assert given(ask) == right


def test_header_and_row_are_evidence_behind_the_value() -> None:
    found = answer("What is the unit price of the desk lamp?", [page(INVOICE)], kind="money")
    assert isinstance(found, KeyValueAnswer)
    assert found.number == 50.0
    assert [place.text for place in found.places] == ["50.00", "Unit price", "Desk lamp"]


def test_two_rows_of_the_same_name_settle_nothing() -> None:
    lines = (*INVOICE, (50, 268, "Desk lamp"), (330, 268, "3"), (400, 268, "10.00"), (500, 268, "30.00"))
    found = answer("What is the unit price of the desk lamp?", [page(lines)])
    assert isinstance(found, Declined)
    assert "several rows" in found.reason


def test_a_row_whose_numbers_do_not_multiply_settles_nothing() -> None:
    lines = tuple((x, y, "99.00" if (x, y) == (500, 236) else text) for x, y, text in INVOICE)
    assert given("What is the unit price of the desk lamp?", lines) is None
    assert given("What is the unit price of the ink cartridge?", lines) == "12.50"


def test_a_price_that_may_be_that_of_the_row_is_not_taken_for_the_unit_price() -> None:
    lines = tuple((x, y, {"Unit price": "Unit", "Amount": "Net price"}.get(text, text)) for x, y, text in INVOICE)
    assert given("What is the unit price of the desk lamp?", lines) in ("50.00", None)


@pytest.mark.parametrize(
    "ask", ["How many items cost more than 10?", "How many pages are there?", "What is the amount?", ""]
)
def test_other_questions_are_not_for_cells(ask: str) -> None:
    assert read_cell_question(ask) is None
