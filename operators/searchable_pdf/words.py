"""The words of a page's invisible text, in the form in which they are sent to the writing process."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DIRECTIONS = {"L": "l", "EN": "l", "AN": "l", "R": "r", "AL": "r"}
# A run may contain single separators, as a number does.
_LEFT_TO_RIGHT = re.compile(r"l+(?:-l+)*")


@dataclass(frozen=True)
class OverlayWord:
    """A word.

    Attributes:
        text: not empty, in logical order.
        quad: (4, 2) corners, clockwise from the top left corner of the upright text.
        space: whether white space follows it.
    """

    text: str
    quad: NDArray[np.float64]
    space: bool


def visual_order(text: str) -> tuple[str, bool]:
    """A word's characters in visual order from left to right, and whether the word is written from right to left.

    A PDF stores text in visual order, and readers restore its logical order. In a right-to-left word, numbers and
    words of other scripts still run from left to right.
    """
    directions = [unicodedata.bidirectional(character) for character in text]
    first = next((direction for direction in directions if direction in ("L", "R", "AL")), "L")
    if first == "L":
        return text, False
    runs = "".join(_DIRECTIONS.get(direction, "-") for direction in directions)
    seen = list(text[::-1])
    for run in _LEFT_TO_RIGHT.finditer(runs):
        start, end = len(text) - run.end(), len(text) - run.start()
        seen[start:end] = seen[start:end][::-1]
    return "".join(seen), True
