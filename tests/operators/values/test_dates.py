"""Dates in digits and in words, as one day and as all that they may mean."""

import datetime

import pytest
from babel.dates import format_date
from docpipe.operators.values.dates import (
    PIVOT,
    find_dates,
    parse_date,
    printed_dates,
    read_date,
    same_day,
    times_differ,
)
from docpipe.operators.values.locale import LocaleHint, locale_hint
from docpipe.operators.values.normalization import plain
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
        "5th day of March, 2024",
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


def test_two_digits_of_a_year_lie_between_1950_and_2049() -> None:
    years = [date.year if (date := parse_date(f"1.2.{year:02d}")) else None for year in (49, 50, 65, 99, 0)]
    assert years == [2049, 1950, 1965, 1999, 2000]


@given(
    st.integers(0, 99),
    st.sampled_from(["05.03.{:02d}", "5 Mar {:02d}", "5-Mar-{:02d}", "3/25/{:02d}", "March 5, {:02d}"]),
)
def test_the_same_pivot_holds_for_documents_and_answers(year: int, form: str) -> None:
    written = form.format(year)
    date, printed = parse_date(written), read_date(written)
    assert date is not None
    assert printed is not None
    assert date.year == (2000 if year < PIVOT else 1900) + year
    assert (date.year, date.month, date.day) in printed.days


@pytest.mark.parametrize("text", ["24-03-05", "05-03-24", "25-12-24"])
def test_two_digits_between_dashes_may_be_the_year_on_either_side(text: str) -> None:
    assert parse_date(text) is None
    printed = read_date(text)
    assert printed is not None
    assert len(printed.days) > 1


def test_two_digits_between_dashes_that_can_be_read_in_one_way_are_read() -> None:
    assert parse_date("65-03-05") == parse_date("05-03-65") == datetime.date(1965, 3, 5)
    assert parse_date("12-31-24") == datetime.date(2024, 12, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和6年3月5日", DAY),
        ("令和元年5月1日", datetime.date(2019, 5, 1)),
        ("平成31年4月30日", datetime.date(2019, 4, 30)),
        ("昭和40年3月5日", datetime.date(1965, 3, 5)),
        ("民國113年3月5日", DAY),
    ],
)
def test_eras_of_japan_and_taiwan_are_counted(text: str, day: datetime.date) -> None:
    assert parse_date(text) == day
    printed = read_date(text)
    assert printed is not None
    assert printed.days == {(day.year, day.month, day.day)}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "March 2024",
            "2024",
            "5/3",
            "30.02.2024",
            "31/31/2024",
            "5 May 10:30",
            "1 May 2024 to 2 May 2024",
            "0.0.00",
        ),
        *("05.03.20244", "115.03.2024", "05.03.2024-06.03.2024", "05/03/2024/2", "2024-03-05.7", "5 May 10 am"),
        *("30.02.2024 or 05.03.2024", "R6.03.05", "05/03/2567"),
    ],
)
def test_what_is_no_single_day_is_refused(text: str) -> None:
    assert parse_date(text) is None


@given(
    date=st.dates(datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)),
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


FIFTH_OF_MARCH = (2024, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "2024/3/5",
        "20240305",
        "5 March 2024",
        "5th of March, 2024",
        "March 5, 2024",
        "Tuesday, March 5th 2024",
        "05-MAR-2024",
        "5.3.2024",
        "05/03/24",
        "5. März 2024",
        "Dienstag, 5. Maerz 2024",
        "5 mars 2024",
        "5 de marzo de 2024",
        "5 marzo 2024",
        "5 de março de 2024",
        "5 maart 2024",
        "5 marca 2024",
        "5. března 2024",
        "5 maaliskuuta 2024",
        "5. marts 2024",
        "2024年3月5日",
        "2024년 3월 5일",
        "٢٠٢٤-٠٣-٠٥",
    ],
)
def test_one_day_in_many_forms(text: str) -> None:
    date = read_date(text)
    assert date is not None
    assert FIFTH_OF_MARCH in date.days


@pytest.mark.parametrize(
    "text", ["32/13/2024", "2024-02-30", "12.5", "1.2.3.4", "5 marchers 2024", "tomorrow", "", "3/4"]
)
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert read_date(text) is None


def test_day_and_month_are_left_open_where_the_form_leaves_them_open() -> None:
    open_date, other_way, iso = read_date("05/03/2024"), read_date("03/05/2024"), read_date("2024-03-05")
    assert open_date is not None
    assert other_way is not None
    assert iso is not None
    assert open_date.days == {(2024, 3, 5), (2024, 5, 3)}
    assert same_day(iso, open_date)
    assert same_day(iso, other_way)
    assert not same_day(open_date, other_way)


def test_a_date_glued_to_a_time_is_read() -> None:
    for text in ("17-06-201814:07:29", "02-03-1817:23 SH01"):
        assert [date.end - date.start for date in printed_dates(plain(text))]


@pytest.mark.parametrize(
    ("value", "printed", "differ"),
    [
        ("", " 08:34", False),
        (" 08:34", " 08:34:31", False),
        (" 8:34 PM", " 20:34", False),
        (" 08:34:31", " 08:34:32", True),
        (" 08:34", " 09:34", True),
        (" 08:34", " and then", True),
    ],
)
def test_times_of_day_are_compared_where_a_value_has_one(value: str, printed: str, differ: bool) -> None:
    assert times_differ(value, printed) == differ


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)))
def test_iso_and_printed_forms_of_any_day_are_the_same_day(day: datetime.date) -> None:
    iso = read_date(day.isoformat())
    assert iso is not None
    for form in ("%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%b %d, %Y", "%Y/%m/%d", "%d-%b-%Y", "%d.%m.%y"):
        date = read_date(day.strftime(form))
        assert date is not None
        assert same_day(iso, date)
    other = read_date((day + datetime.timedelta(1)).isoformat())
    assert other is not None
    assert not same_day(iso, other)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    read_date(text)
    simple = plain(text)
    assert all(0 <= date.start < date.end <= len(simple) for date in printed_dates(simple))


@given(
    date=st.dates(datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)),
    language=st.sampled_from([*LANGUAGES, "ca", "sk", "sl", "hr", "bg", "nb", "et", "lt"]),
    form=st.sampled_from(["d MMMM y", "d LLLL y", "d MMM y"]),
)
def test_a_date_with_a_month_in_words_is_the_same_day_in_a_document(
    date: datetime.date, language: str, form: str
) -> None:
    written = format_date(date, form, locale=language)
    printed = read_date(written)
    assert printed is not None, written
    assert (date.year, date.month, date.day) in printed.days


@given(
    st.dates(datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)),
    st.sampled_from(["{}1", "1{}", "{}/2", "{}.7", "3/{}"]),
)
def test_no_day_is_cut_out_of_longer_digits(date: datetime.date, around: str) -> None:
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        assert parse_date(around.format(date.strftime(form))) is None
