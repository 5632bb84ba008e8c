"""Whether a confidence is calibrated: AUC, reliability tables, expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bin:
    """Confidences from `low` (included) to `high`: how many, their mean, and how often they were right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def auc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Probability that something right has a higher confidence than something wrong, ties counted as half.

    The area under the ROC curve by Mann and Whitney's U; None where everything is right, or nothing.
    """
    scores, truth = np.asarray(confidences, np.float64), np.asarray(right, bool)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """Bins of equal width over 0 to 1 that hold something; 1 belongs to the last one."""
    scores, truth = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    place = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        Bin(
            index / bins,
            (index + 1) / bins,
            int((place == index).sum()),
            float(scores[place == index].mean()),
            float(truth[place == index].mean()),
        )
        for index in np.unique(place).tolist()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap between confidence and truth (Guo et al., ICML 2017)."""
    total = sum(entry.count for entry in bins)
    return sum(entry.count * abs(entry.confidence - entry.right) for entry in bins) / total if total else 0.0
