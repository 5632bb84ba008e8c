"""Finds currencies in a text: ISO 4217 codes, signs and names. This module has the only table of currencies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .normalization import plain

_SIGNS = """
    EUR € euro euros | USD US$ $ dollar dollars | GBP £ pound pounds | CHF SFr. Fr. franken | MYR RM ringgit |
    INR ₹ Rs. rupee rupees | CAD C$ CA$ | AUD A$ AU$ | NZD NZ$ | HKD HK$ | SGD S$ SG$ | TWD NT$ | MXN MX$ Mex$ |
    BRL R$ reais | PLN zł zl złotych | CZK Kč | HUF Ft | RON lei | BGN лв. | RUB ₽ руб. | UAH ₴ грн | TRY ₺ TL |
    KRW ₩ 원 | JPY 円 yen | CNY 元 RMB yuan | THB ฿ | VND ₫ | ILS ₪ | PHP ₱ | IDR Rp. | NGN ₦ | KZT ₸ | GEL ₾ | CRC ₡ |
    DEM DM
"""
"""Each code with its signs and words, in which a point at the end is optional; `$` alone is the US dollar."""

_CROWNS = {"sv": "SEK", "da": "DKK", "nb": "NOK", "no": "NOK", "nn": "NOK", "is": "ISK"}
_SHARED: dict[str, dict[str, str]] = {"¥": {"ja": "JPY", "zh": "CNY"}, "kr.": _CROWNS, "¢": {}}
"""Signs with several meanings: maps the language of the document to the code."""

# Codes that are also words count only next to a number. Codes for no currency never count.
_WORDLIKE = frozenset(["ALL", "ANG", "BAM", "COP", "CUP", "GEL", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"])
_NO_CURRENCY = frozenset(["XXX", "XTS"])
# Codes that are not words in lower case either.
_ANY_CASE = (
    "AED AUD BGN BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON RUB SAR "
    "SEK SGD THB UAH USD VND ZAR"
)
_WITHOUT_SPACES = "円元원"
# A dollar sign is printed for many local currencies.
_VAGUE = "USD"

MASK = "\ue000"
"""Replaces each character of a currency that was already found; neither a letter nor a space."""


@dataclass(frozen=True)
class WrittenCurrency:
    """A currency in a text; `code` is None if its sign has several meanings."""

    code: str | None
    start: int
    end: int


def find_currencies(text: str, language: str | None = None) -> list[WrittenCurrency]:
    """All currencies in `text`, in order; `language` (ISO 639-1) resolves ¥ and kr."""
    return list(_found(text, language))


def masked(text: str) -> str:
    """`plain` text with `MASK` for each character of a currency; indices are the same as in `text`."""
    letters = list(plain(text))
    for currency in _found(text, None):
        letters[currency.start : currency.end] = MASK * (currency.end - currency.start)
    return "".join(letters)


def minor_digits(code: str | None) -> int:
    """Number of decimals of amounts in a currency: 2 for most, 0 for the yen, 3 for the Kuwaiti dinar (CLDR)."""
    from babel.numbers import get_currency_precision

    return 2 if code is None else int(get_currency_precision(code))


def currency_code(sign: str) -> str:
    """The code of a sign as `SIGN` finds it in plain text; for a sign with several meanings, the sign itself."""
    return _PLAIN_SIGNS.get(sign.strip("\\ ."), sign)


def currencies_differ(first: str | None, second: str | None) -> bool:
    """Whether two currencies, as `currency_code` names them, contradict each other."""
    if first is None or second is None or _VAGUE in (first, second):
        return False
    return _meant(first).isdisjoint(_meant(second))


def _meant(code: str) -> set[str]:
    return {code, *_SHARED.get(code, {}).values()}


def _found(text: str, language: str | None) -> Iterator[WrittenCurrency]:
    pattern, codes = _lexicon()
    for match in pattern.finditer(text):
        word, (start, end) = match[0].strip("\\."), match.span()
        code = codes.get(word) or codes.get(word.lower())
        if code in _SHARED:
            yield WrittenCurrency(_SHARED[code].get(language or ""), start, end)
        elif code and not (word == code and code in _WORDLIKE and not _touches_digit(text, start, end)):
            yield WrittenCurrency(code, start, end)


def _touches_digit(text: str, start: int, end: int) -> bool:
    return bool(re.search(r"\d\s?$", text[max(0, start - 2) : start]) or re.match(r"\s?-?\d", text[end : end + 3]))


def _pattern(signs: set[str]) -> str:
    """A pattern for signs, longest first: words must not touch other letters, signs such as € may be anywhere.

    LaTeX writes a dollar as `\\$`.
    """
    longest_first = sorted(signs, key=lambda sign: (-len(sign), sign))
    escaped = {sign: re.escape(sign.rstrip(".")) + (r"\.?" if sign.endswith(".") else "") for sign in longest_first}
    words = "|".join(escaped[sign] for sign in longest_first if sign[0].isalpha() and sign[0] not in _WITHOUT_SPACES)
    others = "|".join(escaped[sign] for sign in longest_first if escaped[sign] not in words.split("|"))
    return rf"(?:(?<![^\W\d_])(?:{words})(?![^\W\d_])|\\?(?:{others}))"


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern for all signs in unchanged text, and the code of each, or the sign itself if it is in `_SHARED`."""
    from babel.numbers import list_currencies

    codes = {code: code for code in list_currencies() if code not in _NO_CURRENCY}
    codes |= {code.lower(): code for code in _ANY_CASE.split()}
    codes |= {sign: code for sign, code in _table() if sign not in codes}
    codes |= {sign.capitalize(): code for sign, code in _table() if sign.isalpha() and sign.islower() and len(sign) > 2}
    return re.compile(_pattern(set(codes))), {sign.rstrip("."): code for sign, code in codes.items()}


def _table() -> Iterator[tuple[str, str]]:
    for code, *signs in (entry.split() for entry in _SIGNS.split("|")):
        yield from ((sign, code) for sign in signs)
    yield from ((sign, sign) for sign in _SHARED)


_PLAIN_SIGNS = {code.lower(): code for code in _ANY_CASE.split()} | {
    plain(sign).rstrip("."): code for sign, code in _table()
}

SIGN = rf"(?:{MASK}+|{_pattern({code.lower() for code in _ANY_CASE.split()} | {plain(sign) for sign, _ in _table()})})"
"""Pattern for a currency in plain text, or for its `MASK`."""
