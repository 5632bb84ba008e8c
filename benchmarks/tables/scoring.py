"""Scores of found tables against true ones: detection, adjacency relations, TEDS, numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

Relations = Counter[tuple[str, str, str]]
BoxOf = tuple[float, float, float, float]
ACCEPT = 0.9
"""The default of `accept`: a table of less confidence is declined."""
_FOUND = 0.6


@dataclass(frozen=True)
class Cell:
    row: int
    row_end: int
    column: int
    column_end: int
    text: str
    number: float | None = None


@dataclass
class Table:
    """A true or a found table; the numbers of a program that tells none are all None."""

    name: str
    box: BoxOf
    cells: list[Cell]
    confidence: float = 1.0
    signs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """What was found, with its signs.

    Attributes:
        file: where; all of a file are fitted together or not at all.
        f1: share of its relations that are right; None for what is no table.
    """

    file: str
    signs: Mapping[str, float]
    f1: float | None


@dataclass
class Score:
    """Sums over tables; `accepted_…` leave out what a job declines by default."""

    name: str
    tells_numbers: bool = False
    truth: int = 0
    found: int = 0
    detected: int = 0
    right: int = 0
    made: int = 0
    true: int = 0
    accepted_right: int = 0
    accepted_made: int = 0
    accepted: int = 0
    given_right: int = 0
    given_made: int = 0
    teds: list[float] = field(default_factory=list)
    numbers: int = 0
    numbers_right: int = 0
    seconds: float = 0.0
    samples: list[Sample] = field(default_factory=list)

    def line(self) -> str:
        f1 = 2 * self.right / max(1, self.made + self.true)
        given = 2 * self.given_right / max(1, self.given_made + self.true)
        accepted = 2 * self.accepted_right / max(1, self.accepted_made + self.true)
        numbers = f"{self.numbers_right / max(1, self.numbers):.3f}" if self.tells_numbers else "    –"
        return (
            f"{self.name:28} tables {self.truth:4} recall {self.detected / max(1, self.truth):.3f} "
            f"precision {self.detected / max(1, self.found):.3f} | own F1 {f1:.3f} (P "
            f"{self.right / max(1, self.made):.3f} R {self.right / max(1, self.true):.3f}) given F1 {given:.3f} | "
            f"accepted {self.accepted} F1 {accepted:.3f} | TEDS {np.mean(self.teds or [0]):.3f} | "
            f"numbers {numbers} | {1000 * self.seconds / max(1, self.found):.0f} ms of CPU a table"
        )


def squeezed(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "_", "".join(text.split()).upper())


def relations(cells: Sequence[Cell]) -> Relations:
    found: Relations = Counter()
    filled = [(cell, squeezed(cell.text)) for cell in cells if cell.text.strip()]
    for a, text in filled:
        beside = [(b, t) for b, t in filled if b.column > a.column_end and b.row <= a.row_end and b.row_end >= a.row]
        below = [
            (b, t) for b, t in filled if b.row > a.row_end and b.column <= a.column_end and b.column_end >= a.column
        ]
        if beside:
            first = min(b.column for b, _ in beside)
            found.update(("beside", text, t) for b, t in beside if b.column == first)
        if below:
            first = min(b.row for b, _ in below)
            found.update(("below", text, t) for b, t in below if b.row == first)
    return found


def teds(ours: Sequence[Cell], theirs: Sequence[Cell]) -> float:
    """1 - distance / nodes, where a row is a node with its cells, aligned row by row and cell by cell."""
    a, b = _rows(ours), _rows(theirs)
    distance = _aligned(a, b, lambda row: 1 + len(row), _row_cost)
    nodes = max(sum(1 + len(row) for row in a), sum(1 + len(row) for row in b)) + 1
    return max(0.0, 1 - distance / nodes)


def _rows(cells: Sequence[Cell]) -> list[tuple[Cell, ...]]:
    rows: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.text.strip():
            rows[cell.row].append(cell)
    return [tuple(sorted(rows[at], key=lambda cell: cell.column)) for at in sorted(rows)]


def _row_cost(a: tuple[Cell, ...], b: tuple[Cell, ...]) -> float:
    return _aligned(a, b, lambda _: 1.0, _cell_cost)


def _cell_cost(a: Cell, b: Cell) -> float:
    if (a.row_end - a.row, a.column_end - a.column) != (b.row_end - b.row, b.column_end - b.column):
        return 1.0
    return float(Levenshtein.normalized_distance(squeezed(a.text), squeezed(b.text)))


def _aligned(
    a: Sequence[Any], b: Sequence[Any], weight: Callable[[Any], float], cost: Callable[[Any, Any], float]
) -> float:
    before = [0.0]
    for y in b:
        before.append(before[-1] + weight(y))
    for x in a:
        now = [before[0] + weight(x)]
        for j, y in enumerate(b):
            now.append(min(before[j] + cost(x, y), before[j + 1] + weight(x), now[j] + weight(y)))
        before = now
    return before[-1]


def iou(a: BoxOf, b: BoxOf) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def around(boxes: Sequence[BoxOf]) -> BoxOf:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def add(score: Score, true: Sequence[Table], found: Sequence[Table], given: Sequence[Table | None], each: bool) -> None:
    """Adds the tables of a page: `given` are those found in the true regions, in the order of the true ones."""
    score.truth += len(true)
    score.found += len(found)
    used: set[int] = set()
    for table, in_region in zip(true, given, strict=True):
        expected = relations(table.cells)
        score.true += sum(expected.values())
        if in_region is not None:
            made = relations(in_region.cells)
            score.given_right += sum((made & expected).values())
            score.given_made += sum(made.values())
        places = [(iou(table.box, other.box), at) for at, other in enumerate(found) if at not in used]
        share, at = max(places, default=(0.0, -1))
        if share <= 0.1:
            score.teds.append(0.0)
            if each:
                print(f"  {score.name}: {table.name} not found")
            continue
        used.add(at)
        mine = found[at]
        made = relations(mine.cells)
        right = sum((made & expected).values())
        score.detected += share >= _FOUND
        score.right += right
        score.made += sum(made.values())
        if mine.confidence >= ACCEPT:
            score.accepted += 1
            score.accepted_right += right
            score.accepted_made += sum(made.values())
        score.teds.append(teds(mine.cells, table.cells))
        if score.tells_numbers:
            _count_numbers(score, table, mine)
        f1 = 2 * right / max(1, sum(made.values()) + sum(expected.values()))
        score.samples.append(Sample(_file_of(table), mine.signs, f1))
        if each and (f1 < 0.97 or share < 0.75):
            print(f"  {score.name}: {table.name} IoU {share:.2f} F1 {f1:.3f} confidence {mine.confidence:.2f}")
    vain = [other for at, other in enumerate(found) if at not in used]
    for other in vain:
        made_in_vain = sum(relations(other.cells).values())
        score.made += made_in_vain
        score.accepted_made += made_in_vain if other.confidence >= ACCEPT else 0
        if each:
            print(f"  {score.name}: in vain, {len(other.cells)} cells, confidence {other.confidence:.2f}")
    score.samples += [Sample(_file_of(true[0]), other.signs, None) for other in vain]


def _file_of(table: Table) -> str:
    """The file of a true table, whose name goes on with its number."""
    return table.name.split("#")[0]


def _count_numbers(score: Score, true: Table, found: Table) -> None:
    values: Counter[tuple[str, float]] = Counter()
    for cell in found.cells:
        if cell.number is not None:
            values[squeezed(cell.text), round(cell.number, 6)] += 1
    for cell in true.cells:
        if cell.number is not None:
            score.numbers += 1
            key = squeezed(cell.text), round(cell.number, 6)
            if values[key] > 0:
                values[key] -= 1
                score.numbers_right += 1
