"""Scores candidates with gradient-boosted trees, whose numbers `docpipe.training.key_value` wrote to `ranker.npz`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .features import FEATURES


@dataclass(frozen=True)
class Trees:
    """t trees of up to m nodes; a leaf points at itself.

    Attributes:
        feature, left, right: (t, m) of each node.
        threshold: (t, m); what is at most the threshold goes to the left.
        value: (t, m) of each leaf, in units of the score.
        base: score before any tree.
        depth: steps from the root to the deepest leaf.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    base: float
    depth: int


@cache
def trees() -> Trees:
    """The shipped trees; raises ValueError where they were trained with other features."""
    with np.load(Path(__file__).parent / "ranker.npz", allow_pickle=False) as stored:
        if tuple(stored["features"].tolist()) != FEATURES:
            raise ValueError("ranker.npz was trained with other features; run docpipe.training.key_value")
        return Trees(
            stored["feature"], stored["threshold"], stored["left"], stored["right"], stored["value"],
            float(stored["base"]), int(stored["depth"]),
        )  # fmt: skip


def scores(matrix: NDArray[np.float64], forest: Trees | None = None) -> NDArray[np.float64]:
    """(n,) log-odds that each candidate is the answer, from (n, features)."""
    forest = forest or trees()
    count, (size, most) = len(matrix), forest.feature.shape
    values = matrix.astype(np.float32)
    width = values.shape[1]
    # Nodes and values are numbered through all trees and rows, so that each step is a plain look-up.
    first = np.arange(size, dtype=np.int32)[:, None] * most
    left, right = (forest.left + first).ravel(), (forest.right + first).ravel()
    feature, threshold = forest.feature.astype(np.int32).ravel(), forest.threshold.ravel()
    flat, rows = values.ravel(), np.arange(count, dtype=np.int32)[:, None] * width
    at = np.broadcast_to(first[:, 0], (count, size))
    for _ in range(forest.depth):
        to_left = flat.take(rows + feature.take(at)) <= threshold.take(at)
        at = np.where(to_left, left.take(at), right.take(at))
    found: NDArray[np.float64] = forest.base + forest.value.ravel().take(at).sum(axis=1, dtype=np.float64)
    return found
