"""The result of grounding a value: how it was found, where, and with what probability."""

from dataclasses import dataclass
from enum import StrEnum

from .places import Place


class GroundingKind(StrEnum):
    """How a value was found."""

    EXACT = "exact"
    """The same text, apart from case, spacing, hyphenation and typography."""
    FUZZY = "fuzzy"
    """Another form of the same number or date, or a similar text."""
    MODEL_BOX = "model_box"
    """The place is the model's own box; there is no text to check it against."""
    MARK = "mark"
    """The mark of a chart was measured."""
    NONE = "none"
    """Not found."""


@dataclass(frozen=True)
class Grounding:
    """Where a value is located, and the probability that it is printed there.

    Attributes:
        kind: how it was found.
        support: an estimate, between 0 and 1, of the probability that the value is printed in the document; None where
            there is no text to search, or no value to search for.
        places: the chosen occurrence, one place for each of its lines, in reading order; empty for `none`.
    """

    kind: GroundingKind
    support: float | None
    places: tuple[Place, ...] = ()
