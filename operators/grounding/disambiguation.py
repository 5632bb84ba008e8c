"""Chooses among several places of a value: by the question's words nearby, and by the model's own box."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import Box
from ..values.normalization import letters
from .evidence import Evidence

_ASKING = frozenset(
    word
    for words in (
        "a an the of in on at to for is are was were what which who when where how much many does do did this that it",
        "its by from and or name value document page receipt invoice please give",
        "der die das ein eine des dem den ist was wie wer wann wo viel",
        "le la les un une du est quel quelle quels el los las que cual es di il lo gli qual",
    )
    for word in words.split()
)
_MAX_LABELS = 64
_ROW = 0.5
_NEAR = 0.15


def question_words(question: str) -> list[str]:
    """The words of a question that may be printed near its answer, without stop words; at most 32."""
    words = ("".join(letters(word).text) for word in question.split())
    return list(dict.fromkeys(word for word in words if word and word not in _ASKING))[:32]


def nearness(spans: Sequence[tuple[int, int]], question: str, evidence: Evidence) -> NDArray[np.float64]:
    """(n,) scores of how near the question's words are to each span (start, end) of the evidence's text; 0 for none.

    The weight of a word decreases with its frequency. A word has the highest score on the left in the same row and
    above in the same column, where labels and column headings are located.
    """
    scores = np.zeros(len(spans))
    words = evidence.words
    owner = np.array([span_words(start, end, evidence)[0] for start, end in spans], np.intp)
    if not len(owner):
        return scores
    boxes, pages = words.boxes[owner], words.page[owner]
    for label in question_words(question):
        found = _label_words(label, evidence)
        if not len(found):
            continue
        weight = 1.0 / (1.0 + math.log1p(len(found)))
        found = found[np.isin(words.page[found], pages)][: _MAX_LABELS * 4]
        if not len(found):
            continue
        close = _closeness(boxes, words.boxes[found])
        close[pages[:, None] != words.page[found][None, :]] = 0
        scores += weight * close.max(axis=1)
    return scores


def span_words(start: int, end: int, evidence: Evidence) -> NDArray[np.int32]:
    """The word of each character of a span that belongs to a word; never empty for a match."""
    owners = evidence.char_word[start:end]
    return owners[owners >= 0]


def is_isolated(words: NDArray[np.int32], evidence: Evidence) -> bool:
    """Whether the words fill whole line parts between wide gaps, like a table cell and unlike a word in a sentence."""
    first, last = int(words[0]), int(words[-1])
    return int(evidence.segment[first, 0]) == first and int(evidence.segment[last, 1]) == last


def compactness(words: NDArray[np.int32], evidence: Evidence) -> float:
    """The share of the box around the words that their own boxes fill; 0 for words on several pages."""
    if words[0] == words[-1]:
        return 1.0
    if evidence.words.page[words[0]] != evidence.words.page[words[-1]]:
        return 0.0
    boxes = evidence.words.boxes[np.unique(words)]
    around = np.prod(boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0))
    return float(min(1.0, np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum() / max(around, 1e-12)))


def box_overlap(boxes: Sequence[tuple[int, Box]], model_boxes: Sequence[tuple[int, Box]]) -> float:
    """The share of the boxes' area that the model's boxes cover; each box has its page number."""
    total = shared = 0.0
    for page, (x0, y0, x1, y1) in boxes:
        total += (x1 - x0) * (y1 - y0)
        shared += max(
            (
                max(0.0, min(x1, b[2]) - max(x0, b[0])) * max(0.0, min(y1, b[3]) - max(y0, b[1]))
                for other, b in model_boxes
                if other == page
            ),
            default=0.0,
        )
    return shared / total if total else 0.0


def _label_words(label: str, evidence: Evidence) -> NDArray[np.intp]:
    starts = evidence.tokens.get(label, [])
    return np.unique(evidence.char_word[evidence.origin[starts]]).astype(np.intp) if starts else np.empty(0, np.intp)


def _closeness(boxes: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, m): 1 for a label that touches the box; decreases with the distance in shares of the page."""
    a, b = boxes[:, None, :], labels[None, :, :]
    dx = np.maximum(0, np.maximum(b[..., 0] - a[..., 2], a[..., 0] - b[..., 2]))
    dy = np.maximum(0, np.maximum(b[..., 1] - a[..., 3], a[..., 1] - b[..., 3]))
    middle_a, middle_b = (a[..., 1] + a[..., 3]) / 2, (b[..., 1] + b[..., 3]) / 2
    height = np.maximum(a[..., 3] - a[..., 1], b[..., 3] - b[..., 1])
    same_row = np.abs(middle_a - middle_b) < _ROW * height
    left = b[..., 0] < a[..., 0]
    same_column = (dx == 0) & (middle_b < middle_a)
    distance = np.where(same_row, np.where(left, 0.15 * dx, dx), np.where(same_column, 0.3 * dy, dx + 2 * dy))
    return np.exp(-distance / _NEAR)
