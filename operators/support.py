"""From how a value matches to how probable it is that it stands there.

The numbers were fitted to public documents; see docs/grounding.md and benchmarks/grounding.py.
"""

import math

from .matches import Match

FLOOR = 0.25
"""Below it a place is not shown."""

MODEL_BOX = 0.3
"""Of a box that no text confirms or contradicts."""

NOT_FOUND = 0.02
NOT_FOUND_BY_OCR = 0.08


def support_of(match: Match) -> float:
    """An estimate of the probability that the value stands in the document, given its best match."""
    if not match.length:
        return 0.9
    score = 4.5
    score -= 16.0 * match.wrong
    score -= 8.0 * match.confused
    score -= 6.0 * (match.digits > 0) + 1.0 * max(0, min(match.digits, 4) - 1)
    score -= 5.0 * match.conflicts
    score -= match.loose_ends * 6.0 / match.length
    score -= {"same": 0.0, "form": 0.5, "torn": 1.5, "confused": 2.0}[match.form]
    if match.recognised:
        score += 4.0 * match.wrong
    return 1.0 / (1.0 + math.exp(-score))
