"""Words that nobody sees are left out, whatever hides them; words that are seen stay."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.operators.text_layer.extract import RawPage, raw_page
from docpipe.operators.text_layer.glyphs import LookedAt, with_glyphs_looked_at
from docpipe.operators.text_layer.visibility import suspects, without_hidden
from docpipe.operators.text_layer.words.spans import line_key
from PIL import Image, ImageDraw

from ..raw_pdf import FONTS, mapped, one_page, shown, stream, written

CASES = Path(__file__).parents[2] / "data" / "cases"
WHITE, BLACK, NAVY = (1, 1, 1), (0, 0, 0), (0, 0, 0.4)


def seen(page: Any) -> RawPage:
    raw = with_glyphs_looked_at(page, raw_page(page), LookedAt())
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


TOTAL = "Total amount EUR 1111.10"


def white_box(page: Any) -> None:
    page.draw_rect((48, 186, 250, 206), color=None, fill=WHITE)


def white_picture(page: Any) -> None:
    stream = io.BytesIO()
    Image.new("L", (20, 2), "white").save(stream, "png")
    page.insert_image((48, 186, 250, 206), stream=stream.getvalue(), keep_proportion=False)


@pytest.mark.parametrize("cover", [white_box, white_picture])
@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_words_that_a_program_has_replaced_by_others_at_their_place(cover: Callable[[Any], None], shift: float) -> None:
    page = pymupdf.open().new_page()
    page.insert_text((50, 180), "line above 1")
    page.insert_text((50, 200), TOTAL)
    cover(page)
    page.insert_text((50 + shift, 200 - shift), "Total amount EUR 2222.20")
    page.insert_text((50, 214), "line below 2")
    assert words(page) == "line above 1 Total amount EUR 2222.20 line below 2"


@pytest.mark.parametrize("colour", [BLACK, WHITE])
@pytest.mark.parametrize(("first", "last"), [(6, 7), (8, 10), (11, 13), (6, 13)])
def test_a_number_of_which_digits_are_covered_is_another_number(colour: Any, first: int, last: int) -> None:
    page = pymupdf.open().new_page()
    text, size = "Total 4711.50 EUR", 12
    page.insert_text((50, 200), text, fontsize=size)
    start, end = (50 + pymupdf.get_text_length(text[:place], fontsize=size) for place in (first, last))
    page.draw_rect((start, 188, end, 204), color=None, fill=colour)
    found = seen(page)
    assert [word[4] for word in found.words] == ["Total", "EUR"]
    assert found.hidden == 1


@pytest.mark.parametrize("box", [(50, 201, 160, 204), (50, 195, 160, 197), (81, 188, 83, 204), (148, 188, 190, 204)])
def test_rules_and_covers_beside_a_number_leave_it(box: tuple[float, float, float, float]) -> None:
    page = pymupdf.open().new_page()
    page.insert_text((50, 200), "Total 4711.50 EUR", fontsize=12)
    page.draw_rect(box, color=None, fill=BLACK)
    assert words(page) == "Total 4711.50 EUR"


def test_a_cover_of_a_tiling_pattern(tmp_path: Path) -> None:
    tile = (
        b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources << >>"
    )
    content = shown("seen 111") + shown("hidden 222", y=600) + b"/Pattern cs /P1 scn 40 590 300 30 re f"
    pages = one_page(content, FONTS + b"/Pattern << /P1 6 0 R >>") | {6: stream(b"1 g 0 0 9 9 re f", tile)}
    assert words(pymupdf.open(written(tmp_path / "a.pdf", pages))[0]) == "seen 111"
    # The same pattern elsewhere hides nothing.
    pages = pages | {4: stream(content.replace(b"40 590", b"40 390"))}
    assert words(pymupdf.open(written(tmp_path / "b.pdf", pages))[0]) == "seen 111 hidden 222"


def test_glyphs_without_an_outline(tmp_path: Path) -> None:
    _, maps = mapped({})
    glyphs = b"/CharProcs << /a 7 0 R >> /Encoding << /Differences [32%b] >> /FirstChar 32 /LastChar 126" % (
        b" /a" * 95
    )
    widths = b"/Widths [%b] /ToUnicode 10 0 R /Resources << >>" % (b"500 " * 95)
    font = b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] %b %b >>"
    content = shown("seen 111") + b"BT /F3 12 Tf 50 600 Td (hidden 222) Tj ET"
    pages = one_page(content, FONTS[:-2] + b"/F3 6 0 R >>") | maps
    for procedure, expected in ((b"500 0 d0", "seen 111"), (b"500 0 d0 0 0 400 600 re f", "seen 111 hidden 222")):
        path = written(tmp_path / "a.pdf", pages | {6: font % (glyphs, widths), 7: stream(procedure)})
        assert words(pymupdf.open(path)[0]) == expected


def test_text_that_is_squeezed_to_nothing(tmp_path: Path) -> None:
    content = shown("seen 111") + shown("hidden 222", y=600, before="0.01 Tz")
    assert words(pymupdf.open(written(tmp_path / "a.pdf", one_page(content)))[0]) == "seen 111"


def test_a_stamp_replaces_what_is_under_it() -> None:
    page = pymupdf.open().new_page()
    page.insert_text((50, 200), TOTAL)
    page.add_freetext_annot((48, 186, 250, 206), "Paid on 12.05.2024", fill_color=WHITE)
    assert words(page) == "Paid on 12.05.2024"


def test_a_word_is_not_replaced_by_one_on_the_next_line_or_by_a_watermark() -> None:
    page = pymupdf.open().new_page()
    page.insert_text((50, 200), TOTAL)
    # A frame, which as a filled path is as large as an area.
    shape = page.new_shape()
    shape.draw_rect((40, 150, 300, 250))
    shape.draw_rect((42, 152, 298, 248))
    shape.finish(color=None, fill=BLACK, even_odd=True)
    shape.commit()
    page.insert_text((50, 211), "line below 2")
    page.insert_text((45, 240), "DRAFT", fontsize=80, color=(0.9, 0.9, 0.9))
    assert words(page) == f"{TOTAL} line below 2 DRAFT"


def test_a_cover_on_a_page_of_a_poster_s_size() -> None:
    page = pymupdf.open().new_page(width=3000, height=2000)
    page.insert_text((2400, 1800), "seen 111")
    page.insert_text((50, 200), "hidden 222")
    page.draw_rect((40, 180, 300, 210), color=None, fill=WHITE)
    page.insert_image((2300, 1700, 2900, 1900), stream=picture(), overlay=False)
    page.insert_text((2400, 1840), "white 333", color=WHITE)
    assert words(page) == "seen 111 white 333"


def test_text_on_a_page_whose_unit_is_an_inch() -> None:
    page = pymupdf.open().new_page(width=8.5, height=11)
    page.insert_text((1, 2), "seen 111", fontsize=0.2)
    page.insert_text((1, 3), "hidden 222", fontsize=0.005)
    assert words(page) == "seen 111"


def gradient(path: Path, clip: bytes = b"") -> Any:
    """A line of text filled by a gradient, or one that is only `clip`, after which nothing is drawn."""
    shading = (
        b" /Pattern << /P0 << /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [45 0 225 0] "
        b"/Function << /FunctionType 2 /Domain [0 1] /C0 [0.8 0 0] /C1 [0 0 0.6] /N 1 >> /Extend [true true] >> >> >>"
    )
    drawn = clip or b"/Pattern cs /P0 scn "
    content = b"q " + drawn + shown("GRADIENT TOTAL 4711", 50, 600, 20) + b"Q " + shown("after 333", 50, 500)
    return pymupdf.open(written(path, one_page(content, FONTS + shading)))[0]


def test_text_in_the_shape_of_which_a_gradient_is_drawn_is_seen(tmp_path: Path) -> None:
    raw = seen(gradient(tmp_path / "a.pdf"))
    assert " ".join(word[4] for word in raw.words) == "GRADIENT TOTAL 4711 after 333"
    assert raw.seen.invisible == set()
    assert words(gradient(tmp_path / "b.pdf", clip=b"BT 7 Tr ET ")) == "after 333"


def test_the_empty_glyphs_of_an_ocr_layer_are_not_seen(tmp_path: Path) -> None:
    glyphs = b" ".join(b"/c%d 64 0 R" % code for code in range(32, 127))
    names = b" ".join(b"/c%d" % code for code in range(32, 127))
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 32 "
        b"/LastChar 126 /Widths [" + b"500 " * 95 + b"] /CharProcs << " + glyphs + b" >> /Resources << >> "
        b"/Encoding << /Type /Encoding /Differences [32 " + names + b"] >> /ToUnicode 65 0 R >>"
    )
    codes = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <ff> "
        b"endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange endcmap end end"
    )
    scan = io.BytesIO()
    image = Image.new("L", (600, 800), "white")
    ImageDraw.Draw(image).text((50, 80), "Total 176.10", fill="black", font_size=24)
    image.save(scan, "JPEG")
    entries = b"/Type /XObject /Subtype /Image /Width 600 /Height 800 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    content = b"q 595 0 0 842 0 0 cm /I0 Do Q\n" + shown("Total 116.10", 50, 738, 20)
    objects = one_page(content, b"/Font << /F1 63 0 R >> /XObject << /I0 61 0 R >>") | {
        61: stream(scan.getvalue(), entries + b"/Filter /DCTDecode"),
        63: font,
        64: stream(b"500 0 d0"),
        65: stream(codes),
    }
    raw = seen(pymupdf.open(written(tmp_path / "a.pdf", objects))[0])
    assert [word[4] for word in raw.words] == ["Total", "116.10"]
    assert {line_key(word) for word in raw.words} == raw.seen.invisible


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
