"""What the ranker is told of each candidate, as a matrix."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidate, remainder
from .facts import DocumentFacts, PageFacts
from .labels import Occurrence, fields_of, find_occurrences, zone_before
from .party_features import party_columns
from .question import Asked
from .relations import ABOVE, BELOW, INLINE, LEFT, NONE, RIGHT, Places, relate

_KINDS = ("money", "date", "identifier", "name", "address", "text")
_ROLES = (
    ("grand_total",), ("tax_basis",), ("tax_total",), ("due_payable",), ("seller", "seller_address"),
    ("buyer", "buyer_address"), ("invoice_date", "date"), ("invoice_number", "receipt_number"),
    ("cash", "change", "rounding"),
)  # fmt: skip

FEATURES = (
    *(f"kind {kind}" for kind in _KINDS), "kind other", *(f"asked {names[0]}" for names in _ROLES),
    "asked own words", "asked receipt", "inline", "right", "below", "left", "above", "score", "label rank", "extras",
    "strange", "rival", "starts", "colon", "gap", "between", "aligned", "nearer", "fit", "concepts", "own label",
    "own label rival", "own label fit", "x", "y", "page from first", "page from last", "height", "whole run", "count",
    "confidence", "same page count", "order", "reverse order", "currency", "decimals", "largest rank", "gross", "net",
    "tax", "sum", "part", "zero", "negative", "column end", "rounded", "before rounding", "cash minus change",
    "net plus tax", "cash value", "length", "digits", "mixed", "words", "remainder", "after number word",
    "legal form", "followed by address", "after name", "repeated in others", "domain", "capitals", "label words",
    "first in block", "heading same", "heading other", "name rank", "address like", "is top", "lines", "postcode",
    "starts with name", "next like address", "previous like address", "address score", "legal before", "first line",
    "last line", "is label", "heading rank", "row labels", "row others", "column labels", "column others",
    "height ratio", "run words", "words behind",
)  # fmt: skip
"""Columns of the matrix, in order."""

_NUMERIC = frozenset(["money", "number", "percent"])
_COMPATIBLE = {
    "money": ("money", "number"), "number": ("number", "money", "percent"),
    "identifier": ("identifier", "iban", "phone"),
}  # fmt: skip
_AMOUNT = re.compile(r"\W*(?:[A-Z]{2,3} ?)?[\d.,' ]*\d[.,]\d{2}\W*(?:[A-Z]{3})?")
_IN_LINE, _FAR = 0.6, 12.0
_MOST = 400
"""Candidates of a page that a question looks at."""


@dataclass(frozen=True)
class Scored:
    """Candidates of one page for one question, with their features.

    Attributes:
        matrix: (n, features) float64.
    """

    candidates: tuple[Candidate, ...]
    matrix: NDArray[np.float64]


def candidates_for(asked: Asked, facts: PageFacts, occurrences: Sequence[Occurrence]) -> list[Candidate]:
    """Candidates of the asked form: typed spans, and what follows or stands beside its labels."""
    kinds = _COMPATIBLE.get(asked.kind, (asked.kind,))
    found = [one for one in facts.candidates if one.kind in kinds]
    if asked.kind == "money" and any(one.kind == "money" for one in found):
        found = [one for one in found if one.kind == "money"]
    if asked.kind in ("text", "name", "identifier", "number", "law"):
        found += _beside_labels(asked, facts, occurrences)
    unique: dict[tuple[int, tuple[int, ...], str], Candidate] = {}
    for one in found:
        key = (one.run, one.words, one.text)
        if key not in unique or one.from_label:
            unique[key] = one
    return list(unique.values())[:_MOST]


def _beside_labels(asked: Asked, facts: PageFacts, occurrences: Sequence[Occurrence]) -> list[Candidate]:
    """What remains of a run after a label, and the runs right of it and below it."""
    page, found = facts.page, list[Candidate]()
    needs_digit = asked.kind in ("identifier", "number")

    def add(run: int, begin: int) -> None:
        one = remainder(page, run, begin, asked.kind)
        if one is None or (asked.kind == "identifier" and _AMOUNT.fullmatch(one.text)):
            return
        if not needs_digit or (any(map(str.isdigit, one.text)) and len(one.words) <= 6):
            found.append(one)

    for label in occurrences:
        run = label.zone.run
        words = page.words[int(page.starts[run]) : label.zone.last + 1]
        begin = len(" ".join(words))
        # Where label and value are one word, the value stands behind its colon.
        last = page.words[label.zone.last]
        if ":" in last[:-1] and any(map(str.isdigit, last)):
            begin -= len(last) - last.index(":") - 1
        add(run, begin)
        row = np.flatnonzero((page.row == page.row[run]) & (page.place > page.place[run]))
        for other in row[:2].tolist():
            add(other, 0)
        x0, _, x1, y1 = page.run_boxes[run]
        under = np.flatnonzero(
            (page.run_boxes[:, 1] > y1 - 0.4)
            & (page.run_boxes[:, 1] < y1 + 4)
            & (
                (np.minimum(page.run_boxes[:, 2], x1) > np.maximum(page.run_boxes[:, 0], x0))
                | (np.abs(page.run_boxes[:, 0] - x0) < 1)
            )
        )
        for other in under[:2].tolist():
            add(other, 0)
    return found


def score_page(asked: Asked, facts: PageFacts, document: DocumentFacts) -> Scored:
    """The candidates of a page with their features."""
    occurrences = find_occurrences(facts.page, facts.labels, asked.labels, asked.name)
    candidates = candidates_for(asked, facts, occurrences)
    if not candidates:
        return Scored((), np.zeros((0, len(FEATURES))))
    columns = _features(asked, facts, document, candidates, occurrences)
    matrix = np.empty((len(candidates), len(FEATURES)))
    for at, name in enumerate(FEATURES):
        matrix[:, at] = columns[name]
    return Scored(tuple(candidates), matrix)


def _features(
    asked: Asked, facts: PageFacts, document: DocumentFacts, candidates: list[Candidate], occurrences: list[Occurrence]
) -> dict[str, Any]:
    page = facts.page
    run = np.array([one.run for one in candidates])
    first = np.array([one.words[0] for one in candidates])
    last = np.array([max(word for word in one.words if page.run[word] == one.run) for one in candidates])
    boxes = np.array(
        [
            (
                page.boxes[a, 0],
                page.boxes[a : b + 1, 1].min(),
                page.boxes[a : b + 1, 2].max(),
                page.boxes[a : b + 1, 3].max(),
            )
            for a, b in zip(first.tolist(), last.tolist(), strict=True)
        ]
    )
    places = Places(run, first, last, boxes)
    related = relate(page, places, occurrences)
    columns: dict[str, Any] = {f"kind {kind}": float(asked.kind == kind) for kind in _KINDS}
    columns["kind other"] = float(asked.kind not in _KINDS)
    columns |= {f"asked {names[0]}": float(asked.name in names) for names in _ROLES}
    columns["asked own words"] = float(asked.field is None)
    columns["asked receipt"] = float("receipt" in asked.concepts)
    for name, relation in (("inline", INLINE), ("right", RIGHT), ("below", BELOW), ("left", LEFT), ("above", ABOVE)):
        columns[name] = related.relation == relation
    at = related.label

    def of_label(values: list[float], missing: float) -> NDArray[np.float64]:
        return np.array([*values, missing])[at]

    columns |= {
        "score": related.score,
        "label rank": of_label([float(one.rank) for one in occurrences], 20.0),
        "extras": of_label([float(one.extras) for one in occurrences], 5.0),
        "strange": of_label([float(min(one.strange, 9)) for one in occurrences], 9.0),
        "rival": of_label([float(one.rival) for one in occurrences], 1.0),
        "starts": of_label([float(one.starts) for one in occurrences], 0.0),
        "colon": of_label([float(one.zone.colon) for one in occurrences], 0.0),
        "fit": of_label([one.fit for one in occurrences], -2.0),
        "concepts": of_label([float(len(asked.labels[one.rank])) for one in occurrences], 0.0),
        "gap": np.minimum(related.gap, 50.0),
        "between": np.minimum(related.between, 20.0),
        "aligned": np.minimum(related.aligned, 20.0),
        "nearer": np.minimum(related.rank, 20.0),
    }
    columns["run words"] = np.minimum(page.ends[run] - page.starts[run], 20)
    columns["words behind"] = np.minimum(page.ends[run] - 1 - last, 20)
    pure = np.array(facts.labels.pure, bool)
    around = [_around(facts, pure, one.zone.run) for one in occurrences]
    for place, name in enumerate(("row labels", "row others", "column labels", "column others")):
        columns[name] = of_label([float(counts[place]) for counts in around], -1.0)
    tall = np.array([*(float(one.box[3] - one.box[1]) for one in occurrences), 1.0])[at]
    columns["height ratio"] = np.where(at >= 0, (boxes[:, 3] - boxes[:, 1]) / np.maximum(tall, 0.1), 1.0)
    columns |= _own_labels(asked, facts, candidates)
    columns |= _place(facts, document, candidates, boxes)
    columns |= _amounts(facts, document, candidates, boxes)
    columns |= _texts(asked, candidates)
    columns |= party_columns(asked, facts, document, candidates, boxes)
    return columns


def _around(facts: PageFacts, pure: NDArray[np.bool_], run: int) -> tuple[int, int, int, int]:
    """How many other runs in the row of a label, and in line with its left side, are labels too, and how many are not.

    Labels above or below their values stand side by side; labels beside their values stand one below the other.
    """
    page = facts.page
    row = page.row == page.row[run]
    down = np.abs(page.run_boxes[:, 1] - page.run_boxes[run, 1])
    column = (np.abs(page.run_boxes[:, 0] - page.run_boxes[run, 0]) < _IN_LINE) & (down < _FAR) & ~row
    row[run] = False
    return int((row & pure).sum()), int((row & ~pure).sum()), int((column & pure).sum()), int((column & ~pure).sum())


def _own_labels(asked: Asked, facts: PageFacts, candidates: list[Candidate]) -> dict[str, object]:
    """Of the label right in front of each candidate, whichever it is: whether it is that of something else."""
    present, rival, fit = [], [], []
    for one in candidates:
        zone = zone_before(facts.page, facts.labels, one.run, one.words[0])
        present.append(zone is not None)
        if zone is None:
            rival.append(0.0)
            fit.append(0.0)
            continue
        fits = fields_of(zone.parts)
        own = fits.get(asked.name, 0.0)
        if asked.field is None:
            names = set().union(*zone.parts)
            own = max((float(len(phrase)) for phrase in asked.labels if phrase <= names), default=0.0)
        rival.append(float(max(fits.values(), default=0.0) > own + 0.2))
        fit.append(own)
    return {"own label": present, "own label rival": rival, "own label fit": fit}


def _place(
    facts: PageFacts, document: DocumentFacts, candidates: list[Candidate], boxes: NDArray[np.float64]
) -> dict[str, object]:
    page = facts.page
    here: dict[tuple[str, str], int] = {}
    for one in facts.candidates:
        here[one.kind, one.key] = here.get((one.kind, one.key), 0) + 1
    order = np.argsort(np.argsort(boxes[:, 1] * 1000 + boxes[:, 0], kind="stable"), kind="stable")
    sure = page.confidence.tolist()
    read = [[sure[word] for word in one.words if sure[word] == sure[word]] for one in candidates]
    return {
        "x": (boxes[:, 0] + boxes[:, 2]) / 2 / page.size[0],
        "y": (boxes[:, 1] + boxes[:, 3]) / 2 / page.size[1],
        "page from first": min(page.number - document.first, 5),
        "page from last": min(document.last - page.number, 5),
        "height": np.clip(boxes[:, 3] - boxes[:, 1], 0, 5),
        "whole run": [one.begin == 0 and one.end >= len(page.texts[one.run]) - 1 for one in candidates],
        "count": [min(document.counts[one.kind, one.key], 10) for one in candidates],
        "same page count": [min(here.get((one.kind, one.key), 0), 10) for one in candidates],
        "confidence": [(sum(one) + 1.0) / (len(one) + 1) for one in read],
        "order": np.minimum(order, 30),
        "reverse order": np.minimum(len(candidates) - 1 - order, 30),
    }


def _amounts(
    facts: PageFacts, document: DocumentFacts, candidates: list[Candidate], boxes: NDArray[np.float64]
) -> dict[str, object]:
    sums = document.sums
    values = np.array([abs(one.number or 0.0) for one in candidates])
    distinct = np.unique(values)
    rank = len(distinct) - 1 - np.searchsorted(distinct, values)
    below = (boxes[None, :, 1] - boxes[:, None, 3] > -0.3) & (boxes[None, :, 1] - boxes[:, None, 3] < 4)
    below &= np.minimum(boxes[None, :, 2], boxes[:, None, 2]) > np.maximum(boxes[None, :, 0], boxes[:, None, 0])
    return {
        "currency": [one.currency for one in candidates],
        "decimals": [one.decimals for one in candidates],
        "largest rank": np.minimum(rank, 20),
        "gross": [one.key in sums.gross for one in candidates],
        "net": [one.key in sums.net for one in candidates],
        "tax": [one.key in sums.tax for one in candidates],
        "sum": [one.key in sums.largest for one in candidates],
        "part": [one.key in sums.other for one in candidates],
        "zero": [one.number == 0 for one in candidates],
        "negative": [(one.number or 0) < 0 for one in candidates],
        "column end": ~below.any(axis=1),
        "rounded": [one.key in sums.rounded for one in candidates],
        "before rounding": [one.key in sums.before_rounding for one in candidates],
        "cash minus change": [one.key in sums.settled for one in candidates],
        "net plus tax": [one.key in sums.summed for one in candidates],
        "cash value": [one.key in sums.cash for one in candidates],
    }


def _texts(asked: Asked, candidates: list[Candidate]) -> dict[str, object]:
    texts = [one.text for one in candidates]
    digits = [sum(c.isdigit() for c in text) for text in texts]
    letters = [sum(c.isalpha() for c in text) for text in texts]
    return {
        "length": [min(len(text), 60) for text in texts],
        "digits": [count / max(len(text), 1) for count, text in zip(digits, texts, strict=True)],
        "mixed": [a > 0 and b > 0 for a, b in zip(digits, letters, strict=True)],
        "words": [min(len(one.words), 20) for one in candidates],
        "remainder": [one.from_label for one in candidates],
        "capitals": [
            sum(c.isupper() for c in text) / max(count, 1) for text, count in zip(texts, letters, strict=True)
        ],
    }


__all__ = ["FEATURES", "NONE", "Scored", "candidates_for", "score_page"]
