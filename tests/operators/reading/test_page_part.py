"""OCR of a part of a page finds what is there, at its place on the page, and once for parts that are alike."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.page_part import KnownParts, part_around, whole_page
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.tables.structure.area import Rulings
from docpipe.schemas.page import TextLines

TEXT = textwrap.wrap("The goods named below are delivered to the address of the buyer within fourteen days. " * 10, 85)
STAMP = "Paid 4,385.60 EUR on 12 May"


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader(ReadSettings()) as reader:
        yield reader


def with_a_picture(path: Path, pages: int = 1, rotation: int = 0) -> str:
    """Pages of text, each with a picture of a line between its seventh line and its eighth."""
    stamp = pymupdf.open()
    drawn = stamp.new_page(width=300, height=40)
    drawn.insert_text((10, 26), STAMP, fontsize=14)
    pixmap = drawn.get_pixmap(dpi=200)
    document = pymupdf.open()
    for _ in range(pages):
        page = document.new_page(width=600, height=800)
        for row, line in enumerate(TEXT):
            page.insert_text((60, 100 + 14 * row + 60 * (row > 6)), line, fontsize=11)
        page.insert_image(pymupdf.Rect(60, 196, 360, 236), pixmap=pixmap)
        page.set_rotation(rotation)
    document.save(path)
    return str(path)


def test_print_in_a_picture_is_read_where_it_stands(tmp_path: Path, reader: PageReader) -> None:
    reading = reader.read(with_a_picture(tmp_path / "a.pdf"), 1)
    assert reading.lines.text == [*TEXT[:7], STAMP, *TEXT[7:]]
    assert reading.lines.source == [*["text_layer"] * 7, "rapidocr", *["text_layer"] * (len(TEXT) - 7)]
    assert (reading.text_source, reading.text_source_reason) == ("text_layer", "ink_outside_text")
    x0, y0, x1, y1 = reading.lines.boxes[7] * [600, 800, 600, 800]
    assert np.allclose([x0, y0, x1], [70, 208, 70 + pymupdf.get_text_length(STAMP, fontsize=14)], atol=4)
    assert 218 < y1 < 232
    assert [block for block in (reading.blocks.text or []) if STAMP in (block or "")] == [STAMP]


def test_a_turned_page_with_a_picture(tmp_path: Path, reader: PageReader) -> None:
    reading = reader.read(with_a_picture(tmp_path / "a.pdf", rotation=90), 1)
    assert STAMP in reading.lines.text


def test_a_text_layer_that_is_trusted_is_all(tmp_path: Path) -> None:
    with PageReader(ReadSettings(engine="text_layer")) as reader:
        assert reader.read(with_a_picture(tmp_path / "a.pdf"), 1).lines.text == TEXT


def test_engines_without_weights_get_the_graphics_of_such_a_page(tmp_path: Path) -> None:
    path = with_a_picture(tmp_path / "a.pdf")
    document = pymupdf.open(path)
    for y in (400, 430, 460):
        document[0].draw_line((60, y), (400, y))
    document.save(ruled := tmp_path / "ruled.pdf")
    with PageReader(ReadSettings(collect=("grid",))) as reader:
        reading = reader.read(str(ruled), 1)
    assert STAMP in reading.lines.text
    rulings = reading.collected["grid"]
    assert isinstance(rulings, Rulings)
    assert not rulings.from_image
    assert np.allclose(np.sort(rulings.horizontal[:, 0] * 800), [400, 430, 460], atol=1)


def found(*boxes: list[float]) -> TextLines:
    count = len(boxes)
    array = np.array(boxes, np.float32)
    return TextLines(
        ["x"] * count,
        array,
        [np.array([0, 0, 1, 0, 1, 1, 0, 1], np.float32)] * count,
        np.ones(count, np.float32),
        np.full(count, -1, np.int32),
        ["x"] * count,
        array,
        np.ones(count, np.float32),
        np.arange(count, dtype=np.int32),
    )


def test_only_the_parts_are_seen_and_places_are_those_of_the_page() -> None:
    image = np.zeros((400, 200, 3), np.uint8)
    part = part_around(image, np.array([[0.25, 0.25, 0.5, 0.3], [0.25, 0.45, 0.75, 0.5]], np.float32))
    assert part.image is not None
    assert part.image.shape == (116, 116, 3)
    assert np.count_nonzero(part.image[..., 0] == 0) == 50 * 20 + 100 * 20
    lines = part.on_page(found([0, 0, 1, 1]))
    assert np.allclose(lines.boxes, [[42 / 200, 92 / 400, 158 / 200, 208 / 400]])
    assert np.allclose(lines.boxes, lines.word_boxes)
    assert np.allclose(lines.polygons[0].reshape(-1, 2)[2], [158 / 200, 208 / 400])  # type: ignore[union-attr]


def test_a_whole_page_is_its_own_part() -> None:
    boxes = [0.125, 0.25, 0.5, 0.75]
    assert whole_page(None).on_page(found(boxes)).boxes.tolist() == [boxes]


def test_a_part_that_comes_again_is_not_read_again() -> None:
    known, calls = KnownParts(), []

    def read(image: np.ndarray) -> TextLines:
        calls.append(image.shape)
        return found([0, 0, 1, 1])

    first, second = np.zeros((4, 6, 3), np.uint8), np.zeros((6, 4, 3), np.uint8)
    assert known.read(first, read) is known.read(first.copy(), read)
    known.read(second, read)
    assert calls == [first.shape, second.shape]
    for level in range(1, 40):
        known.read(np.full_like(first, level), read)
    known.read(first, read)
    assert len(calls) == 2 + 39 + 1
