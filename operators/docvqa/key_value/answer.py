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
from .candidates import Candidate, value_key
from .cells import SURE as CELL_SURE
from .cells import CellAsked, find_cells, read_cell_question
from .confidence import choose, confidence, evidence
from .contracts.sentences import SURE as SAID_SURE
from .contracts.sentences import Said, agrees, find_said
from .document_kinds import is_of_another_kind
from .facts import DocumentFacts, PageFacts, read_facts
from .features import FEATURES, Scored, score_page
from .labels import zone_before
from .owners import BUYER, Holders, find_holders, owner_of
from .page import Page
from .question import Asked, read_question
from .ranker import scores
from .settled import settle

KEY_VALUE_VERSION = "key-value-3"
"""Must change with every change that answers differently; part of the job's fingerprint."""


_RELATION, _RANK = FEATURES.index("score"), FEATURES.index("label rank")
_RELATIONS = [FEATURES.index(name) for name in ("inline", "right", "below", "left", "above")]
_HEADING, _OF_LABEL_RIGHT, _BELOW = (FEATURES.index(name) for name in ("heading same", "right", "below"))
_NEEDS_LABEL, _BESIDE = frozenset(["delivery_address"]), 0.05
_OF_SALES_TAX = re.compile(r"\b(?:vat|ust|umsatzsteuer|mwst|tva|iva|btw|gst|moms)", re.IGNORECASE)
_OF_TAX_OFFICE = re.compile(r"\bsteuer-?n", re.IGNORECASE)
_DIGITS = re.compile(r"[\d.,]*\d[\d.,]*")
_IN_LINE, _NEARER = 1.2, 1.5
_SPLIT = 0.6
"""Digits that stand apart by less than so many heights of the text may be one number."""

_RELATED, _EQUALLY_PROBABLE, _EQUALLY_PROBABLE_OWN_WORDS = 0.5, 0.5, 2.5
"""Of a relation to a label; and a difference of log-odds. No right answer of the development corpora is so close. Where
a question's own words are looked for, only the place tells two values apart, which says nothing of what is asked."""

_OF_INVOICE = frozenset(["invoice_number", "invoice_date"])
_CONFUSED = frozenset(["tax_id"])
"""Entries of which invoices print both the seller's and the buyer's: questions without an owner mean the seller's."""

_NAMES = {"seller": "Who is the seller?", "buyer": "Who is the buyer?"}


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
    said = find_said(asked, facts, hint)
    if len(said) > 1:
        return Declined(f"sentences say different things: {said[0].text!r} and {said[1].text!r}")
    ranked = _ranked(ask, asked, facts, hint, kind)
    return ranked if not said else _of_sentence(said[0], ranked, hint, kind)


def _of_sentence(
    said: Said, ranked: KeyValueAnswer | Declined, hint: LocaleHint, kind: AnswerType
) -> KeyValueAnswer | Declined:
    """What a sentence says, unless a value beside a label, as sure as it, says something else."""
    if isinstance(ranked, KeyValueAnswer) and ranked.confidence >= SAID_SURE:
        if agrees(said, ranked.date.isoformat() if ranked.date else "", value_key(ranked.text)):
            return ranked
        return Declined(f"a label and a sentence say different things: {ranked.text!r} and {said.text!r}")
    found = KeyValueAnswer(said.text, SAID_SURE, _places(said.page, said.words), _recognised(said.page, said.words))
    return _with_value(found, hint, kind)


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


def _ranked(
    ask: str, asked: Asked, facts: DocumentFacts, hint: LocaleHint, kind: AnswerType
) -> KeyValueAnswer | Declined:
    if "invoice" in asked.concepts and asked.name in _OF_INVOICE and is_of_another_kind(facts):
        return Declined("the document calls itself something else than an invoice")
    found, matrix = _candidates(asked, facts)
    if not found:
        return Declined("the page has no value of the form that is asked for")
    if asked.owner or asked.name in _CONFUSED:
        kept = _of_owner(asked, facts, found)
        if not len(kept):
            return Declined("the page does not say that such a value is of the one who is asked for")
        found, matrix = [found[at] for at in kept], matrix[kept]
    if asked.name in _CONFUSED:
        kept = _of_same_tax(ask, found)
        if not kept:
            return Declined("the page has another number for taxes than the one that is asked for")
        found, matrix = [found[at] for at in kept], matrix[kept]
    ranked = scores(matrix)
    keys = [one.key for _, one in found]
    best, second, agreement = choose(keys, ranked)
    taken = set(found[best][1].words)
    apart = np.array([page is not found[best][0] or not taken.intersection(one.words) for page, one in found])
    if (other := _rival(apart, keys, ranked, matrix, best, asked.field is None)) is not None:
        one, two = (found[at][1].text for at in sorted((best, other)))
        return Declined(f"two values stand beside equally good labels: {one!r} and {two!r}")
    page, candidate = found[best]
    if asked.name in _NEEDS_LABEL and matrix[best, _RELATION] < _BESIDE and not matrix[best, _HEADING]:
        return Declined("no label says that a value is the one that is asked for")
    if _may_be_header(asked, page, candidate, matrix[best]) or _may_be_of_next(asked, page, candidate, matrix[best]):
        return Declined(f"{candidate.text!r} may be a label itself, or belong to another one")
    if _is_part(page.page, candidate):
        return Declined(f"{candidate.text!r} may be a part of a number whose digits stand apart")
    recognised = _recognised(page, candidate.words)
    sure = confidence(evidence(asked.kind, recognised, matrix[best], float(ranked[best]), second, agreement))
    return _typed(
        KeyValueAnswer(candidate.text, sure, _places(page, candidate.words), recognised), candidate, hint, kind
    )


def _candidates(asked: Asked, facts: DocumentFacts) -> tuple[list[tuple[PageFacts, Candidate]], NDArray[np.float64]]:
    """The candidates of all pages with their features."""
    scored: list[tuple[PageFacts, Scored]] = [(page, score_page(asked, page, facts)) for page in facts.pages]
    found = [(page, one) for page, of_page in scored for one in of_page.candidates]
    return found, np.concatenate([of_page.matrix for _, of_page in scored] or [np.zeros((0, len(FEATURES)))])


def _of_owner(asked: Asked, facts: DocumentFacts, found: Sequence[tuple[PageFacts, Candidate]]) -> list[int]:
    """Which candidates may be of the one whose value is asked for; without a word of it, not of the buyer only."""

    def best_name(name: str) -> Candidate | None:
        candidates, matrix = _candidates(read_question(_NAMES[name]), facts)
        ranked = scores(matrix) if candidates else np.zeros(0)
        return candidates[int(ranked.argmax())][1] if len(ranked) and ranked.max() > 0 else None

    holders: Holders = find_holders(facts, best_name)
    owners = [owner_of(one, page, holders) for page, one in found]
    if asked.owner == "buyer":
        return [at for at, owner in enumerate(owners) if owner == BUYER]
    others = [at for at, owner in enumerate(owners) if owner < BUYER]
    return others if asked.owner or others else list(range(len(found)))


def _of_same_tax(ask: str, found: Sequence[tuple[PageFacts, Candidate]]) -> list[int]:
    """Without numbers whose label names the other of two: a `Steuernummer` is no `USt-IdNr.`."""
    asked = _tax_named(ask)
    zones = [zone_before(page.page, page.labels, one.run, one.words[0]) for page, one in found]
    named = [
        "" if zone is None else _tax_named(" ".join(page.page.words[zone.first : zone.last + 1]))
        for (page, _), zone in zip(found, zones, strict=True)
    ]
    return [at for at, name in enumerate(named) if not asked or not name or name == asked]


def _tax_named(text: str) -> str:
    if _OF_SALES_TAX.search(text):
        return "sales tax"
    return "tax" if _OF_TAX_OFFICE.search(text) else ""


def _rival(
    apart: NDArray[np.bool_],
    keys: Sequence[str],
    ranked: NDArray[np.float64],
    matrix: NDArray[np.float64],
    best: int,
    own_words: bool,
) -> int | None:
    """Another value as probable as the best one, beside as good a label of the same words; None without one.

    Args:
        apart: (n,) whether a candidate has no word of the best one.
        own_words: whether the question's own words are looked for.
    """
    least = ranked[best] - (_EQUALLY_PROBABLE_OWN_WORDS if own_words else _EQUALLY_PROBABLE)
    relation, rank = matrix[:, _RELATION], matrix[:, _RANK]
    if relation[best] < _RELATED:
        return None
    other = np.array([key != keys[best] for key in keys])
    other &= apart & (ranked > least) & (relation > 0.9 * relation[best]) & (rank == rank[best])
    if own_words:
        other &= (matrix[:, _RELATIONS] == matrix[best, _RELATIONS]).all(axis=1)
    return int(np.flatnonzero(other)[0]) if other.any() else None


def _may_be_header(asked: Asked, facts: PageFacts, candidate: Candidate, features: NDArray[np.float64]) -> bool:
    """Whether a word right of a label may be the next label: neither they nor others of their row have a digit or a
    colon, and each of the row stands above or below a piece of text."""
    if asked.field is not None or asked.kind not in ("text", "name") or not features[_OF_LABEL_RIGHT]:
        return False
    page = facts.page
    runs = np.flatnonzero(page.row == page.row[candidate.run]).tolist()
    if len(runs) < 3 or any(":" in page.texts[run] or any(map(str.isdigit, page.texts[run])) for run in runs):
        return False
    return any(all(int(near[run]) >= 0 for run in runs) for near in (facts.stacks.below, facts.stacks.above))


def _may_be_of_next(asked: Asked, facts: PageFacts, candidate: Candidate, features: NDArray[np.float64]) -> bool:
    """Whether a word below a label has a nearer one above it: forms have their labels below the values, too."""
    if asked.field is not None or asked.kind not in ("text", "name") or not features[_BELOW]:
        return False
    boxes, run = facts.page.run_boxes, candidate.run
    over = (boxes[:, 3] < boxes[run, 1] + 0.3) & (np.abs(boxes[:, 0] - boxes[run, 0]) < _IN_LINE)
    if not over.any():
        return False
    label = int(np.flatnonzero(over)[boxes[over, 3].argmax()])
    above = int(facts.stacks.above[label])
    if above < 0 or facts.page.texts[label].endswith(":"):
        return False
    return bool(boxes[run, 1] - boxes[label, 3] > _NEARER * max(float(boxes[label, 1] - boxes[above, 3]), 0.2))


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
    typed = _with_value(found, hint, kind)
    if kind == "date" and candidate.kind == "date" and isinstance(typed, Declined):
        return found
    if isinstance(typed, KeyValueAnswer) and typed.number is not None and candidate.number is not None:
        return replace(typed, number=candidate.number)
    return typed


def _with_value(found: KeyValueAnswer, hint: LocaleHint, kind: AnswerType) -> KeyValueAnswer | Declined:
    """The answer with what its words mean in the type that is asked for."""
    if kind == "string":
        return found
    try:
        value = parse_answer(found.text, kind, hint=hint)
    except AnswerParseError as error:
        return Declined(f"the most probable value has another type: {error}")
    if value is None:
        return Declined("the most probable value says that there is none")
    return replace(found, number=value.number, date=value.date, boolean=value.boolean, currency=value.currency)


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
