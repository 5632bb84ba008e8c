"""Dates and times of tick labels: what each label names, and which instants a row of labels means."""

import calendar
import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ....values.dates import month_number

DAY = 86400.0
_EPOCH = datetime.datetime(1970, 1, 1)
_HYPHENS = str.maketrans("\N{NON-BREAKING HYPHEN}\N{HYPHEN}\N{MINUS SIGN}\N{EN DASH}", "----")
_SEARCH_DAYS = 800
_ANY_YEARS = (2001, 2000, 1999)
"""Years of days whose year no label names: without, with, and before a leap day."""


@dataclass(frozen=True)
class Named:
    """The fields that a label names; None for others.

    Attributes:
        second: of the day.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    second: int | None = None

    @property
    def instant(self) -> datetime.datetime | None:
        """The start of what is named, where the year is."""
        if self.year is None:
            return None
        try:
            day = datetime.datetime(self.year, self.month or 1, self.day or 1)
        except ValueError:
            return None
        return day + datetime.timedelta(seconds=self.second or 0)


_WORD = r"(?P<m>[^\W\d_]{3,12})\.?"
_TIME = r"(?P<H>[01]?\d|2[0-4]):(?P<M>[0-5]\d)(?::(?P<S>[0-5]\d)(?:\.0+)?)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
_Y4 = r"(?P<y>1[5-9]\d\d|2[01]\d\d)"
_YEAR = rf"(?:{_Y4}|['’](?P<yy>\d\d))"
_FORMS = tuple(
    re.compile(form)
    for form in (
        _YEAR,
        rf"{_WORD}(?: of)?[\s,/-]*{_YEAR}",
        rf"{_WORD}[\s-](?P<yy>\d\d)",
        rf"{_YEAR}[\s/-]*{_WORD}",
        rf"{_Y4}[-/.](?P<mm>0?[1-9]|1[0-2])",
        rf"(?P<mm>0?[1-9]|1[0-2])[-/.]{_Y4}",
        rf"{_Y4}[-/.](?P<mm>\d\d?)[-/.](?P<d>\d\d?)(?:[T\s]+{_TIME})?",
        rf"(?P<d>\d\d?)\.\s?(?P<mm>\d\d?)\.\s?(?:{_Y4}|(?P<yy>\d\d))",
        rf"{_WORD}\s(?P<d>\d\d?),?\s{_Y4}(?:,?\s{_TIME})?",
        rf"(?P<d>\d\d?)\.?[\s-]{_WORD}[\s-](?:{_Y4}|(?P<yy>\d\d))(?:,?\s{_TIME})?",
        rf"{_YEAR}[\s-]?Q(?P<q>[1-4])",
        rf"Q(?P<q>[1-4])[\s/-]?{_YEAR}",
        _WORD,
        rf"{_WORD}\s(?P<d>\d\d?)(?:,?\s{_TIME})?",
        rf"(?P<d>\d\d?)\.?[\s-]{_WORD}(?:,?\s{_TIME})?",
        rf"{_TIME},?\s{_WORD}\s(?P<d>\d\d?)(?:,?\s{_Y4})?",
        rf"{_TIME},?\s(?P<d>\d\d?)\.?[\s-]{_WORD}(?:[\s-]{_Y4})?",
        rf"(?P<mm>0?[1-9]|1[0-2])-(?P<d>\d\d)(?:\s{_TIME})?",
        _TIME,
        r"(?P<H>0?\d|1[0-2])\s?(?P<half>[AaPp]\.?[Mm]\.?)",
    )
)
_MONTH_AND_NUMBER = re.compile(rf"{_WORD}[\s-](?P<number>\d\d)")
_LIKELY_YEARS = frozenset(range(19, 29))
"""Numbers after all months of an axis that are a year: its labels stand at the starts of months, not at such days."""
_SLASHED = re.compile(r"(?P<a>\d\d?)/(?P<b>\d\d?)/(?P<y>\d{4}|\d\d)")
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? (?P<d>\d\d?)", re.IGNORECASE)


def named(text: str) -> Named | None:
    """What a label names; None where it is no date or time."""
    text = " ".join(text.translate(_HYPHENS).split())
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        found = _fields(match.groupdict())
        if found is not None:
            return found
    if match := _WEEKDAY.fullmatch(text):
        return Named(day=int(match["d"]))
    return None


def _fields(groups: dict[str, str | None]) -> Named | None:
    month: int | None = None
    if word := groups.get("m"):
        month = month_number(word)
        if month is None:
            return None
    if number := groups.get("mm"):
        month = int(number)
    if quarter := groups.get("q"):
        month = 3 * int(quarter) - 2
    year = int(digits) if (digits := groups.get("y")) else None
    if short := groups.get("yy"):
        year = int(short) + (2000 if int(short) < 50 else 1900)
    day = int(digits) if (digits := groups.get("d")) else None
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    second = None
    if groups.get("H"):
        hour = int(groups["H"] or 0)
        if half := groups.get("half"):
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half[0] in "pP" else 0)
        second = 3600 * hour + 60 * int(groups.get("M") or 0) + int(groups.get("S") or 0)
    return Named(year, month, day, second)


@dataclass(frozen=True)
class Reading:
    """A row of labels as instants.

    Attributes:
        days: since 1970, or days of a day where only times are named.
        yearless: whether no label names a year, so that the year of `days` is any.
    """

    days: tuple[float, ...]
    yearless: bool = False


def readings_of_labels(texts: Sequence[str]) -> list[Reading]:
    """Readings of a row of labels in the order of time.

    Empty where they are no times, or where they do not rise.
    """
    return [
        Reading(tuple(days), yearless)
        for labels in _readings(texts)
        for yearless in [_are_yearless(labels)]
        for year in (_ANY_YEARS if yearless else _ANY_YEARS[:1])
        if (days := _resolved(labels, year)) is not None
    ]


def _readings(texts: Sequence[str]) -> Iterator[list[Named]]:
    slashed = [_SLASHED.fullmatch(text.strip()) for text in texts]
    if all(slashed):
        for first in ("a", "b"):
            other = "b" if first == "a" else "a"
            fields = [
                _fields({"mm": match[first], "d": match[other], "y" if len(match["y"]) == 4 else "yy": match["y"]})
                for match in slashed
                if match is not None
            ]
            if all(found is not None for found in fields):
                yield [found for found in fields if found is not None]
        return
    found = [named(text) for text in texts]
    if any(one is None for one in found):
        return
    whole = [one for one in found if one is not None]
    # `Jan 06` is a month of a year or a day of a month.
    as_days = [_day_of_month(text) or one for text, one in zip(texts, whole, strict=True)]
    numbers = {one.day for one in as_days}
    if as_days == whole or (len(numbers) == 1 and numbers <= _LIKELY_YEARS):
        yield whole
        return
    if numbers != {1}:
        yield whole
    yield as_days


def _day_of_month(text: str) -> Named | None:
    match = _MONTH_AND_NUMBER.fullmatch(" ".join(text.translate(_HYPHENS).split()))
    return None if match is None else _fields({"m": match["m"], "d": match["number"]})


def _resolved(labels: list[Named], any_year: int) -> list[float] | None:
    if all(label.second is not None and label.day is label.month is label.year is None for label in labels):
        return _times_of_day([label.second or 0 for label in labels])
    if _are_yearless(labels):
        first = next(k for k, label in enumerate(labels) if label.month is not None)
        labels = [*labels[:first], replace(labels[first], year=any_year), *labels[first + 1 :]]
    anchor = next((k for k, label in enumerate(labels) if label.instant is not None), None)
    if anchor is None:
        return None
    instants: list[datetime.datetime | None] = [None] * len(labels)
    instants[anchor] = labels[anchor].instant
    for k in range(anchor + 1, len(labels)):
        before = instants[k - 1]
        instants[k] = None if before is None else _near(labels[k], before, 1)
    for k in range(anchor - 1, -1, -1):
        after = instants[k + 1]
        instants[k] = None if after is None else _near(labels[k], after, -1)
    days = [(instant - _EPOCH).total_seconds() / DAY for instant in instants if instant is not None]
    if len(days) < len(labels) or any(b <= a for a, b in itertools.pairwise(days)):
        return None
    return days


def _near(label: Named, other: datetime.datetime, way: int) -> datetime.datetime | None:
    """The nearest instant after (`way` 1) or before (-1) another one that has the fields of a label."""
    if label.year is not None:
        return label.instant
    if label.month is not None:
        for year in (other.year - 1, other.year, other.year + 1)[::way]:
            instant = replace(label, year=year).instant
            if instant is not None and (instant - other).total_seconds() * way > 0:
                return instant
        return None
    midnight = other.replace(hour=0, minute=0, second=0)
    for days in range(_SEARCH_DAYS):
        instant = midnight + datetime.timedelta(days=way * days, seconds=label.second or 0)
        if (label.day is None or instant.day == label.day) and (instant - other).total_seconds() * way > 0:
            return instant
    return None


def _times_of_day(seconds: list[int]) -> list[float] | None:
    days, turns = [seconds[0] / DAY], 0
    for before, after in itertools.pairwise(seconds):
        if after <= before:
            turns += 1
        days.append(after / DAY + turns)
    return days if turns <= 1 else None


def month_name(month: int, like: Sequence[str]) -> str | None:
    """A month as the labels of an axis write months: one of them, or an English name as long as theirs; None
    elsewhere."""
    for text in like:
        if month_number(text) == month:
            return text
    for names in (calendar.month_abbr, calendar.month_name):
        if all(text.rstrip(".") in names for text in like):
            return names[month]
    return None


def _are_yearless(labels: Sequence[Named]) -> bool:
    """Whether labels name months or days and no year."""
    return any(label.month is not None for label in labels) and all(label.year is None for label in labels)


def are_times_of_day(texts: Sequence[str]) -> bool:
    """Whether all labels name times and no day."""
    found = [named(text) for text in texts]
    return all(one is not None and one.second is not None and one.day is one.month is one.year is None for one in found)


def instant_of(day: float) -> datetime.datetime | None:
    """The instant of days since 1970, to the second; None outside of the calendar."""
    try:
        return _EPOCH + datetime.timedelta(seconds=round(day * DAY))
    except OverflowError:
        return None


def day_of(instant: datetime.datetime) -> float:
    return (instant - _EPOCH).total_seconds() / DAY
