"""Dashes that stand alone in a table are read; rulings, leaders, underscores and noise are no dashes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from docpipe.models.rapidocr.dashes import TEXT, lone_dashes
from docpipe.models.rapidocr.engine import RapidOcr
from docpipe.models.rapidocr.quads import rectangle
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Drawing = Callable[[ImageDraw.ImageDraw], None]

LINE = rectangle((100.0, 60.0), (112.0, 22.0), 0.0)
"""Of a line from 44 to 156 in x and from 49 to 71 in y."""


def _drawn(draw: Drawing, size: tuple[int, int] = (500, 200)) -> NDArray[np.uint8]:
    image = Image.new("RGB", size, (235, 235, 230))
    pen = ImageDraw.Draw(image)
    pen.rectangle((45, 52, 155, 68), fill=(40, 40, 40))
    draw(pen)
    return np.asarray(image)


@pytest.mark.parametrize("width", [6, 14, 30])
def test_a_mark_at_the_middle_of_a_row_is_a_dash(width: int) -> None:
    found = lone_dashes(_drawn(lambda pen: pen.rectangle((300, 60, 299 + width, 62), fill=(60, 60, 60))), LINE[None])
    assert len(found) == 1
    x0, x1 = found[0][:, 0].min(), found[0][:, 0].max()
    assert (x0, x1) == pytest.approx((300, 300 + width), abs=1)
    assert found[0][:, 1].min() < 60 < 62 < found[0][:, 1].max()


def _underscore(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 71, 314, 73), fill=0)


def _ruling(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((200, 60, 480, 62), fill=0)


def _leaders(pen: ImageDraw.ImageDraw) -> None:
    for x in range(200, 480, 16):
        pen.rectangle((x, 60, x + 8, 62), fill=0)


def _speck(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 59, 303, 62), fill=0)


def _below_all_rows(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 150, 314, 152), fill=0)


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
    [_underscore, _ruling, _leaders, _speck, _below_all_rows, _part_of_a_letter, _within_the_line, _screen],
)
def test_other_marks_are_none(draw: Drawing) -> None:
    assert len(lone_dashes(_drawn(draw), LINE[None])) == 0


def test_an_image_without_lines_has_no_dashes() -> None:
    assert len(lone_dashes(_drawn(_underscore), np.empty((0, 4, 2), np.float32))) == 0


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_dash_in_a_row_of_numbers_is_a_line_of_its_own(quarters: int) -> None:
    """Also on a page that is not upright, where it stands at the same place of the page."""
    page = np.full((460, 620, 3), 255, np.uint8)
    for row in range(8):
        for column, text in enumerate(("Revenue", "1,204", "3,178", "5,462")):
            if (row, column) != (3, 2):
                at = (30 + 150 * column, 50 + 50 * row)
                cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
    page[194:197, 355:369] = 0
    found = RapidOcr.load(1).read(np.ascontiguousarray(np.rot90(page, quarters)))
    dashes = [index for index, text in enumerate(found.text) if text == TEXT]
    assert len(dashes) == 1
    centre = found.polygons[dashes[0]].mean(axis=0)
    expected = (362, 195.5) if quarters == 0 else (195.5, 620 - 362)
    assert centre == pytest.approx(expected, abs=3)
    assert found.word_text.count(TEXT) == 1
    assert len(found.word_text) == len(found.word_confidence) == len(found.word_polygons) == len(found.word_line)
