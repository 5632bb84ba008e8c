"""All places in evidence that may hold a value."""

from .date_forms import read_date
from .evidence_index import Evidence
from .grounding import Grounding, GroundingKind
from .matches import Match
from .number_forms import read_number
from .places import places_of
from .support import NOT_FOUND, NOT_FOUND_BY_OCR, support_of
from .text_matches import text_matches
from .text_normal_form import printed_forms
from .value_matches import date_matches, number_matches
from .wanted_text import WantedText

_CONVINCING = 0.5


def find_matches(value: str, evidence: Evidence, kind: str = "string") -> list[Match]:
    """All places that may hold a value, good and bad; `kind` as in `ground_value`."""
    is_amount = kind in ("number", "money")
    matches = number_matches(value, evidence, with_words=is_amount) + date_matches(value, evidence)
    # Its letters alone do not tell a number's sign or a day's month.
    whole = read_number(value) is not None or read_date(value) is not None
    if matches and (whole or ((is_amount or kind == "date") and any(map(_is_convincing, matches)))):
        return matches
    return matches + text_matches(WantedText(value), evidence)


def _is_convincing(match: Match) -> bool:
    return support_of(match) > _CONVINCING


def is_exact(wanted: frozenset[str], match: Match, evidence: Evidence) -> bool:
    """Whether the stretch, or what is shown of it, is printed like the value whose printed forms are `wanted`."""
    return any(wanted & printed_forms(evidence.text[slice(*part)]) for part in {(match.start, match.end), match.shown})


def grounded(value: str, match: Match, evidence: Evidence) -> Grounding:
    """A match as what a caller sees."""
    kind = GroundingKind.EXACT if is_exact(printed_forms(value), match, evidence) else GroundingKind.FUZZY
    return Grounding(kind, support_of(match), places_of(evidence, *match.shown))


def not_found(evidence: Evidence, best: float = 0.0) -> Grounding:
    """Nothing, or nothing better than a match of support `best`."""
    nothing = NOT_FOUND_BY_OCR if evidence.words.recognised.any() else NOT_FOUND
    return Grounding(GroundingKind.NONE, max(best, nothing))
