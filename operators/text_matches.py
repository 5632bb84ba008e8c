"""Texts in evidence: exact but for case, spacing and punctuation, or similar."""

from functools import cached_property

import numpy as np

from .alignment import Alignment, align
from .evidence_index import Evidence
from .matches import Match
from .number_forms import COMPACT, amounts
from .text_candidates import exact_places, similar_windows
from .text_normal_form import letters, loose, plain

MAX_LENGTH = 4000
"""Letters of a value that are looked at; the rest of a longer one counts as not found."""

_AROUND = 24
_SYMBOLS = 40


class WantedText:
    """A value as it is searched for."""

    def __init__(self, value: str) -> None:
        self.value = value
        found = letters(value)
        self.all_letters = len(found.text)
        self.letters = found.text[:MAX_LENGTH]
        self.origin = found.origin[:MAX_LENGTH]
        self.loose = loose(self.letters)

    @cached_property
    def numbers(self) -> list[tuple[int, int, str]]:
        """Numbers in the value: first and last letter (exclusive), and the number as printed."""
        found = []
        for match in COMPACT.finditer(plain(self.value)):
            first, last = np.searchsorted(self.origin, match.span()).tolist()
            found.append((first, last, match[0]))
        return found


def text_matches(wanted: WantedText, evidence: Evidence) -> list[Match]:
    """Places of a text, the exact ones if there are any of whole words, else those and similar ones."""
    if not wanted.letters:
        return _symbols(wanted.value, evidence)
    length = len(wanted.letters)
    matches = [
        _judged(wanted, evidence, Alignment(at, at + length, length, 0, 0, 0, ((0, at, length),)))
        for at in exact_places(wanted.letters, evidence)
    ]
    if any(not match.loose_ends and not match.conflicts and not match.wrong for match in matches):
        return matches
    for start, end in similar_windows(wanted.loose, evidence):
        found = align(wanted.letters, wanted.loose, evidence.letters[start:end], evidence.loose[start:end], start)
        if found is not None:
            matches.append(_judged(wanted, evidence, found))
    return matches


def _judged(wanted: WantedText, evidence: Evidence, found: Alignment) -> Match:
    length = max(wanted.all_letters, 1)
    missing = wanted.all_letters - len(wanted.letters)
    start, end = int(evidence.origin[found.start]), int(evidence.origin[found.end - 1]) + 1
    loose_ends = int(not evidence.breaks[found.start]) + int(not evidence.breaks[found.end])
    return Match(
        start,
        end,
        length,
        equal=found.equal / length,
        wrong=(found.wrong + missing) / length,
        confused=found.confused / length,
        digits=found.digits + _cut_digits(evidence, found),
        conflicts=_conflicts(wanted, evidence, found) + _cut_numbers(wanted, evidence, start, end),
        loose_ends=loose_ends,
        recognised=bool(evidence.words.recognised[max(0, int(evidence.char_word[start]))]),
    )


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
    first_is_digit = evidence.plain[start].isdigit() and wanted.letters[:1].isdigit()
    last_is_digit = evidence.plain[end - 1].isdigit() and wanted.letters[-1:].isdigit()
    if not (first_is_digit or last_is_digit):
        return 0
    low = max(0, start - _AROUND)
    cut = 0
    for match in COMPACT.finditer(evidence.plain, low, end + _AROUND):
        before, after = match.start() < start < match.end(), match.start() < end < match.end()
        if (before or after) and amounts(match[0]):
            cut += 1
    return cut


def _conflicts(wanted: WantedText, evidence: Evidence, found: Alignment) -> int:
    """Numbers whose digits all stand there, but between other separators: `12.5` and `125`."""
    if not wanted.numbers:
        return 0
    conflicts = 0
    for first, last, printed in wanted.numbers:
        if last <= first or last - first > _SYMBOLS:
            continue
        shift = _shift(found, first, last)
        if shift is None:
            continue
        start = int(evidence.origin[first + shift])
        end = int(evidence.origin[last - 1 + shift]) + 1
        there = "".join(evidence.plain[start:end].split())
        if there != printed and (meant := amounts(printed)) and not meant & amounts(there):
            conflicts += 1
    return conflicts


def _shift(found: Alignment, first: int, last: int) -> int | None:
    """How far the letters `first` to `last` stand from where they are in the value, if they stand there in a row."""
    for mine, there, length in found.pairs:
        if mine <= first and last <= mine + length:
            return there - mine
    return None


def _symbols(value: str, evidence: Evidence) -> list[Match]:
    """Words that are the same symbols, for a value without letters and digits: `-`, `%`, `€`."""
    symbols = "".join(plain(value).split())
    if not symbols or len(symbols) > _SYMBOLS:
        return []
    return [
        Match(start, start + len(symbols), 0, recognised=bool(evidence.words.recognised[evidence.char_word[start]]))
        for start in evidence.literal_words.get(symbols, ())[:400]
    ]
