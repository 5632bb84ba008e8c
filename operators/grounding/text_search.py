"""Texts in evidence: exact but for case, spacing and punctuation, or similar."""

from itertools import pairwise

import numpy as np

from ..values.numbers import COMPACT, amounts, as_digits
from .alignment import Alignment, align
from .candidates import MAX_EXACT, exact_places, similar_windows
from .evidence import Evidence
from .query import WantedText
from .support import Match

_AROUND = 24
_MAX_SYMBOLS = 120
_MAX_NUMBER = 40


def text_matches(wanted: WantedText, evidence: Evidence) -> list[Match]:
    """Places of a text, the exact ones if there are any of whole words, else those and similar ones."""
    if not wanted.letters:
        return _symbols(wanted, evidence)
    length = len(wanted.letters)
    matches = [
        _judged(wanted, evidence, Alignment(at, at + length, length, 0, 0, 0, ((0, at, length),)))
        for at in exact_places(wanted.letters, evidence, single=len(wanted.words) == 1)
    ]
    if any(not (match.loose_ends or match.conflicts or match.digits or match.splits) for match in matches):
        return matches
    for start, end in similar_windows(wanted.loose, evidence):
        found = align(wanted.letters, wanted.loose, evidence.letters[start:end], evidence.loose[start:end], start)
        if found is not None:
            matches.append(_judged(wanted, evidence, found))
    return matches


def _judged(wanted: WantedText, evidence: Evidence, found: Alignment) -> Match:
    length = max(wanted.length, 1)
    missing = wanted.length - len(wanted.letters)
    start, end = int(evidence.origin[found.start]), int(evidence.origin[found.end - 1]) + 1
    return Match(
        start,
        end,
        (_with_symbols_before(wanted, evidence, start), _with_symbols_after(wanted, evidence, end)),
        length,
        wrong=(found.wrong + missing) / length,
        confused=found.confused / length,
        digits=found.digits + _cut_digits(evidence, found),
        words=_wrong_words(wanted, evidence, found),
        conflicts=_conflicts(wanted, evidence, found) + _cut_numbers(wanted, evidence, start, end),
        splits=_splits(wanted, evidence, found),
        loose_ends=int(not evidence.breaks[found.start]) + int(not evidence.breaks[found.end]),
        recognised=evidence.is_recognised(start),
    )


def _wrong_words(wanted: WantedText, evidence: Evidence, found: Alignment) -> int:
    """Words of the value of which less than two thirds stand there, and words that stand there in addition."""
    if not found.wrong:
        return 0
    agrees = np.zeros(len(wanted.letters) + 1, np.int32)
    for mine, _, length in found.pairs:
        agrees[mine : mine + length] = 1
    before = np.concatenate([[0], np.cumsum(agrees)])
    missing = sum(3 * int(before[last] - before[first]) < 2 * (last - first) for first, last in wanted.words)
    added = 0
    for (mine, there, length), (next_mine, next_there, _) in pairwise(found.pairs):
        start, end = there + length, next_there
        if mine + length == next_mine and end > start and evidence.breaks[start] and evidence.breaks[end]:
            added += int(evidence.breaks[start:end].sum())
    return missing + added


def _splits(wanted: WantedText, evidence: Evidence, found: Alignment) -> int:
    """Gaps of the evidence inside words of the value; a hyphen at a line's end is none, a gap in a number counts."""
    if int(evidence.breaks[found.start + 1 : found.end].sum()) < len(wanted.words) and len(wanted.words) > 1:
        return 0
    joined = np.ones(len(wanted.letters), np.bool_)
    joined[[first for first, _ in wanted.words]] = False
    count = 0
    for mine, there, length in found.pairs:
        inside = joined[mine + 1 : mine + length] & evidence.breaks[there + 1 : there + length]
        for at in (np.flatnonzero(inside) + there + 1).tolist():
            between = evidence.plain[evidence.origin[at - 1] + 1 : evidence.origin[at]]
            count += between.isspace() and not evidence.is_unspaced(at)
    return count


def _cut_digits(evidence: Evidence, found: Alignment) -> int:
    """Ends at which the stretch cuts through a run of digits."""
    text = evidence.letters
    cut = 0
    if not evidence.breaks[found.start]:
        cut += text[found.start].isdigit() and text[found.start - 1].isdigit()
    if not evidence.breaks[found.end]:
        cut += text[found.end].isdigit() and text[found.end - 1].isdigit()
    return cut


def _cut_numbers(wanted: WantedText, evidence: Evidence, start: int, end: int) -> int:
    """Numbers of the evidence that go on beyond an end of the stretch: `12` in `12.50`, but not in `12.05.2024`."""
    text = evidence.plain
    if not (text[start].isdigit() and wanted.letters[0].isdigit()) and not (
        text[end - 1].isdigit() and wanted.letters[-1].isdigit()
    ):
        return 0
    cut = 0
    for match in COMPACT.finditer(text, max(0, start - _AROUND), end + _AROUND):
        before, after = match.start() < start < match.end(), match.start() < end < match.end()
        cut += (before or after) and bool(amounts(match[0]))
    return cut


def _conflicts(wanted: WantedText, evidence: Evidence, found: Alignment) -> int:
    """Numbers whose digits all stand there, but between other separators: `12.5` and `125`, `3 9` and `39`."""
    conflicts = 0
    begins = {first for first, _, _ in wanted.numbers}
    for first, last, printed in wanted.numbers:
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
    """What a number may be that is printed with gaps; none runs over lines."""
    if "\n" in printed or "\f" in printed:
        return []
    # OCR overlooks a decimal sign, but leaves its gap.
    return [printed, printed.replace(" ", ""), printed.replace(" ", ".")] if recognised else [printed]


def _shift(found: Alignment, first: int, last: int) -> int | None:
    """How far the letters `first` to `last` stand from where they are in the value, if they stand there in a row."""
    for mine, there, length in found.pairs:
        if mine <= first and last <= mine + length:
            return there - mine
    return None


def _with_symbols_before(wanted: WantedText, evidence: Evidence, start: int) -> int:
    """Where the stretch begins with the symbols that the value begins with, if they are printed there."""
    symbols = wanted.symbols_before
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


def _with_symbols_after(wanted: WantedText, evidence: Evidence, end: int) -> int:
    symbols = wanted.symbols_after
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


def _symbols(wanted: WantedText, evidence: Evidence) -> list[Match]:
    """Words that are the same symbols, for a value without letters and digits: `-`, `%`, `€`."""
    symbols = wanted.symbols_before
    if not symbols or len(symbols) > _MAX_SYMBOLS:
        return []
    matches = []
    for start in evidence.literal_words.get(symbols, ())[:MAX_EXACT]:
        recognised = evidence.is_recognised(start)
        end = start + len(symbols)
        matches.append(Match(start, end, (start, end), 0, recognised=recognised))
    return matches
