"""Damaged data of a JPEG are told, although decoders make an image of them."""

import base64
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.operators.documents.damage.jpeg_scan import is_damaged
from docpipe.operators.documents.image_file import ImageDocument
from docpipe.operators.documents.input_types import JPEG, TIFF
from docpipe.operators.documents.losses import damaged_images
from PIL import Image, ImageChops, ImageDraw

from ...raw_pdf import one_page, stream, written

RECEIPTS = Path(__file__).parents[3] / "data" / "receipts"
SIZE = (400, 300)


def printed(**options: Any) -> bytes:
    image = Image.new("RGB", SIZE, "white")
    for row in range(12):
        ImageDraw.Draw(image).text((10, 10 + 24 * row), f"Line {row}: amount {37 * row}.50 EUR", "navy", font_size=18)
    stream = io.BytesIO()
    image.convert(options.pop("mode", "RGB")).save(stream, options.pop("format", "JPEG"), **options)
    return stream.getvalue()


OPTIONS: dict[str, dict[str, Any]] = {
    "usual": {"quality": 80},
    "no subsampling": {"quality": 95, "subsampling": 0},
    "own tables": {"quality": 60, "optimize": True},
    "restart markers": {"quality": 80, "restart_marker_blocks": 7},
    "grey": {"mode": "L"},
    "four colours": {"mode": "CMYK"},
    "progressive": {"quality": 80, "progressive": True},
    "progressive without subsampling": {"quality": 95, "subsampling": 0, "progressive": True},
    "progressive grey": {"mode": "L", "quality": 50, "progressive": True},
    "progressive with restart markers": {"quality": 80, "progressive": True, "restart_marker_blocks": 7},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_whole_and_damaged_data(options: dict[str, Any]) -> None:
    data = printed(**options)
    assert not is_damaged(data)
    assert not is_damaged(data + b"\0\0 trailing bytes of a camera")
    middle = len(data) // 2
    assert is_damaged(data[:middle])
    assert is_damaged(data[: len(data) - 2])
    assert is_damaged(data[:middle] + data[middle + 400 :])
    assert is_damaged(data[:middle] + bytes(range(1, 81, 2)) + data[middle + 40 :])


@pytest.mark.parametrize("path", sorted(RECEIPTS.glob("*.jpg")), ids=lambda path: path.name)
def test_photographs_are_whole(path: Path) -> None:
    assert not is_damaged(path.read_bytes())


@pytest.mark.parametrize("path", sorted(RECEIPTS.glob("*.jpg")), ids=lambda path: path.name)
def test_photographs_that_come_in_several_scans(path: Path) -> None:
    stream = io.BytesIO()
    Image.open(path).save(stream, "JPEG", quality=75, progressive=True)
    data = stream.getvalue()
    assert not is_damaged(data)
    seen = 0
    for place in range(1, 10):
        at = len(data) * place // 10
        damaged = data[:at] + bytes(byte ^ 0x5A for byte in data[at : at + 20]) + data[at + 20 :]
        change = ImageChops.difference(*(Image.open(io.BytesIO(one)).convert("L") for one in (data, damaged)))
        # Bits that refine levels may be any.
        if sum(change.histogram()[64:]) > 1e-4 * change.width * change.height:
            seen += 1
            assert is_damaged(damaged)
    assert seen >= 3


def test_a_large_progressive_image_is_not_looked_at() -> None:
    data = io.BytesIO()
    Image.new("L", (8000, 8000), 255).save(data, "JPEG", progressive=True)
    whole = data.getvalue()
    assert not is_damaged(whole[: len(whole) // 2])


FILTERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"/DCTDecode": bytes,
    b"[/DCTDecode]": bytes,
    b"[/FlateDecode /DCTDecode]": zlib.compress,
    b"[/ASCII85Decode /DCTDecode]": lambda data: base64.a85encode(data) + b"~>",
    b"[/ASCIIHexDecode /FlateDecode /DCTDecode]": lambda data: zlib.compress(data).hex().encode() + b">",
}


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("progressive", [False, True])
def test_damaged_images_within_other_filters(tmp_path: Path, filters: bytes, progressive: bool) -> None:
    whole = printed(quality=80, progressive=progressive)
    middle = len(whole) // 2
    entries = b"/Subtype /Image /Width 400 /Height 300 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter " + filters
    for data, damaged in ((whole, 0), (whole[:middle] + bytes(200) + whole[middle + 200 :], 1)):
        objects = one_page(b"q 595 0 0 842 0 0 cm /I1 Do Q", b"/XObject << /I1 6 0 R >>")
        path = written(tmp_path / "a.pdf", objects | {6: stream(FILTERS[filters](data), entries)})
        assert damaged_images(pymupdf.open(path)[0]) == damaged
        with pymupdf.open(path) as document:
            document.save(tmp_path / "b.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="x", user_pw="y")
        locked = pymupdf.open(tmp_path / "b.pdf")
        locked.authenticate("y")
        assert damaged_images(locked[0]) == damaged


@pytest.mark.parametrize("damage", [False, True])
def test_damaged_images_of_files_and_of_pages(tmp_path: Path, damage: bool) -> None:
    whole = printed(quality=80)
    middle = len(whole) // 2
    data = whole[:middle] + bytes(200) + whole[middle + 200 :] if damage else whole
    (tmp_path / "a.jpg").write_bytes(data)
    assert ImageDocument(str(tmp_path / "a.jpg"), JPEG).read(1, 10_000_000).damaged == damage
    entries = b"/Subtype /Image /Width 400 /Height 300 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
    objects = one_page(b"q 595 0 0 842 0 0 cm /I1 Do Q", b"/XObject << /I1 6 0 R >>") | {6: stream(data, entries)}
    assert damaged_images(pymupdf.open(written(tmp_path / "a.pdf", objects))[0]) == damage


def test_damaged_strips_of_a_tiff(tmp_path: Path) -> None:
    data = printed(format="TIFF", compression="jpeg")
    tags = Image.open(io.BytesIO(data)).tag_v2  # type: ignore[attr-defined]
    middle = tags[273][0] + tags[279][0] // 2
    path = tmp_path / "a.tif"
    for damage in (False, True):
        path.write_bytes(data[:middle] + bytes(range(1, 81, 2)) + data[middle + 40 :] if damage else data)
        assert ImageDocument(str(path), TIFF).read(1, 10_000_000).damaged == damage
