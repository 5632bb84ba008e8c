"""Dates as people and models write them, in digits or with the names of months in European languages."""

import datetime
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from .locale import NO_HINT, LocaleHint

_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "bg", "da"),
    *("sv", "nb", "fi", "et", "lv", "lt", "el", "tr", "ru", "uk", "ca"),
)
# Two digits of a year as POSIX reads them: 69 to 99 are of the last century.
_PIVOT = 69

_YEAR_FIRST = re.compile(
    r"(?<![\d.,/-])(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号]?)"
    r"(?![\d/-]|[.,]\d)"
)
_YEAR_LAST = re.compile(r"(?<![\d.,/-])(\d{1,2})(?:\s?([-/.])\s?)(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/-]|[.,]\d)")
_COMPACT = re.compile(r"(?<![\d.,/-])((?:19|20)\d{2})(\d{2})(\d{2})(?![\d.,/-])")
# A word may be joined by an apostrophe, as in Catalan `d’abril`, and end in the point of an abbreviation.
_WORD = r"[^\W\d_]+(?:[’'][^\W\d_]+)?"
_DAY_NAMED = re.compile(
    rf"(?<![\w.,/])(\d{{1,2}})(?:st|nd|rd|th|er|re|e|º|°|ª)?[\s.,/-]*(?:(?:of|de|di|den)\s+)?({_WORD})[\s.,/-]*"
    r"(?:(?:de|of|del)\s+)?['’]?(\d{4}|\d{2})(?![\w/:-])"
)
_NAMED_DAY = re.compile(rf"(?<!\w)({_WORD})[\s.-]+(\d{{1,2}})(?:st|nd|rd|th)?[\s.,-]+['’]?(\d{{4}}|\d{{2}})(?![\w/:-])")
_YEAR_NAMED = re.compile(rf"(?<![\w/-])(\d{{4}})[\s.,-]+({_WORD})[\s.-]+(\d{{1,2}})(?![\w/:-])")


@dataclass(frozen=True)
class WrittenDate:
    """A date in a text; `value` is None where the digits are no day of the calendar or their order cannot be told."""

    value: datetime.date | None
    start: int
    end: int


def parse_date(text: str, hint: LocaleHint = NO_HINT) -> datetime.date | None:
    """The one date in `text`; None where there is none, or several that differ.

    What is written with the year first is year, month, day. In digits with the year last, a number above 12 is the day;
    where both could be, `hint.day_first` decides, and without it the day is first, as in most countries. A year of two
    digits lies between 1969 and 2068. A name of a month that means different months in different languages
    (`listopad`) needs `hint.language`. A month without a day is no date.
    """
    values = {date.value for date in find_dates(text, hint)}
    return values.pop() if len(values) == 1 else None


def find_dates(text: str, hint: LocaleHint = NO_HINT) -> list[WrittenDate]:
    """All that is written like a date in `text`, in order."""
    plain = "".join(_plain(letter) for letter in text)
    found: list[WrittenDate] = []
    for date in sorted(_candidates(plain, hint), key=lambda date: (date.start, -date.end)):
        if not found or date.start >= found[-1].end:
            found.append(date)
    return found


def _candidates(text: str, hint: LocaleHint) -> Iterator[WrittenDate]:
    for match in _YEAR_FIRST.finditer(text):
        year, _, *parts = match.groups()
        month, day = (part for part in parts if part)
        yield _written(match, year, int(month), day)
    for match in _COMPACT.finditer(text):
        yield _written(match, match[1], int(match[2]), match[3])
    for match in _YEAR_LAST.finditer(text):
        first, second = int(match[1]), int(match[3])
        day_first = hint.day_first is not False if first <= 12 and second <= 12 else first > 12
        yield _written(match, match[4], second if day_first else first, str(first if day_first else second))
    for pattern, (day, name, year) in {_DAY_NAMED: (1, 2, 3), _NAMED_DAY: (2, 1, 3), _YEAR_NAMED: (3, 2, 1)}.items():
        for match in pattern.finditer(text):
            months = _months(match[name], hint.language)
            if months:
                yield _written(match, match[year], months.pop() if len(months) == 1 else 0, match[day])


def _written(match: re.Match[str], year: str, month: int, day: str) -> WrittenDate:
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= _PIVOT else 2000
    try:
        value = datetime.date(number, month, int(day))
    except ValueError:
        value = None
    return WrittenDate(value, match.start(), match.end())


def _months(word: str, language: str | None) -> set[int]:
    """What month the name may mean; with a language that knows it, only what it means there."""
    known = _names().get(_bare(word), {})
    if language is not None and language in known:
        return set(known[language])
    return {month for months in known.values() for month in months}


@cache
def _names() -> Mapping[str, Mapping[str, set[int]]]:
    """Name without accents → language → months, from Unicode's CLDR."""
    from babel import Locale

    names: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for language in _LANGUAGES:
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in Locale.parse(language).months[form][width].items():
                    word = _bare(name.removeprefix("de "))
                    if not word.isdigit():
                        names[word][language].add(month)
    # What people write and CLDR does not list.
    for word, month in {"sept": 9, "mrz": 3, "maerz": 3, "jaenner": 1, "janner": 1}.items():
        names[word]["en" if word == "sept" else "de"].add(month)
    return names


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip(".").replace("’", "'")


def _plain(letter: str) -> str:
    if letter in "‐‑‒–−－":
        return "-"
    if letter in "／．":
        return "/" if letter == "／" else "."
    if letter > "\x7f" and (digit := unicodedata.decimal(letter, None)) is not None:
        return str(digit)
    return letter
