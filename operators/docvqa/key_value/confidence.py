"""From scores of candidates to one answer with a calibrated confidence.

Candidates of the same value speak for each other. The confidence is a logistic function of the best value's score, of
its distance to the next value, and of what is asked. `docpipe.training.key_value` fits it to answers of documents that
the ranker had not seen, and writes it to `ranker.npz`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .features import FEATURES

_OF_VALUE = (
    "score", "margin", "agreement", "money", "date", "identifier", "name", "address", "other", "own words",
    "recognised", "alone", "name score", "address score", "recognised name", "recognised address", "label",
    "date label", "money label", "name label", "name heading", "name form", "close",
)  # fmt: skip
EVIDENCE = (*_OF_VALUE, *(f"{name}, recognised" for name in _OF_VALUE))
"""What the confidence is computed from: of each value, and once more where its words were recognised by OCR, which can
misread what the score cannot see."""

_MOST = 8.0
_CLOSE = 1.5
"""Two values whose log-odds differ by less compete, the more the closer they are."""

_MOST_SURE = 0.99
"""Share of answers that are right where the function gives 0.95 and more, for layouts left out of the training."""
_OWN_WORDS, _LABEL, _HEADING, _FORM = (
    FEATURES.index(name) for name in ("asked own words", "score", "heading same", "legal form")
)


def choose(keys: Sequence[str], scores: NDArray[np.float64]) -> tuple[int, float, float]:
    """Index of the best candidate, the log-odds of the best other value (-8 without one), and the agreement.

    The agreement is the sum of the probabilities of the other candidates of the same value.
    """
    best = int(np.argmax(scores))
    same = np.array([key == keys[best] for key in keys])
    others = scores[~same]
    second = float(others.max()) if len(others) else -_MOST
    probability = 1 / (1 + np.exp(-scores[same]))
    return best, second, float(probability.sum() - probability.max())


def evidence(
    kind: str, recognised: bool, features: NDArray[np.float64], score: float, second: float, agreement: float
) -> NDArray[np.float64]:
    """(evidence,) for one answer; `features` are those of the best candidate."""
    own_words, label = float(features[_OWN_WORDS]), float(features[_LABEL])
    heading, form = float(features[_HEADING]), float(features[_FORM])
    score, second = float(np.clip(score, -_MOST, _MOST)), float(np.clip(second, -_MOST, _MOST))
    kinds = [float(kind == name) for name in ("money", "date", "identifier", "name", "address")]
    facts = np.array(
        [
            score, score - second, min(agreement, 2.0), *kinds, float(not any(kinds)), own_words,
            float(recognised), float(second <= -_MOST), score * kinds[3], score * kinds[4],
            float(recognised) * kinds[3], float(recognised) * kinds[4], label, label * kinds[1], label * kinds[0],
            label * kinds[3], heading * kinds[3], form * kinds[3], max(1 - (score - second) / _CLOSE, 0.0),
        ]
    )  # fmt: skip
    return np.concatenate([facts, facts * float(recognised)])


@cache
def _weights() -> tuple[NDArray[np.float64], float]:
    with np.load(Path(__file__).parent / "ranker.npz", allow_pickle=False) as stored:
        return stored["confidence_weights"], float(stored["confidence_base"])


def confidence(facts: NDArray[np.float64]) -> float:
    """The share of answers with such evidence that are right."""
    weights, base = _weights()
    return min(float(1 / (1 + np.exp(-(base + facts @ weights)))), _MOST_SURE)
