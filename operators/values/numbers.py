"""Finds numbers in a text, with one lexer for documents and for answers of models.

A number is read as a whole or rejected, never truncated. `printed_numbers` and `read_number` keep every amount that the
digits may mean, to look up a number in a document; `find_numbers` selects the one value that a `LocaleHint` determines.
"""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from .currencies import MASK, SIGN, currency_code, masked
from .locale import NO_HINT, LocaleHint
from .normalization import plain
from .number_context import NUMBER_WORDS, WORD_AFTER, counts_parts, is_spoiled, magnitude

MAX_DIGITS = 40
"""A longer sequence of digits is not an amount; it is compared as text."""

# Separators of groups and of decimals, also as LaTeX writes them, and fractions, which can replace decimals.
_MARK = r"(?:[.,'·]|\{[.,]\}|\\[,:; ])"
_MARKS = re.compile(rf"(?:{_MARK}| )+")
_FRACTIONS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"

COMPACT = re.compile(rf"\d+(?:{_MARK}\d+)*(?: ?[{_FRACTIONS}])?|(?<![\w.,])(?:[.,]\d+|[{_FRACTIONS}])")
"""Digits with separators, but without spaces."""

_SPACED = re.compile(rf"(?<![\d.,'·])\d{{1,3}}(?: \d{{3}})+(?:[.,·]\d+| ?[{_FRACTIONS}])?(?![\d.,'·]?\d)")
_TORN = re.compile(r"(?<![\d.,'])\d{1,3}(?:[.,']\d{3})*\d*(?: [.,] ?|[.,] )\d{1,3}(?![\d.,']?\d)")
_CONFUSED = re.compile(r"(?<![^\W_])(?=[a-z]*\d)(?=\d*[a-z])[0-9oqdilszbg]+(?:[.,][0-9oqdilszbg]+)*(?![^\W_])")
_DIGIT_FOR = str.maketrans("oqdilszbg", "000115286")
_LONGEST = 400

# The context of the digits; a space is permitted next to a sign or a currency.
_BEFORE = re.compile(rf"(?:(?P<first>[-(]) ?)?(?:(?P<currency>{SIGN}) ?)?(?P<second>[-(])?(?P<gap> ?)\Z")
_AFTER = re.compile(rf"(?P<minus>-(?=$|[\s).,;]|{SIGN}(?! ?\d)))?(?: ?(?P<unit>%|{SIGN}))?(?P<close> ?\))?")
_LOOK = 12
# Marks of footnotes and of approximate numbers, and marks at the end of a sentence.
_NOTES_BEFORE, _NOTES_AFTER = (re.compile(rf"[\s*†‡§#~<>≤≥≈{more}]*") for more in ("+", ".,'"))


class Form(StrEnum):
    """How a value is printed where it was found."""

    SAME = "same"
    """As the value is written."""
    OTHER = "other"
    """Another form of the same number or date."""
    PADDED = "padded"
    """The same amount with fewer digits and no currency: `12` for `12.00`, which may count things."""
    TORN = "torn"
    """With a space next to the decimal sign."""
    CONFUSED = "confused"
    """With letters that OCR confuses with digits."""


_PATTERNS = {Form.SAME: (COMPACT, _SPACED), Form.TORN: (_TORN,), Form.CONFUSED: (_CONFUSED,)}


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number in a text.

    Attributes:
        start, end: indices of its digits and separators in the text.
        amounts: canonical magnitudes that it may mean (`1.234` is 1234 or 1.234); see `amounts`. Empty for digits that
            are not a number: a date, a version, an address.
        signs: -1, 1, or both if brackets or a separate dash may or may not mean a minus.
        currency: adjacent currency as given by `currency_code`; None if there is none.
        outer: start and end including the adjacent sign, brackets, currency or percent sign.
        form: `same`, `torn` or `confused`.
    """

    start: int
    end: int
    amounts: frozenset[str]
    signs: frozenset[int]
    currency: str | None
    outer: tuple[int, int]
    form: Form = Form.SAME


@dataclass(frozen=True)
class WrittenNumber:
    """A number in a text.

    Attributes:
        value: finite; None if it cannot be read as a whole, or may mean several values.
        start, end: indices in the text, including its minus and magnitude.
    """

    value: float | None
    start: int
    end: int


def amounts(text: str) -> frozenset[str]:
    """Canonical magnitudes of digits with separators; empty if they are not a number.

    A canonical magnitude has no thousands separators, `.` before decimals, and no zeros at the end of the decimals
    (except for three decimals that may also be thousands: `39,300` is not 39.3).
    """
    text = text.strip(" ")
    if text[-1:] in _FRACTIONS and text:
        decimals = repr(unicodedata.numeric(text[-1])).removeprefix("0.")
        wholes = amounts(text[:-1]) if text[:-1].strip() else {"0"}
        return frozenset(_canonical(whole, decimals) for whole in wholes if "." not in whole)
    groups = _MARKS.split(text)
    if sum(map(len, groups)) > MAX_DIGITS:
        return frozenset()
    # LaTeX writes a thin space with a comma.
    marks = [" " if "\\" in mark else mark.strip(" {}") or " " for mark in _MARKS.findall(text)]
    if not marks:
        return frozenset({_canonical(groups[0], "")})
    found = set()
    before, decimals, last = groups[:-1], groups[-1], marks[-1]
    thousands = bool(before[0]) and _are_thousands(groups, marks)
    if thousands:
        found.add(_canonical("".join(groups), ""))
    if last in ".,·" and last not in marks[:-1] and _are_thousands(before, marks[:-1]):
        joined = "".join(before)
        found.add(f"{joined}.{decimals}" if thousands else _canonical(joined, decimals))
    return frozenset(found)


def printed_numbers(simple: str) -> Iterator[PrintedNumber]:
    """Numbers in a text of `plain` characters; numbers that can be read in several ways overlap."""
    for form, patterns in _PATTERNS.items():
        for start, end, found in _lexed(simple, form, *patterns):
            if found:
                yield _with_context(simple, start, end, found, form)


def read_number(text: str) -> PrintedNumber | None:
    """The number that is the whole text, with sign, currency or percent sign; None for any other text."""
    if len(text) > 2 * MAX_DIGITS:
        return None
    simple = plain(text)
    for number in printed_numbers(simple):
        before, after = simple[: number.outer[0]], simple[number.outer[1] :]
        if number.form != Form.CONFUSED and _NOTES_BEFORE.fullmatch(before) and _NOTES_AFTER.fullmatch(after):
            return replace(number, outer=(0, len(simple)))
    return None


def single_number(text: str) -> PrintedNumber | None:
    """The only number in a text with other words, times its magnitude; None if there is none or several."""
    text = text[:_LONGEST]
    simple = plain(text)
    found = [number for number in _distinct(simple) if number[2]]
    if len(found) != 1:
        return None
    number = _with_context(simple, *found[0])
    power, _ = magnitude(text, simple, number.end, has_currency=number.currency is not None)
    if power is None:
        return None
    scaled = frozenset(_canonical(*_scaled(amount, power).partition(".")[::2]) for amount in number.amounts)
    return replace(number, amounts=scaled) if power else number


def parse_number(text: str, hint: LocaleHint = NO_HINT) -> float | None:
    """The only number in `text`; None if there is none, several that differ, or one that cannot be read as a whole.

    The value includes a sign before or after the number, accounting brackets around it, a magnitude (`3.5M`, `2 Mrd.`)
    and a fraction (`2½`), but not a percent sign, a unit or other words: `12,5 %` is 12.5. A bound (`<5`), a power
    (`10²`), a dozen and letters among the digits are rejected. `hint.decimal` resolves a single `,` or `.` before
    exactly three digits; without a hint `,` separates thousands and `.` is the decimal point.
    """
    if (word := NUMBER_WORDS.get(text.strip().strip(".").lower())) is not None:
        return word
    values = {number.value for number in find_numbers(text, hint)}
    return values.pop() if len(values) == 1 else None


def find_numbers(
    text: str, hint: LocaleHint = NO_HINT, *, money: bool = False, thousandths: bool = True
) -> list[WrittenNumber]:
    """All numbers in digits in `text`, in order, except for digits directly after letters (`A12`).

    Args:
        money: whether to find amounts of money, whose digits must not touch a unit.
        thousandths: whether, without a hint, a single point before exactly three digits is a decimal point.
    """
    simple = masked(text)
    in_parts = counts_parts(text, simple, money=money)
    found: list[WrittenNumber] = []
    for start, end, magnitudes in _distinct(simple):
        if (found and start < found[-1].end) or _LETTER_BEFORE.match(simple, start - 1, start):
            continue
        number = _with_context(simple, start, end, magnitudes)
        amount = _one_amount(number, text, simple, hint, thousandths)
        power, end = magnitude(text, simple, end, has_currency=number.currency is not None, money=money)
        # A sign or bracket stands behind the magnitude.
        number = _with_context(simple, start, end, magnitudes)
        first, last = number.outer
        spoiled = is_spoiled(text, simple, number.start, number.end, first=first, currency=number.currency, money=money)
        if amount is None or power is None or in_parts or spoiled:
            found.append(WrittenNumber(None, start, end))
            continue
        value = float(_scaled(amount, power))
        alone = number.signs == _OPEN and not (_LETTER.search(simple, 0, first) or _LETTER.search(simple, last))
        if alone or number.signs == _MINUS:
            value, start, end = -value, first, last if simple[last - 1] in "-)" else end
        lost = not math.isfinite(value) or (value == 0 and amount.strip("0.") != "")
        found.append(WrittenNumber(None if lost else value, start, end))
    return _without_joined(found, simple)


def as_digits(text: str) -> str:
    """Plain text in which letters that OCR confuses with digits are replaced by the digits."""
    return text.translate(_DIGIT_FOR)


_Lexeme = tuple[int, int, frozenset[str]]
"""Start and end index of digits with separators, and the amounts that they may mean."""


def _lexed(simple: str, form: Form, *patterns: re.Pattern[str]) -> Iterator[_Lexeme]:
    for pattern in patterns:
        for match in pattern.finditer(simple):
            text = match[0]
            if form == Form.CONFUSED:
                text = as_digits(text)
            elif form == Form.TORN:
                text = text.replace(" ", "")
            yield *match.span(), amounts(text)


def _distinct(simple: str) -> list[_Lexeme]:
    """All numbers of the form `same`, without overlaps."""
    spaced = list(_lexed(simple, Form.SAME, _SPACED))
    compact = _lexed(simple, Form.SAME, COMPACT)
    covered = {at for start, end, _ in spaced for at in range(start, end)}
    return sorted(spaced + [one for one in compact if one[0] not in covered], key=lambda one: one[0])


def _with_context(simple: str, start: int, end: int, found: frozenset[str], form: Form = Form.SAME) -> PrintedNumber:
    """Digits with the adjacent sign, brackets and currency."""
    before = _BEFORE.search(simple, max(0, start - _LOOK), start)
    after = _AFTER.match(simple, end, end + _LOOK)
    assert before is not None
    assert after is not None
    unit = after["unit"]
    currency = before["currency"] or (unit if unit != "%" else None)
    beside = before["first"] or before["second"] or before["currency"]
    outer = before.start() if beside else start, end + 1 if after["minus"] else after.end()
    signs = _MINUS if after["minus"] else _signs(simple, before, closed=after["close"] is not None)
    return PrintedNumber(start, end, found, signs, currency_code(currency) if currency else None, outer, form)


def _signs(simple: str, before: re.Match[str], *, closed: bool) -> frozenset[int]:
    for name in ("second", "first"):
        if before[name] == "-":
            at = before.start(name)
            ahead = simple[at - 1 : at]
            if name == "second" and before["currency"]:
                return _MINUS
            if not (ahead.isalnum() or ahead in tuple("_.,)%-")):
                # A dash with a space is certainly a minus only at the start: `Total - 5` is not a negative total.
                return _OPEN if simple[at + 1] == " " and ahead not in ("", "\n", "\f") else _MINUS
        elif before[name] == "(" and closed:
            return _OPEN
    return _PLUS


def _without_joined(found: list[WrittenNumber], simple: str) -> list[WrittenNumber]:
    """The numbers; those that a space, a range, a sum or a product joins to the next one have no value."""
    found = list(found)
    for at, (one, other) in enumerate(itertools.pairwise(found)):
        between = simple[one.end : other.start]
        repeated = one.value == other.value and (MASK in between or "\n" in between)
        in_a_sentence = between == ", " and WORD_AFTER.match(simple, other.end) is not None
        if _JOINING.fullmatch(between.replace(MASK, "")) and not repeated and not in_a_sentence:
            found[at], found[at + 1] = replace(one, value=None), replace(other, value=None)
    return found


# What stands between two numbers that are one number torn apart, a range, a sum or a product.
_JOINING = re.compile(
    r"(?:[\s.,;'+/×x*@±~…-]|\.\.\.?|to|bis|and|und|et|oder|ou|or|a|y|o|e|plus|minus|through|until|до|или|и|至|到|から)*+"
)
_LETTER = re.compile(r"\w")
# Fractions are letters for `re`.
_LETTER_BEFORE = re.compile(rf"[^\W\d{_FRACTIONS}]")
_MINUS, _PLUS, _OPEN = frozenset({-1}), frozenset({1}), frozenset({-1, 1})


def _one_amount(number: PrintedNumber, text: str, simple: str, hint: LocaleHint, thousandths: bool) -> str | None:
    """The amount that the hint determines; None if the digits are not a number."""
    if len(number.amounts) < 2:
        return next(iter(number.amounts), None)
    mark = _MARKS.findall(simple[number.start : number.end])[-1].strip(" {}").replace("·", ".")
    decimal = mark == hint.decimal if hint.decimal else mark != "," and thousandths
    # Behind decimals there is no dash in the place of cents, as in `1.000,-`.
    decimal &= simple[number.end : number.end + 2] not in (",-", ".-")
    # Arabic has a sign for each.
    written = text[number.start : number.end]
    decimal = "٫" in written or (decimal and "٬" not in written)
    return next(amount for amount in number.amounts if ("." in amount) == decimal)


def _are_thousands(groups: list[str], marks: list[str]) -> bool:
    if not marks:
        return True
    if len(set(marks)) > 1 or not 1 <= len(groups[0]) <= 3 or len(groups[-1]) != 3:
        return False
    if groups[0].startswith("0"):
        return False
    # Groups of two digits before the last one are Indian lakhs.
    return all(len(group) == 3 for group in groups[1:]) or (
        marks[0] == "," and len(groups[0]) <= 2 and all(len(group) == 2 for group in groups[1:-1])
    )


def _canonical(whole: str, decimals: str) -> str:
    decimals = decimals.rstrip("0")
    if decimals or not whole.startswith("0"):
        whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole


def _scaled(amount: str, power: int) -> str:
    return format(Decimal(f"{amount}e{power}"), "f") if power else amount
