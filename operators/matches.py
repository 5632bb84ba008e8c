"""Where a value stands in evidence, with all that speaks for and against each place."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a value is printed where it was found."""

    SAME = "same"
    """As the value is written."""
    OTHER = "other"
    """Another form of the same number or date."""
    PADDED = "padded"
    """The same amount with fewer digits and no currency: `12` for `12.00`, which may count things."""
    TORN = "torn"
    """With a space beside the decimal sign."""
    CONFUSED = "confused"
    """With letters that OCR takes for digits."""


@dataclass(frozen=True)
class Match:
    """One stretch of the evidence's text that may be the value.

    Attributes:
        start, end: characters of `Evidence.text` that are compared with the value.
        shown: start and end of what a person should see: with the currency of an amount, the time of a date.
        length: letters and digits of the value.
        wrong: share of letters that differ, are missing or too many.
        confused: share that stands there as a lookalike of OCR.
        digits: digits that differ, are missing or too many.
        words: words of the value of which less than two thirds stand there, and words that stand there in addition.
        conflicts: numbers whose digits agree and that mean another amount, sign or currency.
        splits: gaps inside words of the value.
        loose_ends: ends (0 to 2) at which the evidence goes on within a word.
        form: how the value is printed there.
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
