"""Searches the evidence for texts: equal except for case, spacing and punctuation, or similar."""

from itertools import pairwise

import numpy as np

from ..values.numbers import COMPACT, amounts, as_digits
from .alignment import Alignment, align
from .candidates import MAX_EXACT, exact_places, similar_windows
from .evidence import Evidence
from .query import Query
from .support import Match

_AROUND = 24
_MAX_SYMBOLS = 120
_MAX_NUMBER = 40


def text_matches(query: Query, evidence: Evidence) -> list[Match]:
    """Places of a text: the exact ones where some are whole words, else the exact and the similar ones."""
    if not query.letters:
        return _symbols(query, evidence)
    length = len(query.letters)
    matches = [
        _judged(query, evidence, Alignment(at, at + length, length, 0, 0, 0, ((0, at, length),)))
        for at in exact_places(query.letters, evidence, single=len(query.words) == 1)
    ]
    if any(not (match.loose_ends or match.conflicts or match.digits or match.splits) for match in matches):
        return matches
    for start, end in similar_windows(query.loose, evidence):
        found = align(query.letters, query.loose, evidence.letters[start:end], evidence.loose[start:end], start)
        if found is not None:
            matches.append(_judged(query, evidence, found))
    return matches


def _judged(query: Query, evidence: Evidence, found: Alignment) -> Match:
    length = max(query.length, 1)
    missing = query.length - len(query.letters)
    start, end = int(evidence.origin[found.start]), int(evidence.origin[found.end - 1]) + 1
    return Match(
        start,
        end,
        (_with_symbols_before(query, evidence, start), _with_symbols_after(query, evidence, end)),
        length,
        wrong=(found.wrong + missing) / length,
        confused=found.confused / length,
        digits=found.digits + _cut_digits(evidence, found),
        words=_wrong_words(query, evidence, found),
        conflicts=_conflicts(query, evidence, found) + _cut_numbers(query, evidence, start, end),
        splits=_splits(query, evidence, found),
        loose_ends=int(not evidence.breaks[found.start]) + int(not evidence.breaks[found.end]),
        recognised=evidence.is_recognised(start),
    )


def _wrong_words(query: Query, evidence: Evidence, found: Alignment) -> int:
    """Words of the value of which less than two thirds are found, and superfluous words in the span."""
    if not found.wrong:
        return 0
    agrees = np.zeros(len(query.letters) + 1, np.int32)
    for mine, _, length in found.pairs:
        agrees[mine : mine + length] = 1
    before = np.concatenate([[0], np.cumsum(agrees)])
    missing = sum(3 * int(before[last] - before[first]) < 2 * (last - first) for first, last in query.words)
    added = 0
    for (mine, there, length), (next_mine, next_there, _) in pairwise(found.pairs):
        start, end = there + length, next_there
        if mine + length == next_mine and end > start and evidence.breaks[start] and evidence.breaks[end]:
            added += int(evidence.breaks[start:end].sum())
    return missing + added


def _splits(query: Query, evidence: Evidence, found: Alignment) -> int:
    """Gaps of the evidence inside words of the value; hyphenation at a line's end does not count, a gap in a number
    does.
    """
    if int(evidence.breaks[found.start + 1 : found.end].sum()) < len(query.words) and len(query.words) > 1:
        return 0
    joined = np.ones(len(query.letters), np.bool_)
    joined[[first for first, _ in query.words]] = False
    count = 0
    for mine, there, length in found.pairs:
        inside = joined[mine + 1 : mine + length] & evidence.breaks[there + 1 : there + length]
        for at in (np.flatnonzero(inside) + there + 1).tolist():
            between = evidence.plain[evidence.origin[at - 1] + 1 : evidence.origin[at]]
            count += between.isspace() and not evidence.is_unspaced(at)
    return count


def _cut_digits(evidence: Evidence, found: Alignment) -> int:
    """Ends of the span that cut through a run of digits."""
    text = evidence.letters
    cut = 0
    if not evidence.breaks[found.start]:
        cut += text[found.start].isdigit() and text[found.start - 1].isdigit()
    if not evidence.breaks[found.end]:
        cut += text[found.end].isdigit() and text[found.end - 1].isdigit()
    return cut


def _cut_numbers(query: Query, evidence: Evidence, start: int, end: int) -> int:
    """Numbers of the evidence that extend beyond an end of the span: `12` in `12.50`, but not in `12.05.2024`."""
    text = evidence.plain
    if not (text[start].isdigit() and query.letters[0].isdigit()) and not (
        text[end - 1].isdigit() and query.letters[-1].isdigit()
    ):
        return 0
    cut = 0
    for match in COMPACT.finditer(text, max(0, start - _AROUND), end + _AROUND):
        before, after = match.start() < start < match.end(), match.start() < end < match.end()
        cut += (before or after) and bool(amounts(match[0]))
    return cut


def _conflicts(query: Query, evidence: Evidence, found: Alignment) -> int:
    """Numbers with equal digits but different separators: `12.5` and `125`, `3 9` and `39`."""
    conflicts = 0
    begins = {first for first, _, _ in query.numbers}
    for first, last, printed in query.numbers:
        shift = _shift(found, first, last) if last - first <= _MAX_NUMBER else None
        if shift is None:
            continue
        start, end = int(evidence.origin[first + shift]), int(evidence.origin[last - 1 + shift]) + 1
        there = as_digits(evidence.plain[start:end])
        at = last + shift
        conflicts += last in begins and last < found.end - shift and not evidence.breaks[at]
        if there != printed and (meant := amounts(printed)):
            conflicts += not any(meant & amounts(text) for text in _read(there, evidence.is_recognised(start)))
    return conflicts


def _read(printed: str, recognised: bool) -> list[str]:
    """The possible readings of a number that is printed with gaps; a number does not extend over lines."""
    if "\n" in printed or "\f" in printed:
        return []
    # OCR may miss a decimal sign and leave a gap in its place.
    return [printed, printed.replace(" ", ""), printed.replace(" ", ".")] if recognised else [printed]


def _shift(found: Alignment, first: int, last: int) -> int | None:
    """Offset from the value to the evidence of the letters `first` to `last`; None where they are not consecutive."""
    for mine, there, length in found.pairs:
        if mine <= first and last <= mine + length:
            return there - mine
    return None


def _with_symbols_before(query: Query, evidence: Evidence, start: int) -> int:
    """The start of the span, extended to the value's leading symbols where they are printed before it."""
    symbols = query.symbols_before
    if not symbols or len(symbols) > _MAX_SYMBOLS:
        return start
    at, text = start, evidence.plain
    for symbol in reversed(symbols):
        while at > 0 and text[at - 1] == " ":
            at -= 1
        if at == 0 or text[at - 1] != symbol:
            return start
        at -= 1
    return at


def _with_symbols_after(query: Query, evidence: Evidence, end: int) -> int:
    symbols = query.symbols_after
    if not symbols or len(symbols) > _MAX_SYMBOLS:
        return end
    at, text = end, evidence.plain
    for symbol in symbols:
        while at < len(text) and text[at] == " ":
            at += 1
        if at == len(text) or text[at] != symbol:
            return end
        at += 1
    return at


def _symbols(query: Query, evidence: Evidence) -> list[Match]:
    """Words that consist of the same symbols, for a value without letters and digits: `-`, `%`, `€`."""
    symbols = query.symbols_before
    if not symbols or len(symbols) > _MAX_SYMBOLS:
        return []
    matches = []
    for start in evidence.literal_words.get(symbols, ())[:MAX_EXACT]:
        recognised = evidence.is_recognised(start)
        end = start + len(symbols)
        matches.append(Match(start, end, (start, end), 0, recognised=recognised))
    return matches
