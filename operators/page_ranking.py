"""Which pages of a document a question is put to, told from the pages' texts.

Words are weighed as in BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over the pages of
the one document, so that a word that stands on every page counts for little. What the question's type looks like on a
page (an amount, a date, a number) counts as one more word, and the first and the last page, where documents keep
their particulars and their totals, have a small advance.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .page_work import Question

_K1, _B = 1.2, 0.75
_EDGE_BONUS = 0.3
_WORD = re.compile(r"\w+")
_PREFIX = 6
"""Words are compared by their first letters: `invoice` with `invoices`, `Rechnung` with `Rechnungen`."""

_SHAPES = {
    "number": re.compile(r"\d"),
    "money": re.compile(r"\d[\d.,' ]*[.,]\d{2}\b|[€$£¥]\s*\d|\d\s*[€$£¥]"),
    "date": re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(19|20)\d{2}\b"),
}


def rank_pages(question: Question, texts: Sequence[str]) -> list[int]:
    """Indices into `texts`, one a page in their order, the most promising page first; ties in page order."""
    wanted = set(_terms(question.ask)) | {term for choice in question.choices for term in _terms(choice)}
    scores = _bm25(wanted, [_terms(text) for text in texts])
    shape = _SHAPES.get(question.type)
    if shape is not None:
        found = np.array([len(shape.findall(text)) for text in texts], float)
        scores += found / (found + _K1)
    scores[[0, -1]] += _EDGE_BONUS
    return [int(index) for index in np.argsort(-scores, kind="stable")]


def _bm25(wanted: set[str], pages: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    counts = [Counter(page) for page in pages]
    lengths = np.array([max(len(page), 1) for page in pages], float)
    norm = _K1 * (1 - _B + _B * lengths / lengths.mean())
    scores = np.zeros(len(pages))
    for term in wanted:
        frequency = np.array([count[term] for count in counts], float)
        holding = int((frequency > 0).sum())
        weight = math.log(1 + (len(pages) - holding + 0.5) / (holding + 0.5))
        scores += weight * frequency * (_K1 + 1) / (frequency + norm)
    return scores


def _terms(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
    return [word[:_PREFIX] for word in words]
