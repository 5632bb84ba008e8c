"""Questions with the features of their candidates, from labelled corpora and from synthetic documents."""

import json
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from docpipe.evaluation.metrics.text import anls
from docpipe.evaluation.synthetic.business.documents import key_value_document
from docpipe.operators.docvqa.key_value.candidates import Candidate
from docpipe.operators.docvqa.key_value.facts import read_facts
from docpipe.operators.docvqa.key_value.features import score_page
from docpipe.operators.docvqa.key_value.question import read_question
from docpipe.operators.values.dates import find_dates
from docpipe.operators.values.locale import LocaleHint, locale_hint
from docpipe.operators.values.numbers import parse_number
from docpipe.schemas.page import PageReading
from numpy.typing import NDArray

Question = tuple[str, str, tuple[str, ...], tuple[tuple[int, tuple[float, ...]], ...]]
"""Field, question, true answers, and the pages and boxes, in shares, where one stands."""

REWORDED = {
    "company": ("Who is the seller?", "What is the name of the company?"),
    "date": ("What is the date?", "When was the receipt issued?"),
    "address": ("What is the address of the seller?", "What is the address?"),
    "total": ("What is the total?", "What is the total amount?"),
    "invoice_number": ("Which number does this invoice have?",),
    "invoice_date": ("What is the date?", "When was the invoice issued?"),
    "grand_total_amount": ("What is the total amount?", "What is the invoice total?"),
    "due_payable_amount": ("What is the total amount due?",),
    "tax_basis_total_amount": ("What is the net amount?",),
    "tax_total_amount": ("How much is the tax?",),
    "seller": ("Who issued this invoice?", "Who is the supplier?"),
    "buyer": ("Who is the customer?", "Who is the invoice addressed to?"),
}
"""The fields of the corpora in other words, so that the ranker does not learn the wording of their questions."""

RIGHT_ANLS = 0.9
"""An answer at least so similar to a true one is right."""


@dataclass(frozen=True)
class Asking:
    """One question of one document, with all candidates of its pages.

    Attributes:
        source: `invoices`, `receipts`, `reworded` (both, asked in other words) or `synthetic`.
        family: layout family; one is never in both training and test.
        answers: true answers; empty for a question that the document does not answer.
        matrix: (n, features).
        right: (n,) whether each candidate is a right answer.
        keys: what candidates of the same value share.
        recognised: (n,) whether the words of each candidate come from OCR.
    """

    source: str
    family: str
    file: str
    field: str
    ask: str
    answers: tuple[str, ...]
    kind: str
    declined: str
    texts: tuple[str, ...]
    keys: tuple[str, ...]
    pages: tuple[int, ...]
    recognised: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    true_boxes: tuple[tuple[int, tuple[float, ...]], ...]
    matrix: NDArray[np.float64]
    right: NDArray[np.bool_]


def is_right(text: str, number: float | None, answers: Sequence[str], kind: str, hint: LocaleHint) -> bool:
    """Whether a candidate is one of the true answers: equal in value, or similar where it is no value."""
    if not answers:
        return False
    if kind in ("money", "number") and number is not None:
        return any(
            (value := parse_number(answer, hint)) is not None and abs(value - number) < 0.005 for answer in answers
        )
    if kind == "date":
        ours = {date.value for date in find_dates(text, hint) if date.value}
        theirs = {date.value for answer in answers for date in find_dates(answer, hint) if date.value}
        if ours and theirs:
            return bool(ours & theirs)
    return anls(list(answers), text) >= RIGHT_ANLS


def askings(
    source: str,
    family: str,
    file: str,
    readings: Sequence[PageReading],
    questions: Sequence[Question],
) -> Iterator[Asking]:
    """The questions of one document."""
    hint = locale_hint("\n".join(reading.text or "" for reading in readings))
    facts = read_facts(readings, hint)
    for field, ask, answers, boxes in questions:
        asked = read_question(ask)
        scored = [] if asked.declined else [(page, score_page(asked, page, facts)) for page in facts.pages]
        found: list[tuple[int, Candidate, tuple[float, ...]]] = []
        recognised: list[bool] = []
        for page, one in scored:
            for candidate in one.candidates:
                around = page.page.shares[list(candidate.words)]
                box = (*around[:, :2].min(0).tolist(), *around[:, 2:].max(0).tolist())
                found.append((page.page.number, candidate, box))
                recognised.append(bool(np.isfinite(page.page.confidence[list(candidate.words)]).any()))
        matrix = np.concatenate([one.matrix for _, one in scored]) if scored else np.zeros((0, 1))
        yield Asking(
            source, family, file, field, ask, answers, asked.kind, asked.declined,
            tuple(candidate.text for _, candidate, _ in found),
            tuple(candidate.key for _, candidate, _ in found),
            tuple(number for number, _, _ in found),
            np.array(recognised, bool),
            np.array([box for _, _, box in found]).reshape(-1, 4),
            boxes,
            matrix.astype(np.float32),
            np.array([is_right(c.text, c.number, answers, asked.kind, hint) for _, c, _ in found], bool),
        )  # fmt: skip


def synthetic(count: int, start: int = 0) -> Iterator[Asking]:
    for seed in range(start, start + count):
        made = key_value_document(seed)
        first = made.readings[0]
        size = np.array([first.width, first.height] * 2, float)
        questions = [
            (q.field, q.ask, q.answers, tuple((page, tuple((np.array(box) / size).tolist())) for page, box in q.boxes))
            for q in made.questions
        ]
        yield from askings("synthetic", made.family, str(seed), made.readings, questions)


def corpus(folder: Path, readings: Path, source: str, engine: str) -> Iterator[Asking]:
    """The questions of `folder/qa.jsonl`, for readings that `read_corpus` stored."""
    rows: dict[str, list[dict[str, object]]] = {}
    for line in (folder / "qa.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows.setdefault(str(row["file"]), []).append(row)
    sizes = {}
    if (folder / "ocr.jsonl").exists():
        for line in (folder / "ocr.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            sizes[row["file"]] = (row["width"], row["height"])
    for file, entries in sorted(rows.items()):
        stored = readings / f"{source}-{engine}-{file}.pickle"
        if not stored.exists():
            continue
        pages = pickle.loads(stored.read_bytes())
        company = next((str(e["answers"][0]) for e in entries if e["field"] in ("company",)), "")  # type: ignore[index]
        family = company or invoice_family(file)
        questions: list[Question] = []
        for entry in entries:
            width, height = sizes.get(file) or (entry["width"], entry["height"])
            scale = np.array([width, height, width, height], float)
            boxes = []
            for box in entry.get("boxes") or ():  # type: ignore[attr-defined]
                page, corners = (box["page"], box["box"]) if isinstance(box, dict) else (1, box)
                boxes.append((page, tuple((np.array(corners) / scale).tolist())))
            questions.append((str(entry["field"]), str(entry["question"]), tuple(entry["answers"]), tuple(boxes)))  # type: ignore[arg-type]
        yield from askings(source, family, file, pages, questions)
        reworded = [(field, ask, answers, boxes) for field, _, answers, boxes in questions for ask in REWORDED[field]]
        yield from askings("reworded", family, file, pages, reworded)


def invoice_family(file: str) -> str:
    """Templates of the development invoices: those that one program laid out belong together."""
    for part, family in (
        ("Mustang", "mustang"), ("FNFE", "fnfe"), ("4s4u", "columns"), ("ZUGFeRD_1p0_EXTENDED", "columns"),
        ("1p0_COMFORT", "letter"),
    ):  # fmt: skip
        if part in file:
            return family
    return "stylesheet"
