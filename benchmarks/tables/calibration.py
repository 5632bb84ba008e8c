"""The weights with which signs of mistakes make the confidence of a table."""

from collections.abc import Mapping, Sequence

import numpy as np


def calibrated(samples: Sequence[tuple[Mapping[str, float], float]]) -> str:
    """Weights of a logistic regression of F1 on the signs, and F1 by the confidence that they give."""
    names = sorted(samples[0][0])
    x = np.array([[1.0, *(signs[name] for name in names)] for signs, _ in samples])
    y = np.array([f1 for _, f1 in samples])
    ridge = 0.1 * np.diag([0.0, *[1.0] * len(names)])
    weights = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ weights))
        weights += np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge + 1e-9, x.T @ (y - p) - ridge @ weights)
    p = 1 / (1 + np.exp(-x @ weights))
    bins = [f"  {p[part].mean():.3f}: F1 {y[part].mean():.3f}" for part in np.array_split(np.argsort(p), 8)]
    found = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(["bias", *names], weights, strict=True))
    kept = p >= 0.9
    return "\n".join([f"{len(y)} tables: {found}", *bins, f"  from 0.9: {kept.mean():.3f}, F1 {y[kept].mean():.3f}"])
