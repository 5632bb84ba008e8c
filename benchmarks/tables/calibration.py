"""The weights with which signs of mistakes make the confidence of a table."""

from collections.abc import Iterable, Sequence

import numpy as np
from docpipe.operators.tables.confidence import IS_TABLE, QUALITY, estimate
from numpy.typing import NDArray
from scoring import ACCEPT, Sample

# Chosen by hand, see `confidence.QUALITY`.
_NOT_FITTED = ("doubled", "unclear")
# Of the squares of the weights.
_RIDGE = {"quality": 0.3, "is table": 0.05}
_PARTS = 10


def calibrated(samples: Sequence[Sample]) -> str:
    """Both sets of weights, and F1 by confidence where each tenth of the files is judged by weights of the others."""
    weights = fitted(samples)
    files = sorted({sample.file for sample in samples})
    part = {name: at % _PARTS for at, name in enumerate(np.random.default_rng(1).permutation(files).tolist())}
    judged = np.zeros(len(samples))
    for fold in range(_PARTS):
        apart = fitted([sample for sample in samples if part[sample.file] != fold])
        for at, sample in enumerate(samples):
            if part[sample.file] == fold:
                judged[at] = estimate(*apart, sample.signs)
    f1 = np.array([sample.f1 or 0.0 for sample in samples])
    lines = [
        f"{name}: " + ", ".join(f'"{sign}": {weight:.2f}' for sign, weight in found.items())
        for name, found in zip(("QUALITY", "IS_TABLE"), weights, strict=True)
    ]
    lines.append(f"{len(samples)} found, judged by weights of other files:")
    for group in np.array_split(np.argsort(judged), 8):
        lines.append(f"  {judged[group].mean():.3f}: F1 {f1[group].mean():.3f}")
    for name, some in (
        ("text layer", [not s.signs["scanned"] for s in samples]),
        ("tables on scans", [bool(s.signs["scanned"]) and s.f1 is not None for s in samples]),
        ("no tables", [s.f1 is None for s in samples]),
    ):
        chosen = np.array(some)
        kept = chosen & (judged >= ACCEPT)
        lines.append(
            f"  {name}: {kept.sum()} of {chosen.sum()} from {ACCEPT}"
            + (f", F1 {f1[kept].mean():.3f}" if kept.any() else "")
        )
    return "\n".join(lines)


def fitted(samples: Sequence[Sample]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of `confidence.QUALITY` and of `confidence.IS_TABLE`."""
    tables = [sample for sample in samples if sample.f1 is not None]
    names = [name for name in QUALITY if name != "bias" and name not in _NOT_FITTED]
    quality = _regression(names, tables, [sample.f1 or 0.0 for sample in tables], _RIDGE["quality"])
    scanned = [sample for sample in samples if sample.signs["scanned"]]
    is_table = _regression(
        [name for name in IS_TABLE if name != "bias"],
        scanned,
        [float(sample.f1 is not None) for sample in scanned],
        _RIDGE["is table"],
    )
    return {**quality, **{name: QUALITY[name] for name in _NOT_FITTED}}, is_table


def _regression(
    names: Sequence[str], samples: Sequence[Sample], targets: Iterable[float], ridge: float
) -> dict[str, float]:
    """Logistic regression by Newton's method; the bias is not penalised."""
    x = np.array([[1.0, *(sample.signs[name] for name in names)] for sample in samples])
    y: NDArray[np.float64] = np.array(list(targets))
    penalty = ridge * np.diag([0.0, *[1.0] * len(names)])
    weights = np.zeros(x.shape[1])
    for _ in range(200):
        p = 1 / (1 + np.exp(-x @ weights))
        step = np.linalg.solve(
            (x.T * (p * (1 - p))) @ x + penalty + 1e-9 * np.eye(len(weights)), x.T @ (y - p) - penalty @ weights
        )
        weights += np.clip(step, -2, 2)
    return dict(zip(["bias", *names], weights.tolist(), strict=True))
