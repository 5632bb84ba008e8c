"""Detects how a document writes numbers and dates, from those that are unambiguous."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

Decimal = Literal[".", ","]

# Matches one mark that cannot be a thousands separator, or two marks, of which the last is the decimal mark.
_DECIMAL = re.compile(r"(?<![\d.,/-])(?:\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})+|\d+)([.,])(\d{1,2}|\d{4,})(?![\d.,/-])")
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})+(?![\d.,])")
_DATE = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d./-])")


@dataclass(frozen=True)
class LocaleHint:
    """The conventions of a document for numbers and dates.

    Attributes:
        decimal: decimal mark; None if unknown.
        day_first: whether 05/03/2024 is the fifth of March; None if unknown.
        language: ISO 639-1 code; None if unknown.
    """

    decimal: Decimal | None = None
    day_first: bool | None = None
    language: str | None = None


NO_HINT = LocaleHint()


def locale_hint(text: str = "", language: str | None = None) -> LocaleHint:
    """The hint for a document with this `text`.

    The majority of unambiguous numbers and dates in the text decides (`1.234,56`, `12,5`, `25/03/2024`). If there is a
    tie or none, the conventions of the language in Unicode CLDR decide. For English, the order of day and month stays
    unknown, since it differs between countries.

    Args:
        language: ISO 639-1 code of the language of the document.
    """
    usual_decimal, usual_day_first = _of_language(language) if language else (None, None)
    marks: Counter[str] = Counter(match[2] for match in _DECIMAL.finditer(text) if match[1] != match[2])
    marks.update({".": ",", ",": "."}[match[1]] for match in _GROUPED.finditer(text))
    decimal = _majority(marks, ".", ",")
    orders: Counter[str] = Counter()
    for match in _DATE.finditer(text):
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second > 0 and first <= 31:
            orders["day"] += 1
        elif second > 12 >= first > 0 and second <= 31:
            orders["month"] += 1
    order = _majority(orders, "day", "month")
    return LocaleHint(
        decimal=cast(Decimal, decimal) if decimal else usual_decimal,
        day_first=order == "day" if order else usual_day_first,
        language=language,
    )


def _majority(votes: Counter[str], one: str, other: str) -> str | None:
    if votes[one] == votes[other]:
        return None
    return one if votes[one] > votes[other] else other


@cache
def _of_language(language: str) -> tuple[Decimal | None, bool | None]:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
        symbols = locale.number_symbols
        decimal = symbols.get("latn", symbols)["decimal"]
        pattern = locale.date_formats["short"].pattern
    except (UnknownLocaleError, ValueError, KeyError):
        return None, None
    day_first = None if language == "en" else pattern.find("d") < pattern.find("M")
    # In a language that writes the year first, a date with the year last is foreign, so its order is unknown.
    if pattern.lstrip("'").startswith("y"):
        day_first = None
    return (decimal if decimal in (".", ",") else None), day_first
