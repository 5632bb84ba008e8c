"""Tells a text that goes round in a circle, where a server gives no token ids."""

# As for ids (`internvl2/repetition.py`), at about four characters a token.
LONGEST = 384
TIMES = 8
CHARACTERS = 512


def is_text_repeating(text: str) -> bool:
    """Whether the end of `text` is one passage of at most `LONGEST` characters over and over.

    At least `TIMES` times, and at least `CHARACTERS` long: a column of equal figures stays below that.
    """
    for period in range(1, LONGEST + 1):
        span = max(TIMES * period, CHARACTERS)
        if span > len(text):
            return False
        if text[-span:-period] == text[-span + period :]:
            return True
    return False
