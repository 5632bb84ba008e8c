"""Words that are to be laid over a page, as they travel to the process that does it."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# With single separators inside, as in a number.
_SIGNS = {"L": "l", "EN": "l", "AN": "l", "R": "r", "AL": "r"}
_LEFT_TO_RIGHT = re.compile(r"l+(?:-l+)*")


@dataclass(frozen=True)
class OverlayWord:
    """A word.

    Attributes:
        text: not empty, in logical order.
        quad: (4, 2) corners from the top left as the text is read, clockwise as it is read.
        space: whether white space follows it.
    """

    text: str
    quad: NDArray[np.float64]
    space: bool


def visual_order(text: str) -> tuple[str, bool]:
    """A word's characters from left to right as they are seen, and whether the word is written from right to left.

    A PDF holds text as it is seen; readers bring it back into its logical order. In a word from right to left, numbers
    and words of other scripts still run from left to right.
    """
    directions = [unicodedata.bidirectional(character) for character in text]
    first = next((direction for direction in directions if direction in ("L", "R", "AL")), "L")
    if first == "L":
        return text, False
    signs = "".join(_SIGNS.get(direction, "-") for direction in directions)
    seen = list(text[::-1])
    for run in _LEFT_TO_RIGHT.finditer(signs):
        start, end = len(text) - run.end(), len(text) - run.start()
        seen[start:end] = seen[start:end][::-1]
    return "".join(seen), True
