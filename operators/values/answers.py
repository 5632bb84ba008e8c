"""Parses the answer of a model to a value of the type of the question."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .choices import parse_boolean, parse_choice
from .currencies import WrittenCurrency, find_currencies, minor_digits
from .dates import find_dates
from .locale import NO_HINT, LocaleHint
from .not_found import is_not_found
from .numbers import WrittenNumber, find_numbers, parse_number

AnswerType = Literal["string", "number", "money", "date", "boolean", "choice"]

_MOST_QUOTES = 4
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "`": "`", "‘": "’"}


@dataclass(frozen=True)
class AnswerValue:
    """A parsed answer; only the value that matches the type of the question is set.

    Attributes:
        text: text to look up in the document: the answer without quotes around it, the part of a sentence with the
            value, or the choice as written in the job.
        number: the number, or the amount of money.
        currency: ISO 4217 code of an amount of money; None if none is written, or its sign has several meanings.
    """

    text: str
    number: float | None = None
    date: datetime.date | None = None
    boolean: bool | None = None
    currency: str | None = None


class AnswerParseError(ValueError):
    """The answer does not have the type of the question; the message gives the reason and quotes a short part."""


def parse_answer(
    text: str, kind: AnswerType, *, choices: Sequence[str] = (), hint: LocaleHint = NO_HINT
) -> AnswerValue | None:
    """Parse the answer of a model; None if it states that the document does not contain the answer.

    Args:
        choices: choices of a question of type `choice`.
        hint: how the document writes numbers and dates; see `locale_hint`.

    Raises:
        AnswerParseError: the answer is not of that type, or is ambiguous.
    """
    answer = unquoted(text)
    if kind == "choice":
        # A choice may itself be `none` or `unknown`.
        choice = parse_choice(answer, choices)
        if choice is not None:
            return AnswerValue(choice)
    if kind == "boolean" and (boolean := parse_boolean(answer)) is not None:
        # `没有` means no, and only for other types not found.
        return AnswerValue(answer, boolean=boolean)
    if is_not_found(answer):
        return None
    match kind:
        case "string":
            return AnswerValue(answer)
        case "number":
            return _number(answer, hint)
        case "money":
            return _money(answer, hint)
        case "date":
            return _date(answer, hint)
        case "boolean":
            raise AnswerParseError(f"neither yes nor no: {_shown(answer)}")
        case "choice":
            raise AnswerParseError(f"not one of the {len(choices)} choices: {_shown(answer)}")


def unquoted(text: str) -> str:
    """`text` without space, quotes or Markdown emphasis around all of it."""
    text = text.strip()
    for _ in range(_MOST_QUOTES):
        if match := re.fullmatch(r"(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1", text, re.DOTALL):
            text = match[2]
        elif len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
            text = text[1:-1].strip()
    return text


def _number(answer: str, hint: LocaleHint) -> AnswerValue:
    value = parse_number(answer, hint)
    if value is None:
        raise AnswerParseError(f"not one number: {_shown(answer)}")
    numbers = find_numbers(answer, hint)
    return AnswerValue(answer[numbers[0].start : numbers[0].end].strip() if numbers else answer, number=value)


def _money(answer: str, hint: LocaleHint) -> AnswerValue:
    currencies = find_currencies(answer, hint.language)
    known = {currency.code for currency in currencies if currency.code}
    # Amounts of money rarely have thousandths, except in currencies that have such a unit.
    thousandths = any(minor_digits(code) == 3 for code in known)
    numbers = find_numbers(answer, hint, money=True, thousandths=thousandths)
    no_shares = [number for number in numbers if not re.match(r"\s?[%％]", answer[number.end :][:2])]
    beside = [number for number in no_shares if any(_touch(number, currency) for currency in currencies)]
    amounts = beside or no_shares
    values = {number.value for number in amounts}
    if len(values) != 1 or (value := values.pop()) is None:
        raise AnswerParseError(f"not one amount of money: {_shown(answer)}")
    if len(known) > 1:
        raise AnswerParseError(f"money in several currencies: {_shown(answer)}")
    near = [currency for currency in currencies if _touch(amounts[0], currency)]
    start = min([amounts[0].start, *(currency.start for currency in near)])
    end = max([amounts[0].end, *(currency.end for currency in near)])
    end += answer[start:end].count("(") > answer[start:end].count(")") and answer[end : end + 1] == ")"
    return AnswerValue(answer[start:end].strip(), number=value, currency=known.pop() if known else None)


def _date(answer: str, hint: LocaleHint) -> AnswerValue:
    dates = find_dates(answer, hint)
    values = {date.value for date in dates}
    if len(values) != 1 or (value := values.pop()) is None:
        raise AnswerParseError(f"not one date with day, month and year: {_shown(answer)}")
    return AnswerValue(answer[dates[0].start : dates[0].end].strip(), date=value)


def _touch(number: WrittenNumber, currency: WrittenCurrency) -> bool:
    """Whether they are adjacent, with at most a space or a bracket between them."""
    return number.start - 2 <= currency.end <= number.end + 2 or number.start - 2 <= currency.start <= number.end + 2


def _shown(answer: str) -> str:
    return repr(answer if len(answer) <= 60 else answer[:57] + "…")
