"""What models answer, as values of the question's type."""

import datetime
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from docpipe.operators.docvqa.page_ranking import PageRanking
from docpipe.operators.grounding.ground import Evidence, ground_value
from docpipe.operators.inference.prompts import question_prompt
from docpipe.operators.inference.work import Question
from docpipe.operators.values.answers import (
    ANSWER_KINDS,
    AnswerParseError,
    AnswerValue,
    answer_kind,
    parse_answer,
)
from docpipe.operators.values.choices import choice_letters, parse_boolean, parse_choice
from docpipe.operators.values.locale import LocaleHint
from docpipe.operators.values.not_found import NOT_FOUND, is_not_found, is_refusal
from docpipe.operators.wrapping.answer import bare_answer
from docpipe.schemas.answer_types import ANSWER_TYPES, AnswerType, answer_types_text
from docpipe.schemas.tables import TABLES
from hypothesis import given
from hypothesis import strategies as st

CHOICES = ("paid", "not paid", "open")
REPORTED = json.loads((Path(__file__).parents[2] / "data/values/answers.json").read_text(encoding="utf-8"))
TYPES = list(ANSWER_TYPES)


@pytest.mark.parametrize(
    ("text", "number", "currency", "written"),
    [
        ("1.234,56 €", 1234.56, "EUR", "1.234,56 €"),
        ("The total amount is 1.234,56 € (19% VAT included).", 1234.56, "EUR", "1.234,56 €"),
        ("RM 12.30", 12.3, "MYR", "RM 12.30"),
        ("$(1,234)", -1234, "USD", "$(1,234)"),
        ("US$ 5 million", 5e6, "USD", "US$ 5 million"),
        ("1'234.50 CHF", 1234.5, "CHF", "1'234.50 CHF"),
        ("5000円", 5000, "JPY", "5000円"),
        ("12,50", 12.5, None, "12,50"),
        ("EUR 1.234", 1234, "EUR", "EUR 1.234"),
        ("KWD 1.234", 1.234, "KWD", "KWD 1.234"),
        ("kr 12", 12, None, "kr 12"),
        ("12.50 (USD)", 12.5, "USD", "12.50 (USD)"),
        ("$50 one-time fee", 50, "USD", "$50"),
        ("500Kc", 500, None, "500"),
        ("30 EUR/month", 30, "EUR", "30 EUR"),
    ],
)
def test_money_has_an_amount_and_a_currency(text: str, number: float, currency: str | None, written: str) -> None:
    assert parse_answer(text, "money") == AnswerValue(written, number=number, currency=currency)


@pytest.mark.parametrize("case", REPORTED, ids=lambda case: case["text"])
def test_what_was_reported_is_read_whole_or_refused(case: dict[str, Any]) -> None:
    kind, right = case["type"], case["right"]
    if right is None:
        with pytest.raises(AnswerParseError):
            parse_answer(case["text"], kind)
        return
    value = parse_answer(case["text"], kind)
    assert value is not None
    read = {"money": [value.number, value.currency], "number": value.number, "date": str(value.date)}
    assert read[kind] == right


def test_a_sign_of_several_currencies_is_told_by_the_language() -> None:
    def currency(text: str, language: str) -> str | None:
        value = parse_answer(text, "money", hint=LocaleHint(language=language))
        return value.currency if value else None

    assert [currency("kr 12", "sv"), currency("kr 12", "da")] == ["SEK", "DKK"]
    assert [currency("¥12", "ja"), currency("¥12", "zh")] == ["JPY", "CNY"]


def test_a_word_that_is_a_code_too_is_a_currency_only_beside_a_number() -> None:
    value = parse_answer("ALL items TRY 5.00", "money")
    assert value is not None
    assert value.currency == "TRY"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "many"),
        ("number", "5 of 10"),
        ("money", "5 USD or 6 EUR"),
        ("money", "5 USD or 5 EUR"),
        ("money", "a lot"),
        ("date", "March 2024"),
        ("date", "30.02.2024"),
        ("boolean", "No payment terms"),
        ("choice", "closed"),
        ("choice", "paid or open"),
    ],
)
def test_what_is_not_of_the_type_or_ambiguous_is_an_error_that_shows_it(kind: AnswerType, text: str) -> None:
    with pytest.raises(AnswerParseError, match=text):
        parse_answer(text, kind, choices=CHOICES)


def test_a_date_and_a_number_keep_the_words_that_hold_them() -> None:
    assert parse_answer("Due: 05/03/2024.", "date") == AnswerValue("05/03/2024", date=datetime.date(2024, 3, 5))
    assert parse_answer("about 12,5 %", "number") == AnswerValue("12,5", number=12.5)


def test_quotes_and_emphasis_around_all_of_an_answer_are_no_part_of_it() -> None:
    assert [bare_answer(text) for text in ['"ACME"', "**ACME**", "“ACME”", " `ACME` ", "*'ACME'*"]] == ["ACME"] * 5
    assert [bare_answer(text) for text in ['"A" and "B"', "5*6*7", "'n' roll'", '"']] == [
        '"A" and "B"',
        "5*6*7",
        "'n' roll'",
        '"',
    ]


@pytest.mark.parametrize(
    "text", ["Yes", "yes.", "**Yes**", "Yes, it is.", "true", "Ja", "Oui", "sí", "да", "是", "はい", "☑"]
)
def test_yes_in_the_main_languages(text: str) -> None:
    assert parse_boolean(text) is True


@pytest.mark.parametrize(
    "text", ["No", "no.", "No, it is open", "FALSE", "Nein", "non", "não", "нет", "否", "いいえ", "☐"]
)
def test_no_in_the_main_languages(text: str) -> None:
    assert parse_boolean(text) is False


@pytest.mark.parametrize("text", ["", "No payment terms", "Yesterday", "Nordic Ltd.", "maybe", "1"])
def test_what_is_neither_yes_nor_no(text: str) -> None:
    assert parse_boolean(text) is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Paid", "paid"),
        ("paid.", "paid"),
        ("B", "not paid"),
        ("b.", "not paid"),
        ("(C)", "open"),
        ("B) not paid", "not paid"),
        ("Option C: open", "open"),
        ("The answer is A", "paid"),
        ("The invoice is paid.", "paid"),
        ("The invoice is not paid.", "not paid"),
        ("B) open", None),
        ("It isn't open", None),
        ("unpaid", None),
        ("D", None),
    ],
)
def test_a_choice_is_known_by_its_text_or_its_letter(text: str, choice: str | None) -> None:
    assert parse_choice(text, CHOICES) == choice


def test_choices_that_look_like_letters_are_not_lettered() -> None:
    assert choice_letters(["B", "A"]) is None
    assert parse_choice("A", ["B", "A"]) == "A"
    assert parse_choice("a)", ["B", "A"]) == "A"


def test_a_choice_may_be_a_phrase_that_else_means_not_found() -> None:
    assert parse_answer("None", "choice", choices=["none", "some"]) == AnswerValue("none")
    assert parse_answer("None", "choice", choices=["all", "some"]) is None


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=6, unique=True), st.data())
def test_a_choice_repeated_word_for_word_is_that_choice(choices: list[str], data: st.DataObject) -> None:
    choice = data.draw(st.sampled_from(choices))
    assert parse_choice(choice, choices) == choice


@pytest.mark.parametrize(
    "text",
    [
        NOT_FOUND,
        "Not found.",
        '"not found"',
        "N/A",
        "none",
        "-",
        "",
        "Unanswerable",
        "The document does not mention a due date.",
        "The page doesn’t say",
        "The image does not provide information about the total.",
        "The due date is not specified in the document.",
        "It is not included in the document",
        "There is no due date on this invoice.",
        "There is no VAT number present",
        "No due date is mentioned.",
        "I cannot find the total.",
        "I'm unable to determine the total from the image",
        "Unable to determine",
        "It cannot be determined.",
        "Sorry, I cannot find the total.",
        "I'm sorry, but the due date is not specified in the document.",
        "nicht angegeben",
        "non précisé",
        "未提及",
        "記載なし",
    ],
)
def test_the_forms_of_not_in_the_document(text: str) -> None:
    assert is_not_found(text)
    assert parse_answer(text, "string") is None


@pytest.mark.parametrize(
    "text",
    [
        "Error 404: page not found",
        "No 5",
        "Nonesuch Ltd.",
        "The Unknown Company",
        "Notre Dame",
        "0",
        "It is not included",
    ],
)
def test_an_answer_with_such_words_is_an_answer(text: str) -> None:
    assert not is_not_found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, I cannot help with that",
        "I'm sorry, but I can't assist with that request.",
        "I’m sorry.",
        "I cannot comply with this request.",
        "We are unable to process this image.",
        "As an AI language model, I do not look at identity documents.",
    ],
)
def test_a_refusal_says_nothing_of_the_document_and_is_no_answer(text: str) -> None:
    assert is_refusal(text)
    assert not is_not_found(text)
    for kind in ("string", "money", "boolean"):
        with pytest.raises(AnswerParseError, match="refused"):
            parse_answer(text, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["Sorry Ltd.", "Help desk", "I. Cannot", "We Help GmbH", "not found", "AI Systems Inc."]
)
def test_words_of_a_refusal_in_a_name_are_an_answer(text: str) -> None:
    assert not is_refusal(text)


@given(st.text(), st.sampled_from(TYPES), st.lists(st.text(min_size=1), max_size=4))
def test_any_text_is_a_value_or_absent_or_the_declared_error(text: str, kind: AnswerType, choices: list[str]) -> None:
    try:
        value = parse_answer(text, kind, choices=choices)
    except AnswerParseError:
        return
    if value is not None:
        assert value.text in choices if kind == "choice" else value.text in bare_answer(text)


WRITTEN = {
    "string": "ACME",
    "number": "5",
    "money": "5.00 EUR",
    "date": "2024-03-05",
    "boolean": "yes",
    "choice": "paid",
}
COLUMNS = {"value_number": "number", "value_date": "date", "value_boolean": "boolean", "currency": "currency"}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_described_and_fills_the_columns_that_it_names(kind: AnswerType) -> None:
    assert list(ANSWER_KINDS) == list(get_args(AnswerType)) == TYPES
    described = ANSWER_TYPES[kind]
    assert described.meaning
    assert set(described.columns) <= {field.name for field in TABLES["answers"]}
    value = parse_answer(WRITTEN[kind], kind, choices=CHOICES)
    assert value is not None
    filled = [column for column, name in COLUMNS.items() if getattr(value, name) is not None]
    assert sorted(filled) == sorted(described.columns)
    shape = answer_kind(kind).shape
    assert shape is None or shape.search(WRITTEN[kind])


def test_an_unknown_type_is_an_error_that_names_it() -> None:
    for use in (
        lambda: parse_answer("x", "colour"),  # type: ignore[arg-type]
        lambda: question_prompt("Which?", "colour"),  # type: ignore[arg-type]
        lambda: ground_value("x", Evidence([]), kind="colour"),
        lambda: PageRanking(["x"]).order(Question("q", "Which?", "colour")),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match="'colour' is no type of answers; one of string, number"):
            use()


def test_the_types_in_the_docs_are_current() -> None:
    page = Path(__file__).parents[3] / "docs" / "answers.md"
    assert answer_types_text() in page.read_text(encoding="utf-8")
