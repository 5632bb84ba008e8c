"""Estimates the probability that a value is printed at a place, from the quality of the match.

The estimate is a logistic function of a score that each fault of a match lowers and none raises.
`benchmarks/grounding --fit` fitted the weights to public documents; docs/grounding.md has the figures.
"""

import math
from dataclasses import dataclass

from ..values.numbers import Form


@dataclass(frozen=True)
class Match:
    """One span of the evidence's text that may be the value.

    Attributes:
        start, end: characters of `Evidence.text` that are compared with the value.
        shown: start and end of the span for display: includes the currency of an amount and the time of a date.
        length: number of letters and digits of the value.
        wrong: share of letters that differ, are missing or are superfluous.
        confused: share of letters that are printed as an OCR lookalike.
        digits: number of digits that differ, are missing or are superfluous.
        words: number of the value's words of which less than two thirds are found, and of superfluous words.
        conflicts: number of numbers with equal digits that denote another amount, sign or currency.
        splits: number of gaps inside words of the value.
        loose_ends: number of ends (0 to 2) that lie inside a word of the evidence.
        form: the form in which the value is printed.
        recognised: whether the evidence comes from OCR.
    """

    start: int
    end: int
    shown: tuple[int, int]
    length: int
    wrong: float = 0.0
    confused: float = 0.0
    digits: int = 0
    words: int = 0
    conflicts: int = 0
    splits: int = 0
    loose_ends: int = 0
    form: Form = Form.SAME
    recognised: bool = False


FLOOR = 0.12
"""A match with less support counts as not found."""

MODEL_BOX = 0.3
"""Support of a model's box that no text confirms or contradicts."""

NOT_FOUND = 0.01
NOT_FOUND_BY_OCR = 0.02
"""Support of a value without any match; higher for OCR, which misses some words."""

_MOST = 3


@dataclass(frozen=True)
class Weights:
    """Score of a match without faults, and for each of `faults` the factor by which it lowers the score."""

    faultless: float
    faults: tuple[float, ...]


FAULTS = (
    "wrong letters",
    "confused letters",
    "any wrong digit",
    "wrong words",
    "conflicting numbers",
    "splits",
    "loose ends",
    "other form",
    "padded",
    "torn",
    "confused number",
)

TEXT_LAYER = Weights(4.68, (21.8, 10.7, 7.0, 5.0, 7.8, 16.0, 13.6, 1.0, 6.0, 3.0, 3.0))
OCR = Weights(3.97, (11.9, 9.7, 5.3, 3.7, 6.0, 8.0, 9.0, 1.0, 6.0, 1.5, 8.9))


def support_of(match: Match) -> float:
    """An estimate of the probability that the value is printed in the document, given this match."""
    weights = OCR if match.recognised else TEXT_LAYER
    score = weights.faultless - sum(map(_times, weights.faults, faults(match)))
    return 1.0 / (1.0 + math.exp(-score))


def faults(match: Match) -> tuple[float, ...]:
    """The extent of each fault of a match, in the order of `FAULTS`; each is 0 or more."""
    length = max(match.length, 1)
    return (
        min(match.wrong, 1.0),
        min(match.confused, 1.0),
        float(match.digits > 0),
        float(min(match.words, _MOST)),
        float(min(match.conflicts, _MOST)),
        min(match.splits / length, 1.0),
        match.loose_ends / length,
        float(match.form == Form.OTHER),
        float(match.form == Form.PADDED),
        float(match.form == Form.TORN),
        float(match.form == Form.CONFUSED),
    )


def _times(a: float, b: float) -> float:
    return a * b
