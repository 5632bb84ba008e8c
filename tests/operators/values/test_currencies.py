"""Currencies by one table, in the text of a document and of a model."""

import pytest
from docpipe.operators.values.currencies import currencies_differ, currency_code, find_currencies, masked
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("US$ 5 and CA$5", ["USD", "CAD"]),
        ("\\$5", ["USD"]),
        ("5 Kč, 12 zł, 100 Ft", ["CZK", "PLN", "HUF"]),
        ("Rs. 500 or Rs 500", ["INR", "INR"]),
        ("5000円", ["JPY"]),
        ("5 Euro, 5 euros, 5 eur", ["EUR", "EUR", "EUR"]),
        ("ALL of it, TRY 5", ["TRY"]),
        ("¥5 and 5 kr", [None, None]),
        ("arms and teurer", []),
    ],
)
def test_signs_names_and_codes_are_found(text: str, codes: list[str | None]) -> None:
    assert [currency.code for currency in find_currencies(text)] == codes


def test_a_dollar_sign_contradicts_no_other_dollar_and_a_pound_contradicts_a_euro() -> None:
    assert currencies_differ("GBP", "EUR")
    assert not currencies_differ("USD", "MYR")
    assert not currencies_differ(None, "EUR")


def test_a_sign_of_several_currencies_contradicts_all_others() -> None:
    assert not currencies_differ(currency_code("¥"), "JPY")
    assert not currencies_differ(currency_code("kr."), currency_code("sek"))
    assert currencies_differ(currency_code("kr"), "EUR")
    assert not currencies_differ(currency_code("rmb"), currency_code("元"))


@given(st.text())
def test_a_masked_text_is_as_long_as_the_text(text: str) -> None:
    assert len(masked(text)) == len(text)
