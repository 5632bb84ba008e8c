"""Numbers as people and models write them, in any locale."""

import math
import re
import unicodedata
from dataclasses import dataclass

from .currencies import find_currencies
from .locale import NO_HINT, LocaleHint

# A thousands separator between groups, or a decimal point; which of them a `.` or `,` is, `_value` decides.
_SPACES = " \u00a0\u2007\u2009\u202f"
_APOSTROPHES = "'’_"
_GROUPED = rf"\d{{1,3}}(?:([{_SPACES}{_APOSTROPHES}])\d{{3}})(?:\1\d{{3}})*(?!\d)(?:[.,]\d+)?(?!\d)"
_PLAIN = r"\d+(?:[.,]\d+)*|[.,]\d+"
_EXPONENT = r"(?:[eE][+-]?\d{1,3}(?!\d))?"
_NUMBER = re.compile(rf"(?<![\w.,])(?:{_GROUPED}|{_PLAIN}){_EXPONENT}(?![.,]?\d)(?![^\W\d_]+\d)")

_MAGNITUDES = {
    1e3: "k thousand thousands tsd tausend mille mil duizend tys tis тыс",
    1e6: "M mn mio million millions millionen millón millon millones milione milioni milhão milhões miljoen miljoner "
    "millioner mln млн",
    1e9: "B bn billion billions mrd milliarde milliarden milliard milliards miliardo miliardi miljard miljarder "
    "milliarder mld млрд",
    1e12: "T tn trn trillion trillions billionen billón billones biljoen",
    1e4: "万 萬",
    1e8: "亿 億",
}
_POWERS = {word: power for power, words in _MAGNITUDES.items() for word in words.split()} | {"K": 1e3}
# One letter counts only where it touches the number and is no unit: `5M` and `5 million`, never `5 m`.
_POWER = re.compile(r"([MBTKk万萬亿億])(?!\w)|\s?([^\W\d_]{2,10}|[万萬亿億])(?!\w)\.?")

# Stands for a letter of a currency: neither a letter nor a space to the patterns below.
_CURRENCY = "\ue000"
_DASHES = "-‐‑‒–—−﹣－"
_NEAR = 16
# A dash apart from its number is a sign only at the start: `Total - 5` is no negative total.
_MINUS_BEFORE = re.compile(rf"(?<![\w.,)%])([-+])(?:{_CURRENCY}+\s?)?$|^\s*([-+])\s*(?:{_CURRENCY}+\s?)?$")
_MINUS_AFTER = re.compile(r"-(?![\w-])")
_OPENING = re.compile(rf"[\s{_CURRENCY}]*\([\s{_CURRENCY}]*")
_CLOSING = re.compile(rf"[\s%{_CURRENCY}]*\)[\s%.{_CURRENCY}]*")
_WORDS = {
    word: float(value)
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    )
}


@dataclass(frozen=True)
class WrittenNumber:
    """A number in a text.

    Attributes:
        value: finite; None for digits that are no number: a date, a version, an address.
        start, end: where it stands with its sign.
    """

    value: float | None
    start: int
    end: int


def parse_number(text: str, hint: LocaleHint = NO_HINT) -> float | None:
    """The one number in `text`; None where there is none, or several that differ.

    A sign before or after it, brackets of accounting around it and a magnitude (`3.5M`, `2 Mrd.`) count; a percent
    sign, a unit and other words do not: `12,5 %` is 12.5. A single `,` or `.` before exactly three digits is what
    `hint.decimal` says; without a hint `,` separates thousands and `.` is the decimal point.
    """
    if (word := _WORDS.get(text.strip().strip(".").lower())) is not None:
        return word
    values = {number.value for number in find_numbers(text, hint)}
    return values.pop() if len(values) == 1 else None


def find_numbers(text: str, hint: LocaleHint = NO_HINT, *, thousandths: bool = True) -> list[WrittenNumber]:
    """All that is written in digits in `text`, in order.

    Args:
        thousandths: whether a single point before exactly three digits may be decimal without a hint.
    """
    plain = _plain_text(text)
    found = []
    for match in _NUMBER.finditer(plain):
        value = _value(match[0], hint, thousandths)
        if value is None or _in_a_chain(plain, match.start(), match.end()):
            found.append(WrittenNumber(None, match.start(), match.end()))
            continue
        power, end = _magnitude(plain, match.end())
        sign, start, end = _sign(plain, match.start(), end)
        value *= sign * power
        found.append(WrittenNumber(value if math.isfinite(value) else None, start, end))
    return found


def _plain_text(text: str) -> str:
    """Digits and signs of every script as ASCII, currencies as `_CURRENCY`; as long as `text`."""
    letters = [_plain(letter) for letter in text]
    for currency in find_currencies("".join(letters)):
        letters[currency.start : currency.end] = _CURRENCY * (currency.end - currency.start)
    return "".join(letters)


def _plain(letter: str) -> str:
    if letter in _DASHES:
        return "-"
    if "！" <= letter <= "～":
        return chr(ord(letter) - 0xFEE0)
    if letter in "٫٬":
        return "." if letter == "٫" else ","
    if letter > "\x7f" and (digit := unicodedata.decimal(letter, None)) is not None:
        return str(digit)
    return letter


def _value(token: str, hint: LocaleHint, thousandths: bool) -> float | None:
    mantissa, _, exponent = token.lower().partition("e")
    mantissa = re.sub(rf"[{_SPACES}{_APOSTROPHES}]", "", mantissa)
    decimal = _decimal_mark(mantissa, len(mantissa) < len(token.lower().partition("e")[0]), hint, thousandths)
    if decimal is None:
        return None
    whole, _, fraction = mantissa.partition(decimal) if decimal else (mantissa, "", "")
    digits = re.sub("[.,]", "", whole)
    value = float(f"{digits or '0'}.{fraction or '0'}e{exponent or '0'}")
    return value if math.isfinite(value) else None


def _decimal_mark(token: str, grouped: bool, hint: LocaleHint, thousandths: bool) -> str | None:
    """The decimal mark of digits with `.` and `,`; empty where there is none, None where they are no number."""
    marks = [letter for letter in token if letter in ".,"]
    if not marks:
        return ""
    last, others = marks[-1], set(marks[:-1])
    if last in others:
        return "" if len(set(marks)) == 1 and _well_grouped(token) else None
    if others:
        return last if _well_grouped(token.rpartition(last)[0]) else None
    whole, fraction = token.split(last)
    if grouped or len(fraction) != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0"):
        return last
    if hint.decimal is not None:
        return last if last == hint.decimal else ""
    return last if last == "." and thousandths else ""


def _well_grouped(whole: str) -> bool:
    """Groups of three digits, or as in India twos before the last three."""
    return re.fullmatch(r"\d{1,3}([.,]\d{3})*|\d{1,2}([.,]\d{2})*[.,]\d{3}", whole) is not None


def _in_a_chain(text: str, start: int, end: int) -> bool:
    """Whether it is a part of `2024-03-05`, `10:30`, `5/3` and their like."""
    before = re.search(r"\d\s?[-/:]$", text[max(0, start - 3) : start])
    after = re.match(r"[-/:]\s?\d", text[end : end + 3])
    return bool(before or after)


def _magnitude(text: str, end: int) -> tuple[float, int]:
    match = _POWER.match(text, end)
    if match is None:
        return 1.0, end
    word = match[1] or match[2]
    power = _POWERS.get(word) or _POWERS.get(word.lower() if len(word) > 1 else word)
    return (power, match.end()) if power else (1.0, end)


def _sign(text: str, start: int, end: int) -> tuple[int, int, int]:
    """-1 for a minus on either side or for brackets around nothing but the number; and the span with it."""
    # A sign stands near; `x` stands for what is further off.
    first = max(0, start - _NEAR)
    before, after = "x" * (first > 0) + text[first:start], text[end : end + _NEAR]
    if match := _MINUS_BEFORE.search(before):
        return (-1 if (match[1] or match[2]) == "-" else 1), start - len(before) + match.start(), end
    if _MINUS_AFTER.match(after):
        return -1, start, end + 1
    opening, closing = _OPENING.fullmatch(before), _CLOSING.fullmatch(text[end : end + _NEAR + 1])
    if opening and closing:
        return -1, opening.start(), end + len(after.rstrip())
    return 1, start, end
