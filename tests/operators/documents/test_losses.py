"""What of a page is gone or cannot be decoded fails the page, or stands in its warnings; chatter does neither."""

import io
import zlib
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.reading.messages import ParsedPage, ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.schemas.errors import DocumentError, ErrorCode
from PIL import Image, ImageDraw

from ..raw_pdf import FONTS, one_page, shown, stream, written

DATA = Path(__file__).parents[2] / "data"
ENGINES = ("auto", "text_layer", "rapidocr")
LINES = b"".join(shown(f"Line number {i} of the page text", 50, 750 - 12 * i) for i in range(40))
PACKED = zlib.compress(LINES)
FLATE = b"/Filter /FlateDecode"
DRAWS = FONTS + b" /XObject << /X0 9 0 R >>"
IMAGE = b"/Type /XObject /Subtype /Image /Width 600 /Height 800 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter "
FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] "
PICTURE = b"q 500 0 0 700 40 40 cm /X0 Do Q "


def read(path: Path, engine: str = "auto", page: int = 1) -> ParsedPage:
    return Parser().read_page(str(path), page, ReadSettings(engine=engine))


def damaged(data: bytes, at: float) -> bytes:
    place = int(len(data) * at)
    return data[:place] + bytes(byte ^ 0x5A for byte in data[place : place + 20]) + data[place + 20 :]


def jpeg() -> bytes:
    image = Image.effect_noise((600, 800), 60).convert("RGB")
    ImageDraw.Draw(image).rectangle((100, 100, 500, 700), fill=(200, 30, 30))
    data = io.BytesIO()
    image.save(data, "JPEG")
    return data.getvalue()


GONE = {
    "content that is no object": one_page(b"", entry=b"/Contents 99 0 R"),
    "contents that are no objects": one_page(b"", entry=b"/Contents [98 0 R 99 0 R]"),
    "content without a stream": one_page(b"") | {4: b"<< /Length 10 >>"},
    "damaged content": one_page(b"") | {4: stream(damaged(PACKED, 0.4), FLATE)},
    "content of an unknown filter": one_page(b"") | {4: stream(PACKED, b"/Filter /NoSuchDecode")},
    "content of another filter": one_page(b"") | {4: stream(PACKED, b"/Filter /LZWDecode")},
    "a form that is no object": one_page(b"/X0 Do", DRAWS),
    "an image without a width": one_page(PICTURE, DRAWS)
    | {9: stream(b"no" * 99, IMAGE.replace(b"600", b"0") + b"/DCTDecode")},
    "a page that is a font": one_page(b"") | {3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"},
}
LOST_IN_PART = {
    "one content of two": one_page(LINES, entry=b"/Contents [4 0 R 99 0 R]"),
    "content cut short": one_page(b"") | {4: stream(PACKED[: len(PACKED) // 2], FLATE)},
    "a form that is no object": one_page(LINES + b"/X0 Do", DRAWS),
    "a form without a stream": one_page(LINES + b"/X0 Do", DRAWS) | {9: b"<< /Type /XObject /Subtype /Form >>"},
    "a form cut short": one_page(LINES + b"/X0 Do", DRAWS) | {9: stream(PACKED[:90], FORM + FLATE)},
    "content with a hole of zeros": one_page(LINES + bytes(80) + shown("Total 4711", 50, 99)),
    "an image of no known format": one_page(LINES + PICTURE, DRAWS) | {9: stream(b"no" * 99, IMAGE + b"/JPXDecode")},
    "a font that is no object": one_page(LINES, b"/Font << /F1 99 0 R >>"),
    "a font that its resources lack": one_page(LINES + LINES.replace(b"/F1", b"/F9")),
    "no resources": one_page(LINES) | {3: one_page(b"")[3].replace(b"/Resources << " + FONTS + b" >>", b"")},
    "resources that are no object": one_page(LINES) | {3: one_page(b"")[3].replace(b"<< " + FONTS + b" >>", b"99 0 R")},
    "an array that does not end": one_page(LINES + b"BT /F1 12 Tf 50 99 Td [(Total 4711) TJ ET"),
    "a dictionary that does not end": one_page(LINES + b"/Span << /MCID 0 BDC BT (Total 4711) Tj ET"),
    "an image that does not end": one_page(
        LINES + b"q BI /W 50 /H 50 /CS /G /BPC 8 ID " + b"x" * 2500 + b" Q " + shown("Total 4711")
    ),
    "two operators that ran into each other": one_page(LINES + b"BT ETBT /F1 12 Tf 50 99 Td (Total 4711) Tj ET"),
    "a font program of rubbish": one_page(
        LINES,
        b"/Font << /F1 << /Type /Font /Subtype /TrueType /BaseFont /Foo /FirstChar 32 /LastChar 126 /Widths ["
        + b"500 " * 95
        + b"] /FontDescriptor << /Type /FontDescriptor /FontName /Foo /Flags 32 /FontFile2 9 0 R >> >> >>",
    )
    | {9: stream(b"rubbish")},
}
HARMLESS = {
    "no content": one_page(b"", entry=b""),
    "an empty content": one_page(b""),
    "a checksum cut off": one_page(b"") | {4: stream(PACKED[:-4], FLATE)},
    "operators out of place": one_page(LINES + b"Q Q Q ET 1 2 3 nonsense"),
    "resources that only colour": one_page(LINES + b"q /GS9 gs Q q /Cs9 cs /P9 scn 9 9 50 50 re f Q"),
    "a form that is not drawn": one_page(LINES, DRAWS),
    "a name with an escape": one_page(LINES.replace(b"/F1", b"/F#31"), FONTS),
    "zeros between operators": one_page(LINES.replace(b"BT ", b"BT" + bytes(40))),
    "a wrong length": one_page(LINES) | {4: stream(LINES).replace(b"/Length", b"/Length 7 /L")},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", GONE)
def test_a_page_whose_content_is_gone_fails(tmp_path: Path, what: str, engine: str) -> None:
    path = written(tmp_path / "a.pdf", GONE[what])
    with pytest.raises(DocumentError) as caught:
        read(path, engine)
    assert caught.value.code == ErrorCode.UNREADABLE
    assert caught.value.message.startswith("the content of page 1 is lost: ")
    assert Parser().read_settled([(str(path), [1])], ReadSettings(engine=engine)).places == []


@pytest.mark.parametrize("what", LOST_IN_PART)
def test_a_page_that_lost_a_part_says_so(tmp_path: Path, what: str) -> None:
    path = written(tmp_path / "a.pdf", LOST_IN_PART[what])
    for engine in ENGINES[:2]:
        reading = read(path, engine).reading
        assert reading.warnings == ("objects_unreadable: 1",)
        assert (reading.text or "").startswith("Line number 0 of the page text\n")


@pytest.mark.parametrize("what", HARMLESS)
def test_what_loses_nothing_is_no_warning(tmp_path: Path, what: str) -> None:
    for engine in ENGINES:
        assert read(written(tmp_path / "a.pdf", HARMLESS[what]), engine).reading.warnings == ()


@pytest.mark.parametrize(
    "image",
    [
        stream(b"no jpeg at all" * 9, IMAGE + b"/DCTDecode"),
        stream(damaged(zlib.compress(b"\xff\x00" * 999), 0), IMAGE + b"/FlateDecode"),
        stream(b"xx" * 50, IMAGE + b"/JBIG2Decode"),
    ],
)
def test_a_scan_that_cannot_be_decoded_fails(tmp_path: Path, image: bytes) -> None:
    with pytest.raises(DocumentError, match="the content of page 1 is lost"):
        read(written(tmp_path / "a.pdf", one_page(PICTURE, DRAWS) | {9: image}))


def test_half_a_scan_goes_to_ocr_with_a_warning(tmp_path: Path) -> None:
    half = jpeg()
    image = stream(half[: len(half) // 2], IMAGE + b"/DCTDecode")
    parsed = read(written(tmp_path / "a.pdf", one_page(PICTURE, DRAWS) | {9: image}))
    assert parsed.needs_ocr
    assert parsed.reading.warnings == ("objects_unreadable: 1",)


@pytest.mark.parametrize("is_damaged", [True, False])
def test_a_scan_whose_pixels_are_not_those_of_its_checksum_has_a_warning(tmp_path: Path, is_damaged: bool) -> None:
    pixels = bytearray(Image.open(io.BytesIO(jpeg())).tobytes())
    whole = zlib.compress(bytes(pixels), 1)
    pixels[700_000:700_100] = bytes(100)
    packed = zlib.compress(bytes(pixels), 1)[:-4] + whole[-4:] if is_damaged else whole
    image = stream(packed, IMAGE + b"/FlateDecode")
    parsed = read(written(tmp_path / "a.pdf", one_page(PICTURE, DRAWS) | {9: image}))
    assert parsed.needs_ocr
    assert parsed.reading.warnings == (("objects_unreadable: 1",) if is_damaged else ())


@pytest.mark.parametrize(("at", "zeros"), [(0.5, 0), (0.4, 70), (0.6, 70)])
def test_data_of_jbig2_with_a_hole_of_zeros(tmp_path: Path, at: float, zeros: int) -> None:
    path = DATA / "documents" / "pdf_js__bitmap-template2.pdf"
    whole = path.read_bytes()
    with pymupdf.open(path) as document:
        data = document.xref_stream_raw(5)
    place = int(len(data) * at)
    (tmp_path / "a.pdf").write_bytes(whole.replace(data, data[:place] + bytes(zeros) + data[place + zeros :]))
    assert read(tmp_path / "a.pdf").reading.warnings == (("objects_unreadable: 1",) if zeros else ())


def test_a_damaged_object_of_several_pages_is_said_on_each(tmp_path: Path) -> None:
    objects = dict(LOST_IN_PART["a font program of rubbish"])
    objects[2] = b"<< /Type /Pages /Kids [3 0 R 30 0 R 31 0 R] /Count 3 >>"
    font = b"/F1 8 0 R"
    objects[8] = objects[3].partition(b"/F1 ")[2].rpartition(b" >> >> /Contents")[0].rpartition(b">>")[0] + b">>"
    start, _, end = objects[3].partition(b"/Font ")
    objects[3] = start + b"/Font << " + font + b" >> >> " + end[end.index(b"/Contents") :]
    objects[30] = objects[31] = objects[3]
    path = str(written(tmp_path / "a.pdf", objects))
    parser = Parser()
    for number in (1, 2, 3, 2):
        reading = parser.read_page(path, number, ReadSettings(engine="text_layer")).reading
        assert reading.warnings == ("objects_unreadable: 1",)
    assert parser.read_settled([(path, [1, 2])], ReadSettings(engine="text_layer")).places == []


@pytest.mark.parametrize("what", LOST_IN_PART)
def test_what_drawing_a_page_said_before_is_said_again(tmp_path: Path, what: str) -> None:
    objects = dict(LOST_IN_PART[what])
    objects[2] = b"<< /Type /Pages /Kids [3 0 R 30 0 R] /Count 2 >>"
    objects[30] = objects[3]
    path = str(written(tmp_path / "a.pdf", objects))
    parser = Parser()
    parser.read_page(path, 2, ReadSettings())
    for draw in (lambda: parser.render(path, 1, 200), lambda: parser.page_image(path, 1, ReadSettings())):
        draw()
        assert parser.read_page(path, 2, ReadSettings()).reading.warnings == ("objects_unreadable: 1",)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("02_corrupt_stream_page2.pdf", [1, 3], [2]),
        ("02_page_object_missing.pdf", [1, 3], [2]),
        ("02_truncated_half.pdf", [1, 2], [3, 4, 5, 6]),
    ],
)
def test_damaged_documents(name: str, good: list[int], bad: list[int]) -> None:
    for number in good:
        reading = read(DATA / "cases" / name, page=number).reading
        assert reading.warnings == (("cut_short: file",) if "truncated" in name else ())
        assert str(number) in (reading.text or "")
    for number in bad:
        with pytest.raises(DocumentError, match=rf"page {number}\b"):
            read(DATA / "cases" / name, page=number)


def test_a_checksum_that_does_not_hold_is_a_warning() -> None:
    reading = read(DATA / "documents" / "pdfminer_six__zen_of_python_corrupted.pdf").reading
    assert reading.warnings == ("objects_unreadable: 1",)
    assert "Beautiful is better than ugly" in (reading.text or "")
