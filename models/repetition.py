"""Tells output that repeats one passage without end, which no budget should be spent on.

A generation is stopped when it ends in one passage over and over, at least `TIMES` times and longer than any column
of equal figures is.
"""

from collections.abc import Sequence

TIMES = 8
LONGEST, TOKENS = 96, 128
"""In token ids: the longest passage that is looked for, and the least length of all its repetitions."""
CHARACTERS_PER_TOKEN = 4
"""About as many in the tokenizers of these models, for servers that return no token ids."""


def is_repeating(ids: Sequence[int]) -> bool:
    """Whether token ids end in one passage of at most `LONGEST` of them over and over."""
    return _ends_in_repetition(ids, LONGEST, TOKENS)


def is_text_repeating(text: str) -> bool:
    """Whether a text ends in one passage over and over, by the same measure as for token ids."""
    return _ends_in_repetition(text, LONGEST * CHARACTERS_PER_TOKEN, TOKENS * CHARACTERS_PER_TOKEN)


def _ends_in_repetition(items: Sequence[int] | str, longest: int, least: int) -> bool:
    for period in range(1, longest + 1):
        span = max(TIMES * period, least)
        if span > len(items):
            # Longer periods need a longer span still.
            return False
        # Most periods are ruled out by the last item alone.
        if items[-1] == items[-1 - period] and items[-span:-period] == items[-span + period :]:
            return True
    return False
