"""Answers are the words of the page beside the label that is asked for; what does not stand there is not answered."""

import datetime
from itertools import product

import pytest
from docpipe.evaluation.synthetic.business.documents import key_value_document
from docpipe.operators.docvqa.key_value.answer import Declined, KeyValueAnswer, answer
from docpipe.operators.docvqa.key_value.facts import read_facts
from docpipe.operators.values.locale import NO_HINT
from hypothesis import given, settings
from hypothesis import strategies as st

from .pages import INVOICE, page

SURE = 0.9


def sure(ask: str, *readings: object, kind: str = "string", choices: tuple[str, ...] = ()) -> str | None:
    found = answer(ask, list(readings), NO_HINT, kind, choices)  # type: ignore[arg-type]
    return found.text if isinstance(found, KeyValueAnswer) and found.confidence >= SURE else None


@pytest.mark.parametrize(
    ("ask", "right"),
    [
        ("What is the invoice number?", "RS-20731"),
        ("What is the invoice date?", "12 May 2024"),
        ("When is the payment due?", "11 June 2024"),
        ("What is the total amount?", "GBP 180.00"),
        ("What is the total net amount before tax?", "150.00"),
        ("What is the total tax amount?", "30.00"),
        ("Wie lautet die Rechnungsnummer?", "RS-20731"),
        ("What is the IBAN?", "GB29 6016 1331 9268 1900"),
    ],
)
def test_an_invoice(ask: str, right: str) -> None:
    assert sure(ask, page(INVOICE)) == right


def test_an_answer_says_where_it_stands_and_what_it_means() -> None:
    found = answer("What is the total amount?", [page(INVOICE)], kind="money")
    assert isinstance(found, KeyValueAnswer)
    assert (found.number, found.currency) == (180.0, "GBP")
    (place,) = found.places
    assert (place.page_number, place.text) == (1, "GBP 180.00")
    assert place.box[0] == pytest.approx(500 / 595, abs=1e-3)
    date = answer("What is the invoice date?", [page(INVOICE)], kind="date")
    assert isinstance(date, KeyValueAnswer)
    assert date.date == datetime.date(2024, 5, 12)


@pytest.mark.parametrize(
    "ask",
    ["What is the passport number?", "Who is the landlord?", "What is the delivery date?", "What is the tip?", "Why?"],
)
def test_what_is_not_there_is_not_answered(ask: str) -> None:
    assert sure(ask, page(INVOICE)) is None


def test_a_document_is_asked_as_a_whole() -> None:
    first = page(INVOICE[:13])
    second = page([(x, y - 180, text) for x, y, text in INVOICE[13:31]], number=2)
    found = answer("What is the total amount?", [first, second])
    assert isinstance(found, KeyValueAnswer)
    assert (found.text, found.page_number) == ("GBP 180.00", 2)


def test_words_that_are_too_small_to_be_seen_are_no_answer() -> None:
    from docpipe.evaluation.synthetic.business.sheet import Sheet

    sheet = Sheet()
    for x, y, text in INVOICE:
        sheet.text(x, y, text)
    sheet.text(50, 700, "Grand Total: 1.00", size=1.0)
    assert sure("What is the grand total including tax?", sheet.reading()) == "GBP 180.00"


def test_two_values_beside_the_same_label_are_no_answer() -> None:
    lines = [(50, 60, "Policy Number"), (250, 60, "Policy Number"), (50, 75, "AB-1234"), (250, 75, "CD-9876")]
    found = answer("What is the policy number?", [page(lines)])
    assert isinstance(found, Declined)
    assert "'AB-1234' and 'CD-9876'" in found.reason
    same = [(x, y, text.replace("CD-9876", "AB-1234")) for x, y, text in lines]
    assert sure("What is the policy number?", page(same)) == "AB-1234"


def test_a_page_that_is_read_from_the_right() -> None:
    lines = [(400, 60, "תאריך"), (250, 60, "12.05.2024"), (400, 80, "טלפון"), (250, 80, "03-5551234")]
    assert sure("What is the date?", page(lines)) == "12.05.2024"


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        ([(50, 40, "☒ Member of the union"), (50, 60, "☐ Smoker")], True),
        ([(50, 40, "☐ Member of the union"), (50, 60, "☒ Smoker")], False),
        ([(50, 40, "Member of the union:"), (300, 40, "Yes")], True),
        ([(50, 40, "Member of the union:"), (300, 40, "maybe")], None),
        ([(50, 40, "Smoker:"), (300, 40, "Yes")], None),
    ],
)
def test_yes_and_no_only_where_a_mark_or_a_word_says_so(
    lines: list[tuple[float, float, str]], right: bool | None
) -> None:
    found = answer("Is 'Member of the union' ticked?", [page(lines)], kind="boolean")
    assert (found.boolean if isinstance(found, KeyValueAnswer) else None) is right


def test_a_choice_only_where_it_stands_beside_the_label() -> None:
    lines = [(50, 40, "Payment method:"), (200, 40, "Bank transfer"), (50, 80, "We also take cash.")]
    choices = ("cash", "bank transfer")
    assert sure("What is the payment method?", page(lines), kind="choice", choices=choices) == "bank transfer"
    assert isinstance(answer("What is the delivery method?", [page(lines)], kind="choice", choices=choices), Declined)


ASKED = ("What is the total?", "Who is the seller?", "What is the address of the company?", "What is the colour code?")


@settings(max_examples=25, deadline=None)
@given(st.integers(10**6, 10**7))
def test_every_answer_is_words_of_a_line_and_lies_on_its_page(seed: int) -> None:
    made = key_value_document(seed)
    facts = read_facts(made.readings, NO_HINT)
    for ask, kind in product(ASKED, ("string", "money", "date", "number")):
        found = answer(ask, facts, NO_HINT, kind)  # type: ignore[arg-type]
        if isinstance(found, Declined):
            assert found.reason
            continue
        assert 0 <= found.confidence <= 1
        assert found.text
        for place in found.places:
            x0, y0, x1, y1 = place.box
            assert 0 <= x0 < x1 <= 1
            assert 0 <= y0 < y1 <= 1
            lines = made.readings[place.page_number - 1].lines.text
            assert set(place.text.split()) <= {word for line in lines for word in line.split()}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=40).filter(lambda text: text.strip() and "\n" not in text), max_size=12))
def test_any_words_are_answered_or_declined(texts: list[str]) -> None:
    lines = [(50.0, 40.0 + 15 * at, " ".join(text.split()) or "x") for at, text in enumerate(texts)]
    reading = page(lines or [(50, 40, "x")])
    for ask in ASKED:
        assert answer(ask, [reading]) is not None
