"""The shipped trees fit the features, and are evaluated as trees are."""

import numpy as np
from docpipe.operators.docvqa.key_value.confidence import EVIDENCE, _weights, choose
from docpipe.operators.docvqa.key_value.features import FEATURES
from docpipe.operators.docvqa.key_value.ranker import scores, trees


def one_by_one(row: np.ndarray) -> float:
    forest = trees()
    total = forest.base
    for tree in range(len(forest.feature)):
        node = 0
        while forest.left[tree, node] != node:
            low = np.float32(row[forest.feature[tree, node]]) <= forest.threshold[tree, node]
            node = int(forest.left[tree, node] if low else forest.right[tree, node])
        total += float(forest.value[tree, node])
    return total


def test_all_candidates_at_once_score_as_one_by_one() -> None:
    matrix = np.random.default_rng(1).normal(0, 3, (20, len(FEATURES)))
    assert np.allclose(scores(matrix), [one_by_one(row) for row in matrix], atol=1e-4)


def test_the_calibration_has_a_weight_for_all_evidence() -> None:
    weights, _ = _weights()
    assert len(weights) == len(EVIDENCE)


def test_the_best_candidate_competes_with_other_values_only() -> None:
    best, second, agreement = choose(["a", "b", "a"], np.array([2.0, 1.0, 0.0]))
    assert (best, second) == (0, 1.0)
    assert abs(agreement - 0.5) < 1e-9
    assert choose(["a"], np.array([2.0]))[1] == -8.0
