"""Dates in digits and in words."""

import datetime

import pytest
from babel.dates import format_date
from docpipe.operators.values.dates import find_dates, parse_date
from docpipe.operators.values.locale import LocaleHint, locale_hint
from hypothesis import given
from hypothesis import strategies as st

DAY = datetime.date(2024, 3, 5)
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sv", "da", "fi", "hu", "ro", "ru", "uk", "el", "tr"]


@pytest.mark.parametrize(
    "text",
    [
        "5 March 2024",
        "March 5, 2024",
        "Mar 5 2024",
        "5-Mar-24",
        "05MAR2024",
        "Tuesday, 5th of March 2024",
        "5. März 2024",
        "den 5. Maerz 2024",
        "5 de marzo de 2024",
        "5 mars 2024",
        "5 марта 2024 г.",
        "2024. március 5.",
        "2024年3月5日",
        "2024년 3월 5일",
        "2024-03-05",
        "2024-03-05T10:00:00Z",
        "2024/3/5",
        "20240305",
        "05.03.2024",
        "5. 3. 2024",
        "05/03/24",
        "The invoice is of 05/03/2024.",
        "05/03/2024 (5 March 2024)",
    ],
)
def test_a_date_is_read_in_the_way_it_is_written(text: str) -> None:
    assert parse_date(text) == DAY


def test_a_number_above_twelve_is_the_day() -> None:
    assert parse_date("03/25/2024") == datetime.date(2024, 3, 25)
    assert parse_date("25/03/2024", LocaleHint(day_first=False)) == datetime.date(2024, 3, 25)


def test_the_document_decides_between_day_and_month() -> None:
    assert parse_date("05/03/2024", LocaleHint(day_first=False)) == datetime.date(2024, 5, 3)
    assert parse_date("05/03/2024", LocaleHint(day_first=True)) == DAY
    assert parse_date("05/03/2024") == DAY


def test_a_month_that_differs_between_languages_needs_the_language() -> None:
    assert parse_date("5 listopada 2024") is None
    assert parse_date("5 listopada 2024", LocaleHint(language="pl")) == datetime.date(2024, 11, 5)
    assert parse_date("5 listopada 2024", LocaleHint(language="hr")) == datetime.date(2024, 10, 5)


def test_two_digits_of_a_year_lie_between_1969_and_2068() -> None:
    years = [date.year if (date := parse_date(f"1.2.{year:02d}")) else None for year in (68, 69, 99, 0)]
    assert years == [2068, 1969, 1999, 2000]


@pytest.mark.parametrize(
    "text",
    ["", "March 2024", "2024", "5/3", "30.02.2024", "31/31/2024", "5 May 10:30", "1 May 2024 to 2 May 2024", "0.0.00"],
)
def test_what_is_no_single_day_is_refused(text: str) -> None:
    assert parse_date(text) is None


@given(
    date=st.dates(datetime.date(1969, 1, 1), datetime.date(2068, 12, 31)),
    language=st.sampled_from(LANGUAGES),
    form=st.sampled_from(["long", "medium", "d MMMM y", "dd/MM/yyyy", "dd.MM.yy", "yyyy-MM-dd", "yyyyMMdd"]),
)
def test_a_date_written_in_a_language_reads_back(date: datetime.date, language: str, form: str) -> None:
    written = format_date(date, form, locale=language)
    hint = LocaleHint(day_first=locale_hint(language=language).day_first, language=language)
    assert parse_date(written, hint) == date


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("0123456789/.- MayMärz年月日"))))
def test_any_text_is_read_or_refused(text: str) -> None:
    for date in find_dates(text):
        assert 0 <= date.start < date.end <= len(text)
    parse_date(text)
