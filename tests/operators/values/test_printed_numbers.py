"""Numbers mean what people mean by them."""

from decimal import Decimal

import pytest
from docpipe.operators.values.normalization import plain
from docpipe.operators.values.currencies import currencies_differ
from docpipe.operators.values.numbers import (
    Form,
    amounts,
    printed_numbers,
    read_number,
    single_number,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12", {"12"}),
        ("12.50", {"12.5"}),
        ("12,50", {"12.5"}),
        ("1,234", {"1234", "1.234"}),
        ("1.234", {"1234", "1.234"}),
        ("0.250", {"0.25"}),
        ("1,234.50", {"1234.5"}),
        ("1.234,50", {"1234.5"}),
        ("1'234'567", {"1234567"}),
        ("1 234 567,8", {"1234567.8"}),
        ("12,34,567", {"1234567"}),
        ("2000,00", {"2000"}),
        ("007", {"007"}),
        (".5", {"0.5"}),
        ("31.12.2018", set()),
        ("1.2.3", set()),
        ("1,23,4", set()),
        ("9" * 60, set()),
    ],
)
def test_separators_are_read_as_people_write_them(text: str, meant: set[str]) -> None:
    assert amounts(text) == meant


@pytest.mark.parametrize(
    ("text", "meant", "signs", "currency"),
    [
        ("RM41.45", "41.45", {1}, "myr"),
        ("521,91 €", "521.91", {1}, "eur"),
        ("EUR 521,91", "521.91", {1}, "eur"),
        ("-8,79", "8.79", {-1}, None),
        ("−8,79", "8.79", {-1}, None),
        ("8,79-", "8.79", {-1}, None),
        ("$ -5.00", "5", {-1}, "usd"),
        ("(1,234.0)", "1234", {-1, 1}, None),
        ("33 %", "33", {1}, None),
        ("*–4.1", "4.1", {-1}, None),
        ("٣٫٥", None, None, None),
        ("١٢", "12", {1}, None),
        ("12 apples", None, None, None),
        ("1851-A", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_whole_value_is_read_with_sign_and_currency(
    text: str, meant: str | None, signs: set[int] | None, currency: str | None
) -> None:
    number = read_number(text)
    if meant is None:
        assert number is None
    else:
        assert number is not None
        assert (number.amounts, number.signs, number.currency) == ({meant}, signs, currency)


def test_numbers_in_running_text_have_their_signs_currencies_and_forms() -> None:
    text = plain("from 10-20 at -6 for (7) to 8- and £9.50, 12 .75 or 1O5")
    found = {(text[n.start : n.end], n.form): n for n in printed_numbers(text)}
    assert found["20", Form.SAME].signs == {1}
    assert found["6", Form.SAME].signs == {-1}
    assert found["7", Form.SAME].signs == {-1, 1}
    assert found["8", Form.SAME].signs == {-1}
    assert found["9.50", Form.SAME].currency == "gbp"
    assert "12.75" in found["12 .75", Form.TORN].amounts
    assert "105" in found["1o5", Form.CONFUSED].amounts


def test_a_dollar_sign_contradicts_no_other_dollar_and_a_pound_contradicts_a_euro() -> None:
    assert currencies_differ("gbp", "eur")
    assert not currencies_differ("usd", "myr")
    assert not currencies_differ(None, "eur")


def test_one_number_among_words_is_read_and_several_are_not() -> None:
    number = single_number("about 12,5 kg")
    assert number is not None
    assert number.amounts == {"12.5"}
    assert single_number("12 or 13") is None
    assert single_number("none") is None


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_an_amount_means_itself_in_every_notation(amount: Decimal, marks: tuple[str, str]) -> None:
    thousands, decimal = marks
    written = f"{amount:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
    wanted = f"{amount:f}".rstrip("0").rstrip(".")
    assert wanted in amounts(written)


@given(st.text(st.sampled_from("0123456789., '-()€$%RMx"), max_size=60))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    read_number(text)
    single_number(text)
    simple = plain(text)
    for number in printed_numbers(simple):
        first, last = number.outer
        assert 0 <= first <= number.start < number.end <= last <= len(simple)
        assert number.amounts
