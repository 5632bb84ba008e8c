"""Parts of a page that may show print without text: images, and lines of outlined characters, but no backgrounds."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import raw_page
from docpipe.operators.text_layer.unread import unread_parts

Draw = Callable[[Any], None]


def parts(draw: Draw, rotation: int = 0) -> list[list[float]]:
    document = pymupdf.open()
    page = document.new_page(width=600, height=800)
    draw(page)
    page.set_rotation(rotation)
    found = unread_parts(raw_page(pymupdf.open("pdf", document.tobytes())[0]))
    return found.astype(float).round(2).tolist()


def picture(*box: float) -> Draw:
    pixmap = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 8, 8))
    pixmap.clear_with(90)
    return lambda page: page.insert_image(pymupdf.Rect(*box), pixmap=pixmap, keep_proportion=False)


def outlined(text: str, size: float = 12) -> Draw:
    """Text as the paths of its characters, at (60, 400)."""
    one = pymupdf.open()
    page = one.new_page(width=600, height=800)
    page.insert_text((60, 400), text, fontsize=size)
    drawn = pymupdf.open("svg", page.get_svg_image(text_as_path=True).encode())
    paths = pymupdf.open("pdf", drawn.convert_to_pdf())
    return lambda page: page.show_pdf_page(page.rect, paths, 0)


def together(*draws: Draw) -> Draw:
    def draw(page: Any) -> None:
        for one in draws:
            one(page)

    return draw


def test_an_image_is_a_part() -> None:
    assert parts(picture(60, 80, 300, 160)) == [[0.1, 0.1, 0.5, 0.2]]
    assert parts(picture(60, 80, 300, 160), rotation=90) == [[0.8, 0.1, 0.9, 0.5]]


def test_strips_of_an_image_are_one_part() -> None:
    strips = together(*(picture(60, y, 300, y + 4) for y in range(80, 160, 4)))
    assert parts(strips) == [[0.1, 0.1, 0.5, 0.2]]
    assert len(parts(together(picture(60, 80, 300, 160), picture(60, 200, 300, 260)))) == 2


@pytest.mark.parametrize("box", [(60, 80, 70, 90), (60, 80, 300, 82)])
def test_an_image_too_small_for_a_word_is_none(box: tuple[float, ...]) -> None:
    assert parts(picture(*box)) == []


def test_the_background_of_text_is_none() -> None:
    def text(page: Any) -> None:
        for row, line in enumerate(textwrap.wrap("The goods are delivered to the address below. " * 12, 60)):
            page.insert_text((62, 90 + 12 * row), line, fontsize=11)

    assert parts(together(picture(60, 80, 400, 190), text)) == []


def test_a_line_of_outlined_characters_is_a_part() -> None:
    ((x0, y0, x1, y1),) = parts(outlined("Total amount due 4385.60"))
    assert x0 <= 0.1 < 0.3 < x1 < 0.4
    assert y0 < 0.49 < 0.5 <= y1 < 0.53


def test_points_of_a_diagram_are_none() -> None:
    def points(page: Any) -> None:
        for place in range(20):
            page.draw_circle((60 + 12 * place, 400), 4, fill=(0, 0, 1), color=None)

    assert parts(points) == []


def test_images_of_a_real_page_are_parts(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "data" / "documents"
    page = pymupdf.open(folder / "docling__amt_handbook_sample.pdf")[0]
    assert len(unread_parts(raw_page(page))) > 0
