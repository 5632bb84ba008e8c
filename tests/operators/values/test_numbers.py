"""Numbers in every locale, as one value and as all that they may mean."""

import re
import sys
import unicodedata
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from docpipe.operators.values.locale import LocaleHint, locale_hint
from docpipe.operators.values.normalization import plain
from docpipe.operators.values.numbers import (
    Form,
    amounts,
    find_numbers,
    parse_number,
    printed_numbers,
    read_number,
    single_number,
)
from hypothesis import given
from hypothesis import strategies as st

COMMA, POINT = LocaleHint(decimal=","), LocaleHint(decimal=".")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56 €", 1234.56),
        ("1,234.56", 1234.56),
        ("1 234,56", 1234.56),
        ("1.000,-", 1000),
        ("1.000.–", 1000),
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
        ("½", 0.5),
        ("2½", 2.5),
        ("2 ¾ cups", 2.75),
        ("1⅓", 4 / 3),
        ("1{,}234.5", 1234.5),
        ("1\\,234.5", 1234.5),
        ("<b>5</b>", 5),
        ("3rd", 3),
        ("1.234.567", 1234567),
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
        ("3万人", 3e4),
        ("5 lakh", 5e5),
        ("1.234 million", 1.234e6),
        ("(1.2 million)", -1.2e6),
        ("5 hundred", 500),
        ("1.5e-3", 1.5e-3),
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


@pytest.mark.parametrize(
    "text",
    [
        *("<5", ">= 30", "≤ 3", "less than 5", "mindestens 5", "au moins 5", "5+", "5 or more", "minus 5"),
        *("5 minus", "5 below zero", "12 doz.", "5 (CR)", "5 [DR]"),
        *(
            "10²",
            "10^2",
            "10**2",
            "10^{2}",
            "10<sup>2</sup>",
            "5×10³",
            "5±1",
            "5 x 3",
            "5x3",
            "2 dozen",
            "2 and a half",
        ),
        *("5O", "1.2O4,50", "1OO,50", "l2.50", "12h30", "5'10", "1_234", "RX-20731", "1 1/2", "5⁄8", "2.5½"),
        *("2 thousand five hundred", "1億2000万", "1,2345.00", "1.234.56", "5 hundredths", "9" * 60),
    ],
)
def test_what_is_more_than_its_digits_is_refused_and_not_cut(text: str) -> None:
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
        ("RM41.45", "41.45", {1}, "MYR"),
        ("521,91 €", "521.91", {1}, "EUR"),
        ("EUR 521,91", "521.91", {1}, "EUR"),
        ("-8,79", "8.79", {-1}, None),
        ("−8,79", "8.79", {-1}, None),
        ("8,79-", "8.79", {-1}, None),
        ("$ -5.00", "5", {-1}, "USD"),
        ("(1,234.0)", "1234", {-1, 1}, None),
        ("33 %", "33", {1}, None),
        ("*–4.1", "4.1", {-1}, None),
        ("٣٫٥", "3.5", {1}, None),
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
    assert found["9.50", Form.SAME].currency == "GBP"
    assert "12.75" in found["12 .75", Form.TORN].amounts
    assert "105" in found["1o5", Form.CONFUSED].amounts


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


SEPARATORS = ("en", "de", "fr", "de_CH", "en_IN", "sv", "pl", "pt_BR", "es", "it", "nl", "tr", "cs", "ja")


@given(value=st.decimals(-(10**12), 10**12, places=2), locale=st.sampled_from(SEPARATORS))
def test_what_a_locale_formats_is_read_back_and_is_among_what_it_may_mean(value: Decimal, locale: str) -> None:
    written = format_decimal(value, locale=locale, format=None)
    assert parse_number(written, locale_hint(language=locale[:2])) == float(value)
    number = read_number(written)
    assert number is not None
    assert Decimal(f"{abs(value):f}") in map(Decimal, number.amounts)
    assert (-1 if value < 0 else 1) in number.signs


SPACES = [chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Zs"]
ZEROS = [chr(code) for code in range(sys.maxunicode) if unicodedata.decimal(chr(code), None) == 0]
MINUSES = [chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code)) == "Pd"]
WAVES = "\u301c\u3030\u30a0"


@given(
    cents=st.integers(-(10**11), 10**11),
    space=st.sampled_from(SPACES),
    zero=st.sampled_from(ZEROS),
    decimal=st.sampled_from([",", ".", "·", "٫", "，", "．"]),
    minus=st.sampled_from([one for one in ["−", *MINUSES] if one not in WAVES]),
    before=st.sampled_from(["", "€ ", "$", "Total: ", "「"]),
    hint=st.sampled_from([COMMA, POINT, LocaleHint()]),
)
def test_digits_spaces_and_signs_of_all_scripts_are_read(
    cents: int, space: str, zero: str, decimal: str, minus: str, before: str, hint: LocaleHint
) -> None:
    """A number with groups of three and two decimals has one reading, whatever it is written with."""
    written = f"{abs(cents) / 100:,.2f}".translate({ord(","): space, ord("."): decimal})
    written = "".join(chr(ord(zero) + int(one)) if one in "0123456789" else one for one in written)
    sign = minus if cents < 0 else ""
    assert parse_number(f"{before}{sign}{written}", hint) == cents / 100


@given(
    number=st.from_regex(r"[1-9][0-9]{0,2}([ ,.'][0-9]{3}){0,2}", fullmatch=True),
    mark=st.sampled_from("·.,'٫٬⁻⁺₋²½ \u2009\u200b\u2060\ufeff_/:×"),
    rest=st.from_regex(r"[0-9]{1,4}", fullmatch=True),
    hint=st.sampled_from([COMMA, POINT, LocaleHint()]),
)
def test_a_number_with_something_behind_it_is_read_with_all_of_its_digits(
    number: str, mark: str, rest: str, hint: LocaleHint
) -> None:
    value = parse_number(f"{number}{mark}{rest}", hint)
    if value is not None:
        shown = format(Decimal(repr(value)), "f").rstrip("0").rstrip(".").replace(".", "").strip("0")
        assert shown == "".join(filter(str.isdecimal, number + rest)).strip("0")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234·50", 1234.5),
        ("1 234 ½", 1234.5),
        ("1,234½", 1234.5),
        ("1٬234", 1234.0),
        ("1٫234", 1.234),
        ("10⁻³", None),
        ("⁻5", None),
        ("5⁺", None),
        ("1½0", None),
        ("־45", -45.0),
    ],
)
def test_signs_of_one_meaning_need_no_hint(text: str, value: float | None) -> None:
    assert [parse_number(text, hint) for hint in (COMMA, POINT, LocaleHint())] == [value] * 3


digits = st.from_regex(r"[1-9]\d{0,5}([.,]\d{1,2})?", fullmatch=True)


@given(
    number=digits,
    spoiled=st.sampled_from(
        ["{}O", "O{}", "l{}", "{}²", "{}½½", "<{}", ">= {}", "{}/7", "7/{}", "{}-7", "{}:30", "{}^2", "{} dozen", "{}+"]
    ),
)
def test_nothing_is_ever_cut_out_of_what_is_no_number_by_itself(number: str, spoiled: str) -> None:
    assert parse_number(spoiled.format(number)) is None


@given(st.text(st.sampled_from("0123456789.,' ½²Oxk%€$()-/:<{}\\"), max_size=14))
def test_a_value_holds_every_digit_of_what_it_was_read_from(text: str) -> None:
    """All digits of a text that is read stand in numbers that were found, but for raised ones and those of `A12`."""
    if parse_number(text) is not None and not re.search(r"[^\W\d]\d", text):
        spans = [range(number.start, number.end) for number in find_numbers(text)]
        assert all(any(at in span for span in spans) for at, letter in enumerate(text) if letter.isdecimal())


@given(st.text(st.sampled_from("0123456789.,' -()$€"), max_size=20), st.sampled_from([COMMA, POINT, LocaleHint()]))
def test_the_one_value_is_always_one_of_those_that_a_text_may_mean(text: str, hint: LocaleHint) -> None:
    number, value = read_number(text), parse_number(text, hint)
    if number is not None and value is not None:
        assert abs(value) in map(float, number.amounts)
        assert value == 0 or (-1 if value < 0 else 1) in number.signs


def test_a_dash_apart_is_a_minus_for_sure_only_at_the_start() -> None:
    simple = plain("- 5\nTotal - 6 at 7–8, net:-9")
    signs = {simple[number.start : number.end]: number.signs for number in printed_numbers(simple)}
    assert signs == {"5": {-1}, "6": {-1, 1}, "7": {1}, "8": {1}, "9": {-1}}


def test_the_magnitude_of_a_number_among_words_counts() -> None:
    number = single_number("about 1.2 million EUR")
    assert number is not None
    assert number.amounts == {"1200000"}
