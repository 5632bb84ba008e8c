"""Where a value stands in evidence, with all that speaks for and against each place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """One stretch of the evidence's text that may be the value.

    Attributes:
        start, end: characters of `Evidence.text`.
        length: letters and digits of the value.
        equal: share of them that stand there.
        wrong: share of letters that differ, are missing or too many.
        confused: share that stands there as a lookalike of OCR.
        digits: digits that differ, are missing or too many.
        conflicts: numbers whose digits agree and that mean another amount, sign or currency.
        loose_ends: ends (0 to 2) at which the evidence goes on within a word.
        form: how the value is printed there: `same` text, another `form` of the same number or date, `torn` or
            `confused` (see `number_forms`).
        recognised: whether the evidence comes from OCR.
    """

    start: int
    end: int
    length: int
    equal: float = 1.0
    wrong: float = 0.0
    confused: float = 0.0
    digits: int = 0
    conflicts: int = 0
    loose_ends: int = 0
    form: str = "same"
    recognised: bool = False
