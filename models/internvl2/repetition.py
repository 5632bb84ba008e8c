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
        tail = ids[-span:]
        if all(tail[place] == tail[place - period] for place in range(period, span)):
            return True
    return False
