"""What stands around the digits of a number: words that scale it, and contexts that change what it means."""

import re
import unicodedata

from .currencies import MASK, SIGN

# Characters before a number that are looked at.
_LOOK = 12

_MAGNITUDES = {
    2: "hundred hundert",
    3: "thousand thousands tsd tausend mille mil mila duizend tusen tusind tys tis тыс ribu",
    5: "lakh lakhs lac lacs",
    6: "mn mio mill million millions millionen millon millones milione milioni milhao milhoes miljoen miljon miljoner "
    "millioner milion miliony milionow milyon juta mln млн",
    7: "crore crores",
    9: "bn md mds billion billions mrd milliarde milliarden milliard milliards miliardo miliardi miljard miljarder "
    "milliarder miliard miliardy miliardow milyar mld млрд",
    12: "tn trn trillion trillions billionen billon billones biljoen",
}
_POWERS = {word: power for power, words in _MAGNITUDES.items() for word in words.split()}
_IDEOGRAPHS = dict(zip("千천万萬만亿億억兆조", (3, 3, 4, 4, 4, 8, 8, 8, 12, 12), strict=True)) | {"百万": 6, "千万": 7}
_SIGN = re.compile(SIGN)
_LETTERS = {"k": 3, "m": 6, "b": 9, "t": 12}
_EXPONENT = re.compile(r"e([+-]?\d{1,3})(?!\w|[.,]\d)")
_IDEOGRAPH = re.compile(rf"\s?({'|'.join(sorted(_IDEOGRAPHS, key=len, reverse=True))})")
WORD_AFTER = re.compile(rf"(?P<gap>\s?)(?P<word>[^\W\d_]+)(?P<point>\.?)(?P<currency>\s?{SIGN})?")
_DIGITS = re.compile(r"[.,]?\d")
_NEXT_WORD = re.compile(r"\s?([^\W\d_]+)")
_MISREAD = frozenset("oOiIzZqQDS")
_YEN = ("JPY", "¥", "円")
_NAMES = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS = {word: float(value) for value, word in enumerate(_NAMES.split())}
"""Numbers that are written in words and stand alone."""

# Contexts that change the meaning of digits: parts of a date, time or power; bounds; further numerals in words.
_CHAINED_BEFORE = re.compile(
    rf"\d ?[-/:^×_|\\±~*…]\Z|\^\{{\Z|[^\W\d_]-\Z|[.,]\Z|[^\W\d_]{MASK}+ ?\Z|{MASK}+(?:mn?|k|bn?) \Z"
)
_CHAINED_AFTER = re.compile(
    rf"\+|(?:\*\*?|[-/:^×_|\\±~…])[ {{]?(?:{SIGN} ?)?\d|<sup|{MASK}+(?:mn?|k|bn?)\b|\s?\\(?:times|cdot|pm|div)\b"
    # Letters for digits of the decimals; a minus or a power behind a space.
    rf"|[.,](?=\d*[oilsz])[0-9oilsz]{{1,3}}(?!\w)|\s\(?-\)?\s*(?:$|{SIGN})|\(-\)|\se[+-]?\d"
)
_BOUND_BEFORE = re.compile(
    r"(?:(?<![-=])[<>]=?|[≤≥≦≧⩽⩾±]|\+/-?|-/\+|\(-\)|\\[lg]eq?|\b(?:max\.|min\.|mind\.|unter|uber|ab|bis|hasta|fino a|"
    r"sous|moins|menos|meno|exceeds|(?:less|more|fewer|greater|larger|higher|lower) than(?: or equal to)?|"
    r"at (?:least|most)|up to|over|under|above|below|minus|negative|(?:weniger|mehr) als|mindestens|hochstens|bis zu|"
    r"(?:moins|plus) de|au (?:moins|plus)|jusqu'a|(?:menos|mas) de|al menos|(?:meno|piu) di|almeno|"
    r"(?:minder|meer) dan))\s?\Z"
)
_RAISED_SIGNS = frozenset("⁺⁻₊₋")
_TAG = re.compile(r"<[^<>]*>\Z")
_COUNTS_ON = re.compile(
    rf"(?:\s?{SIGN})?\s?(?:(?:ten|hundred|thousand|million)ths?|dozens?|doz|dz|dutzend|douzaines?|docenas?|dozzin[ae]|duzias?|"
    r"dozijn|tucet|tuzin|dussin|and an? (?:half|quarter)|or (?:more|less|fewer|above|below|over|under|higher|lower)|"
    r"and (?:more|above|over|up)|minus|below zero|oder (?:mehr|weniger)|ou (?:plus|moins)|o (?:mas|menos)|negative?)\b|"
    r"\s?(?:以上|以下|未満|未满)"
)
_MORENUMBER_WORDS = re.compile(rf"\s?(?:and )?(?:{'|'.join(NUMBER_WORDS)}|hundred|thousand|million)\b")
# Of money: hundredths beside it, thousands of a currency; debit and credit, of which either may be the minus.
_MINOR = re.compile(
    r"\d\s?(?:cents?|cts?|pence|p|centimes?|centavos?|centesimi|centimos?|rappen|pfennig|paisa|paise|sen|¢)(?!\w)|¢\s?\d",
    re.IGNORECASE,
)
_LEDGER = re.compile(rf"(?:\s?{SIGN})?\s?[(\[]?(cr|dr|db|[sh])\b")
_LEDGER_BEFORE = re.compile(r"\b(?:CR|DR|DB)[.:]?\s?\Z")
_LEDGER_WORD = re.compile(rf"(?:\s?{SIGN})?\s(?:credit|debit|kredit|haben|soll)\b(?! card)")
_SCALED_CURRENCY = re.compile(r"\b(?:[tkm](?:eur|usd|chf|gbp)|(?:eur|usd|chf|gbp)(?:k|mn?|bn))\b")
_SCALED_BEFORE = re.compile(rf"\b({'|'.join(_POWERS)})\.?\s?(?:{SIGN}\s?)?\Z")
_SCALED_ELSEWHERE = re.compile(rf"\bin (?:{'|'.join(_POWERS)})\b|\((?:{'|'.join(_POWERS)})\.?\)")


def is_spoiled(text: str, simple: str, start: int, end: int, *, first: int, currency: str | None, money: bool) -> bool:
    """Whether the context of some digits changes the number that they mean.

    Args:
        simple: the text as `currencies.masked` makes it.
        start, end: indices of the digits, and of the magnitude behind them.
        first: index of what belongs to the number before the digits: a sign, bracket or currency.
        currency: of the number, if any.
        money: whether it is to be an amount of money.
    """
    before, ahead = simple[max(0, start - _LOOK) : start], simple[max(0, first - 3 * _LOOK) : first]
    if _CHAINED_BEFORE.search(before) or (_BOUND_BEFORE.search(ahead) and not _TAG.search(ahead)):
        return True
    if _SCALED_BEFORE.search(ahead) or (money and _LEDGER_BEFORE.search(text[:first])):
        return True
    # Behind yen, a dash ends the amount.
    if currency in _YEN and simple[end : end + 1] == "-":
        return True
    # Superscript digits are a power or a footnote.
    beside = simple[max(0, start - 1) : start] + simple[end : end + 1]
    if "No" in map(unicodedata.category, beside) or _CHAINED_AFTER.match(simple, end) or _COUNTS_ON.match(simple, end):
        return True
    if not _RAISED_SIGNS.isdisjoint(text[max(0, start - 1) : start] + text[end : end + 1]):
        return True
    ledger = _LEDGER.match(simple, end)
    if money and _LEDGER_WORD.match(simple, end):
        return True
    return bool(ledger and text[ledger.start(1)].isupper() and (money or len(ledger[1]) == 2))


def magnitude(text: str, simple: str, end: int, *, has_currency: bool, money: bool = False) -> tuple[int | None, int]:
    """The power of ten of the word or letters after a number, and the index of their end.

    The power is None for letters that change the number in another way, or are ambiguous.
    """
    if match := _EXPONENT.match(simple, end):
        return int(match[1]), match.end()
    if match := _IDEOGRAPH.match(simple, end):
        # `1億2000万` is one number.
        return None if simple[match.end() : match.end() + 1].isdigit() else _IDEOGRAPHS[match[1]], match.end()
    match = WORD_AFTER.match(simple, end)
    if match is None or _SIGN.match(simple, end):
        return 0, end
    word, touches, written = match["word"], not match["gap"], text[slice(*match.span("word"))]
    if touches and _DIGITS.match(simple, match.end("word")):
        return None, end
    if word in _POWERS:
        # `2 thousand five hundred` and `5 lakh crore` are one number each.
        more = _NEXT_WORD.match(simple, match.end("point"))
        scaled = _MORENUMBER_WORDS.match(simple, match.end()) or (more is not None and more[1] in _POWERS)
        # `mil` is a thousand in Spanish, and a million in English.
        unsure = word == "mil" and (touches or match["point"] or simple[:end].find("$") >= 0)
        return None if scaled or unsure else _POWERS[word], match.end("point")
    if money and word in ("mm", "l", "cr"):
        return None, end
    if word in _LETTERS:
        # `T€` means thousands in German.
        if match["currency"] and word == "t":
            return None, end
        # `5M` and `€5 m` are millions, but `5 m` is not.
        if has_currency or match["currency"] or (touches and (written in "MBTK" or word == "k")):
            # On receipts a letter that touches the cents is a class of tax.
            is_tax = touches and re.search(r"[.,]\d0\Z" if has_currency else r"[.,]\d\d\Z", simple[:end])
            return None if is_tax else _LETTERS[word], match.end("word")
        if money:
            return None, end
    glued = money and (touches or (match["currency"] or " ")[0] not in " \n")
    return None if glued or (touches and set(written) <= _MISREAD) else 0, end


def counts_parts(text: str, simple: str, *, money: bool) -> bool:
    """Whether the numbers of a text count hundredths, thousands or millions that are named elsewhere in it."""
    if _SCALED_CURRENCY.search(simple) or _SCALED_ELSEWHERE.search(simple):
        return True
    return money and bool(_MINOR.search(text))
