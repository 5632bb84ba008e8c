"""A question is read as what it asks for, or declined where no printed value can answer it."""

import pytest
from docpipe.operators.docvqa.key_value.question import KINDS, read_question
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("ask", "field", "kind"),
    [
        ("What is the invoice number?", "invoice_number", "identifier"),
        ("Wie lautet die Rechnungsnummer?", "invoice_number", "identifier"),
        ("¿Cuál es el número de factura?", "invoice_number", "identifier"),
        ("When is the payment due?", "due_date", "date"),
        ("What is the total net amount before tax?", "tax_basis", "money"),
        ("Quel est le montant total TTC ?", "grand_total", "money"),
        ("Who issued this receipt?", "seller", "name"),
        ("Who is the invoice addressed to?", "buyer", "name"),
        ("What is the address of the company on this receipt?", "seller_address", "address"),
        ("To which IBAN should be paid?", "iban", "iban"),
    ],
)
def test_what_a_question_asks_for(ask: str, field: str, kind: str) -> None:
    asked = read_question(ask)
    assert (asked.name, asked.kind, asked.declined) == (field, kind, "")


def test_words_that_no_lexicon_has_are_looked_for_as_they_are() -> None:
    asked = read_question("What is the flight number?")
    assert asked.field is None
    assert asked.labels[0] == {"number", "=flight"}
    assert asked.kind == "identifier"


def test_a_word_that_is_left_over_makes_it_another_question() -> None:
    assert read_question("What is the total?").name == "grand_total"
    assert read_question("What is the total weight?").name == ""


@pytest.mark.parametrize(
    "ask",
    [
        "How many items were bought?",
        "Why is there a discount?",
        "Which item is the most expensive?",
        "Summarize the invoice.",
        "Is the invoice correct?",
        "Wie viele Positionen hat die Rechnung?",
        "Pourquoi ?",
        "¿Por qué hay un descuento?",
        "What?",
        "",
    ],
)
def test_what_is_not_printed_is_declined_with_a_reason(ask: str) -> None:
    assert read_question(ask).declined


def test_words_in_quotes_are_a_label_and_no_reason_to_decline() -> None:
    asked = read_question("What is the value of 'Highest degree'?")
    assert not asked.declined
    assert asked.labels[0] == {"=highest", "=degree"}


def test_the_type_of_the_job_decides_the_form() -> None:
    assert read_question("What is the invoice number?", "number").kind == "number"


@given(st.text(max_size=200))
def test_any_text_is_a_question_or_declined(ask: str) -> None:
    asked = read_question(ask)
    assert asked.declined or (asked.labels and asked.kind in KINDS)
