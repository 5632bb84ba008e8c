"""The interface of OCR that reads lines with their places from an image, however it works."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def _floats(*shape: int) -> FloatArray:
    return np.empty(shape, np.float32)


@dataclass(frozen=True)
class RecognisedText:
    """Lines of an image with their words, in no particular order.

    Attributes:
        text: n strings, none empty.
        polygons: (n, 4, 2) pixels, clockwise from the top left of the text as read; may reach over the edges.
        confidence: (n,) mean probability of the characters; NaN where there is none.
        word_text: m strings without white space.
        word_polygons: (m, 4, 2) as `polygons`.
        word_confidence: (m,), as `confidence`.
        word_line: (m,) index of the line; never decreasing.
    """

    text: list[str] = field(default_factory=list)
    polygons: FloatArray = field(default_factory=lambda: _floats(0, 4, 2))
    confidence: FloatArray = field(default_factory=lambda: _floats(0))
    word_text: list[str] = field(default_factory=list)
    word_polygons: FloatArray = field(default_factory=lambda: _floats(0, 4, 2))
    word_confidence: FloatArray = field(default_factory=lambda: _floats(0))
    word_line: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    def __len__(self) -> int:
        return len(self.text)


class TextReader(Protocol):
    """OCR in one process; it is called for one image at a time and killed at the deadline of the page."""

    def read(self, image: NDArray[np.uint8]) -> RecognisedText:
        """The text of an image (height, width, 3) RGB."""
