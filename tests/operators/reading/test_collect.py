"""Data for engines without weights are taken from the page in the parser, and a fault there costs no page."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pymupdf
import pytest
from docpipe.operators.reading import settled as settled_module
from docpipe.operators.reading.collect import COLLECTORS, collected
from docpipe.operators.reading.messages import ReadSettings, unpack
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.page import PageReading
from PIL import Image

COLLECT = ReadSettings(collect=("grid",))
OF_TEXT_LAYER = ReadSettings(engine="text_layer", collect=("grid",))


@pytest.fixture(autouse=True)
def collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector in a module of this test: the rectangles of a page, the size of an image, the lines."""

    def found(page: Any, image: Any, reading: PageReading) -> object:
        if reading.lines.text == ["broken"]:
            raise RuntimeError("no such operator")
        drawn = None if page is None else [tuple(drawing["rect"]) for drawing in page.get_drawings()]
        return drawn, None if image is None else image.shape, tuple(reading.lines.text)

    module = ModuleType("docpipe.operators.of_this_test")
    module.found = found  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COLLECTORS, "grid", "of_this_test:found")


def made(tmp_path: Path, text: str) -> str:
    document = pymupdf.open()
    page = document.new_page(width=200, height=100)
    page.draw_rect((10, 20, 110, 70))
    page.insert_text((20, 50), text)
    document.save(tmp_path / "made.pdf")
    return str(tmp_path / "made.pdf")


def test_graphics_are_collected_with_the_words_of_the_page(tmp_path: Path) -> None:
    reading = Parser().read_page(made(tmp_path, "Total 12.50"), 1, OF_TEXT_LAYER).reading
    assert reading.collected["grid"] == ([(10, 20, 110, 70)], None, ("Total 12.50",))
    assert not Parser().read_page(made(tmp_path, "Total 12.50"), 1, ReadSettings()).reading.collected


def test_the_image_is_at_hand_where_it_was_rendered_for_ocr(tmp_path: Path) -> None:
    picture = np.full((60, 90, 3), 255, np.uint8)
    picture[20:30, 10:80] = 0
    Image.fromarray(picture).save(tmp_path / "scan.png")
    reading = Parser().read_page(str(tmp_path / "scan.png"), 1, COLLECT).reading
    assert reading.collected["grid"] == (None, (60, 90, 3), ())
    Image.fromarray(np.full((60, 90, 3), 255, np.uint8)).save(tmp_path / "blank.png")
    assert not Parser().read_page(str(tmp_path / "blank.png"), 1, COLLECT).reading.collected


def test_a_collector_that_breaks_costs_its_data_only(tmp_path: Path) -> None:
    reading = Parser().read_page(made(tmp_path, "broken"), 1, OF_TEXT_LAYER).reading
    assert reading.text == "broken\n"
    with pytest.raises(RuntimeError, match=r"grid could not read the page .*no such operator"):
        collected(reading, "grid")
    with pytest.raises(RuntimeError, match="nothing was collected"):
        collected(PageReading(1), "grid")


def pages(path: Path, count: int) -> str:
    document = pymupdf.open()
    for number in range(count):
        page = document.new_page(width=200, height=100)
        page.draw_rect((10, 20, 110 + number, 70))
        page.insert_text((20, 50), f"Total {number}.50")
    document.new_page()
    document.save(path)
    return str(path)


def test_many_pages_a_call_are_collected_like_each_by_itself(tmp_path: Path) -> None:
    """A call has one document, since the page of another can no longer be opened when its text is known."""
    path, other = pages(tmp_path / "a.pdf", 3), pages(tmp_path / "b.pdf", 1)
    settled = Parser().read_settled([(path, [1, 2, 3, 4]), (other, [1])], OF_TEXT_LAYER)
    assert settled.readings is not None
    alone = [Parser().read_page(path, number, OF_TEXT_LAYER).reading for number in (1, 2, 3, 4)]
    assert [reading.collected for reading in unpack(settled.readings)] == [reading.collected for reading in alone]
    assert alone[2].collected["grid"] == ([(10, 20, 112, 70)], None, ("Total 2.50",))
    assert (settled.examined, settled.places) == (4, [0, 1, 2, 3])


def test_a_call_that_collects_for_long_leaves_pages_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled_module, "_COLLECT_SECONDS", -1.0)
    settled = Parser().read_settled([(pages(tmp_path / "a.pdf", 3), [1, 2, 3])], OF_TEXT_LAYER)
    assert (settled.examined, settled.places) == (1, [0])
