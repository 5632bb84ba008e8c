"""The words and rulings of a page in one coordinate system, and the turns that bring a table upright."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...schemas.geometry import Box
from ...schemas.page import TextLines
from .structure.area import Line, Rulings, Word

# So many letters of a table are looked at to see how its script runs.
_LETTERS = 2000


@dataclass(frozen=True)
class Sheet:
    """A page in points, or in pixels of an image.

    Attributes:
        width: the extent of x, about which the sheet is turned and mirrored.
        height: the extent of y.
        band_edges: upper and lower edges of areas with a background, which divide rows.
        band_sides: their left and right edges, which are the others after a quarter turn.
    """

    words: Sequence[Word]
    horizontal: Sequence[Line]
    vertical: Sequence[Line]
    width: float
    height: float
    band_edges: Sequence[Line] = ()
    band_sides: Sequence[Line] = ()

    def turned(self) -> "Sheet":
        """The sheet a quarter turn counterclockwise."""
        return Sheet(
            [_at(word, self.turned_box(_box(word))) for word in self.words],
            self._across(self.vertical),
            self._along(self.horizontal),
            self.height,
            self.width,
            self._across(self.band_sides),
            self._along(self.band_edges),
        )

    def turned_box(self, box: Box) -> Box:
        return Box(box.y0, self.width - box.x1, box.y1, self.width - box.x0)

    def mirrored(self) -> "Sheet":
        """The sheet with right and left exchanged, in which a script from right to left runs like others."""
        return replace(
            self,
            words=[_at(word, self.mirrored_box(_box(word))) for word in self.words],
            horizontal=self._along(self.horizontal),
            vertical=self._across(self.vertical),
            band_edges=self._along(self.band_edges),
            band_sides=self._across(self.band_sides),
        )

    def _along(self, lines: Sequence[Line]) -> list[Line]:
        """Horizontal lines with right and left exchanged."""
        return [Line(line.at, self.width - line.end, self.width - line.start) for line in lines]

    def _across(self, lines: Sequence[Line]) -> list[Line]:
        """Vertical lines with right and left exchanged."""
        return [Line(self.width - line.at, line.start, line.end) for line in lines]

    def mirrored_box(self, box: Box) -> Box:
        return Box(self.width - box.x1, box.y0, self.width - box.x0, box.y1)

    def levelled(self, tangent: float) -> "Sheet":
        """The sheet after the middle of each thing was turned level; boxes keep their size."""
        return replace(
            self,
            words=[_at(word, levelled_box(_box(word), tangent)) for word in self.words],
            horizontal=[
                Line(line.at - (line.start + line.end) / 2 * tangent, *_moved(line, line.at * tangent))
                for line in self.horizontal
            ],
            vertical=[
                Line(line.at + (line.start + line.end) / 2 * tangent, *_moved(line, -line.at * tangent))
                for line in self.vertical
            ],
        )


def levelled_box(box: Box, tangent: float) -> Box:
    dx, dy = (box.y0 + box.y1) / 2 * tangent, -(box.x0 + box.x1) / 2 * tangent
    return Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)


def _moved(line: Line, by: float) -> tuple[float, float]:
    return line.start + by, line.end + by


def _box(word: Word) -> Box:
    return Box(word.x0, word.y0, word.x1, word.y1)


def _at(word: Word, box: Box) -> Word:
    return word._replace(x0=box.x0, y0=box.y0, x1=box.x1, y1=box.y1)


def sheet_of(lines: TextLines, rulings: Rulings, size: tuple[float, float]) -> Sheet:
    """The sheet of a page whose boxes are shares of its `size`."""
    width, height = size
    boxes = (lines.word_boxes.astype(np.float64) * [width, height, width, height]).tolist()
    bands = (rulings.bands.astype(np.float64) * [width, height, width, height]).round(1).tolist()
    return Sheet(
        [
            Word(text, x0, y0, x1, y1, line, number)
            for number, (text, (x0, y0, x1, y1), line) in enumerate(
                zip(lines.word_text, boxes, lines.word_line.tolist(), strict=True)
            )
        ],
        [Line(at * height, a * width, b * width) for at, a, b in rulings.horizontal.astype(float).tolist()],
        [Line(at * width, a * height, b * height) for at, a, b in rulings.vertical.astype(float).tolist()],
        width,
        height,
        sorted({Line(y, x0, x1) for x0, y0, x1, y1 in bands for y in (y0, y1)}),
        sorted({Line(x, y0, y1) for x0, y0, x1, y1 in bands for x in (x0, x1)}),
    )


def quarter_turns(words: Sequence[Word], lines: TextLines, size: tuple[float, float]) -> int:
    """By how many quarter turns clockwise most of the words are turned."""
    turns: Counter[int] = Counter()
    for word in words:
        polygon = lines.polygons[word.line] if word.line >= 0 else None
        turn = 0
        if polygon is not None and len(polygon) > 1:
            x, y = ((polygon[1] - polygon[0]) * np.array(size)).tolist()
            turn = round(float(np.degrees(np.arctan2(y, x))) / 90) % 4
        turns[turn] += 1
    return turns.most_common(1)[0][0] if turns else 0


def runs_from_right(words: Sequence[Word]) -> bool:
    """Whether most letters are of scripts that run from right to left."""
    right = left = 0
    for word in words:
        for character in word.text:
            kind = unicodedata.bidirectional(character)
            right += kind in ("R", "AL")
            left += kind == "L"
        if right + left > _LETTERS:
            break
    return right > left
