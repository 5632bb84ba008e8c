"""Ranks the pages of a document by their text, to choose those that a question is sent about.

The score is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over the pages of the one
document, so that a word that occurs on every page has little weight. Synonyms, in all languages of `page_terms.toml`,
count as one term. Text in the format of the question's type (an amount, a date, a number) counts as one more term.
The first and the last page, which usually hold a document's particulars and its totals, get a small bonus.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..inference.work import Question
from ..values.answers import answer_kind
from .terms import terms as lexicon

RANKING_VERSION = "ranking-3"
"""Must change with every change that makes the ranking choose other pages; part of the job's fingerprint."""

_K1, _B = 1.2, 0.75
_EDGE_BONUS = 0.3
_RELATED_WEIGHT = 0.5
_WORD = re.compile(r"\w+")
_PREFIX = 6
"""Words are compared by this many first letters: `invoice` equals `invoices`, `Rechnung` equals `Rechnungsdatum`."""

PAGES_PER_QUESTION = 3
"""Pages that a question is sent about; their answers compete."""

PAGES_PER_DOCUMENT = 16
"""Pages of a document that are rendered for all its questions; bounds the size of the data sent at once."""

_CONCEPTS = {name: frozenset(word[:_PREFIX] for word in words) for name, words in lexicon().words.items()}
_CONCEPT_OF = {word: concept for concept in _CONCEPTS.values() for word in concept}


class PageRanking:
    """Ranks the pages of one document for any number of questions.

    Args:
        texts: the text of each page, in page order; at least one.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._pages = [Counter(_terms(text)) for text in texts]
        lengths = np.array([max(sum(page.values()), 1) for page in self._pages], float)
        self._norm = _K1 * (1 - _B + _B * lengths / lengths.mean())

    def order(self, question: Question) -> list[int]:
        """Indices of the pages, the most promising one first; ties in page order."""
        scores = np.zeros(len(self._pages))
        for terms, weight in _query_terms(question):
            scores += weight * _bm25(self._frequency(terms), self._norm)
        shape = answer_kind(question.type).shape
        if shape is not None:
            found = np.array([len(shape.findall(text)) for text in self._texts], float)
            scores += found / (found + _K1)
        scores[[0, -1]] += _EDGE_BONUS
        return [int(index) for index in np.argsort(-scores, kind="stable")]

    def _frequency(self, terms: frozenset[str]) -> NDArray[np.float64]:
        return np.array([sum(page[term] for term in terms) for page in self._pages], float)


def _query_terms(question: Question) -> Iterator[tuple[frozenset[str], float]]:
    """Sets of synonyms, each with its weight; each set occurs once."""
    terms = [term for text in (question.ask, *question.choices) for term in _terms(text, without=lexicon().empty)]
    concepts = dict.fromkeys(_CONCEPT_OF.get(term, frozenset([term])) for term in terms)
    yield from ((concept, 1.0) for concept in concepts)
    for kind, parts in lexicon().related.items():
        if _CONCEPTS[kind] not in concepts and any(_CONCEPTS[part] in concepts for part in parts):
            yield _CONCEPTS[kind], _RELATED_WEIGHT


def _bm25(frequency: NDArray[np.float64], norm: NDArray[np.float64]) -> NDArray[np.float64]:
    holding = int((frequency > 0).sum())
    weight = math.log(1 + (len(frequency) - holding + 0.5) / (holding + 0.5))
    scores: NDArray[np.float64] = weight * frequency * (_K1 + 1) / (frequency + norm)
    return scores


def _terms(text: str, without: frozenset[str] = frozenset()) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
    return [word[:_PREFIX] for word in words if word not in without]


def choose_pages(questions: Sequence[Question], texts: Sequence[str]) -> dict[int, tuple[Question, ...]]:
    """Indices into `texts` with the questions that are sent about each page; best pages of all questions first."""
    chosen: dict[int, tuple[Question, ...]] = {}
    ranking = PageRanking(texts) if texts else None
    ranked = [(question, ranking.order(question)) for question in questions] if ranking else []
    for place in range(PAGES_PER_QUESTION):
        for question, pages in ranked:
            if place < len(pages) and (pages[place] in chosen or len(chosen) < PAGES_PER_DOCUMENT):
                chosen[pages[place]] = (*chosen.get(pages[place], ()), question)
    return chosen
