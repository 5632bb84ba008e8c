"""What is drawn when: single words first, then lines and blocks, then whole documents."""

from collections.abc import Mapping

import numpy as np

# Share of the training that is done, and the weight of each kind of page from there on; in between it is interpolated.
_PLAN: tuple[tuple[float, Mapping[str, float]], ...] = (
    (0.00, {"word": 1.0}),
    (0.03, {"word": 0.6, "text_line": 0.4}),
    (0.08, {"word": 0.15, "text_line": 0.45, "block": 0.4}),
    (0.20, {"word": 0.05, "text_line": 0.2, "block": 0.4, "receipt": 0.15, "table": 0.1, "form": 0.1}),
    (
        0.40,
        {
            **{"word": 0.02, "text_line": 0.08, "block": 0.15, "receipt": 0.2, "table": 0.12, "form": 0.1},
            **{"invoice": 0.08, "letter": 0.05, "bar": 0.1, "line": 0.06, "pie": 0.04},
        },
    ),
    (
        1.00,
        {
            **{"text_line": 0.03, "block": 0.07, "receipt": 0.2, "table": 0.1, "form": 0.1},
            **{"invoice": 0.13, "letter": 0.07, "bar": 0.15, "line": 0.1, "pie": 0.05},
        },
    ),
)


def weights(progress: float) -> dict[str, float]:
    """Probability of each kind of page when `progress` of the training (0 to 1) is done."""
    after = next((place for place, (start, _) in enumerate(_PLAN) if start >= progress), len(_PLAN) - 1)
    (start, low), (end, high) = _PLAN[max(0, after - 1)], _PLAN[after]
    share = 1.0 if end == start else (progress - start) / (end - start)
    share = min(1.0, max(0.0, share))
    kinds = {kind: (1 - share) * low.get(kind, 0.0) + share * high.get(kind, 0.0) for kind in {**low, **high}}
    total = sum(kinds.values())
    return {kind: weight / total for kind, weight in kinds.items() if weight}


def pick_kind(progress: float, rng: np.random.Generator) -> str:
    kinds = weights(progress)
    return str(rng.choice(list(kinds), p=list(kinds.values())))


def strength(progress: float, rng: np.random.Generator) -> float:
    """Scanning damage: none at first, the whole range after a quarter of the training."""
    if rng.random() < 0.3:
        return 0.0
    return float(rng.uniform(0, 1)) * min(1.0, progress / 0.25)


def reading_weight(progress: float) -> float:
    """Weight of the reading head's loss beside the language model's."""
    return 1.0 if progress < 0.1 else max(0.2, 1.0 - 2 * (progress - 0.1))
