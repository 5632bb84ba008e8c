"""Damaged data of a JPEG are told, although decoders make an image of them."""

import io
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docpipe.operators.documents.image_file import ImageDocument
from docpipe.operators.documents.input_types import JPEG, TIFF
from docpipe.operators.documents.jpeg_scan import is_damaged
from docpipe.operators.documents.losses import damaged_images
from PIL import Image, ImageDraw

from ..raw_pdf import one_page, stream, written

RECEIPTS = Path(__file__).parents[2] / "data" / "receipts"
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


def test_a_progressive_image_is_not_looked_at() -> None:
    data = printed(progressive=True)
    assert not is_damaged(data[: len(data) // 2])


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
