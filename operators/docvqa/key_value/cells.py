"""Cells of tables: the value in the row that a question names and in the column that it asks for.

`What is the unit price of the desk lamp?` is answered where one row of the document holds `Desk lamp` as a text of its
own, and one header above that row says unit price; the value, the header and the name of the row are the evidence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .candidates import Candidate
from .facts import DocumentFacts, PageFacts
from .labels import Piece
from .lexicon import plain_word
from .page import Floats

_END = r"\s*[?.!]*\s*$"
_ARTICLE = r"(?:(?:the|a|an|one|each|der|die|das|dem|den|des|ein|eine|einen|le|la|les|un|une|el|los|las|una)\s+|l['’])?"
_ITEM = r"(?P<item>\S.{1,58}?\S)"
_BOUGHT = (
    r"(?:ordered|bought|delivered|sold|purchased|invoiced|billed|shipped|supplied|bestellt|geliefert|gekauft|berechnet"
    r"|verkauft|command[ée]e?s?|livr[ée]e?s?|factur[ée]e?s?|achet[ée]e?s?|pedid[ao]s?|comprad[ao]s?|entregad[ao]s?|facturad[ao]s?)"
)
_EN, _DE_OF = r"what\s+(?:is|was)\s+the", r"(?:von|für|der|des)"
_PATTERNS = tuple(
    (re.compile(pattern.replace(" ", r"\s+") + _END, re.IGNORECASE), column)
    for pattern, column in (
        (rf"{_EN} (?:unit price|price per (?:unit|piece)) (?:of|for) {_ARTICLE}{_ITEM}", "unit_price"),
        (rf"{_EN} quantity (?:of|for) {_ARTICLE}{_ITEM}", "quantity"),
        (rf"what (?:quantity|number) of {_ARTICLE}{_ITEM} (?:was|were) {_BOUGHT}", "quantity"),
        (rf"how many (?:(?:units |pieces )?of )?{_ARTICLE}{_ITEM} (?:was|were|are|have been) {_BOUGHT}", "quantity"),
        (rf"{_EN} (?:line total|total price|total amount|amount) (?:of|for) {_ARTICLE}{_ITEM}", "amount"),
        (
            rf"(?:wie hoch ist|was ist|wie lautet) der (?:einzelpreis|stückpreis) {_DE_OF} {_ARTICLE}{_ITEM}",
            "unit_price",
        ),
        (rf"wie\s?viele? (?:stück )?{_ARTICLE}{_ITEM} (?:wurden|wurde|sind) {_BOUGHT}", "quantity"),
        (rf"(?:was|wie hoch) ist die menge {_DE_OF} {_ARTICLE}{_ITEM}", "quantity"),
        (rf"quel est le prix unitaire (?:de |du |des |d['’]){_ARTICLE}{_ITEM}", "unit_price"),
        (rf"combien (?:de |d['’]){_ITEM} ont été {_BOUGHT}", "quantity"),
        (rf"cuál es el precio unitario (?:de |del ){_ARTICLE}{_ITEM}", "unit_price"),
        (rf"cuánt[ao]s {_ITEM} se (?:pidieron|compraron|entregaron|facturaron)", "quantity"),
    )
)
_COLUMNS: dict[str, tuple[frozenset[str], ...]] = {
    "unit_price": (frozenset(["unit", "price"]), frozenset(["unit"]), frozenset(["price"])),
    "quantity": (frozenset(["quantity"]),),
    "amount": (frozenset(["total", "price"]), frozenset(["total"]), frozenset(["amount"]), frozenset(["net"])),
}
_KINDS = {"unit_price": ("money", "number"), "quantity": ("number",), "amount": ("money", "number")}
_LEAST_LETTERS = 4
_FARTHEST = 60
"""Rows above the one that is asked for in which its header is looked for."""

SURE = 0.95
"""A value that the row and the header of a table settle is wrong only where the page was misread."""


@dataclass(frozen=True)
class CellAsked:
    """A question for one cell: `column` is a key of `_COLUMNS`; `item` the words that name the row, plain."""

    column: str
    item: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """Words of the value, of its header and of the name of its row."""

    page: PageFacts
    value: tuple[int, ...]
    header: tuple[int, ...]
    item: tuple[int, ...]


@lru_cache(maxsize=4096)
def read_cell_question(ask: str) -> CellAsked | None:
    """The row and the column that a question names; None where it is no such question."""
    text = ask.strip().lstrip("¿").strip()
    for pattern, column in _PATTERNS:
        if (match := pattern.match(text)) is not None:
            item = _plain(match["item"].split())
            if sum(map(len, item)) >= _LEAST_LETTERS:
                return CellAsked(column, item)
    return None


def find_cells(asked: CellAsked, document: DocumentFacts) -> list[Cell]:
    """Every cell that the question may mean; more than one value settles nothing."""
    return [cell for facts in document.pages for cell in _on_page(asked, facts)]


def _plain(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(bare for word in words if (bare := "".join(c for c in plain_word(word) if c.isalnum())))


def _same(one: str, other: str) -> bool:
    """Whether two words are the same or one is the other's plural."""
    return one == other or one + "s" == other or other + "s" == one


def _on_page(asked: CellAsked, facts: PageFacts) -> Iterator[Cell]:
    page = facts.page
    for run in range(len(page.texts)):
        begin, end = int(page.starts[run]), int(page.ends[run])
        words = _plain(page.words[begin:end])
        if len(words) != len(asked.item) or not all(map(_same, words, asked.item)):
            continue
        header = _header(facts, run, asked.column)
        value = None if header is None else _value(facts, run, header, asked.column)
        if header is not None and value is not None and _multiplies(facts, run):
            head = tuple(range(int(page.starts[header]), int(page.ends[header])))
            yield Cell(facts, value.words, head, tuple(range(begin, end)))


def _multiplies(facts: PageFacts, run: int) -> bool:
    """Whether quantity times unit price is the amount of a row, where the table has all three."""
    numbers = []
    for column in ("quantity", "unit_price", "amount"):
        header = _header(facts, run, column)
        value = None if header is None else _value(facts, run, header, column)
        if value is None or value.number is None:
            return True
        numbers.append(abs(value.number))
    return abs(numbers[0] * numbers[1] - numbers[2]) <= 0.006 * max(numbers[0], 1.0)


def _header(facts: PageFacts, run: int, column: str) -> int | None:
    """The run that heads the asked column of the table of a run: in the nearest row of labels above it."""
    page = facts.page
    for row in range(int(page.row[run]) - 1, max(int(page.row[run]) - _FARTHEST, -1), -1):
        runs = np.flatnonzero(page.row == row).tolist()
        if len(runs) < 2 or any(any(map(str.isdigit, page.texts[one])) for one in runs):
            continue
        said = {one: _concepts(facts.labels.pieces[one]) for one in runs}
        for wanted in _COLUMNS[column]:
            # A price without `unit` may be that of the whole row: only a header that says nothing else is taken for it.
            fitting = [
                one
                for one in runs
                if wanted <= said[one] and (said[one] == wanted or column != "unit_price" or len(wanted) > 1)
            ]
            fitting = [one for one in fitting if column != "amount" or not said[one] & {"unit", "tax", "discount"}]
            if len(fitting) == 1:
                return int(fitting[0])
            if fitting:
                return None
    return None


def _concepts(pieces: Sequence[Piece]) -> frozenset[str]:
    return frozenset(name for piece in pieces for name in piece.part)


def _value(facts: PageFacts, run: int, header: int, column: str) -> Candidate | None:
    """The number of a row that stands under a header and under no other one."""
    page = facts.page
    heads = np.flatnonzero(page.row == page.row[header]).tolist()
    under = []
    for one in np.flatnonzero(page.row == page.row[run]).tolist():
        if one == run:
            continue
        distances = {head: _apart(page.run_boxes[one], page.run_boxes[head]) for head in heads}
        nearest = min(distances, key=lambda head: distances[head])
        rivals = sum(distance <= distances[nearest] for distance in distances.values())
        if nearest == header and rivals == 1 and distances[header] < 3.0:
            under.append(one)
    if len(under) != 1:
        return None
    numbers = [one for one in facts.candidates if one.run == under[0] and one.kind in _KINDS[column]]
    if column == "quantity" and not numbers:
        numbers = [one for one in facts.candidates if one.run == under[0] and one.kind == "money" and not one.currency]
    return numbers[0] if len({one.words for one in numbers}) == 1 else None


def _apart(box: Floats, head: Floats) -> float:
    """How far a cell stands from a header: by the nearest of their left sides, middles and right sides."""
    sides = (box[0] - head[0], (box[0] + box[2] - head[0] - head[2]) / 2, box[2] - head[2])
    return float(min(map(abs, sides)))
