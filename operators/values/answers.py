"""Parses the answer of a model to a value of the type of the question."""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...schemas.answer_types import AnswerType
from ..wrapping.answer import bare_answer
from .choices import parse_boolean, parse_choice
from .currencies import WrittenCurrency, find_currencies, minor_digits
from .dates import find_dates
from .locale import NO_HINT, LocaleHint
from .not_found import is_not_found, is_refusal
from .numbers import WrittenNumber, find_numbers, parse_number


@dataclass(frozen=True)
class AnswerValue:
    """A parsed answer; only the value that matches the type of the question is set.

    Attributes:
        text: text to look up in the document: the answer without what the model wrapped around it, the part of a
            sentence with the value, or the choice as written in the job.
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


@dataclass(frozen=True)
class AnswerKind:
    """How answers of one type are asked for, parsed and searched; `ANSWER_TYPES` has what they are.

    Attributes:
        parse: makes the value from an answer without quotes, the question's choices and the document's format; raises
            AnswerParseError.
        expected: sentence of the prompt that says what is expected; empty if the question alone is asked.
        shape: text that may be such an answer, by which pages are ranked; None if any text may be.
        search: how the value is searched in a document: as `text`, also as an `amount` in every printed form, also as
            a `date` in every printed form, or None for a judgement, which is printed nowhere.
        may_be_absent_words: whether words such as `none` may be an answer, and only otherwise mean that there is none.
    """

    parse: Callable[[str, Sequence[str], LocaleHint], AnswerValue]
    expected: str = ""
    shape: re.Pattern[str] | None = None
    search: Literal["text", "amount", "date"] | None = "text"
    may_be_absent_words: bool = False


def answer_kind(name: str) -> AnswerKind:
    """How answers of a type are handled; raises ValueError where no type has that name."""
    for known, kind in ANSWER_KINDS.items():
        if known == name:
            return kind
    raise ValueError(f"{name!r} is no type of answers; one of {', '.join(ANSWER_KINDS)}")


def parse_answer(
    text: str, kind: AnswerType, *, choices: Sequence[str] = (), hint: LocaleHint = NO_HINT
) -> AnswerValue | None:
    """Parse the answer of a model; None if it states that the document does not contain the answer.

    Args:
        choices: choices of a question whose type needs them.
        hint: how the document writes numbers and dates; see `locale_hint`.

    Raises:
        AnswerParseError: the answer is not of that type, is ambiguous, or is a refusal to answer.
    """
    # A choice may look like a wrapper.
    answer = text if kind == "choice" and text in choices else bare_answer(text)
    described = answer_kind(kind)
    if is_refusal(answer) and answer not in choices:
        raise AnswerParseError(f"the model refused to answer: {_shown(answer)}")
    if is_not_found(answer) and not described.may_be_absent_words:
        return None
    try:
        return described.parse(answer, choices, hint)
    except AnswerParseError:
        if is_not_found(answer):
            return None
        raise


def _string(answer: str, _choices: Sequence[str], _hint: LocaleHint) -> AnswerValue:
    return AnswerValue(answer)


def _boolean(answer: str, _choices: Sequence[str], _hint: LocaleHint) -> AnswerValue:
    value = parse_boolean(answer)
    if value is None:
        raise AnswerParseError(f"neither yes nor no: {_shown(answer)}")
    return AnswerValue(answer, boolean=value)


def _choice(answer: str, choices: Sequence[str], _hint: LocaleHint) -> AnswerValue:
    choice = parse_choice(answer, choices)
    if choice is None:
        raise AnswerParseError(f"not one of the {len(choices)} choices: {_shown(answer)}")
    return AnswerValue(choice)


def _number(answer: str, _choices: Sequence[str], hint: LocaleHint) -> AnswerValue:
    value = parse_number(answer, hint)
    if value is None:
        raise AnswerParseError(f"not one number: {_shown(answer)}")
    numbers = find_numbers(answer, hint)
    return AnswerValue(answer[numbers[0].start : numbers[0].end].strip() if numbers else answer, number=value)


def _money(answer: str, _choices: Sequence[str], hint: LocaleHint) -> AnswerValue:
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


def _date(answer: str, _choices: Sequence[str], hint: LocaleHint) -> AnswerValue:
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


ANSWER_KINDS: Mapping[AnswerType, AnswerKind] = {
    "string": AnswerKind(_string),
    "number": AnswerKind(
        _number, "The answer is a number, written as on the page.", shape=re.compile(r"\d"), search="amount"
    ),
    "money": AnswerKind(
        _money,
        "The answer is an amount of money with its currency, written as on the page.",
        shape=re.compile(r"\d[\d.,' ]*[.,]\d{2}\b|[€$£¥]\s*\d|\d\s*[€$£¥]"),
        search="amount",
    ),
    "date": AnswerKind(
        _date,
        "The answer is a date with day, month and year, written as on the page.",
        shape=re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(19|20)\d{2}\b"),
        search="date",
    ),
    # `没有` means no, and only for other types not found.
    "boolean": AnswerKind(_boolean, "The answer is yes or no.", search=None, may_be_absent_words=True),
    # A choice may itself be `none` or `unknown`.
    "choice": AnswerKind(_choice, may_be_absent_words=True),
}
