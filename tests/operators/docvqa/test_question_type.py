"""The type of a question is taken from its words only where they leave no doubt."""

import pytest
from docpipe.operators.docvqa.question_type import question_type
from docpipe.schemas.answer_types import AnswerType
from hypothesis import given
from hypothesis import strategies as st

SAID: list[tuple[str, AnswerType]] = [
    ("What is the total amount?", "money"),
    ("What is the total?", "money"),
    ("What is the total amount due on this invoice?", "money"),
    ("What is the unit price of the first item?", "money"),
    ("Wie hoch ist der Rechnungsbetrag?", "money"),
    ("Quel est le montant total de la facture ?", "money"),
    ("How much is the deposit?", "money"),
    ("How much sugar is in it?", "string"),
    ("total amount", "money"),
    ("What is the date of the invoice?", "date"),
    ("What is the due date?", "date"),
    ("When is the total amount due?", "date"),
    ("Wann wurde der Vertrag unterschrieben?", "date"),
    ("Wie lautet das Rechnungsdatum?", "date"),
    ("¿Cuándo vence la factura?", "date"),
    ("How many pages does the report have?", "number"),
    ("Combien d'articles ?", "string"),
    ("What is the quantity of apples?", "number"),
    ("Is the invoice paid?", "boolean"),
    ("Does the contract renew automatically?", "boolean"),
    ("Is it an invoice or a receipt?", "string"),
    ("What is the invoice number?", "string"),
    ("What is the policy number?", "string"),
    ("What is the total weight?", "string"),
    ("What is the total number of employees?", "string"),
    ("Who signed the contract?", "string"),
    ("What is the name of the company that issued the total?", "string"),
    ("What is the VAT identification number?", "string"),
    ("How is the amount paid?", "string"),
    ("What happened before the due date?", "string"),
    ("", "string"),
]


@pytest.mark.parametrize(("ask", "kind"), SAID)
def test_the_words_of_a_question_say_its_type(ask: str, kind: AnswerType) -> None:
    assert question_type(ask) == kind


def test_a_question_with_choices_asks_for_one_of_them() -> None:
    assert question_type("When was it?", ["morning", "evening"]) == "choice"


@given(st.text(max_size=60))
def test_any_text_has_a_type(ask: str) -> None:
    assert question_type(ask) in ("string", "number", "money", "date", "boolean")
