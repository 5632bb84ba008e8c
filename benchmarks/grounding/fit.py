"""The weights of `operators/grounding/support.py`, fitted to values that are known to be true or false."""

from collections.abc import Callable

import numpy as np
from docpipe.operators.grounding.ground import Evidence
from docpipe.operators.grounding.support import FAULTS, OCR, TEXT_LAYER, faults, support_of
from docpipe.operators.grounding.value_search import find_matches
from scores import Asked, part_of
from values import Value

# A false value of these kinds is rare among those that are made here, and not among those that models make.
AT_LEAST = {"conflicting numbers": 6.0, "loose ends": 9.0, "padded": 4.0, "torn": 1.5, "splits": 8.0}
AT_LEAST_IN_TEXT_LAYER = {"wrong words": 5.0}
# And here of these kinds false values are frequent that stand there indeed in another form.
AT_MOST = {"other form": 1.0, "padded": 6.0}


def fit(asked: list[Asked], evidence_of: Callable[[Value], Evidence], rounds: int = 4000) -> None:
    """Fits the weights of `operators/grounding/support.py` to the best match of each training value; prints them.

    Logistic regression by gradient descent; no fault may speak for a match, and each weight is drawn a little to the
    one it has, so that a fault which the training files lack keeps its own.
    """
    for name, recognised, present in (("TEXT_LAYER", False, TEXT_LAYER), ("OCR", True, OCR)):
        rows, labels, weights = [], [], []
        for a in asked:
            if part_of(a.value) != "train":
                continue
            matches = find_matches(a.value.text, evidence_of(a.value), a.value.kind)
            best = max(matches, key=support_of, default=None)
            if best is not None and best.recognised == recognised:
                rows.append(faults(best))
                labels.append(not a.value.false)
                weights.append(a.value.source)
        x, y = np.array(rows), np.array(labels, np.float64)
        share_of = {(source, label): 0 for source in set(weights) for label in (0.0, 1.0)}
        for key in zip(weights, y, strict=True):
            share_of[key] += 1
        w = np.array([1 / share_of[key] ** 0.5 for key in zip(weights, y, strict=True)])
        for label in (0.0, 1.0):
            w[y == label] /= 2 * w[y == label].sum()
        prior = np.array(present.faults)
        bias, penalties = present.faultless, prior.copy()
        bounds = AT_LEAST if recognised else AT_LEAST | AT_LEAST_IN_TEXT_LAYER
        least = np.array([bounds.get(fault, 0.0) for fault in FAULTS])
        most = np.array([AT_MOST.get(fault, np.inf) for fault in FAULTS])
        scale = np.maximum(x.std(axis=0), 0.02)
        for _ in range(rounds):
            p = 1 / (1 + np.exp(-(bias - x @ penalties)))
            error = w * (p - y)
            bias -= 2.0 * (error.sum() + 1e-4 * (bias - present.faultless))
            gradient = -(x * error[:, None]).sum(axis=0) / scale**2 + 3e-3 * (penalties - prior)
            penalties = np.clip(penalties - 0.5 * gradient, least, most)
        print(f"{name} = Weights({bias:.2f}, ({', '.join(f'{v:.2f}' for v in penalties)}))  # {len(y)} values")
