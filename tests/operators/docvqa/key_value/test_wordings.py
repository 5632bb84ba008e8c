"""Questions for one thing are read alike in whichever words and language they are asked, or declined."""

import tomllib
from pathlib import Path

import pytest
from docpipe.operators.docvqa.key_value.question import read_question
from docpipe.operators.docvqa.key_value.wordings import plain_wording

WORDINGS: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parents[3] / "data/questions/wordings.toml").read_text(encoding="utf-8")
)
LISTS = ("parties",)
"""What the wordings ask for is a list of values, which is declined."""


@pytest.mark.parametrize("field", WORDINGS)
def test_every_wording_asks_for_the_same_field(field: str) -> None:
    assert len(WORDINGS[field]) >= 8
    read = {ask: read_question(ask) for ask in WORDINGS[field]}
    if field in LISTS:
        assert all(asked.declined for asked in read.values())
    else:
        assert {ask: asked.name or asked.declined for ask, asked in read.items() if asked.name != field} == {}


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        ("How much has to be paid?", "amount due"),
        ("Until when is the contract valid?", "end date contract"),
        ("What is the number of the order?", "What is the number of the order"),
        ("", ""),
    ],
)
def test_an_idiom_is_replaced_and_everything_else_stays(ask: str, meant: str) -> None:
    assert " ".join(plain_wording(ask.strip("?").split())) == meant


@pytest.mark.parametrize(
    "ask",
    [
        "How much has to be paid per month on average?",
        "How long is the notice period compared with the term?",
        "How long is the fence?",
        "Who is the invoice from and why?",
    ],
)
def test_an_idiom_within_a_question_for_more_does_not_make_it_simple(ask: str) -> None:
    asked = read_question(ask)
    assert asked.declined or asked.field is None


def test_an_apostrophe_is_no_quote() -> None:
    assert read_question("What's the seller's phone number?").name == "phone"
    assert read_question("What is the 'phone number'?").field is None
