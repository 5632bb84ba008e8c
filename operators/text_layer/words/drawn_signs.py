"""Finds minus signs that are drawn as a stroke before a number, which a text layer does not have."""

import re
from collections.abc import Container, Sequence

import numpy as np
from numpy.typing import NDArray

from .bidi import Word
from .spans import line_key

_NUMBER = re.compile(r"[$€£¥]?\.?\d")
# All in heights of the word, which are 1.1 to 1.4 font sizes: length and thickness of a stroke (MuPDF's box of a line
# is twice as thick as the line), its distance to the number, and its middle from the top of the word.
_LENGTH = (0.2, 0.62)
_THICKNESS = 0.15
_DISTANCE = (-0.05, 0.3)
_MIDDLE = (0.4, 0.63)
# What else is drawn as near as this to the left, and above or below: an axis with its ticks, a plus or equals sign, a
# dashed line. Words there make the stroke a dash between two numbers.
_BESIDE, _ABOVE = 0.6, 0.3
# Of more, most are the dots of rulings or parts of a drawing.
_MAX_STROKES = 500
# Points: no sign of a printed number is thicker or longer.
_SMALL, _SHORT = 6.0, 40.0


def with_drawn_signs(words: list[Word], drawn: Sequence[Sequence[float]], turned: Container[int]) -> list[Word]:
    """The words, those numbers with "-" before them before which a stroke of the size of a minus sign stands alone.

    Args:
        drawn: x0, y0, x1, y1 of each path of the page, in the units of the words.
        turned: keys of the lines that do not run to the right.
    """
    # The shape of a sign comes first: hardly a page has a path of it that is no larger than a character.
    strokes = [place for place, (x0, y0, x1, y1) in enumerate(drawn) if y1 - y0 < _SMALL and y1 - y0 < x1 - x0 < _SHORT]
    if not 0 < len(strokes) <= _MAX_STROKES:
        return words
    numbers = [place for place, word in enumerate(words) if _NUMBER.match(word[4]) and line_key(word) not in turned]
    if not numbers:
        return words
    boxes = np.array(drawn, np.float64).reshape(-1, 4)
    # Strokes by their right end, of which those near the left side of each number are looked at.
    strokes.sort(key=lambda stroke: drawn[stroke][2])
    candidates = np.array(strokes)
    around = np.array([word[:4] for word in words], np.float64)
    left, height = around[numbers, 0], around[numbers, 3] - around[numbers, 1]
    begin = np.searchsorted(boxes[candidates, 2], left - _DISTANCE[1] * height)
    end = np.searchsorted(boxes[candidates, 2], left - _DISTANCE[0] * height, side="right")
    found = list(words)
    for index in np.flatnonzero(end > begin).tolist():
        place, near = numbers[index], candidates[begin[index] : end[index]]
        for stroke in near[_is_before(boxes[near], around[place])].tolist():
            if _stands_alone(stroke, boxes, around, place):
                word = words[place]
                found[place] = (min(word[0], float(boxes[stroke, 0])), *word[1:4], f"-{word[4]}", *word[5:])
                break
    return found


def _is_before(strokes: NDArray[np.float64], number: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether each stroke has the size and the place of the minus sign of a number."""
    height = number[3] - number[1]
    length, thickness = strokes[:, 2] - strokes[:, 0], strokes[:, 3] - strokes[:, 1]
    distance = number[0] - strokes[:, 2]
    middle = (strokes[:, 1] + strokes[:, 3]) / 2 - number[1]
    return np.asarray(
        (length >= _LENGTH[0] * height)
        & (length <= _LENGTH[1] * height)
        & (thickness <= _THICKNESS * height)
        & (distance >= _DISTANCE[0] * height)
        & (distance <= _DISTANCE[1] * height)
        & (middle >= _MIDDLE[0] * height)
        & (middle <= _MIDDLE[1] * height)
    )


def _stands_alone(stroke: int, boxes: NDArray[np.float64], words: NDArray[np.float64], number: int) -> bool:
    """Whether no path and no word is near a stroke, except paths around it and the number."""
    height = words[number, 3] - words[number, 1]
    x0, y0, x1, y1 = boxes[stroke]
    near = np.array([x0 - _BESIDE * height, y0 - _ABOVE * height, x1, y1 + _ABOVE * height])
    paths = _meets(boxes, near)
    paths[stroke] = False
    # A path that is drawn again, and areas behind the stroke and the number.
    paths &= ~np.all(np.abs(boxes - boxes[stroke]) < 0.1, axis=1)
    top, bottom = words[number, 1] + 0.2 * height, words[number, 3] - 0.2 * height
    paths &= ~((boxes[:, 0] <= x0) & (boxes[:, 2] >= x1) & (boxes[:, 1] <= top) & (boxes[:, 3] >= bottom))
    others = _meets(words, near)
    others[number] = False
    return not paths.any() and not others.any()


def _meets(boxes: NDArray[np.float64], area: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(
        (boxes[:, 0] <= area[2]) & (boxes[:, 2] >= area[0]) & (boxes[:, 1] <= area[3]) & (boxes[:, 3] >= area[1])
    )
