"""Names and addresses: lines of letterheads, address windows and blocks, and parts of lines that join them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..terms import terms
from .candidates import BEHIND_NAME, Candidate, RunText, has_legal_form, plain_candidate, value_key
from .lexicon import parts_of, plain_word
from .page import Ints, Page

_SEPARATOR = re.compile(r"\s+[-–—|•●·*]\s+|\s*[•●·|]\s*|,\s+(?=\d)")
_REGISTER = re.compile(
    r"\s*[(\[（][^()\[\]（）]{0,6}\d[^()\[\]（）]*[)\]）]?\s*\.?$|\s+\d{4,}[\d-]*-?[A-Z]?(?:\s*\([^()]*\))?$"
)
_CONTACT = re.compile(
    r"\b(?:t[eé]l|t[eé]l[eé]f?o\w*|phone|fax|gst|vat|e-?mail|hp|ph|telp|tax ?invoice"
    r"|co(?:mpany)? ?(?:reg|no))\b.*$",
    re.IGNORECASE,
)
_BEFORE_CONTACT = " \t,;("
_POSTCODE = re.compile(
    r"(?<![\w.,/-])(?:[A-Z]{1,2}[- ])?\d{4,6}(?:-\d{4})?,? +[^\W\d_]{2,}|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
    r"|\b[A-Z]{2} \d{5}\b|[,. ]\d{5}(?![\w-])|^\d{5}(?![\w-])"
)
_HOUSE = re.compile(r"\b\d{1,4}[a-zA-Z]?\b")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_DEFINED = re.compile(
    r"(?:^|\b(?:between|and|by|zwischen|und|entre|et|tra|e|tussen|en|y)\b:?)\s+(?P<name>[^\W\d_][^()\"“”„«»:;]{2,70}?)"
    r"[\s,]*\((?:[^()\"“”„«»]{0,40})[\"“„«][^\"“”»]{2,30}[\"”“»]\)"
)
"""A name before the term that a contract defines for it: `between Rose & Sons Ltd (the "Supplier") and …`."""

_BETWEEN = re.compile(r"\b(?:between|and|by|zwischen|und|entre|et)\s+")
_ON_BEHALF = re.compile(r"(?:Inh\b|Inhaber|c/o\b|z\. ?Hd|Attn\b|Att:|[AÀ] l['’]attention)", re.IGNORECASE)
"""Behind the name of a company, the person who owns it or opens its letters."""

_GREETS = 2
"""So many words of a greeting make a line one: `Thank you, please come again`."""

_MOST_LINES = 6
_LONGEST_LINE = 400
_LABEL_END = re.compile(r"[:#]\s*$")


@dataclass(frozen=True)
class Stacks:
    """What stands directly above and below each run, -1 where nothing does."""

    above: Ints
    below: Ints


def find_stacks(page: Page) -> Stacks:
    """Neighbours in a block of text: near, and aligned at the left, in the middle or at the right."""
    count = len(page.texts)
    above, below = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    boxes = page.run_boxes
    for run in range(count):
        x0, y0, x1, y1 = boxes[run]
        gap = boxes[:, 1] - y1
        tall = y1 - y0
        near = (gap > -0.5 * tall) & (gap < 1.3 * tall) & (boxes[:, 1] > y0 + 0.4 * tall)
        aligned = (np.abs(boxes[:, 0] - x0) < 1.2) | (np.abs(boxes[:, 0] + boxes[:, 2] - x0 - x1) < 2.4)
        aligned |= (np.abs(boxes[:, 2] - x1) < 0.8) & (np.minimum(boxes[:, 2], x1) > np.maximum(boxes[:, 0], x0))
        found = np.flatnonzero(near & aligned)
        if len(found):
            below[run] = found[np.argmin(boxes[found, 1])]
    for run in range(count):
        if below[run] >= 0 and above[below[run]] < 0:
            above[below[run]] = run
    return Stacks(above, below)


@lru_cache(maxsize=8192)
def address_score(text: str) -> float:
    """How much a line looks like a part of an address: 0 for not at all, 2 or more for surely."""
    words = [word.strip(".,:;()") for word in plain_word(text).split()]
    lists = terms().lists
    if not words or not _LETTERS.search(text):
        return 0.0
    begins = _LETTERS.findall(" ".join(words))[:3]
    if (
        any(word in lists["not_address"] for word in begins)
        or "taxinvoice" in begins
        or "@" in text
        or _LABEL_END.search(text)
    ):
        return -1.0
    score = 0.0
    if _POSTCODE.search(text):
        score += 1.5
    street = [
        w
        for w in words
        if w in lists["places"] or w.endswith(("strasse", "str", "weg", "platz", "allee", "gasse", "straat", "laan"))
    ]
    if street:
        score += 1.0 if len(street) > 1 or _HOUSE.search(text) else 0.6
    if _HOUSE.search(text):
        score += 0.5
    if any(word in lists["countries"] for word in words):
        score += 0.8
    if "," in text:
        score += 0.2
    if len(words) > 12:
        score -= 1.5
    return score


def has_postcode(text: str) -> bool:
    return _POSTCODE.search(text) is not None


def find_names(page: Page, stacks: Stacks) -> Iterator[Candidate]:
    """Runs, parts of runs, and two lines together that may be the name of a person or a company."""
    yield from _first_lines(page, stacks)
    for run, text in enumerate(page.texts):
        if len(text) <= _LONGEST_LINE and "(" in text and any(mark in text for mark in '"“”„«'):
            at = RunText(page, run)
            for match in _DEFINED.finditer(text):
                begin, end = match.span("name")
                while (
                    inner := re.search(r"\b(?:between|and|by|zwischen|und|entre|et)\s+", text[begin:end])
                ) is not None:
                    begin += inner.end()
                if end - begin >= 3 and text[begin].isupper():
                    yield plain_candidate("name", at, text, begin, end)
    for run, text in enumerate(page.texts):
        if len(text) > 120:
            continue
        at = RunText(page, run)
        begin = 0
        contact = _contact(text)
        whole = contact if contact > 2 else len(text)
        ends = [(match.start(), match.end()) for match in _SEPARATOR.finditer(text, 0, whole)]
        for end, following in [*ends, (whole, whole)]:
            if (span := _name_span(text, begin, end)) is not None:
                yield plain_candidate("name", at, text, *span)
            begin = following


def _contact(text: str) -> int:
    """Where a telephone number or the like begins behind a name or an address; -1 without one."""
    found = _CONTACT.search(text)
    return -1 if found is None else len(text[: found.start()].rstrip(_BEFORE_CONTACT))


def _first_lines(page: Page, stacks: Stacks) -> Iterator[Candidate]:
    """Names that go on in the line below: `Smith Trading` over `Sdn. Bhd.`, or a line that ends with `&`."""
    for run, text in enumerate(page.texts):
        below = int(stacks.below[run])
        if below < 0 or len(text) > 60 or has_legal_form(text.split(" ")[-1]):
            continue
        under = page.texts[below]
        # A line of nothing but a legal form, or one that begins with it, goes on with the name above it.
        goes_on = text.rstrip().endswith(("&", " and", " und", " et", " y", " e")) or (
            (has_legal_form(under.split(" ")[0]) or under.startswith("("))
            and has_legal_form(under)
            and len(under.split()) <= 5
        )
        first = _name_span(text, 0, len(text))
        second = _name_span(under, 0, len(under)) or ((0, len(under)) if has_legal_form(under) else None)
        if goes_on and first is not None and second is not None:
            shown = f"{text[first[0] : len(text)]} {under[: second[1]]}"
            words = (*RunText(page, run).words(first[0], len(text)), *RunText(page, below).words(0, second[1]))
            yield Candidate("name", run, words, shown, value_key(shown), first[0], len(text))


def _name_span(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """The part of a text that is a name, without a register number behind it."""
    colon = text.find(":", begin, end)
    if colon >= 0:
        begin = colon + 1
    part = text[begin:end]
    if (register := _REGISTER.search(part)) is not None:
        part = part[: register.start()]
    if (other := BEHIND_NAME.search(part)) is not None:
        part = part[: other.start()]
    part = part.rstrip(" ,;:*-=")
    lead = len(part) - len(part.lstrip(" ,;:*.-="))
    begin, part = begin + lead, part[lead:]
    letters = sum(c.isalpha() for c in part)
    if letters < 3 or letters < 0.5 * len(part.replace(" ", "")) or len(part.split()) > 10:
        return None
    if not any(word[:1].isupper() or not word[:1].isascii() for word in part.split()):
        return None
    if _ON_BEHALF.match(part):
        return None
    if sum(word.strip(".,!:") in terms().lists["greetings"] for word in plain_word(part).split()) >= _GREETS:
        return None
    return begin, begin + len(part)


def find_addresses(page: Page, stacks: Stacks) -> Iterator[Candidate]:
    """Consecutive lines, and parts of a line, that look like an address."""
    scores = [address_score(text) for text in page.texts]
    for run, text in enumerate(page.texts):
        below = int(stacks.below[run])
        if scores[run] >= 0.7 or (scores[run] >= 0.5 and below >= 0 and scores[below] >= 1.5):
            yield from _stacked(page, stacks, scores, run)
        if scores[run] >= 1.5 and _SEPARATOR.search(text):
            # `Company - Street 1 - 12345 Town`, as sender's lines have it.
            first = _SEPARATOR.search(text)
            assert first is not None
            if address_score(text[first.end() :]) >= 1.5:
                yield plain_candidate("address", RunText(page, run), text, first.end(), len(text))


def _stacked(page: Page, stacks: Stacks, scores: list[float], run: int) -> Iterator[Candidate]:
    lines, total, at = [run], scores[run], int(stacks.below[run])
    begin = _after_label(page.texts[run])
    if total >= 1.5:
        yield _address(page, lines, begin)
    while at >= 0 and len(lines) < _MOST_LINES and scores[at] >= 0 and len(page.texts[at].split()) <= 9:
        lines.append(at)
        total += scores[at]
        if total >= 1.5 and (scores[at] >= 0.2):
            yield _address(page, lines, begin)
        elif total >= 1.5 and scores[at] < 0.2:
            # A town or a country alone on its line.
            yield _address(page, lines, begin)
            break
        at = int(stacks.below[at])


def _after_label(text: str) -> int:
    colon = text.find(":")
    if (
        0 <= colon <= 20
        and all(parts_of(word) for word in text[:colon].split())
        and not any(map(str.isdigit, text[:colon]))
    ):
        return colon + 1 + (len(text[colon + 1 :]) - len(text[colon + 1 :].lstrip()))
    return 0


def _address(page: Page, lines: list[int], begin: int) -> Candidate:
    first = RunText(page, lines[0])
    text = page.texts[lines[0]]
    words = list(first.words(begin, len(text)))
    for run in lines[1:]:
        words += range(int(page.starts[run]), int(page.ends[run]))
    shown = " ".join([text[begin:], *(page.texts[run] for run in lines[1:])]).strip()
    contact = _contact(page.texts[lines[-1]])
    if contact > 0:
        cut = len(page.texts[lines[-1]]) - contact
        last = RunText(page, lines[-1]).words(0, contact)
        words = [word for word in words if page.run[word] != lines[-1]] + [word for word in last if word in words]
        shown = shown[:-cut].rstrip(" ,;")
    return Candidate("address", lines[0], tuple(words), shown, value_key(shown), begin, len(text))
