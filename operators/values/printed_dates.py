"""Dates as people print them, in the main European languages and in Chinese, Japanese and Korean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .normalization import plain

Day = tuple[int, int, int]
"""Year, month, day."""

_MONTHS = {
    1: "january jan januar janvier janv enero ene gennaio gen janeiro januari jaenner janner jaen "
    "tammikuu tammikuuta stycznia styczen sty ledna leden",
    2: "february februar february feb febr fevrier fevr fev febrero febbraio fevereiro februari helmikuu "
    "helmikuuta lutego luty lut unora unor",
    3: "march mar marz maerz mrz mars marzo marco maart mrt maaliskuu maaliskuuta marca marzec brezna brezen marts",
    4: "april apr avril avr abril abr aprile huhtikuu huhtikuuta kwietnia kwiecien kwi dubna duben",
    5: "may mai mayo maggio mag maio mei maj toukokuu toukokuuta maja kvetna kveten",
    6: "june jun juni juin junio giugno giu junho kesakuu kesakuuta czerwca czerwiec cze cervna cerven",
    7: "july jul juli juillet juil julio luglio lug julho heinakuu heinakuuta lipca lipiec lip cervence cervenec",
    8: "august aug aout agosto ago augustus augusti elokuu elokuuta sierpnia sierpien sie srpna srpen",
    9: "september sep sept septembre septiembre set setiembre settembre setembro syyskuu syyskuuta "
    "wrzesnia wrzesien wrz zari",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out lokakuu lokakuuta pazdziernika "
    "pazdziernik paz rijna rijen",
    11: "november nov novembre noviembre novembro marraskuu marraskuuta listopada listopad lis",
    12: "december dec dezember dez decembre diciembre dic dicembre dezembro joulukuu joulukuuta grudnia "
    "grudzien gru prosince prosinec desember",
}
# Czech, Danish, Dutch, English, Finnish, French, German, Italian, Norwegian, Polish, Portuguese, Spanish, Swedish;
# without diacritics, in the cases that dates take, with the usual abbreviations.
_NUMBER_OF = {name: number for number, names in _MONTHS.items() for name in names.split()}

_MONTH = "|".join(sorted(_NUMBER_OF, key=lambda name: -len(name)))
_GAP = r"[ \n./,'-]{0,3}"
_OF = r"(?:(?:de|del|of|d'|di|den) ?)?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|[oa°])?"
_YEAR = r"(?P<y>(?:19|20)\d\d|\d\d)(?!\d)"
_LONG_YEAR = r"(?P<y>(?:1[5-9]|20)\d\d)"
_END = r"(?=\D|$|\d{1,2}[:.h]\d\d)"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_LONG_YEAR} ?(?P<s>[-/.年년]) ?(?P<m>\d{{1,2}}) ?[-/.月월] ?(?P<d>\d{{1,2}})(?!\d)(?: ?[日号號일])?",
        rf"(?<![\d.,]){_DAY}{_GAP}{_OF}(?<![a-z])(?P<n>{_MONTH})(?![a-z]){_GAP}{_OF}{_YEAR}",
        rf"(?<![a-z])(?P<n>{_MONTH})(?![a-z]){_GAP}{_DAY}{_GAP}(?P<y>(?:19|20)\d\d)(?!\d)",
        rf"(?<!\d)(?P<y>(?:19|20)\d\d){_GAP}(?P<n>{_MONTH})(?![a-z]){_GAP}(?P<d>\d{{1,2}})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)",
    )
)
_TWO_AND_YEAR = (
    re.compile(rf"(?<![\d])(?P<a>\d{{1,2}}) ?(?P<s>[-/.]) ?(?P<b>\d{{1,2}}) ?[-/.] ?(?P<y>(?:1[5-9]|20)\d\d){_END}"),
    re.compile(
        r"(?<![\d./-])(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d\d)(?:(?=\d{1,2}:\d)|(?![\d/]|[.-]\d))"
    ),
    re.compile(r"(?<!\d)(?P<a>[0-3]\d)(?P<b>[0-3]\d)(?P<y>(?:19|20)\d\d)(?!\d)"),
)
_TIME = re.compile(
    r"(?:[ ,t]|, )?(?P<hour>\d{1,2})[:.h](?P<minutes>\d\d)(?P<seconds>[:.]\d\d)?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?| ?uhr\b| ?h\b|z\b)?(?![\d.,:]*\d)"
)
_WEEKDAY = re.compile(r"(?:[a-z]{2,12}[.,]{0,2} {0,2}){0,2}")
_LONGEST = 60
# 69 is 2069 with strptime; no document of a pipeline is that far ahead, some are that old.
_PIVOT = 60


@dataclass(frozen=True)
class PrintedDate:
    """A date that stands in a text.

    Attributes:
        start, end: where in the text.
        days: what it may mean: `05/03/2024` is the 5th of March or the 3rd of May.
        order: the two ambiguous numbers as printed, None where the form tells day from month.
    """

    start: int
    end: int
    days: frozenset[Day]
    order: tuple[int, int] | None = None


def printed_dates(simple: str) -> Iterator[PrintedDate]:
    """Dates in a text of `plain` characters; those read in several ways overlap."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(simple):
            month = _NUMBER_OF[match["n"]] if "n" in match.groupdict() else int(match["m"])
            day = (_full_year(match["y"]), month, int(match["d"]))
            if _is_day(day):
                yield PrintedDate(*match.span(), frozenset({day}))
    for pattern in _TWO_AND_YEAR:
        for match in pattern.finditer(simple):
            first, second, year = int(match["a"]), int(match["b"]), _full_year(match["y"])
            days = frozenset(day for day in ((year, second, first), (year, first, second)) if _is_day(day))
            if days:
                yield PrintedDate(*match.span(), days, (first, second) if len(days) > 1 else None)


def read_date(text: str) -> PrintedDate | None:
    """The date that a text is as a whole, apart from a weekday and a time of day; None for anything else."""
    simple = plain(text.strip()[:_LONGEST])
    found = [date for date in printed_dates(simple) if _WEEKDAY.fullmatch(simple[: date.start])]
    if not found or len(text.strip()) > _LONGEST:
        return None
    date = max(found, key=lambda date: date.end - date.start)
    return None if simple[end_of_time(simple, date.end) :].strip(" ,.") else date


def same_day(value: PrintedDate, printed: PrintedDate) -> bool:
    """Whether two dates may be the same; two that leave day and month open must be printed in the same order."""
    if value.order is not None and printed.order is not None:
        return value.order == printed.order and bool(value.days & printed.days)
    return bool(value.days & printed.days)


def end_of_time(simple: str, end: int) -> int:
    """The end of the time of day that is printed right behind a date, else `end` itself."""
    found = _TIME.match(simple, end)
    return end if found is None else found.end()


def times_differ(value: str, printed: str) -> bool:
    """Whether a value goes on with a time of day behind its date, and the printed date with another one or none."""
    wanted, found = _TIME.match(plain(value)), _TIME.match(plain(printed))
    if wanted is None:
        return False
    if found is None or wanted["minutes"] != found["minutes"] or not _hours(wanted) & _hours(found):
        return True
    return bool(wanted["seconds"] and found["seconds"]) and wanted["seconds"][1:] != found["seconds"][1:]


def _hours(time: re.Match[str]) -> set[int]:
    """The hours of the day that a time may mean."""
    hour = int(time["hour"])
    if time["half"] is None:
        return {hour}
    return {hour % 12 + (12 if time["half"] == "p" else 0), hour}


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < _PIVOT else 1900)


def _is_day(day: Day) -> bool:
    year, month, number = day
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= number <= lengths[month - 1]
