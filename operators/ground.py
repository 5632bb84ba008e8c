"""Where a text that a model wrote stands in the independent text of pages.

The evidence is the text layer or OCR words, never the model's own text. `docs/grounding.md` tells how a place is found
and what `support` means.
"""

from collections.abc import Sequence

from .evidence_index import Evidence
from .ground_lines import ground_lines, supported_text
from .grounding import Grounding, GroundingKind
from .matches import Match
from .occurrence_choice import box_overlap, nearness
from .places import Box, Place, places_of
from .support import FLOOR, MODEL_BOX, support_of
from .text_normal_form import printed_forms
from .value_search import find_matches, grounded, is_exact, not_found

__all__ = ["Evidence", "Grounding", "GroundingKind", "Place", "ground_lines", "ground_value", "supported_text"]

_EQUALLY_GOOD = 0.02
_MOST_CHOICES = 256


def ground_value(
    value: str,
    evidence: Evidence,
    *,
    kind: str = "string",
    question: str = "",
    model_boxes: Sequence[tuple[int, Box]] = (),
) -> Grounding:
    """Find where a value stands; never raises for any text.

    Args:
        value: as the model wrote it.
        evidence: the pages to look in.
        kind: `string`, `number`, `money`, `date`, `choice` or `boolean`. Numbers and dates are found in any form
            they are printed in. A boolean is a judgement and stands nowhere: `none`, without support.
        question: chooses among several places by its words nearby.
        model_boxes: page numbers and boxes in shares that the model gave. They choose among places, and count by
            themselves only where there is no text under them to check by.
    """
    if kind == "boolean" or not value.strip():
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
    """The most exact one; of several that under the model's box, or nearest to the question's words, or the first."""
    if len(matches) == 1:
        return matches[0]
    wanted = printed_forms(value)
    matches = [match for match in matches if is_exact(wanted, match, evidence)] or matches
    near = nearness([(match.start, match.end) for match in matches], question, evidence).tolist()
    overlap = [0.0] * len(matches)
    if model_boxes:
        for index, match in enumerate(matches):
            places = places_of(evidence, match.start, match.end)
            overlap[index] = box_overlap([(place.page_number, place.box) for place in places], model_boxes)
    ranks = [
        (overlap[index] >= 0.5, support_of(match) - 0.05 * match.loose_ends + near[index], -index)
        for index, match in enumerate(matches)
    ]
    return matches[max(range(len(matches)), key=ranks.__getitem__)]


def _by_model_box(evidence: Evidence, model_boxes: Sequence[tuple[int, Box]]) -> Grounding | None:
    """The model's boxes, where no word of the evidence stands under them."""
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
