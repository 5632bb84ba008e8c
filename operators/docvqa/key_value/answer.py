"""Answers a question from the words of pages, or declines."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....schemas.answer_types import AnswerType
from ....schemas.geometry import Box
from ....schemas.page import PageReading
from ...grounding.places import Place
from ...values.answers import AnswerParseError, parse_answer
from ...values.locale import NO_HINT, LocaleHint
from .candidates import Candidate
from .cells import SURE as CELL_SURE
from .cells import CellAsked, find_cells, read_cell_question
from .confidence import choose, confidence, evidence
from .facts import DocumentFacts, PageFacts, read_facts
from .features import FEATURES, score_page
from .page import Page
from .question import Asked, read_question
from .ranker import scores
from .settled import settle

KEY_VALUE_VERSION = "key-value-2"
"""Must change with every change that answers differently; part of the job's fingerprint."""


_RELATION, _RANK = FEATURES.index("score"), FEATURES.index("label rank")
_DIGITS = re.compile(r"[\d.,]*\d[\d.,]*")
_SPLIT = 0.6
"""Digits that stand apart by less than so many heights of the text may be one number."""

_RELATED, _EQUALLY_PROBABLE = 0.5, 0.5
"""Of a relation to a label; and a difference of log-odds. No right answer of the development corpora is so close."""


@dataclass(frozen=True)
class KeyValueAnswer:
    """An answer as it stands on a page.

    Attributes:
        text: the value's own words, without its label.
        confidence: calibrated share of such answers that are right.
        places: one for each line.
        recognised: whether its words come from OCR.
        number, date, boolean, currency: what the words mean, where the type of the question has them and they say it.
    """

    text: str
    confidence: float
    places: tuple[Place, ...]
    recognised: bool = False
    number: float | None = None
    date: datetime.date | None = None
    boolean: bool | None = None
    currency: str | None = None

    @property
    def page_number(self) -> int:
        return self.places[0].page_number


@dataclass(frozen=True)
class Declined:
    """No answer; `reason` says why, as a clause."""

    reason: str


def answer(
    ask: str,
    pages: Sequence[PageReading] | DocumentFacts,
    hint: LocaleHint = NO_HINT,
    kind: AnswerType = "string",
    choices: tuple[str, ...] = (),
) -> KeyValueAnswer | Declined:
    """The answer to one question, with the confidence that it has; who asks decides whether that is enough.

    Args:
        pages: one page or all pages of a document; `read_facts` of them where several questions are asked.
        hint: the format of numbers and dates.
        kind: type of the answer.
    """
    asked = read_question(ask, kind, choices)
    if asked.field is None and (cell := read_cell_question(ask)) is not None and kind in ("string", "number", "money"):
        facts = pages if isinstance(pages, DocumentFacts) else read_facts(pages, hint)
        return _of_cell(cell, facts, hint, kind)
    if asked.declined:
        return Declined(asked.declined)
    facts = pages if isinstance(pages, DocumentFacts) else read_facts(pages, hint)
    if asked.kind in ("boolean", "choice"):
        return _settled(asked, facts)
    return _ranked(asked, facts, hint, kind)


def _settled(asked: Asked, facts: DocumentFacts) -> KeyValueAnswer | Declined:
    found = [one for page in facts.pages for one in settle(asked, page)]
    if len({one.text for one in found}) != 1:
        return Declined("the page does not settle it" if not found else "the page settles it in several ways")
    first = found[0]
    places = _places(first.page, first.words)
    return KeyValueAnswer(
        first.text, first.confidence, places, _recognised(first.page, first.words), boolean=first.boolean
    )


def _of_cell(asked: CellAsked, facts: DocumentFacts, hint: LocaleHint, kind: AnswerType) -> KeyValueAnswer | Declined:
    cells = find_cells(asked, facts)
    texts = {" ".join(cell.page.page.words[word] for word in cell.value) for cell in cells}
    if len(texts) != 1:
        return Declined("no table settles it" if not cells else "several rows of tables have that name")
    page, text = cells[0].page, texts.pop()
    places = [_places(page, words)[0] for words in (cells[0].value, cells[0].header, cells[0].item)]
    found = KeyValueAnswer(text, CELL_SURE, tuple(places), _recognised(page, cells[0].value))
    number = next(one for one in page.candidates if one.words == cells[0].value)
    return _typed(found, number, hint, kind)


def _ranked(asked: Asked, facts: DocumentFacts, hint: LocaleHint, kind: AnswerType) -> KeyValueAnswer | Declined:
    found: list[tuple[PageFacts, Candidate]] = []
    matrices = []
    for page in facts.pages:
        scored = score_page(asked, page, facts)
        found += [(page, one) for one in scored.candidates]
        matrices.append(scored.matrix)
    if not found:
        return Declined("the page has no value of the form that is asked for")
    matrix = np.concatenate(matrices)
    ranked = scores(matrix)
    keys = [one.key for _, one in found]
    best, second, agreement = choose(keys, ranked)
    if (other := _rival(keys, ranked, matrix, best)) is not None:
        return Declined(
            f"two values stand beside equally good labels: {found[best][1].text!r} and {found[other][1].text!r}"
        )
    page, candidate = found[best]
    if _is_part(page.page, candidate):
        return Declined(f"{candidate.text!r} may be a part of a number whose digits stand apart")
    recognised = _recognised(page, candidate.words)
    sure = confidence(evidence(asked.kind, recognised, matrix[best], float(ranked[best]), second, agreement))
    return _typed(
        KeyValueAnswer(candidate.text, sure, _places(page, candidate.words), recognised), candidate, hint, kind
    )


def _rival(keys: Sequence[str], ranked: NDArray[np.float64], matrix: NDArray[np.float64], best: int) -> int | None:
    """Another value as probable as the best one, beside as good a label of the same words; None without one."""
    relation, rank = matrix[:, _RELATION], matrix[:, _RANK]
    if relation[best] < _RELATED:
        return None
    other = np.array([key != keys[best] for key in keys])
    other &= (ranked > ranked[best] - _EQUALLY_PROBABLE) & (relation > 0.9 * relation[best]) & (rank == rank[best])
    return int(np.flatnonzero(other)[0]) if other.any() else None


def _is_part(page: Page, candidate: Candidate) -> bool:
    """Whether digits stand right before or behind an amount, closer than columns do: OCR splits `180.00` in two."""
    if candidate.kind not in ("money", "number"):
        return False
    run = int(page.run[candidate.words[0]])
    first, last = candidate.words[0], candidate.words[-1]
    tall = float(page.boxes[first, 3] - page.boxes[first, 1])
    for left, right in ((first - 1, first), (last, last + 1)):
        if left < page.starts[run] or right >= page.ends[run]:
            continue
        near = page.boxes[right, 0] - page.boxes[left, 2] < _SPLIT * tall
        if near and _DIGITS.fullmatch(page.words[left]) and _DIGITS.fullmatch(page.words[right]):
            return True
    return False


def _recognised(page: PageFacts, words: Sequence[int]) -> bool:
    return bool(np.isfinite(page.page.confidence[list(words)]).any())


def _typed(
    found: KeyValueAnswer, candidate: Candidate, hint: LocaleHint, kind: AnswerType
) -> KeyValueAnswer | Declined:
    """The answer with what its words mean; a date that may be several days keeps its words alone."""
    if kind == "string":
        return found
    try:
        value = parse_answer(candidate.text, kind, hint=hint)
    except AnswerParseError as error:
        if kind == "date" and candidate.kind == "date":
            return found
        return Declined(f"the most probable value has another type: {error}")
    if value is None:
        return Declined("the most probable value says that there is none")
    number = candidate.number if value.number is not None and candidate.number is not None else value.number
    return replace(found, number=number, date=value.date, boolean=value.boolean, currency=value.currency)


def _places(facts: PageFacts, words: Sequence[int]) -> tuple[Place, ...]:
    """The words of a value by the lines that they belong to."""
    page = facts.page
    lines: dict[int, list[int]] = {}
    for word in words:
        lines.setdefault(int(page.run[word]), []).append(word)
    places = []
    for of_line in lines.values():
        boxes = page.shares[of_line]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        text = " ".join(page.words[word] for word in of_line)
        places.append(Place(page.number, Box(x0, y0, x1, y1), text, int(page.line[of_line[0]])))
    return tuple(places)
