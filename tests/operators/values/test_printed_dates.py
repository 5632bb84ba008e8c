"""Dates mean the same day in every form and language."""

import datetime

import pytest
from docpipe.operators.values.normalization import plain
from docpipe.operators.values.dates import printed_dates, read_date, same_day, times_differ
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.dates(datetime.date(1960, 1, 1), datetime.date(2059, 12, 31)))
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
