"""Numbers of tick labels: the labels of one axis are read together, in one locale."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ....values.dates import month_number

_MINUS = str.maketrans(
    {"−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-", "×": "x", "·": "x", "⋅": "x", "’": "'"}
)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_CURRENCY = r"(?:US\$|CHF|EUR|USD|GBP|[$€£¥₹])"
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+])?\s?(?P<currency>{_CURRENCY})?\s?(?P<sign2>-)?"
    r"(?P<digits>\d[\d.,' ]*|[.,]\d+)"
    r"(?:(?P<e>[eE][-+]?\d{1,3})|\s?[x*]\s?10\^?(?P<power>[-+]?\d{1,3}))?"
    r"\s?(?P<unit>[^\W\d_]{0,12}\.?[²³]?|%|‰|°\s?[CFKNESW]?|[$€£¥₹]|[kKMB][$€£¥]|[^\W\d_]{1,4}/[^\W\d_]{1,4})(?P<close>\))?"
)
_POWER = re.compile(r"(?P<sign>-)?(?P<base>10|2|e)\^(?P<power>[-+]?\d{1,3}(?:[.,]\d+)?)")
_FACTORS = {
    "k": 1e3,
    "K": 1e3,
    "tsd": 1e3,
    "M": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "m": 1e6,
    "B": 1e9,
    "bn": 1e9,
    "G": 1e9,
    "mrd": 1e9,
    "T": 1e12,
}
_COUNTS = frozenset("kKMBGT")
_CURRENCIES = frozenset(("$", "€", "£", "¥", "₹", "US$", "CHF", "EUR", "USD", "GBP"))


class Decimal(StrEnum):
    """The decimal sign of an axis."""

    POINT = "."
    COMMA = ","


@dataclass(frozen=True)
class TickNumbers:
    """Values of labels as one locale reads them.

    Attributes:
        values: one for each label; None for a label that is no number.
        unit: what stands after the numbers: `%`, `kg`; empty for none. Counting letters (`k`, `M`) are in the values.
    """

    values: tuple[float | None, ...]
    unit: str


def tick_numbers(texts: Sequence[str]) -> list[TickNumbers]:
    """The readings of an axis' labels, the likelier first: none, one, or two where the locale is not certain."""
    found: list[TickNumbers] = []
    simple = [_simple(text) for text in texts]
    for decimal in _by_likelihood(simple):
        parts = [_read(text, decimal) for text in simple]
        reading = _together(parts)
        if reading is not None and reading not in found:
            found.append(reading)
            if _is_certain(simple, decimal):
                break
    return found


def are_powers(texts: Sequence[str]) -> bool:
    """Whether labels are all written as powers of one base, as those of log scales are."""
    found = [_POWER.fullmatch(text) for text in map(_simple, texts)]
    return len({match["base"] for match in found if match}) == 1 and all(found)


def tick_number(text: str) -> float | None:
    """The value of a single label where it has only one reading."""
    readings = tick_numbers([text])
    return readings[0].values[0] if len(readings) == 1 else None


def _simple(text: str) -> str:
    text = _RAISED.sub(lambda run: "^" + run[0].translate(_SUPERSCRIPT), text)
    return " ".join(unicodedata.normalize("NFKC", text.translate(_MINUS)).translate(_MINUS).split())


def _is_certain(texts: Sequence[str], decimal: Decimal) -> bool:
    """Whether signs that this locale reads as thousands can be no decimal signs.

    Three decimals of which the last is always 0 would be one too many; and a label of the axis without a sign (`0`,
    `500`) has no decimals.
    """
    other = "," if decimal == Decimal.POINT else "."
    groups = [re.fullmatch(rf"\D*\d{{1,3}}(?:{re.escape(other)}\d{{3}})+\D*", text) for text in texts if other in text]
    if not groups:
        signed = [text for text in texts if decimal in text]
        return not signed or not all(
            re.fullmatch(rf"\D*[1-9]\d{{0,2}}{re.escape(decimal)}\d{{3}}\D*", text) for text in signed
        )
    if not all(groups):
        return False
    several = any(text.count(other) > 1 for text in texts)
    plain = any(other not in text and any(map(str.isdigit, text)) for text in texts)
    zeros = all(re.search(r"0\D*$", text) for text in texts if other in text)
    return several or plain or (zeros and decimal == Decimal.POINT)


def _by_likelihood(texts: Sequence[str]) -> tuple[Decimal, Decimal]:
    """Three digits after a sign are thousands where some label of the axis has no such sign (`0`, `500`, `1,000`)."""
    point, comma = Decimal.POINT, Decimal.COMMA
    signed = [text for text in texts if "." in text or "," in text]
    plain = [text for text in texts if text not in signed and any(map(str.isdigit, text))]
    dots = sum(bool(re.search(r"\d\.\d{3}(?!\d)", text)) for text in signed)
    if signed and dots == len(signed) and plain and not any(re.search(r"(?<!\d)0\.", text) for text in signed):
        return comma, point
    return point, comma


def _read(text: str, decimal: Decimal) -> tuple[float, str] | None:
    """Value and unit of a label."""
    if match := _POWER.fullmatch(text):
        base = math.e if match["base"] == "e" else float(match["base"])
        try:
            value = base ** float(match["power"].replace(",", "."))
        except OverflowError:
            return None
        return (-value if match["sign"] else value), ""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = _digits(match["digits"].strip(), decimal)
    if digits is None or (match["open"] is None) != (match["close"] is None):
        return None
    try:
        value = float(digits + (match["e"] or ""))
        if match["power"]:
            value *= 10.0 ** int(match["power"])
    except (OverflowError, ValueError):
        return None
    if not math.isfinite(value):
        return None
    if "-" in (match["sign"], match["sign2"]) or match["open"]:
        value = -value
    return value, match["unit"].strip() or (match["currency"] or "")


def _digits(text: str, decimal: Decimal) -> str | None:
    group = "." if decimal == Decimal.COMMA else ","
    whole, mark, rest = text.partition(decimal)
    if mark and (
        not rest.isdigit() or (not whole.replace(group, "").replace("'", "").replace(" ", "").isdigit() and whole)
    ):
        return None
    groups = re.split(r"[.,' ]", whole) if whole else ["0"]
    if len(groups) > 1:
        marks = set(re.findall(r"[.,' ]", whole))
        if len(marks) > 1 or decimal in marks or not all(len(part) == 3 for part in groups[1:]):
            return None
        if not 1 <= len(groups[0]) <= 3 or groups[0] == "0":
            return None
    if not all(part.isdigit() for part in groups):
        return None
    return "".join(groups) + ("." + rest if mark else "")


def _together(parts: Sequence[tuple[float, str] | None]) -> TickNumbers | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    units = {unit for value, unit in known if unit}
    # A currency stands before `$50k` and `$0` alike.
    units = {unit for unit in units if unit not in _CURRENCIES} or units
    counted = {unit: _factor(unit) for unit in units}
    if any(counted.values()) and units <= _COUNTS | {unit for unit, factor in counted.items() if factor}:
        values = [None if part is None else part[0] * (counted.get(part[1]) or 1.0) for part in parts]
        return TickNumbers(tuple(values), "")
    if len(units) > 1 or any(month_number(unit) for unit in units):
        return None
    return TickNumbers(tuple(None if part is None else part[0] for part in parts), next(iter(units), ""))


def _factor(unit: str) -> float | None:
    """Of a counting letter or word; `m` alone may be metres."""
    bare = unit.rstrip(".$€£¥")
    if bare == "m":
        return None
    return _FACTORS.get(bare) or _FACTORS.get(bare.lower())
