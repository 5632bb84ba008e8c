"""Grounds the lines that a model read from a page, each at its own place in the page's independent text."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import LCSseq

from ..values.normalization import letters
from .evidence import Evidence
from .result import Grounding, GroundingKind
from .support import FLOOR, Match, support_of
from .value_search import find_matches, grounded, not_found

_TAKEN = 0.3
"""A place is free while at most this share of its characters belongs to other lines."""
_EQUALLY_GOOD = 0.05


def ground_lines(texts: Sequence[str], evidence: Evidence) -> list[Grounding]:
    """Locate the lines of a model's text in the evidence, each printed line once.

    Lines with a single place come first, ordered by support times length. The others follow in reading order, each at
    the nearest free place after the line before it. A line that a model repeats gets as many places as are printed;
    further repetitions are `none`.

    Args:
        texts: lines in the model's reading order.
        evidence: the text of the page.
    """
    groundings = [Grounding(GroundingKind.NONE, None)] * len(texts)
    if not len(evidence):
        return groundings
    known: dict[str, list[Match]] = {}
    for text in dict.fromkeys(texts):
        found = find_matches(text, evidence) if text.strip() else []
        known[text] = sorted((match for match in found if support_of(match) >= FLOOR), key=lambda match: match.start)
    free = _Free(evidence)
    settled: dict[int, int] = {}

    def settle(index: int, match: Match) -> None:
        free.take(match)
        settled[index] = free.position(match)
        groundings[index] = grounded(texts[index], match, evidence)

    unique = [index for index, text in enumerate(texts) if len(known[text]) == 1]
    for index in sorted(unique, key=lambda index: -_weight(known[texts[index]][0])):
        match = known[texts[index]][0]
        if free.is_free(match):
            settle(index, match)
    before = 0
    for index, text in enumerate(texts):
        if index not in settled and text.strip():
            match_or_none = _nearest_behind(before, [match for match in known[text] if free.is_free(match)], free)
            if match_or_none is None:
                groundings[index] = not_found(evidence)
            else:
                settle(index, match_or_none)
        before = settled.get(index, before)
    return groundings


def supported_text(texts: Sequence[str], groundings: Sequence[Grounding]) -> float | None:
    """The share of the letters and digits of a model's lines that are printed at the places of the lines.

    None where there are no letters to check, or no evidence to check them against.
    """
    total = supported = 0.0
    for text, grounding in zip(texts, groundings, strict=True):
        if grounding.support is None:
            continue
        mine = letters(text).text
        total += len(mine)
        if grounding.kind == GroundingKind.EXACT:
            supported += len(mine)
        elif grounding.kind == GroundingKind.FUZZY:
            there = letters(" ".join(place.text for place in grounding.places)).text
            same = min(len(mine), LCSseq.similarity(mine, there))
            # Two forms of the same date have few letters in common.
            supported += max(same, len(mine) * grounding.support if grounding.support > 0.5 else 0.0)
    return supported / total if total else None


class _Free:
    """Tracks the characters of the evidence that no line occupies yet."""

    def __init__(self, evidence: Evidence) -> None:
        # A word with two copies in the searched text counts at the position of its first copy.
        first = np.full(len(evidence), 0, np.int64)
        begins = np.flatnonzero((evidence.char_offset == 0) & (evidence.char_word >= 0))[::-1]
        first[evidence.char_word[begins]] = begins
        self._at = first[evidence.char_word] + evidence.char_offset
        self._at[evidence.char_word < 0] = -1
        self._taken = np.zeros(len(evidence.text) + 1, np.bool_)

    def position(self, match: Match) -> int:
        return int(self._at[match.start : match.end].max(initial=0))

    def is_free(self, match: Match) -> bool:
        return float(self._taken[self._places(match)].mean()) <= _TAKEN

    def take(self, match: Match) -> None:
        self._taken[self._places(match)] = True

    def _places(self, match: Match) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        at = self._at[match.start : match.end]
        return at[at >= 0]


def _nearest_behind(before: int, matches: list[Match], free: _Free) -> Match | None:
    if not matches:
        return None
    best = max(map(support_of, matches))
    good = [match for match in matches if support_of(match) >= best - _EQUALLY_GOOD]

    def jump(match: Match) -> tuple[bool, int]:
        distance = free.position(match) - before
        return distance < 0, abs(distance)

    return min(good, key=jump)


def _weight(match: Match) -> float:
    return support_of(match) * match.length
