"""Numbers in every locale."""

import pytest
from docpipe.operators.values.locale import LocaleHint
from docpipe.operators.values.numbers import find_numbers, parse_number
from hypothesis import given
from hypothesis import strategies as st

COMMA, POINT = LocaleHint(decimal=","), LocaleHint(decimal=".")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56 €", 1234.56),
        ("1,234.56", 1234.56),
        ("1 234,56", 1234.56),
        ("1\u202f234,56", 1234.56),
        ("1'234.50 CHF", 1234.5),
        ("1’234.–", 1234),
        ("1,23,456.78", 123456.78),
        ("12 345 678", 12345678),
        ("12,5 %", 12.5),
        ("RM 12.30", 12.3),
        ("EUR12", 12),
        ("12kg", 12),
        ("about 5 items.", 5),
        (".5", 0.5),
        ("0,123", 0.123),
        ("1234,567", 1234.567),
        ("1.5e3", 1500),
        ("１２３", 123),
        ("٣٫٥", 3.5),
        ("five", 5),
        ("12 (12)", 12),
    ],
)
def test_a_number_is_read_in_the_locale_it_is_written_in(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-5", -5),
        ("−5", -5),
        ("- 5", -5),
        ("-$5", -5),
        ("-€ 5", -5),
        ("EUR -5", -5),
        ("(1,234)", -1234),
        ("$(1,234)", -1234),
        ("(1,234 EUR)", -1234),
        ("5-", -5),
        ("12.50- EUR", -12.5),
        ("+5", 5),
        ("Total - 5", 5),
        ("the loss (5) was small", 5),
    ],
)
def test_a_sign_before_or_after_or_brackets_of_accounting_count(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.5M", 3.5e6),
        ("25K", 25e3),
        ("2 Mrd. Euro", 2e9),
        ("1,2 million", 1.2e6),
        ("3万", 3e4),
        ("5 m", 5),
        ("7 B", 7),
    ],
)
def test_a_magnitude_multiplies(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "none", "5 of 10", "10-20", "2024-03-05", "05/03/2024", "10:30", "1.2.3", "192.168.0.1", "A12", "Q3", "1e999"],
)
def test_no_number_several_numbers_and_what_only_looks_like_one_are_refused(text: str) -> None:
    assert parse_number(text) is None


def test_a_single_mark_before_three_digits_is_what_the_document_uses() -> None:
    assert [parse_number("1.234", hint) for hint in (COMMA, POINT)] == [1234, 1.234]
    assert [parse_number("1,234", hint) for hint in (COMMA, POINT)] == [1.234, 1234]
    assert [parse_number("1.234"), parse_number("1,234")] == [1.234, 1234]


def test_the_hint_does_not_overrule_what_can_be_read_in_one_way_only() -> None:
    assert parse_number("1,234.56", COMMA) == 1234.56
    assert parse_number("12.5", COMMA) == 12.5


def test_a_number_tells_where_it_stands() -> None:
    text = "between -5 and 7 %"
    assert [text[number.start : number.end] for number in find_numbers(text)] == ["-5", "7"]


LOCALES = {",.": POINT, ".,": COMMA, " ,": COMMA, "\u202f,": COMMA, "'.": POINT, "\u00a0.": POINT, "’,": COMMA}


@given(
    cents=st.integers(-(10**13), 10**13),
    decimals=st.integers(0, 4),
    locale=st.sampled_from(sorted(LOCALES)),
    around=st.sampled_from(["{}", "{} €", "$ {}", "Total: {} EUR.", "{} %", "“{}”"]),
)
def test_a_number_written_in_a_locale_reads_back(cents: int, decimals: int, locale: str, around: str) -> None:
    value = cents / 10**decimals
    written = f"{value:,.{decimals}f}".translate({ord(","): locale[0], ord("."): locale[1]})
    assert parse_number(around.format(written), LOCALES[locale]) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for number in find_numbers(text):
        assert 0 <= number.start < number.end <= len(text)
    parse_number(text)
