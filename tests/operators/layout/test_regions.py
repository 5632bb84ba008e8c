"""Layout regions: the model's regions combined with the lines of the page."""

from pathlib import Path

import numpy as np
import pymupdf
from docpipe.operators.layout.blocks import group_lines
from docpipe.operators.layout.regions import assign
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.page import TextLines

DATA = Path(__file__).parents[2] / "data" / "documents"
KINDS = {"text", "title", "list", "table", "figure", "chart", "caption", "formula", "header", "footer"}


def lines(*boxes: tuple[float, float, float, float]) -> TextLines:
    count = len(boxes)
    return TextLines(
        [f"line {i}" for i in range(count)],
        np.array(boxes, np.float32).reshape(-1, 4),
        [None] * count,
        np.full(count, np.nan, np.float32),
        np.full(count, -1, np.int32),
        [f"word {i}" for i in range(count)],
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(count, np.nan, np.float32),
        np.arange(count, dtype=np.int32),
    )


def test_lines_go_to_the_smallest_region_that_holds_them() -> None:
    regions = np.array([[0, 0, 1, 1], [0, 0.4, 1, 0.6]], np.float32)
    found, blocks = assign(lines((0.1, 0.1, 0.9, 0.15), (0.1, 0.45, 0.9, 0.5)), ["text", "table"], regions)
    assert blocks.kind == ["text", "table"]
    assert blocks.text == ["line 0", "line 1"]
    assert found.block.tolist() == [0, 1]


def test_lines_follow_the_order_of_the_regions_with_their_words() -> None:
    regions = np.array([[0, 0.5, 1, 1], [0, 0, 1, 0.5]], np.float32)
    found, blocks = assign(lines((0.1, 0.1, 0.9, 0.2), (0.1, 0.7, 0.9, 0.8)), ["title", "text"], regions)
    assert found.text == ["line 1", "line 0"]
    assert found.word_text == ["word 1", "word 0"]
    assert found.word_line.tolist() == [0, 1]
    assert blocks.text == ["line 1", "line 0"]


def test_homeless_lines_become_text_blocks_and_images_stay() -> None:
    regions = np.array([[0, 0, 1, 0.3], [0, 0.8, 1, 1], [0, 0.9, 0.1, 1]], np.float32)
    found, blocks = assign(lines((0.1, 0.1, 0.9, 0.2), (0.1, 0.5, 0.9, 0.6)), ["text", "figure", "caption"], regions)
    assert blocks.kind == ["text", "text", "figure"]
    assert blocks.text == ["line 0", "line 1", None]
    np.testing.assert_allclose(blocks.boxes[1], [0.1, 0.5, 0.9, 0.6])
    assert found.block.tolist() == [0, 1]


def test_no_regions_and_no_lines() -> None:
    none = np.empty((0, 4), np.float32)
    found, blocks = assign(lines((0.1, 0.1, 0.9, 0.2)), [], none)
    assert blocks.kind == ["text"]
    assert found.block.tolist() == [0]
    assert len(assign(lines(), [], none)[1]) == 0
    assert assign(lines(), ["table"], np.array([[0, 0, 1, 1]], np.float32))[1].text == [None]


def test_a_real_page_has_two_columns_with_figures() -> None:
    path = str(DATA / "docling__amt_handbook_sample.pdf")
    reading = Parser().read_page(path, 1, ReadSettings(engine="text_layer", layout=True)).reading
    assert set(reading.blocks.kind) <= KINDS
    assert {"text", "title", "figure", "caption", "footer"} <= set(reading.blocks.kind)
    boxes = reading.blocks.boxes
    assert ((boxes >= 0) & (boxes <= 1)).all()
    assert reading.text is not None
    first, second = reading.text.index("The two general types"), reading.text.index("Elastic Stop Nut")
    assert first < second
    assert len(reading.lines.block) == len(reading.lines)
    assert reading.lines.block.max() < len(reading.blocks)


def test_a_turned_page_is_laid_out_upright(tmp_path: Path) -> None:
    document = pymupdf.open(DATA / "docling__amt_handbook_sample.pdf")
    turned = pymupdf.open()
    page = turned.new_page(width=774, height=594)
    page.show_pdf_page(page.rect, document, 0, rotate=90)
    page.set_rotation(90)
    path = tmp_path / "turned.pdf"
    turned.save(path)
    settings = ReadSettings(engine="text_layer", layout=True)
    straight = Parser().read_page(str(DATA / "docling__amt_handbook_sample.pdf"), 1, settings).reading
    reading = Parser().read_page(str(path), 1, settings).reading
    assert (reading.width, reading.height) == (594, 774)
    assert abs(len(reading.blocks) - len(straight.blocks)) <= 4
    assert {"title", "figure", "caption"} <= set(reading.blocks.kind)


def test_lines_of_ocr_are_grouped() -> None:
    _, blocks = group_lines(
        lines((0.1, 0.10, 0.9, 0.12), (0.1, 0.125, 0.8, 0.145), (0.1, 0.3, 0.9, 0.32), (0.5, 0.05, 0.6, 0.07))
    )
    assert blocks.text == ["line 0\nline 1", "line 2", "line 3"]
    assert len(group_lines(lines())[1]) == 0


def test_text_within_the_page_that_the_model_takes_for_a_header_is_text(tmp_path: Path) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=600)
        for column in range(5):
            page.insert_text((100 + 30 * column, 500), "Words climb up the page", fontsize=11, rotate=90)
        document.save(tmp_path / "climbing.pdf")
    reading = (
        Parser().read_page(str(tmp_path / "climbing.pdf"), 1, ReadSettings(engine="text_layer", layout=True)).reading
    )
    assert reading.text == "Words climb up the page\n" * 5
