"""The box of each word of a line, estimated if the tables contain no words, and rotated if the line is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...schemas.geometry import Box
from ..tables.records import StoredLine

_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class PlacedWord:
    """A word with its position.

    Attributes:
        quad: (4, 2) corners in shares, clockwise from the top left of the word as it is read.
        box: the bounding box of the corners.
        space: whether white space follows it in its line.
    """

    text: str
    quad: NDArray[np.float64]
    box: Box
    confidence: float | None
    space: bool


def placed_words(line: StoredLine) -> list[PlacedWord]:
    """Words with their positions in reading order; none for a line without a box."""
    if line.words:
        spaces = _spaces(line.text, [word.text for word in line.words])
        return [
            PlacedWord(word.text, _quad(line, word.box), word.box, word.confidence, space)
            for word, space in zip(line.words, spaces, strict=True)
        ]
    if line.box is None:
        return []
    corners = _corners(line)
    return [
        _part(corners, match, len(line.text), line.confidence, last=match.end() == len(line.text.rstrip()))
        for match in _WORD.finditer(line.text)
    ]


def _spaces(text: str, words: Sequence[str]) -> list[bool]:
    """Whether white space follows each word in the text; in scripts without spaces, none does."""
    found, at = [], 0
    for word in words:
        start = text.find(word, at)
        at = at if start < 0 else start + len(word)
        found.append(start < 0 or text[at : at + 1].isspace())
    return found


def _corners(line: StoredLine) -> NDArray[np.float64]:
    if line.polygon is not None and len(line.polygon) == 4:
        corners = np.array(line.polygon, np.float64)
        if np.isfinite(corners).all() and abs(np.linalg.det(_basis(corners))) > 1e-9:
            return corners
    assert line.box is not None
    return _rectangle(line.box)


def _quad(line: StoredLine, box: Box) -> NDArray[np.float64]:
    """The part of a rotated line that the box of a word covers; for an upright line, the box itself."""
    if line.polygon is None or line.box is None:
        return _rectangle(box)
    corners = _corners(line)
    along = np.linalg.solve(_basis(corners), (_rectangle(box) - corners[0]).T)[0].clip(0, 1)
    return _slice(corners, float(along.min()), float(along.max())) if np.ptp(along) > 1e-6 else _rectangle(box)


def _part(
    corners: NDArray[np.float64], match: re.Match[str], length: int, confidence: float | None, last: bool
) -> PlacedWord:
    """The part of the line that corresponds to the word's share of the characters."""
    quad = _slice(corners, match.start() / length, match.end() / length)
    (x0, y0), (x1, y1) = quad.min(axis=0).clip(0, 1).tolist(), quad.max(axis=0).clip(0, 1).tolist()
    return PlacedWord(match.group(), quad, Box(x0, y0, x1, y1), confidence, not last)


def _slice(corners: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    top_left, top_right, bottom_right, bottom_left = corners
    top, bottom = top_right - top_left, bottom_right - bottom_left
    return np.stack(
        [top_left + start * top, top_left + end * top, bottom_left + end * bottom, bottom_left + start * bottom]
    )


def _basis(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix with two columns: the direction along the line, and the direction down across it."""
    return np.stack([corners[1] - corners[0], corners[3] - corners[0]], axis=1)


def _rectangle(box: Box) -> NDArray[np.float64]:
    return np.array([[box.x0, box.y0], [box.x1, box.y0], [box.x1, box.y1], [box.x0, box.y1]], np.float64)
