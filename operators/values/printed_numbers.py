"""Numbers as people print them: thousands separators, decimal signs, minus signs, currencies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .normalization import plain

_CODES = (
    "eur|usd|gbp|chf|jpy|cny|rmb|myr|sgd|aud|cad|nzd|hkd|inr|sek|nok|dkk|isk|pln|czk|huf|ron|bgn|try|rub|uah|brl|mxn|zar|krw|idr|"
    "thb|php|vnd|ils|aed|sar|rm|rs|fr|kr|zl|kc|ft|lei|euro|euros|dollar|dollars"
)
_SYMBOLS = "$€£¥₹₩₽₺₪₫฿₴¢"
CURRENCY = rf"(?:[{_SYMBOLS}]|(?:us|a|c|s|hk|nz|r)\$|(?<![a-z])(?:{_CODES})(?![a-z])\.?)"
_ALIASES = {"€": "eur", "euro": "eur", "euros": "eur", "$": "usd", "us$": "usd", "dollar": "usd", "dollars": "usd"}
_ALIASES |= {"£": "gbp", "¥": "jpy", "₹": "inr", "rs": "inr", "rm": "myr", "zl": "pln", "kc": "czk", "ft": "huf"}
# A dollar sign is printed for many a local currency, and crowns have one name in four countries.
_VAGUE = frozenset({"usd", "kr", "fr", "lei"})

MAX_DIGITS = 40
"""A longer run of digits is no amount: it is compared as text."""

COMPACT = re.compile(r"\d+(?:[.,'·]\d+)*|(?<![\w.,])[.,]\d+")
_SPACED = re.compile(r"(?<![\d.,'])\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?![\d.,']?\d)")
_TORN = re.compile(r"(?<![\d.,'])\d{1,3}(?:[.,']\d{3})*\d*(?: [.,] ?|[.,] )\d{1,3}(?![\d.,']?\d)")
_CONFUSED = re.compile(r"(?<![^\W_])(?=[a-z]*\d)(?=\d*[a-z])[0-9oqdilszbg]+(?:[.,][0-9oqdilszbg]+)*(?![^\W_])")
_DIGIT_FOR = str.maketrans("oqdilszbg", "000115286")
_SIGNED_BEFORE = re.compile(rf"(?:^|[\s(*†‡§#~<>≤≥≈]|{CURRENCY})- ?(?:{CURRENCY} ?)?$")
_OPEN_BEFORE = re.compile(rf"\((?:{CURRENCY} ?)?$")
_CLOSE_AFTER = re.compile(rf" ?(?:{CURRENCY}|%)? ?\)")
_MINUS_AFTER = re.compile(rf"-(?=$|[\s)]|{CURRENCY})")
_CURRENCY_BEFORE = re.compile(rf"({CURRENCY}) ?[-(]? ?$")
_BESIDE_BEFORE = re.compile(rf"(?:[-(] ?)?(?:{CURRENCY} ?)?[-(]?$")
_BESIDE_AFTER = re.compile(rf"(?: ?(?:%|{CURRENCY}))?\)?")
_CURRENCY_AFTER = re.compile(rf" ?({CURRENCY})")
# Marks of footnotes and of rough numbers.
_NOTE = r"[\s*†‡§#~<>≤≥≈]*"
_VALUE = re.compile(
    rf"{_NOTE}(?P<open>\()?\s*(?:(?P<minus>-)|\+)?\s*(?:{CURRENCY})?\s*(?P<minus2>-)?\s*"
    rf"(?P<digits>\d[\d.,' ·]*|[.,]\d+)\s*(?P<minus3>-)?\s*(?:%|{CURRENCY})?\s*(?:{CURRENCY})?\s*(?P<close>\))?{_NOTE}"
)
_LOOK = 12


class Form(StrEnum):
    """How a value is printed where it was found."""

    SAME = "same"
    """As the value is written."""
    OTHER = "other"
    """Another form of the same number or date."""
    PADDED = "padded"
    """The same amount with fewer digits and no currency: `12` for `12.00`, which may count things."""
    TORN = "torn"
    """With a space beside the decimal sign."""
    CONFUSED = "confused"
    """With letters that OCR takes for digits."""


@dataclass(frozen=True)
class PrintedNumber:
    """A number that stands in a text.

    Attributes:
        start, end: of its digits and separators in the text.
        outer: start and end with the sign, brackets, currency or percent sign beside it.
        amounts: canonical magnitudes that it may mean (`1.234` is 1234 or 1.234); see `amounts`.
        signs: -1, 1 or both, where brackets may mean a minus or be brackets.
        currency: as an ISO code where one is printed beside it, else None.
        form: `same`, `torn` or `confused`, by itself.
    """

    start: int
    end: int
    amounts: frozenset[str]
    signs: frozenset[int]
    currency: str | None
    outer: tuple[int, int]
    form: Form = Form.SAME


def amounts(text: str) -> frozenset[str]:
    """Canonical magnitudes of digits with separators (`.`, `,`, `'`, `·`, space), empty where it is no number.

    A canonical magnitude has no thousands separators, `.` before decimals, and no zeros at the end of the decimals
    (but for three decimals that may be thousands as well: `39,300` is not 39.3).
    """
    groups = re.split(r"[.,'· ]+", text.strip(" "))
    marks = re.findall(r"[.,'· ]+", text.strip(" "))
    if sum(map(len, groups)) > MAX_DIGITS:
        return frozenset()
    marks = [mark.strip() or " " for mark in marks]
    if not marks:
        return frozenset({_canonical(groups[0], "")})
    found = set()
    whole, decimals, last = groups[:-1], groups[-1], marks[-1]
    thousands = bool(whole[0]) and _are_thousands(groups, marks)
    if thousands:
        found.add(_canonical("".join(groups), ""))
    if last in ".,·" and last not in marks[:-1] and _are_thousands(whole, marks[:-1]):
        joined = "".join(whole)
        found.add(f"{joined}.{decimals}" if thousands else _canonical(joined, decimals))
    return frozenset(found)


def read_number(text: str) -> PrintedNumber | None:
    """The number that a text is as a whole, with sign, currency or percent sign; None where it is more or less."""
    if len(text) > 2 * MAX_DIGITS:
        return None
    simple = plain(text)
    match = _VALUE.fullmatch(simple)
    if match is None:
        return None
    digits = match["digits"].rstrip(" .,'")
    found = amounts(digits) if digits else frozenset()
    if not found:
        return None
    minus = bool(match["minus"] or match["minus2"] or match["minus3"])
    bracketed = bool(match["open"] and match["close"])
    signs = frozenset({-1}) if minus else frozenset({-1, 1}) if bracketed else frozenset({1})
    start = match.start("digits")
    currency = re.search(CURRENCY, simple)
    return PrintedNumber(
        start,
        start + len(digits),
        found,
        signs,
        currency_code(currency[0]) if currency else None,
        (0, len(simple)),
    )


def single_number(text: str) -> PrintedNumber | None:
    """The one number that a text with other words holds; None where it holds none or several."""
    found = list(_printed(plain(text[:400]), COMPACT, Form.SAME))
    spaced = list(_printed(plain(text[:400]), _SPACED, Form.SAME))
    if len(spaced) == 1 and all(spaced[0].start <= n.start < spaced[0].end for n in found):
        return spaced[0]
    return found[0] if len(found) == 1 else None


def printed_numbers(simple: str) -> Iterator[PrintedNumber]:
    """Numbers in a text of `plain` characters; those read in several ways overlap."""
    yield from _printed(simple, COMPACT, Form.SAME)
    yield from _printed(simple, _SPACED, Form.SAME)
    yield from _printed(simple, _TORN, Form.TORN)
    yield from _printed(simple, _CONFUSED, Form.CONFUSED)


def as_digits(text: str) -> str:
    """Plain text with the letters that OCR takes for digits as digits."""
    return text.translate(_DIGIT_FOR)


def currency_code(printed: str) -> str:
    """The ISO code of a printed currency, as far as it tells."""
    name = printed.strip(". ")
    return _ALIASES.get(name, name)


def currencies_differ(first: str | None, second: str | None) -> bool:
    """Whether two printed currencies contradict each other."""
    if first is None or second is None or first == second:
        return False
    return first not in _VAGUE and second not in _VAGUE


def _printed(simple: str, pattern: re.Pattern[str], form: Form) -> Iterator[PrintedNumber]:
    for match in pattern.finditer(simple):
        text = match[0]
        if form == Form.CONFUSED:
            text = as_digits(text)
        elif form == Form.TORN:
            text = text.replace(" ", "")
        found = amounts(text)
        if not found:
            continue
        start, end = match.span()
        before, after = simple[max(0, start - _LOOK) : start], simple[end : end + _LOOK]
        prefix, suffix = _BESIDE_BEFORE.search(before), _BESIDE_AFTER.match(after)
        currency = _CURRENCY_BEFORE.search(before) or _CURRENCY_AFTER.match(after)
        yield PrintedNumber(
            start,
            end,
            found,
            _signs(before, after),
            currency_code(currency[1]) if currency else None,
            (start - len(prefix[0]) if prefix else start, end + len(suffix[0]) if suffix else end),
            form,
        )


def _signs(before: str, after: str) -> frozenset[int]:
    if _SIGNED_BEFORE.search(before) or _MINUS_AFTER.match(after):
        return frozenset({-1})
    if _OPEN_BEFORE.search(before) and _CLOSE_AFTER.match(after):
        return frozenset({-1, 1})
    return frozenset({1})


def _are_thousands(groups: list[str], marks: list[str]) -> bool:
    if not marks:
        return True
    if len(set(marks)) > 1 or not 1 <= len(groups[0]) <= 3 or len(groups[-1]) != 3:
        return False
    if groups[0].startswith("0"):
        return False
    # Two digits a group before the last one are Indian lakhs.
    return all(len(group) == 3 for group in groups[1:]) or (
        marks[0] == "," and len(groups[0]) <= 2 and all(len(group) == 2 for group in groups[1:-1])
    )


def _canonical(whole: str, decimals: str) -> str:
    decimals = decimals.rstrip("0")
    if decimals or not whole.startswith("0"):
        whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole
