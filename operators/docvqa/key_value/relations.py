"""How candidates stand to a label: behind it, right of it, below it, left of it or above it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .labels import Occurrence
from .page import Floats, Ints, Page

NONE, INLINE, RIGHT, BELOW, LEFT, ABOVE = range(6)
_PRIOR = np.array([0.0, 1.0, 0.95, 0.8, 0.3, 0.25])
_SURENESS_LOSS = 0.04


@dataclass(frozen=True)
class Places:
    """Where n candidates stand.

    Attributes:
        run: (n,) index of the first run.
        first, last: (n,) first and last words.
        boxes: (n, 4) of the first line.
    """

    run: Ints
    first: Ints
    last: Ints
    boxes: Floats


@dataclass(frozen=True)
class Related:
    """The best label of each of n candidates.

    Attributes:
        score: (n,) strength of the relation, 0 for none.
        relation: (n,) one of the relations of this module.
        label: (n,) index into the occurrences, -1 for none.
        gap: (n,) distance in heights of the text.
        between: (n,) number of runs between them; of words, where they share a run.
        aligned: (n,) difference of the nearer edges, for a candidate below or above.
        rank: (n,) number of candidates that the same label has nearer.
    """

    score: Floats
    relation: Ints
    label: Ints
    gap: Floats
    between: Floats
    aligned: Floats
    rank: Floats


def relate(page: Page, places: Places, occurrences: Sequence[Occurrence]) -> Related:
    count = len(places.run)
    best = Related(
        np.zeros(count), np.zeros(count, np.int64), np.full(count, -1, np.int64), np.full(count, 50.0),
        np.full(count, 20.0), np.full(count, 20.0), np.full(count, 20.0),
    )  # fmt: skip
    filler = _fillers(page)
    for index, label in enumerate(occurrences):
        relation, gap, between, aligned = _one(page, places, label, filler)
        nearness = np.exp(-0.06 * np.where(relation == RIGHT, 0.3 * gap, gap))
        score = _PRIOR[relation] * nearness * 0.7 ** np.minimum(between, 6)
        score *= max(1.0 - _SURENESS_LOSS * label.rank, 0.4) * (0.5 if label.rival else 1.0)
        score *= 0.75**label.extras * 0.9**label.strange
        order = np.argsort(-score, kind="stable")
        rank = np.empty(count)
        rank[order] = np.arange(count)
        better = score > best.score
        for ours, theirs in (
            (best.score, score), (best.relation, relation), (best.label, np.full(count, index)), (best.gap, gap),
            (best.between, between), (best.aligned, aligned), (best.rank, rank),
        ):  # fmt: skip
            ours[better] = theirs[better]
    return best


def _fillers(page: Page) -> NDArray[np.bool_]:
    """(r,) runs that stand between a label and its value without being either: a currency, a sign."""
    return np.array([len(text) <= 3 and not any(c.isdigit() for c in text) for text in page.texts] or [False], bool)


def _one(
    page: Page, places: Places, label: Occurrence, filler: NDArray[np.bool_]
) -> tuple[Ints, Floats, Floats, Floats]:
    boxes, run = places.boxes, label.zone.run
    x0, y0, x1, y1 = label.box
    tall = max(y1 - y0, 0.3)
    count = len(places.run)
    relation = np.zeros(count, np.int64)
    gap, between = np.full(count, 50.0), np.full(count, 20.0)
    overlap = np.minimum(boxes[:, 2], x1) - np.maximum(boxes[:, 0], x0)
    aligned = np.minimum(np.abs(boxes[:, 0] - x0), np.abs(boxes[:, 2] - x1))
    # Below and above: in the column of the label, or in line with one of its edges.
    column = (overlap > 0) | (aligned < 1.0)
    down, up = boxes[:, 1] - y1, y0 - boxes[:, 3]
    crossing = (np.minimum(page.run_boxes[:, 2], x1) - np.maximum(page.run_boxes[:, 0], x0)) > 0
    middles = np.sort((page.run_boxes[crossing & ~filler[: len(page.texts)], 1:4:2]).mean(axis=1))
    here = (y0 + y1) / 2
    for side, distance, name in (
        (column & (up > -0.4 * tall), up, ABOVE),
        (column & (down > -0.4 * tall), down, BELOW),
    ):
        relation[side], gap[side] = name, np.maximum(distance[side], 0.0)
        theirs = (boxes[side, 1] + boxes[side, 3]) / 2
        low, high = np.minimum(theirs, here), np.maximum(theirs, here)
        inside = np.searchsorted(middles, high - 0.3) - np.searchsorted(middles, low + 0.3, side="right")
        between[side] = np.maximum(inside, 0)
    # Beside: in the row of the label, or overlapping it by half of its height.
    shared = np.minimum(boxes[:, 3], y1) - np.maximum(boxes[:, 1], y0)
    beside = shared > 0.45 * np.minimum(boxes[:, 3] - boxes[:, 1], tall)
    right = beside & (boxes[:, 0] >= x1 - 0.3) & (places.run != run)
    left = beside & (boxes[:, 2] <= x0 + 0.3) & (places.run != run)
    row = np.minimum(page.run_boxes[:, 3], y1) - np.maximum(page.run_boxes[:, 1], y0) > 0.45 * tall
    row &= ~filler[: len(page.texts)]
    row[run] = False
    centres = (page.run_boxes[row, 0] + page.run_boxes[row, 2]) / 2
    centres.sort()
    for side, name in ((left, LEFT), (right, RIGHT)):
        relation[side] = name
        begin = np.where(name == RIGHT, x1, boxes[:, 2])
        end = np.where(name == RIGHT, boxes[:, 0], x0)
        gap[side] = np.maximum(end - begin, 0.0)[side]
        inside = np.searchsorted(centres, end - 0.1) - np.searchsorted(centres, begin + 0.1, side="right")
        between[side] = np.maximum(inside, 0)[side]
    behind = (places.run == run) & (places.first > label.last)
    relation[behind] = INLINE
    between[behind] = np.maximum(places.first - label.zone.last - 1, 0)[behind]
    gap[behind] = np.maximum(places.first - label.last - 1, 0)[behind]
    before = (places.run == run) & (places.last < label.first)
    relation[before] = LEFT
    between[before] = np.maximum(label.first - places.last - 1, 0)[before]
    gap[before] = between[before]
    within = (places.run == run) & ~behind & ~before
    relation[within] = NONE
    return relation, gap, between, aligned
