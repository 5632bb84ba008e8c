"""Spans of a page that may be values, by the lexers of `operators/values` and a few patterns."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ...values.currencies import WrittenCurrency, find_currencies
from ...values.dates import find_dates, parse_date, read_date
from ...values.locale import LocaleHint
from ...values.numbers import find_numbers, parse_number
from ..terms import terms
from .contracts.clauses import find_durations, find_laws
from .lexicon import plain_word
from .page import Page

Span = tuple[int, int]

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEB = re.compile(
    r"(?:https?://|www\.)[^\s,;()]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|de|fr|org|net|eu|at|ch|it|es|nl|uk|my)\b(?:/\S*)?"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2} ?[A-Z0-9]{4}(?: ?\d{4}| ?\d[A-Z0-9]{3}){1,6}(?: ?\d{1,4})?\b")
_BIC = re.compile(r"\b[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b")
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+|\(\+?)?\d[\d ()/.-]{5,22}\d(?![\w,]|/\w)")
_TIME = re.compile(r"(?<![\d.:/-])\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\b\.?)?(?![\d.:,])(?: Uhr)?")
_PERCENT = re.compile(r"(?<![\d.,])-?\d{1,3}(?:[.,]\d{1,4})? ?%")
_AMOUNT = re.compile(
    r"(?<![\d.,/])(?P<digits>\d{1,3}(?:[., '’]\d{3})+[.,]\d{2}|\d+[.,]\d{2})(?![\d/]|[.,]\d|[^\W\d_]{3})(?! ?%)"
)
_NAMED_MONTH = re.compile(r"(?<![\w/-])(\d{1,2})[/.-]([^\W\d_]{3,9})[/.-](\d{4}|\d{2})(?![\w/-])")
_TOKEN = re.compile(r"[^\s,;]*\d[^\s,;]*")
_EDGES = " :;,.-–—=#*|/()[]{}<>'\"“”„•●·_"
_LEFT_EDGES = " :;,.–—=*|)]}>•●·_"
_CURRENCY_ONLY = re.compile(r"[^\w]*(?:[A-Z]{3}|RM|€|\$|£|Fr\.?|zł|Kč|kr)[^\w]*")
BEHIND_NAME = re.compile(
    r"[\s,;]+(?:\(?\+?\d[\d ()/.-]{5,}\d\b|\w+ (?:No|Nr|N°|Number)\b)"
    r"|,\s+(?:\d{1,5}[a-zA-Z]?\s+[^\W\d_]|[^\W\d_][^,:]{2,40}\s\d{1,4}[a-zA-Z]?(?=,|$))"
)
"""A telephone number, another label with a number, or a street that stands behind a name."""

_LONGEST = 400


@dataclass(frozen=True)
class Candidate:
    """A span of one or several runs.

    Attributes:
        kind: its form, one of `question.KINDS`.
        run: index of its first run.
        words: indices of its words, in order.
        text: as it is printed.
        number: its value, where it is a number or an amount.
        key: what values that mean the same share.
        begin, end: characters of the run's text, of the first run where there are several.
        currency: whether a currency stands beside it.
        decimals: number of decimals.
        from_label: whether it is what remains of a run after a label.
    """

    kind: str
    run: int
    words: tuple[int, ...]
    text: str
    key: str
    begin: int = 0
    end: int = 0
    number: float | None = None
    currency: bool = False
    decimals: int = 0
    from_label: bool = False


class RunText:
    """Maps characters of a run's text to its words."""

    def __init__(self, page: Page, run: int) -> None:
        self.page, self.run = page, run
        self.first = int(page.starts[run])
        lengths = [len(word) + 1 for word in page.words[self.first : int(page.ends[run])]]
        self.ends = list(accumulate(lengths))

    def words(self, begin: int, end: int) -> tuple[int, ...]:
        """Indices of the words that the characters belong to."""
        low = bisect_right(self.ends, begin)
        high = bisect_right(self.ends, max(end - 1, begin))
        return tuple(range(self.first + low, self.first + min(high, len(self.ends) - 1) + 1))


def find_candidates(page: Page, hint: LocaleHint) -> list[Candidate]:
    """All typed spans of a page, and each whole run as text."""
    found: list[Candidate] = []
    for run, text in enumerate(page.texts):
        if len(text) > _LONGEST:
            continue
        at = RunText(page, run)
        found += _typed(at, text, hint)
    return found


def _typed(at: RunText, text: str, hint: LocaleHint) -> Iterator[Candidate]:
    taken: list[Span] = []
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield plain_candidate("email", at, text, *match.span())
            taken.append(match.span())
    if "." in text:
        for match in _WEB.finditer(text):
            if not _overlaps(match.span(), taken):
                yield plain_candidate("web", at, text, *match.span())
                taken.append(match.span())
    if find_currencies(text) and (alone := _CURRENCY_ONLY.fullmatch(text.strip(": "))):
        sign = alone[0].strip(_EDGES) or alone[0]
        begin = text.find(sign)
        yield plain_candidate("currency", at, text, begin, begin + len(sign))
    if text.isupper() or any(c.isupper() for c in text):
        for match in _BIC.finditer(text):
            yield plain_candidate("bic", at, text, *match.span())
    for kind, spans in (("duration", find_durations(text)), ("law", find_laws(text))):
        for span in spans:
            yield plain_candidate(kind, at, text, *span)
    if not any(c.isdigit() for c in text):
        return
    for match in _IBAN.finditer(text):
        if sum(c.isdigit() for c in match[0]) >= 8:
            yield plain_candidate("iban", at, text, *match.span())
            taken.append(match.span())
    for begin, end, value in _dates(text, hint):
        if not _overlaps((begin, end), taken):
            yield plain_candidate("date", at, text, begin, end, key=value)
            taken.append((begin, end))
    for match in _TIME.finditer(text):
        if ":" in match[0] and not _overlaps(match.span(), taken):
            yield plain_candidate("time", at, text, *match.span())
            taken.append(match.span())
    for match in _PERCENT.finditer(text):
        if not _overlaps(match.span(), taken):
            yield plain_candidate("percent", at, text, *match.span())
            taken.append(match.span())
    yield from _amounts(at, text, hint, taken)
    for match in _PHONE.finditer(text):
        if 6 <= sum(c.isdigit() for c in match[0]) <= 16 and not _overlaps(match.span(), taken):
            yield plain_candidate("phone", at, text, *match.span())
    for match in _TOKEN.finditer(text):
        begin, end = _trimmed(text, *match.span())
        # `No:12345` and `(INV)12345` hold a label and a value in one word.
        inner = max(text.rfind(mark, begin, end) for mark in ":=#")
        if inner >= 0 and any(c.isdigit() for c in text[inner + 1 : end]):
            begin, end = _trimmed(text, inner + 1, end)
        if end > begin and not _overlaps((begin, end), taken) and not _AMOUNT.fullmatch(text[begin:end]):
            yield plain_candidate("identifier", at, text, begin, end)


def _dates(text: str, hint: LocaleHint) -> Iterator[tuple[int, int, str]]:
    """Span and ISO form of each date; the form is empty where a date may mean several days."""
    for date in find_dates(text, hint):
        shown = text[date.start : date.end]
        if date.value is not None:
            yield date.start, date.end, date.value.isoformat()
        elif not any(alone.value for alone in find_dates(shown, hint)) and read_date(shown) is not None:
            # Not a part of a range, but of unknown order: `30-06-16`.
            yield date.start, date.end, ""
    for match in _NAMED_MONTH.finditer(text):
        value = parse_date(" ".join(match.groups()), hint)
        if value is not None:
            yield *match.span(), value.isoformat()


def _amounts(at: RunText, text: str, hint: LocaleHint, taken: list[Span]) -> Iterator[Candidate]:
    """Amounts with two decimals or a currency, and other numbers."""
    currencies = find_currencies(text, hint.language)
    for match in _AMOUNT.finditer(text):
        value = parse_number(match["digits"], hint)
        if value is not None and not _overlaps(match.span("digits"), taken):
            yield _number(at, text, match, value, currencies)
            taken.append(match.span("digits"))
    if not any(c.isdigit() and not _overlaps((place, place + 1), taken) for place, c in enumerate(text)):
        return
    for number in find_numbers(text, hint, money=True):
        if number.value is None or _overlaps((number.start, number.end), taken):
            continue
        begin, end, beside = _with_currency(text, number.start, number.end, currencies)
        shown = text[begin:end].strip()
        kind = "money" if beside else "number"
        yield Candidate(
            kind, at.run, at.words(begin, end), shown, f"{number.value:.4f}", begin, end, number.value, currency=beside
        )


def _number(at: RunText, text: str, match: re.Match[str], value: float, currencies: list[WrittenCurrency]) -> Candidate:
    """An amount with its sign and currency; one in brackets counts as negative, as accounts have it.

    Not so where its currency stands behind it: `(35,13 €)` is a remark.
    """
    begin, end, beside = _with_currency(text, *match.span("digits"), currencies)
    minus = False
    before, after = text[:begin], text[end:]
    if sign := re.search(r"(?<![^\s:(=])[-–−] ?$", before):
        begin, minus = sign.start(), True
    elif re.match(r"-(?!\w)", after):
        end, minus = end + 1, True
    elif before.endswith("(") and after.startswith(")"):
        if not (beside and end > match.end("digits")):
            begin, end, minus = begin - 1, end + 1, True
    elif beside and re.match(r"[-–−]", text[match.start("digits") - 1 : match.start("digits")]):
        minus = True
    value = -value if minus else value
    return Candidate(
        "money", at.run, at.words(begin, end), text[begin:end].strip(), f"{value:.4f}", begin, end, value, beside, 2
    )


def _with_currency(text: str, begin: int, end: int, currencies: list[WrittenCurrency]) -> tuple[int, int, bool]:
    """The span of an amount with the currency beside it, and whether there is one."""
    for currency in currencies:
        if begin - 3 <= currency.end <= begin and not text[currency.end : begin].strip("- :"):
            return currency.start, end, True
        if end <= currency.start <= end + 2 and not text[end : currency.start].strip():
            return begin, currency.end, True
    return begin, end, False


def plain_candidate(
    kind: str, at: RunText, text: str, begin: int, end: int, *, key: str = "", from_label: bool = False
) -> Candidate:
    """A candidate of characters of one run."""
    shown = text[begin:end]
    return Candidate(
        kind, at.run, at.words(begin, end), shown, key or value_key(shown), begin, end, from_label=from_label
    )


def value_key(text: str) -> str:
    """Equal for texts that differ in case, accents, spaces and punctuation only."""
    return "".join(c for c in plain_word(text) if c.isalnum()) or text


def _trimmed(text: str, begin: int, end: int) -> Span:
    """Without punctuation at the ends; a bracket that was opened inside stays."""
    while begin < end and text[begin] in _EDGES:
        begin += 1
    while end > begin and text[end - 1] in _EDGES and not (text[end - 1] == ")" and "(" in text[begin:end]):
        end -= 1
    return begin, end


def remainder(page: Page, run: int, begin: int, kind: str) -> Candidate | None:
    """What follows a label in its run, from a character on."""
    text = page.texts[run]
    end = len(text.rstrip(" ,;|"))
    while begin < end and text[begin] in _LEFT_EDGES:
        begin += 1
    if begin < end and text[begin] in "-–/" and begin + 1 < end and text[begin + 1] == " ":
        begin += 2
    if kind == "name" and (other := BEHIND_NAME.search(text, begin, end)) is not None and other.start() > begin:
        end = other.start()
    if kind == "text" and (account := _IBAN.search(text, begin, end)) is not None and account.start() > begin:
        end = account.start() + len(text[begin : account.start()].rstrip(_EDGES)) - (account.start() - begin)
    if end <= begin or end - begin > 200 or not any(c.isalnum() for c in text[begin:end]):
        return None
    return plain_candidate(kind, RunText(page, run), text, begin, end, from_label=True)


def _overlaps(span: Span, taken: list[Span]) -> bool:
    return any(span[0] < end and begin < span[1] for begin, end in taken)


def has_legal_form(text: str) -> bool:
    """Whether a text has a word that names of companies have."""
    words = {word.strip(".,()") for word in plain_word(text).split()}
    return bool(words & terms().lists["legal_forms"])
