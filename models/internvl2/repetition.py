"""Tells an answer that goes round in a circle, which no budget should be spent on."""

from collections.abc import Sequence

# An answer is stopped when its last tokens are one passage of at most `LONGEST` tokens over and over, at least
# `TIMES` times and at least `TOKENS` long: a column of equal figures stays below that, a loop never does.
LONGEST = 96
TIMES = 8
TOKENS = 128


def is_repeating(ids: Sequence[int]) -> bool:
    """Whether the end of `ids` is one passage repeated."""
    for period in range(1, LONGEST + 1):
        span = max(TIMES * period, TOKENS)
        if span > len(ids):
            # Longer periods need a longer span still.
            return False
        # Most periods are ruled out by the last token alone.
        if ids[-1] == ids[-1 - period] and all(
            ids[-place] == ids[-place - period] for place in range(2, span - period + 1)
        ):
            return True
    return False
