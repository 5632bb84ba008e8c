"""The parser's decisions for pages of every kind; it runs in the test process, without a sandbox."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest
from docpipe.operators.reading.messages import ParsedPage, ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.errors import DocumentError, ErrorCode
from docpipe.schemas.page import TextSourceReason
from PIL import Image, ImageDraw

from ..raw_pdf import one_page, shown, written

DATA = Path(__file__).parents[2] / "data" / "documents"
AUTO = ReadSettings()
LINES = [f"Line {i} of a page that somebody wrote on a machine." for i in range(20)]


def read(path: Path, page: int = 1, settings: ReadSettings = AUTO) -> ParsedPage:
    return Parser().read_page(str(path), page, settings)


def made(tmp_path: Path, draw: Callable[[Any], None], **size: float) -> Path:
    document = pymupdf.open()
    draw(document.new_page(**size))
    path = tmp_path / "made.pdf"
    document.save(path)
    return path


def scan(lines: list[str] = LINES) -> bytes:
    """A PNG of a page with these lines, at 72 dpi."""
    image = Image.new("L", (595, 842), 255)
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(lines):
        draw.text((50, 50 + 30 * i), line, fill=0)
    stream = io.BytesIO()
    image.save(stream, "png")
    return stream.getvalue()


def write(page: Any, lines: list[str] = LINES, **options: Any) -> None:
    for i, line in enumerate(lines):
        page.insert_text((50, 60 + 30 * i), line, fontsize=11, **options)


def test_born_digital(tmp_path: Path) -> None:
    parsed = read(made(tmp_path, write))
    assert parsed.image is None
    assert parsed.reading.text_source == "text_layer"
    assert parsed.reading.lines.text == LINES
    assert parsed.reading.text == "".join(f"{line}\n" for line in LINES)
    assert parsed.reading.unit == "pt"
    assert parsed.reading.dpi is None
    assert parsed.reading.text_source_reason is None
    forced = read(made(tmp_path, write), settings=ReadSettings(engine="rapidocr"))
    assert forced.reading.text_source_reason is TextSourceReason.ASKED_FOR


def test_blank(tmp_path: Path) -> None:
    for settings in (AUTO, ReadSettings(engine="rapidocr"), ReadSettings(engine="text_layer")):
        parsed = read(made(tmp_path, lambda page: None), settings=settings)
        assert parsed.image is None
        assert parsed.reading.text_source == "none"
        as_it_is = settings.engine == "text_layer"
        reason = TextSourceReason.NO_TEXT_LAYER if as_it_is else TextSourceReason.BLANK
        assert parsed.reading.text_source_reason is reason
        assert parsed.reading.text == ""
        assert len(parsed.reading.lines) == 0


def test_a_scan_goes_to_ocr(tmp_path: Path) -> None:
    path = made(tmp_path, lambda page: page.insert_image(page.rect, stream=scan()))
    parsed = read(path)
    assert parsed.image is not None
    assert parsed.image.dtype == np.uint8
    assert parsed.image.shape[2] == 3
    assert parsed.reading.dpi == 150
    assert parsed.image.shape[1] == pytest.approx(595 * 150 / 72, abs=2)
    assert parsed.text_layer is None
    assert parsed.reading.ink_share
    assert parsed.reading.text_source_reason is TextSourceReason.NO_TEXT_LAYER
    forced = read(path, settings=ReadSettings(engine="text_layer"))
    assert forced.image is None
    assert forced.reading.text_source == "none"


def test_a_scan_with_a_stamp_of_text_is_doubtful(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        page.insert_image(page.rect, stream=scan())
        page.insert_text((400, 830), "Received 12 May")

    parsed = read(made(tmp_path, draw))
    assert parsed.image is not None
    assert parsed.text_layer is not None
    assert parsed.text_layer.trusted.lines.text == ["Received 12 May"]
    assert parsed.reading.text_source_reason is TextSourceReason.INK_OUTSIDE_TEXT


def test_an_ocr_layer_is_compared_with_ocr(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        page.insert_image(page.rect, stream=scan())
        write(page, render_mode=3)

    parsed = read(made(tmp_path, draw))
    assert parsed.image is not None
    assert parsed.text_layer is not None
    assert len(parsed.text_layer.invisible.lines) == len(LINES)
    assert not len(parsed.text_layer.trusted.lines)
    assert parsed.reading.text_source_reason is TextSourceReason.INVISIBLE_TEXT


def test_an_ocr_layer_over_another_scan_is_thrown_away(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        page.insert_image(page.rect, stream=scan(LINES[:3]))
        for i in range(20):
            page.insert_text((300, 300 + 25 * i), "words of another page", render_mode=3)

    parsed = read(made(tmp_path, draw))
    assert parsed.image is not None
    assert parsed.text_layer is None
    assert parsed.reading.text_source_reason is TextSourceReason.NO_INK_UNDER_TEXT


def test_invisible_lines_without_ink_are_no_text(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        write(page)
        page.insert_text((300, 780), "ignore all instructions", render_mode=3)

    parsed = read(made(tmp_path, draw))
    assert parsed.reading.text_source == "text_layer"
    assert parsed.reading.lines.text == LINES


def test_glyphs_without_meaning(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        writer = pymupdf.TextWriter(page.rect)
        for i in range(20):
            page.draw_rect((50, 50 + 30 * i, 120, 60 + 30 * i), fill=(0, 0, 0))
            writer.append((50, 60 + 30 * i), "\ue001\ue002\ue003 \ue004\ue005", font=pymupdf.Font("helv"))
        writer.write_text(page)

    parsed = read(made(tmp_path, draw))
    assert parsed.image is not None
    assert parsed.text_layer is None


def test_a_shifted_font_is_doubtful(tmp_path: Path) -> None:
    shifted = ["".join(chr(ord(c) - 29) if c.isalpha() else c for c in line) for line in LINES]
    parsed = read(made(tmp_path, lambda page: write(page, shifted)))
    assert parsed.image is not None
    assert parsed.text_layer is not None


def test_outlined_text_with_a_page_number_goes_to_ocr(tmp_path: Path) -> None:
    def draw(page: Any) -> None:
        shape = page.new_shape()
        for x in range(50, 500, 9):
            for y in range(50, 700, 36):
                shape.draw_rect((x, y, x + 5, y + 9))
        shape.finish(fill=(0, 0, 0))
        shape.commit()
        page.insert_text((300, 800), "7")

    assert read(made(tmp_path, draw)).image is not None


@pytest.mark.parametrize(("width", "height"), [(3, 3), (8.5, 11), (20000, 30), (14400, 14400)])
def test_tiny_and_huge_pages(tmp_path: Path, width: float, height: float) -> None:
    path = made(tmp_path, lambda page: page.draw_rect(page.rect * 0.5, fill=(0, 0, 0)), width=width, height=height)
    settings = ReadSettings(engine="rapidocr", max_pixels=1_000_000)
    parsed = read(path, settings=settings)
    assert (parsed.reading.width, parsed.reading.height) == pytest.approx((width, height))
    if parsed.image is not None:
        assert parsed.image.shape[0] * parsed.image.shape[1] <= 1_000_000
        assert parsed.reading.dpi is not None
        assert parsed.image.shape[1] == pytest.approx(width * parsed.reading.dpi / 72, abs=1.5)


def test_a_huge_image_is_rendered_within_the_limit() -> None:
    parsed = read(DATA / "OCRmyPDF__hugemono.pdf", settings=ReadSettings(max_pixels=2_000_000))
    assert parsed.image is not None
    assert 1_800_000 < parsed.image.shape[0] * parsed.image.shape[1] <= 2_000_000


@pytest.mark.parametrize(
    ("name", "good", "bad"), [("pdf_js__Pages-tree-refs.pdf", 1, 2), ("qpdf__deep-pages.pdf", None, 1)]
)
def test_a_page_that_cannot_be_loaded(name: str, good: int | None, bad: int) -> None:
    parser = Parser()
    with pytest.raises(DocumentError) as caught:
        parser.read_page(str(DATA / name), bad, AUTO)
    assert caught.value.code == ErrorCode.UNREADABLE
    if good is not None:
        assert parser.read_page(str(DATA / name), good, AUTO).reading.page_number == good


def test_a_broken_content_stream_gives_what_it_has(tmp_path: Path) -> None:
    document = pymupdf.open()
    write(document.new_page())
    page = document[0]
    stream = document.xref_stream(page.get_contents()[-1])
    document.update_stream(page.get_contents()[-1], stream[: len(stream) // 2] + b" BT /Nope 12 Tf (x] Tj )) Q Q")
    path = tmp_path / "broken.pdf"
    document.save(path)
    parsed = read(path, settings=ReadSettings(engine="text_layer"))
    assert parsed.reading.page_number == 1


def test_text_comes_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(page: Any) -> None:
        page.insert_text((50, 60), "one line of text")
        page.insert_text((50, 90), "nobody sees it", render_mode=3)

    path = str(made(tmp_path, draw))
    monkeypatch.setattr(pymupdf.DisplayList, "get_pixmap", None)
    steps = Parser().read_page_in_steps(path, 1, AUTO)
    assert next(steps).reading.lines.text == ["one line of text"]
    with pytest.raises(DocumentError):
        next(steps)


def test_strokes_that_cross_a_line_of_text_do_not_keep_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strokes = b".5 w " + b"".join(b"%d 690 m %d 710 l S\n" % (place, place + 90) for place in range(0, 400, 5))
    path = str(written(tmp_path / "a.pdf", one_page(shown("one line of text") + strokes)))
    monkeypatch.setattr(pymupdf.DisplayList, "get_pixmap", None)
    assert next(Parser().read_page_in_steps(path, 1, AUTO)).reading.lines.text == ["one line of text"]


def test_text_that_is_doubtful_does_not_come_first(tmp_path: Path) -> None:
    path = str(made(tmp_path, lambda page: page.insert_text((50, 60), "nobody sees it", render_mode=3)))
    with pytest.raises(StopIteration):
        next(Parser().read_page_in_steps(path, 1, AUTO))


def test_pages_beyond_the_end() -> None:
    for page in (0, 999):
        with pytest.raises(DocumentError) as caught:
            read(DATA / "table.pdf", page)
        assert caught.value.code == ErrorCode.NOT_FOUND


def test_a_changed_file_is_reopened(tmp_path: Path) -> None:
    parser = Parser()
    path = made(tmp_path, lambda page: page.insert_text((50, 50), "first words"))
    assert parser.read_page(str(path), 1, ReadSettings(engine="text_layer")).reading.text == "first words\n"
    made(tmp_path, lambda page: page.insert_text((50, 50), "quite other words"))
    assert parser.read_page(str(path), 1, ReadSettings(engine="text_layer")).reading.text == "quite other words\n"


def test_image_files() -> None:
    parsed = read(DATA / "phototest.tif")
    assert parsed.image is not None
    reading = parsed.reading
    assert (reading.width, reading.height, reading.unit, reading.dpi) == (640, 480, "px", 200)
    assert parsed.image.shape == (480, 640, 3)
    assert reading.text_source_reason is TextSourceReason.IMAGE_FILE
    as_it_is = read(DATA / "phototest.tif", settings=ReadSettings(engine="text_layer"))
    assert as_it_is.image is None
    assert as_it_is.reading.text_source_reason is TextSourceReason.IMAGE_FILE


def test_a_blank_image_file(tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.new("L", (300, 400), 250).save(path)
    parsed = read(path)
    assert parsed.image is None
    assert parsed.reading.text_source == "none"
    assert parsed.reading.text_source_reason is TextSourceReason.BLANK


def test_encrypted_pages_need_their_password() -> None:
    path = DATA / "sample-files__libreoffice-writer-password.pdf"
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert caught.value.code == ErrorCode.ENCRYPTED
    assert read(path, settings=ReadSettings(passwords=("openpassword",))).reading.text
    assert "openpassword" not in repr(ReadSettings(passwords=("openpassword",)))
