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


def what_is_wrong(found: object, height: int, width: int) -> str | None:
    """What is wrong with the text of an image of this size in pixels, as a noun phrase; None if nothing is."""
    if not isinstance(found, RecognisedText):
        return f"{type(found).__name__} instead of RecognisedText"
    for name in ("text", "word_text"):
        texts = getattr(found, name)
        if not isinstance(texts, list | tuple):
            return f"{name} of type {type(texts).__name__} instead of list"
        if not all(isinstance(text, str) and text.strip() for text in texts):
            return f"an empty text in {name}, or one that is no str"
    lines, words = len(found.text), len(found.word_text)
    return (
        _wrong_arrays(found, lines, words)
        or _wrong_places("polygons", found.polygons, height, width)
        or _wrong_places("word_polygons", found.word_polygons, height, width)
        or _wrong_lines(found.word_line, lines)
    )


def _wrong_arrays(found: RecognisedText, lines: int, words: int) -> str | None:
    shapes = {
        "polygons": (lines, 4, 2),
        "confidence": (lines,),
        "word_polygons": (words, 4, 2),
        "word_confidence": (words,),
        "word_line": (words,),
    }
    for name, shape in shapes.items():
        value, kinds = getattr(found, name), "iu" if name == "word_line" else "fiu"
        if not isinstance(value, np.ndarray) or value.shape != shape:
            return f"{name} of shape {getattr(value, 'shape', None)} instead of {shape}"
        if value.dtype.kind not in kinds:
            return f"{name} of type {value.dtype} instead of {'integers' if kinds == 'iu' else 'numbers'}"
    for name in ("confidence", "word_confidence"):
        value = getattr(found, name)
        if not (np.isnan(value) | ((value >= 0) & (value <= 1))).all():
            return f"{name} outside 0 to 1"
    return None


def _wrong_places(name: str, polygons: FloatArray, height: int, width: int) -> str | None:
    if not len(polygons):
        return None
    if not np.isfinite(polygons).all():
        return f"{name} that are not finite"
    low, high = polygons.min(axis=1), polygons.max(axis=1)
    if ((high <= 0) | (low >= (width, height))).any():
        return f"{name} outside the image of {width} x {height} pixels"
    # What is no larger than a pixel is no text, but a box in another unit, most often in shares of the image.
    if ((high - low).max(axis=1) <= 1).any():
        return f"{name} smaller than a pixel; they must be in pixels of the image"
    return f"{name} without an area" if ((high - low).min(axis=1) <= 0).any() else None


def _wrong_lines(word_line: NDArray[np.int32], lines: int) -> str | None:
    if len(word_line) and (word_line.min() < 0 or word_line.max() >= lines or (np.diff(word_line) < 0).any()):
        return "word_line that is not increasing, or refers to no line"
    return None
