"""Words that nobody sees are left out, whatever hides them; words that are seen stay."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import RawPage, raw_page
from docpipe.operators.text_layer.spans import line_key
from docpipe.operators.text_layer.visibility import suspects, without_hidden
from PIL import Image, ImageDraw

CASES = Path(__file__).parents[2] / "data" / "cases"
WHITE, BLACK, NAVY = (1, 1, 1), (0, 0, 0), (0, 0, 0.4)


def seen(page: Any) -> RawPage:
    raw = raw_page(page)
    found = suspects(raw)
    return raw if found is None else without_hidden(page, raw, found)


def words(page: Any) -> str:
    return " ".join(word[4] for word in seen(page).words)


def picture(text: str = "") -> bytes:
    image = Image.new("RGB", (300, 60), "white" if text else "steelblue")
    ImageDraw.Draw(image).text((20, 20), text, fill="black", font_size=24)
    stream = io.BytesIO()
    image.save(stream, "png")
    return stream.getvalue()


def white_on_white(page: Any) -> None:
    page.insert_text((50, 200), "hidden 222", color=WHITE)


def same_colour(page: Any) -> None:
    page.draw_rect((40, 180, 300, 210), color=None, fill=NAVY)
    page.insert_text((50, 200), "hidden 222", color=NAVY)


def black_on_black(page: Any) -> None:
    page.draw_rect((40, 180, 300, 210), color=None, fill=BLACK)
    page.insert_text((50, 200), "hidden 222")


def under_a_box(page: Any) -> None:
    page.insert_text((50, 200), "hidden 222")
    page.draw_rect((40, 180, 300, 210), color=None, fill=WHITE)


def under_a_picture(page: Any) -> None:
    page.insert_text((50, 200), "hidden 222")
    page.insert_image((40, 180, 300, 210), stream=picture(), keep_proportion=False)


def not_drawn(page: Any) -> None:
    page.insert_text((50, 200), "hidden 222", render_mode=3)


def microscopic(page: Any) -> None:
    page.insert_text((50, 200), "hidden 222", fontsize=0.4)


def off_the_page(page: Any) -> None:
    page.insert_text((1000, 200), "hidden 222")


def end_of_a_line(page: Any) -> None:
    writer = pymupdf.TextWriter(page.rect)
    _, end = writer.append((50, 100), "seen 111 ")
    writer.write_text(page)
    page.insert_text(end, "hidden 222", color=WHITE)


@pytest.mark.parametrize(
    "hide",
    [white_on_white, same_colour, black_on_black, under_a_box, under_a_picture, not_drawn, microscopic, off_the_page],
)
def test_what_hides_text(hide: Callable[[Any], None]) -> None:
    page = pymupdf.open().new_page()
    page.insert_text((50, 100), "seen 111")
    hide(page)
    page.insert_text((50, 300), "after 333")
    assert words(page) == "seen 111 after 333"


def test_the_hidden_end_of_a_line_is_left_out() -> None:
    page = pymupdf.open().new_page()
    end_of_a_line(page)
    assert words(page) == "seen 111"


def white_on_dark(page: Any) -> None:
    page.draw_rect((40, 180, 300, 210), color=None, fill=NAVY)
    page.insert_text((50, 200), "shown 222", color=WHITE)


def white_on_a_picture(page: Any) -> None:
    page.insert_image((40, 180, 300, 210), stream=picture(), keep_proportion=False)
    page.insert_text((50, 200), "shown 222", color=WHITE)


def in_a_frame(page: Any) -> None:
    page.insert_text((50, 200), "shown 222")
    page.draw_rect((40, 180, 300, 210), color=BLACK)


def on_a_band_that_follows_other_text(page: Any) -> None:
    page.insert_text((50, 150), "shown 222")
    page.draw_rect((40, 180, 300, 210), color=None, fill=(0.9, 0.9, 0.9))


@pytest.mark.parametrize("show", [white_on_dark, white_on_a_picture, in_a_frame, on_a_band_that_follows_other_text])
def test_what_hides_nothing(show: Callable[[Any], None]) -> None:
    page = pymupdf.open().new_page()
    show(page)
    assert words(page) == "shown 222"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pages(rotation: int) -> None:
    page = pymupdf.open().new_page()
    page.insert_text((50, 100), "seen 111")
    under_a_box(page)
    page.set_rotation(rotation)
    assert words(page) == "seen 111"


@pytest.mark.parametrize("under", [False, True])
def test_the_words_of_an_ocr_layer_stay_and_are_marked(under: bool) -> None:
    page = pymupdf.open().new_page(width=300, height=60)
    if under:
        page.insert_text((20, 38), "Total 4711.50", fontsize=20)
    page.insert_image(page.rect, stream=picture("Total 4711.50"))
    if not under:
        page.insert_text((20, 38), "Total 4711.50", fontsize=20, render_mode=3)
    raw = seen(page)
    assert [word[4] for word in raw.words] == ["Total", "4711.50"]
    assert {line_key(word) for word in raw.words} == raw.seen.invisible
    assert raw.hidden == 0


def test_the_kept_input() -> None:
    raw = seen(pymupdf.open(CASES / "16_text_nobody_sees.pdf")[0])
    left = " ".join(word[4] for word in raw.words)
    assert left.endswith("signed by the chair. VISIBLE 666")
    assert raw.hidden == 13


def test_paths_between_lines_do_not_part_their_block() -> None:
    page = pymupdf.open().new_page()
    for row in range(5):
        page.insert_text((50, 100 + 14 * row), f"row {row}")
        page.draw_line((50, 102 + 14 * row), (300, 102 + 14 * row))
    page.insert_text((50, 400), "apart")
    raw = raw_page(page)
    assert [word[5:7] for word in raw.words[::2]] == [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (raw.words[-1][5], 0)]
    assert raw.words[-1][5] != 0
