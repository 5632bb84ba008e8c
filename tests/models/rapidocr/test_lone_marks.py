"""Dashes and characters that stand alone in a table are read; rulings, leaders, strokes and noise are not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from docpipe.models.rapidocr.engine import RapidOcr
from docpipe.models.rapidocr.lone_marks import lone_marks
from docpipe.models.rapidocr.quads import rectangle
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Drawing = Callable[[ImageDraw.ImageDraw], None]

LINE = rectangle((100.0, 60.0), (112.0, 22.0), 0.0)
"""Of a line from 44 to 156 in x and from 49 to 71 in y."""


def _drawn(draw: Drawing, size: tuple[int, int] = (500, 200)) -> NDArray[np.uint8]:
    image = Image.new("RGB", size, (235, 235, 230))
    pen = ImageDraw.Draw(image)
    for x in range(46, 154, 9):
        pen.rectangle((x, 52, x + 3, 68), fill=(40, 40, 40))
    draw(pen)
    return np.asarray(image)


@pytest.mark.parametrize("width", [6, 14, 30])
def test_a_mark_at_the_middle_of_a_row_is_a_dash(width: int) -> None:
    image = _drawn(lambda pen: pen.rectangle((300, 60, 299 + width, 62), fill=(60, 60, 60)))
    found = lone_marks(image, LINE[None])
    assert len(found.characters) == 0
    (quad,) = found.dashes
    assert quad.mean(axis=0) == pytest.approx((300 + width / 2, 61.5), abs=1)
    assert quad[:, 0].min() < 300 < 300 + width < quad[:, 0].max()


def _underscore(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 71, 314, 73), fill=0)


def _ruling(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((200, 60, 480, 62), fill=0)


def _light_line_of_a_grid(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 60, 314, 61), fill=(200, 200, 200))


def _leaders(pen: ImageDraw.ImageDraw) -> None:
    for x in range(200, 480, 16):
        pen.rectangle((x, 60, x + 8, 62), fill=0)


def _speck(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 59, 303, 62), fill=0)


def _below_all_rows(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 150, 314, 152), fill=0)


def _stroke_of_a_broken_ruling(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 52, 302, 68), fill=0)


def _part_of_a_letter(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 60, 314, 62), fill=0)
    pen.rectangle((318, 50, 322, 70), fill=0)


def _within_the_line(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((150, 60, 172, 62), fill=0)


def _screen(pen: ImageDraw.ImageDraw) -> None:
    for y in range(46, 76, 6):
        for x in range(200, 480, 12):
            pen.rectangle((x, y, x + 6, y + 1), fill=0)


@pytest.mark.parametrize(
    "draw",
    [
        _stroke_of_a_broken_ruling,
        _underscore,
        _ruling,
        _leaders,
        _light_line_of_a_grid,
        _speck,
        _below_all_rows,
        _part_of_a_letter,
        _within_the_line,
        _screen,
    ],
)
def test_other_marks_are_none(draw: Drawing) -> None:
    found = lone_marks(_drawn(draw), LINE[None])
    assert len(found.dashes) == len(found.characters) == 0


def _digit(pen: ImageDraw.ImageDraw) -> None:
    pen.line([(300, 56), (305, 52), (305, 68)], fill=0, width=3)


@pytest.mark.parametrize("rulings", [False, True])
def test_a_mark_as_high_as_a_letter_may_be_a_character(rulings: bool) -> None:
    """Also within the frame of a row."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        _digit(pen)
        if rulings:
            pen.rectangle((200, 46, 480, 75), outline=0, width=2)

    found = lone_marks(_drawn(draw), LINE[None])
    assert len(found.dashes) == 0
    (quad,) = found.characters
    assert quad.min(axis=0) == pytest.approx((294, 46), abs=3)


def _page(marks: dict[tuple[int, int], str]) -> NDArray[np.uint8]:
    """Eight rows of a label and three numbers, some of which are replaced; a dash is drawn as a stroke."""
    page = np.full((460, 620, 3), 255, np.uint8)
    for row in range(8):
        for column, text in enumerate(("Revenue", "1,204", "3,178", "5,462")):
            x, y = 30 + 150 * column, 50 + 50 * row
            printed = marks.get((row, column), text)
            if printed == "-":
                page[y - 6 : y - 3, x + 25 : x + 39] = 0
            else:
                cv2.putText(page, printed, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_dash_in_a_row_of_numbers_is_a_line_of_its_own(quarters: int) -> None:
    """Also on a page that is not upright, where it stands at the same place of the page."""
    found = RapidOcr.load(1).read(np.ascontiguousarray(np.rot90(_page({(3, 2): "-"}), quarters)))
    (dash,) = [index for index, text in enumerate(found.text) if text == "-"]
    expected = (362, 195.5) if quarters == 0 else (195.5, 620 - 362)
    assert found.polygons[dash].mean(axis=0) == pytest.approx(expected, abs=3)
    assert found.word_text.count("-") == 1
    assert len(found.word_text) == len(found.word_confidence) == len(found.word_polygons) == len(found.word_line)


def test_single_digits_are_read_wherever_they_stand() -> None:
    digits = {(row, column): str(row + column) for row in range(1, 6) for column in (1, 2, 3)}
    found = RapidOcr.load(1).read(_page(digits))
    assert sorted(text for text in found.text if len(text) == 1) == sorted(digits.values())
