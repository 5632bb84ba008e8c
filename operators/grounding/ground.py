"""Grounding: locates a value from model output in the independent text of pages.

The evidence is the words of the text layer or of OCR, never the model's own text. `docs/grounding.md` explains how a
place is found and what `support` means.
"""

from collections.abc import Sequence

from ...schemas.geometry import Box
from ..values.answers import answer_kind
from ..values.normalization import printed_forms
from .disambiguation import box_overlap, compactness, is_isolated, nearness, span_words
from .evidence import Evidence
from .ground_lines import ground_lines, supported_text
from .places import Place, places_of
from .result import Grounding, GroundingKind
from .support import FLOOR, MODEL_BOX, Match, support_of
from .value_search import find_matches, grounded, is_exact, not_found

__all__ = ["Evidence", "Grounding", "GroundingKind", "Place", "ground_lines", "ground_value", "supported_text"]

_EQUALLY_GOOD = 0.02
_MOST_CHOICES = 200
_AGREES = 0.5
# Bonuses and penalties for ranking equally good places; 1 is the score of a rare question word adjacent to the place.
_ISOLATED = 0.2
_COMPACT = 0.2
_SAME_CASE = 0.1
_LOOSE_END = 0.1


def ground_value(
    value: str,
    evidence: Evidence,
    *,
    kind: str = "string",
    question: str = "",
    model_boxes: Sequence[tuple[int, Box]] = (),
) -> Grounding:
    """Locate a value in the evidence; raises no error for any text.

    Args:
        value: the text of the model output.
        evidence: the pages to search.
        kind: type of the answer. Numbers and dates are found in every printed form. A boolean is a judgement that is
            not printed anywhere: its grounding is `none`, without support.
        question: its words nearby decide among several places.
        model_boxes: page numbers and boxes in shares of the page that the model returned. They decide among several
            places, and are a place of their own only where no word of the evidence lies inside them.
    """
    if answer_kind(kind).search is None or not value.strip():
        return Grounding(GroundingKind.NONE, None)
    if not len(evidence):
        return _by_model_box(evidence, model_boxes) or Grounding(GroundingKind.NONE, None)
    matches = find_matches(value, evidence, kind)
    best = max(map(support_of, matches), default=0.0)
    if best < FLOOR:
        return _by_model_box(evidence, model_boxes) or not_found(evidence, best)
    good = [match for match in matches if support_of(match) >= best - _EQUALLY_GOOD][:_MOST_CHOICES]
    return grounded(value, _chosen(value, good, evidence, question, model_boxes), evidence)


def _chosen(
    value: str, matches: list[Match], evidence: Evidence, question: str, model_boxes: Sequence[tuple[int, Box]]
) -> Match:
    """An exact match if there is one; of several, the one in the model's box, else with the best score, else the first.

    The score combines support, distance to the question's words, isolation and agreement of case.
    """
    if len(matches) == 1:
        return matches[0]
    forms = printed_forms(value)
    matches = [match for match in matches if is_exact(forms, match, evidence)] or matches
    near = nearness([match.shown for match in matches], question, evidence).tolist()

    def rank(index: int) -> tuple[bool, float, int]:
        match = matches[index]
        words = span_words(*match.shown, evidence)
        score = near[index] + support_of(match) - _LOOSE_END * match.loose_ends
        score += _ISOLATED * is_isolated(words, evidence) + _COMPACT * compactness(words, evidence)
        score += _SAME_CASE * (evidence.text[match.start : match.end] == value)
        return bool(model_boxes) and _agrees(match, evidence, model_boxes), score, -index

    return matches[max(range(len(matches)), key=rank)]


def _agrees(match: Match, evidence: Evidence, model_boxes: Sequence[tuple[int, Box]]) -> bool:
    boxes = [(place.page_number, place.box) for place in places_of(evidence, *match.shown)]
    return box_overlap(boxes, model_boxes) >= _AGREES


def _by_model_box(evidence: Evidence, model_boxes: Sequence[tuple[int, Box]]) -> Grounding | None:
    """The model's boxes as the grounding, where no word of the evidence lies inside them."""
    places = []
    for page, box in model_boxes:
        if not _is_box(box) or _has_words(evidence, page, box):
            return None
        places.append(Place(page, box, "", None))
    if not places:
        return None
    return Grounding(GroundingKind.MODEL_BOX, MODEL_BOX if len(evidence) else None, tuple(places))


def _is_box(box: Box) -> bool:
    return 0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1


def _has_words(evidence: Evidence, page: int, box: Box) -> bool:
    words = evidence.words
    x, y = (words.boxes[:, 0] + words.boxes[:, 2]) / 2, (words.boxes[:, 1] + words.boxes[:, 3]) / 2
    inside = (words.page == page) & (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
    return bool(inside.any())
