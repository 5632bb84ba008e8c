"""The buyer's numbers are no answers about the seller, and an order has no number of an invoice."""

import pytest
from docpipe.operators.docvqa.key_value.answer import KeyValueAnswer, answer
from docpipe.operators.values.locale import NO_HINT
from docpipe.schemas.page import PageReading

from .pages import INVOICE, page

BOTH = (
    *INVOICE,
    (50, 82, "VAT No: GB 284 9917 03"),
    (50, 176, "VAT No: US 551 2209 44"),
)
ORDER = tuple(
    (x, y, text.replace("Invoice No:", "Order No:").replace("Invoice date:", "Date:")) for x, y, text in INVOICE
)


def sure(ask: str, reading: PageReading) -> str | None:
    found = answer(ask, [reading], NO_HINT)
    return found.text if isinstance(found, KeyValueAnswer) and found.confidence >= 0.9 else None


@pytest.mark.parametrize("ask", ["What is the supplier's VAT number?", "What is the VAT ID of the seller?"])
def test_the_buyers_number_is_not_the_sellers(ask: str) -> None:
    assert sure(ask, page(BOTH)) in ("GB 284 9917 03", "284 9917 03", None)
    without = [line for line in BOTH if "284" not in line[2]]
    assert sure(ask, page(without)) is None


def test_what_only_the_seller_has_is_not_the_buyers() -> None:
    only = [line for line in BOTH if "551" not in line[2]]
    assert sure("What is the customer's VAT number?", page(only)) is None


@pytest.mark.parametrize("ask", ["What is the invoice date?", "What is the invoice number?"])
def test_an_order_has_no_particulars_of_an_invoice(ask: str) -> None:
    assert sure(ask, page(INVOICE)) is not None
    assert sure(ask, page(ORDER)) is None


@pytest.mark.parametrize(
    ("ask", "right"),
    [
        ("Wie lautet die Steuernummer?", "156/133/40215"),
        ("Wie lautet die USt-IdNr.?", "DE812345019"),
    ],
)
def test_two_numbers_for_taxes_are_told_apart(ask: str, right: str) -> None:
    both = [*INVOICE[:3], (50.0, 740.0, "USt-IdNr.: DE812345019"), (300.0, 740.0, "Steuernr. 156/133/40215")]
    assert sure(ask, page(both)) in (right, None)
    other = [line for line in both if right not in line[2]]
    assert sure(ask, page(other)) is None


def test_an_address_without_a_label_is_not_the_delivery_address() -> None:
    assert sure("What is the delivery address?", page(INVOICE)) is None
