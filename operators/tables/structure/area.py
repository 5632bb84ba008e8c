"""What the search for tables takes of a page: words and rulings, as plain data in points."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ....schemas.geometry import Box
from ....schemas.page import FloatArray


def _none(columns: int) -> FloatArray:
    return np.empty((0, columns), np.float32)


@dataclass(frozen=True)
class Rulings:
    """Straight lines and filled areas of a page as displayed, in shares of its width and height.

    Attributes:
        horizontal: (n, 3): y, x0, x1 of each line; collinear pieces are one line.
        vertical: (n, 3): x, y0, y1 of each line.
        bands: (n, 4): boxes of areas with a background of their own.
        from_image: whether they were found in an image, where strokes of letters may be among them.
    """

    horizontal: FloatArray = field(default_factory=lambda: _none(3))
    vertical: FloatArray = field(default_factory=lambda: _none(3))
    bands: FloatArray = field(default_factory=lambda: _none(4))
    from_image: bool = False


class Word(NamedTuple):
    """A word with its box in points, y runs down; the number of its line, and its own number on the page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    line: int = -1
    number: int = -1

    @property
    def centre(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def height(self) -> float:
        return self.y1 - self.y0


class Line(NamedTuple):
    """A horizontal or a vertical ruling in points: its place across, and where it begins and ends along."""

    at: float
    start: float
    end: float


def lines_between(lines: Sequence[Line], low: float, high: float) -> Sequence[Line]:
    """The lines between two places across them; `lines` are sorted."""
    first = bisect_right(lines, low, key=_at)
    return lines[first : bisect_left(lines, high, first, key=_at)]


def one_of_double(lines: Sequence[Line], apart: float) -> list[Line]:
    """The lines, sorted; those closer than `apart` to another one that runs beside them get its place."""
    out: list[Line] = []
    for line in sorted(lines):
        at = line.at
        for other in reversed(out):
            if line.at - other.at > apart:
                break
            if min(line.end, other.end) > max(line.start, other.start):
                at = other.at
        out.append(line._replace(at=at))
    return sorted(out)


def _at(line: Line) -> float:
    return line.at


@dataclass(frozen=True)
class Area:
    """A part of a page: the words in it, and the rulings that reach into it.

    Attributes:
        box: x0 y0 x1 y1 in points.
        horizontal, vertical: sorted.
    """

    box: Box
    words: Sequence[Word]
    horizontal: Sequence[Line] = ()
    vertical: Sequence[Line] = ()
