"""How a document writes its numbers and dates, told from those that can be read in one way only."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

Decimal = Literal[".", ","]

# One mark that cannot be a thousands separator, or two marks of which the last is the decimal one.
_DECIMAL = re.compile(r"(?<![\d.,/-])(?:\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})+|\d+)([.,])(\d{1,2}|\d{4,})(?![\d.,/-])")
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})+(?![\d.,])")
_DATE = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})(?![\d./-])")


@dataclass(frozen=True)
class LocaleHint:
    """What is known of a document's way to write.

    Attributes:
        decimal: its decimal mark; None where unknown.
        day_first: whether 05/03/2024 is the fifth of March; None where unknown.
        language: ISO 639-1 code; None where unknown.
    """

    decimal: Decimal | None = None
    day_first: bool | None = None
    language: str | None = None


NO_HINT = LocaleHint()


def locale_hint(text: str = "", language: str | None = None) -> LocaleHint:
    """The hint for a document with this `text`.

    Numbers and dates of the text that can be read in one way only (`1.234,56`, `12,5`, `25/03/2024`) decide by
    majority; at a tie or without any the language does, as Unicode's CLDR has it. English alone leaves the order of
    day and month open, for its countries differ.

    Args:
        language: ISO 639-1 code of the document's language.
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
    # Where the year comes first, a date that ends in the year is foreign: its order is not known.
    if pattern.lstrip("'").startswith("y"):
        day_first = None
    return (decimal if decimal in (".", ",") else None), day_first
