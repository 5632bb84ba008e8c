"""Answers from the sentences of a contract: parties by their defined terms, law, terms, periods of notice, dates.

A sentence settles a question where it says so in words that mean nothing else (`governed by the laws of …`), and where
every such sentence of the document says the same. Two that differ settle nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ....values.dates import find_dates
from ....values.locale import LocaleHint
from ..candidates import value_key
from ..facts import DocumentFacts, PageFacts
from ..lexicon import is_empty, parts_of
from ..question import Asked
from .clauses import find_durations, find_laws
from .paragraphs import paragraphs
from .patterns import (
    ABBREVIATED,
    AFTER_NAME,
    BEFORE_DATE,
    BEFORE_NAME,
    BETWEEN,
    DEFINED_TERM,
    GOVERNS,
    LASTS,
    LEGAL_TAIL,
    NO_NAME,
    NO_TERM,
    NOTICE,
    OF_AGREEMENT,
    OF_NOTICE_ONLY,
    RENEWS,
    SENTENCE_END,
    TERMINATES,
)

SURE = 0.95
"""A sentence that says it is wrong only where the page was misread."""

_BY_SENTENCE = frozenset(["governing_law", "notice_period", "contract_term", *BEFORE_DATE])
_AGREEMENTS = frozenset(["contract", "policy"])
"""Only documents that say that they are one are read for their sentences."""

_NO_SUBJECT = frozenset(["name", "party", "company", "contract", "full", "person"])


@dataclass(frozen=True)
class Said:
    """What a sentence says.

    Attributes:
        key: what values that mean the same share.
    """

    page: PageFacts
    words: tuple[int, ...]
    text: str
    key: str


def find_said(asked: Asked, document: DocumentFacts, hint: LocaleHint) -> list[Said]:
    """Everything that sentences say to a question, each value once."""
    if asked.kind != "name" and asked.name not in _BY_SENTENCE:
        return []
    if not any(page.labels.runs_of.keys() & _AGREEMENTS for page in document.pages):
        return []
    found: dict[str, Said] = {}
    for page in document.pages:
        for paragraph in paragraphs(page):
            for begin, end, key in _spans(asked, paragraph.text, hint):
                words = paragraph.words_at(begin, end)
                found.setdefault(key, Said(page, words, paragraph.text[begin:end], key))
    return list(found.values())


def _spans(asked: Asked, text: str, hint: LocaleHint) -> Iterator[tuple[int, int, str]]:
    """Characters and key of each answer in a paragraph."""
    if asked.kind == "name":
        spans = _parties(asked, text)
    elif asked.name == "governing_law":
        spans = _laws(text)
    elif asked.name in ("notice_period", "contract_term"):
        spans = _durations(asked.name, text)
    elif asked.name in BEFORE_DATE:
        yield from _dates(asked.name, text, hint)
        return
    else:
        return
    for begin, end in spans:
        yield begin, end, value_key(text[begin:end])


def _parties(asked: Asked, text: str) -> Iterator[tuple[int, int]]:
    """Names of the party whose defined term is asked for."""
    subject = asked.concepts - _NO_SUBJECT or asked.concepts
    last = 0
    for match in DEFINED_TERM.finditer(text):
        parts = _parts(match["term"])
        begin, last = last, match.end()
        if not parts or not subject or not all(part & subject for part in parts):
            continue
        if (span := _first_name(text, begin, match.start())) is not None:
            yield span


@lru_cache(maxsize=4096)
def _parts(term: str) -> tuple[frozenset[str], ...]:
    return tuple(part for word in term.split() for part in parts_of(word) if not is_empty(part))


def _first_name(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """The name at the beginning of a party's description, which ends before its defined term."""
    segment = text[begin:end]
    between = list(BETWEEN.finditer(segment))
    if between:
        begin += between[-1].end()
    segment = text[begin:end]
    lead = BEFORE_NAME.match(segment)
    if not between and not begin and lead:
        return None
    begin += lead.end() if lead else 0
    segment = text[begin:end]
    at = 0
    while (stop := AFTER_NAME.search(segment, at)) is not None and (tail := LEGAL_TAIL.match(segment, stop.start())):
        at = tail.end()
    name = segment[: stop.start() if stop else len(segment)].rstrip(" ,;:-–")
    if not 3 <= len(name) <= 80 or not name[0].isupper() or len(name.split()) > 10 or NO_NAME.match(name):
        return None
    return begin, begin + len(name)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    for match in SENTENCE_END.finditer(text):
        if not ABBREVIATED.search(text[begin : match.start()]):
            yield begin, match.start()
            begin = match.end()
    yield begin, len(text)


def _laws(text: str) -> Iterator[tuple[int, int]]:
    for begin, end in _sentences(text):
        sentence = text[begin:end]
        if GOVERNS.search(sentence):
            yield from ((begin + first, begin + last) for first, last in find_laws(sentence))


def _durations(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Lengths of time; a sentence that has several of the kind settles nothing."""
    for begin, end in _sentences(text):
        sentence = text[begin:end]
        spans = list(find_durations(sentence))
        of_notice = [span for span in spans if _is_notice(sentence, *span)]
        if name == "notice_period":
            found = of_notice if NOTICE.search(sentence) and TERMINATES.search(text) else []
        else:
            lasts = LASTS.search(sentence)
            spans = [] if lasts is None or RENEWS.search(sentence) else spans
            found = [
                span
                for span in spans
                if lasts
                and span not in of_notice
                and span[0] > lasts.start()
                and not NO_TERM.match(sentence[span[1] :])
            ]
        yield from ((begin + first, begin + last) for first, last in found)


def _is_notice(sentence: str, begin: int, end: int) -> bool:
    """Whether a length of time is that of a notice, by the words right before and behind it."""
    if OF_NOTICE_ONLY.match(sentence[end:]) or sentence[:begin].casefold().endswith(("within ", "innerhalb von ")):
        return False
    around = f"{sentence[max(begin - 45, 0) : begin]} … {sentence[end : end + 40]}"
    return NOTICE.search(around) is not None or ("kündig" in around.casefold() and "Frist" in sentence)


def _dates(name: str, text: str, hint: LocaleHint) -> Iterator[tuple[int, int, str]]:
    """Dates right behind the words that say what begins, ends or was made on them."""
    for begin, end in _sentences(text):
        sentence = text[begin:end]
        if not OF_AGREEMENT.search(sentence) and name != "contract_date":
            continue
        for date in find_dates(sentence, hint):
            if date.value is None:
                continue
            before, behind = sentence[max(date.start - 80, 0) : date.start], sentence[date.end : date.end + 60]
            defined = DEFINED_TERM.match(behind.lstrip(" ,"))
            effective = defined is not None and any("start" in part for part in _parts(defined["term"]))
            if BEFORE_DATE[name].search(before) or (name == "start_date" and effective):
                yield begin + date.start, begin + date.end, date.value.isoformat()


def agrees(said: Said, *keys: str) -> bool:
    """Whether another answer, by one of its keys, says the same, in part or in more words."""
    return any(ours in key or key in ours for ours in (said.key, value_key(said.text)) for key in keys if key)
