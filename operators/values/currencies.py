"""Currencies in a text: ISO 4217 codes, symbols, names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_SYMBOLS = {
    "EUR": "€ euro euros",
    "USD": "US$ $ dollar dollars",
    "GBP": "£ pound pounds",
    "CHF": "SFr. SFr Fr. franken",
    "MYR": "RM ringgit",
    "INR": "₹ Rs. Rs rupee rupees",
    "CAD": "C$ CA$",
    "AUD": "A$ AU$",
    "NZD": "NZ$",
    "HKD": "HK$",
    "SGD": "S$ SG$",
    "TWD": "NT$",
    "MXN": "MX$ Mex$",
    "BRL": "R$ reais",
    "PLN": "zł zl złotych",
    "CZK": "Kč",
    "HUF": "Ft",
    "RON": "lei",
    "BGN": "лв. лв",
    "RUB": "₽ руб. руб",
    "UAH": "₴ грн",
    "TRY": "₺ TL",
    "KRW": "₩ 원",
    "JPY": "円 yen",
    "CNY": "元 RMB yuan",
    "THB": "฿",
    "VND": "₫",
    "ILS": "₪",
    "PHP": "₱",
    "IDR": "Rp. Rp",
    "NGN": "₦",
    "KZT": "₸",
    "GEL": "₾",
    "CRC": "₡",
    "DEM": "DM",
}
"""Code to the signs and words that mean it; `$` alone is the US dollar, `Rs` the Indian rupee."""

# Signs of several currencies: by the language of the document, else unknown.
_SHARED = {
    "¥": {"ja": "JPY", "zh": "CNY"},
    "￥": {"ja": "JPY", "zh": "CNY"},
    "kr": {"sv": "SEK", "da": "DKK", "nb": "NOK", "no": "NOK", "nn": "NOK", "is": "ISK"},
    "kr.": {"sv": "SEK", "da": "DKK", "nb": "NOK", "no": "NOK", "nn": "NOK", "is": "ISK"},
}
# Codes that are words too, and those of no currency.
_WORDLIKE = frozenset(["ALL", "ANG", "BAM", "COP", "CUP", "GEL", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"])
_NO_CURRENCY = frozenset(["XXX", "XTS"])
# Codes that models write in small letters too, none of which is a word.
_ANY_CASE = (
    *("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF"),
    *("INR", "MYR", "SGD", "HKD"),
)


@dataclass(frozen=True)
class WrittenCurrency:
    """A currency in a text; `code` is None where the sign belongs to several."""

    code: str | None
    start: int
    end: int


def find_currencies(text: str, language: str | None = None) -> list[WrittenCurrency]:
    """All currencies in `text`, in order; `language` (ISO 639-1) tells ¥ and kr apart."""
    return list(_found(text, language))


def minor_digits(code: str | None) -> int:
    """Decimals of a currency's amounts: 2 for most, 0 for the yen, 3 for the Kuwaiti dinar (CLDR)."""
    from babel.numbers import get_currency_precision

    return 2 if code is None else int(get_currency_precision(code))


def _found(text: str, language: str | None) -> Iterator[WrittenCurrency]:
    pattern, codes = _lexicon()
    for match in pattern.finditer(text):
        word = match[0]
        if word in _SHARED:
            yield WrittenCurrency(_SHARED[word].get(language or ""), match.start(), match.end())
        elif (code := codes.get(word) or codes.get(word.lower())) is not None:
            if code in _WORDLIKE and word == code and not _touches_digit(text, match.start(), match.end()):
                continue
            yield WrittenCurrency(code, match.start(), match.end())


def _touches_digit(text: str, start: int, end: int) -> bool:
    return bool(re.search(r"\d\s?$", text[max(0, start - 2) : start]) or re.match(r"\s?-?\d", text[end : end + 3]))


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern for all signs, longest first, and what each means."""
    from babel.numbers import list_currencies

    codes = {code: code for code in list_currencies() if code not in _NO_CURRENCY}
    codes |= {code.lower(): code for code in _ANY_CASE}
    codes |= {sign: code for code, signs in _SYMBOLS.items() for sign in signs.split()}
    longest_first = sorted([*codes, *_SHARED], key=len, reverse=True)
    # A word must not go on in letters; a sign such as € may stand anywhere.
    words = "|".join(re.escape(sign) for sign in longest_first if sign[0].isalpha() and sign not in "円元원")
    signs = "|".join(re.escape(sign) for sign in longest_first if not sign[0].isalpha() or sign in "円元원")
    capitalised = r"|[Ee]uros?|[Dd]ollars?|[Pp]ounds?|[Yy]en|[Yy]uan|[Rr]inggit|[Ff]ranken"
    return re.compile(rf"(?<![^\W\d_])(?:{words}{capitalised})(?![^\W\d_])|{signs}"), codes
