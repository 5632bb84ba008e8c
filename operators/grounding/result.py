"""What is known of where a value stands."""

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
    """Only the model's own box says where; there is no text to check it by."""
    NONE = "none"
    """Not found."""


@dataclass(frozen=True)
class Grounding:
    """Where a value stands, and how sure that is.

    Attributes:
        kind: how it was found.
        support: an estimate, between 0 and 1, of the probability that the value stands in the document; None where
            there is no text at all to look in, or nothing to look for.
        places: the one chosen occurrence, a place a line, in reading order; empty for `none`.
    """

    kind: GroundingKind
    support: float | None
    places: tuple[Place, ...] = ()
