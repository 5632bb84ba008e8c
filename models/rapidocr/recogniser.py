"""The PP-OCR recogniser: crops of lines to text, with the place of each character.

The network's cost on one thread is proportional to the pixels of width that it reads; so each crop is read by itself,
and none is padded to a common width.
"""

import re
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .ctc import Symbols
from .networks import RecogniserNetwork

HEIGHT = 48
"""Pixels of height that the network was trained on."""

STRIDE = 8
"""Pixels of width for one column of output."""

MAX_WIDTH = 4096
"""Pixels; what is longer is squeezed, which keeps memory bounded."""

_STEPS = ((160, 8), (320, 16), (640, 32), (1280, 64), (MAX_WIDTH, 128))
WIDTHS = tuple(
    width
    for (start, _), (end, step) in zip(((8, 0), *_STEPS), _STEPS, strict=False)
    for width in range(start + step, end + 1, step)
)
"""Widths of input in pixels; each costs a runtime some 40 ms once, so they are few.

From 80 pixels on no line is stretched or squeezed by more than a twentieth.
"""


_WIDE_ASCII = {ord("\uff01") + i: ord("!") + i for i in range(ord("~") - ord("!") + 1)}
"""The full-width forms of ASCII (Unicode 17.0, Halfwidth and Fullwidth Forms) with what they are forms of."""

_IDEOGRAPHIC = re.compile("[\u2e80-\ufaff\U00020000-\U0003ffff]")
"""Chinese and Japanese characters: from the first radical to the last compatibility ideograph, and planes 2 and 3."""


@dataclass(frozen=True)
class Reading:
    """The text of one crop.

    Attributes:
        text: the characters, spaces included.
        confidence: mean probability of the characters other than spaces; 0 for no text.
        centres: (len(text),) centre of each character, as a share of the crop's width.
        probability: (len(text),) of each character.
    """

    text: str
    confidence: float
    centres: NDArray[np.float32]
    probability: NDArray[np.float32]


class Recogniser:
    """Reads crops of single lines."""

    def __init__(self, network: RecogniserNetwork) -> None:
        self._network = network

    def read(self, crops: Sequence[NDArray[np.uint8]], deadline: float | None = None) -> list[Reading]:
        """Read (h, w, 3) RGB crops; one reading for each, in their order.

        Raises:
            TimeoutError: `time.monotonic()` passed `deadline`.
        """
        readings: list[Reading] = []
        for crop in crops:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"OCR read {len(readings)} of {len(crops)} lines before its deadline")
            readings.append(self._reading(self._network.symbols(_resized(crop))))
        return readings

    def _reading(self, line: Symbols) -> Reading:
        text = without_wide_ascii("".join(self._network.characters[symbol] for symbol in line.symbol))
        centres = ((line.start + line.end) / (2 * line.columns)).astype(np.float32)
        inked = np.array([not character.isspace() for character in text], np.bool_)
        confidence = float(line.probability[inked].mean()) if inked.any() else 0.0
        return Reading(text, confidence, centres, line.probability)


def without_wide_ascii(text: str) -> str:
    """A line of as many characters, in which full-width ASCII is plain where nothing else is Chinese or Japanese.

    The network knows both forms, and takes a colon in wide print for the full-width one.
    """
    return text if _IDEOGRAPHIC.search(text) else text.translate(_WIDE_ASCII)


def _resized(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The crop at the network's height, stretched or squeezed to the nearest of `WIDTHS`."""
    height, width = crop.shape[:2]
    size = (fitting_width(width * HEIGHT / height), HEIGHT)
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def fitting_width(width: float) -> int:
    """The least of `WIDTHS` that is not below `width`, or the one before it where that is nearer."""
    index = min(bisect_left(WIDTHS, width), len(WIDTHS) - 1)
    before = WIDTHS[max(0, index - 1)]
    return before if width / before < WIDTHS[index] / width else WIDTHS[index]
