"""Pages are rendered as displayed and bounded in size; a bad page raises DocumentError only."""

from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.reading.renderer import PageRenderer
from docpipe.schemas.errors import DocumentError, ErrorCode
from PIL import Image


def test_pages_are_rendered_as_displayed_within_the_bound(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page(width=400, height=200)
    page.draw_rect((0, 0, 100, 100), fill=(1, 0, 0), color=None)
    page.set_rotation(90)
    document.save(tmp_path / "a.pdf")
    document.save(tmp_path / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret")
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (400, 200), "white")
    image.paste((255, 0, 0), (0, 0, 100, 100))
    image.save(tmp_path / "a.png", exif=exif)
    with PageRenderer(["secret"]) as renderer:
        for name in ("a.pdf", "a.png", "locked.pdf"):
            image = renderer.render(str(tmp_path / name), 1, 300)
            assert max(image.shape) == image.shape[0] <= 300
            assert image.shape[0] == pytest.approx(2 * image.shape[1], abs=2)
            # The red corner has moved to the top right.
            assert image[5, -5].tolist() == pytest.approx([255, 0, 0], abs=3)
            assert image[5, 5].tolist() == [255, 255, 255]
        with pytest.raises(DocumentError) as missing:
            renderer.render(str(tmp_path / "a.pdf"), 2, 300)
        assert missing.value.code is ErrorCode.NOT_FOUND
    with PageRenderer() as renderer, pytest.raises(DocumentError) as locked:
        renderer.render(str(tmp_path / "locked.pdf"), 1, 300)
    assert locked.value.code is ErrorCode.ENCRYPTED


def test_a_huge_page_is_no_larger_an_image(tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page(width=14_000, height=20)
    document.save(tmp_path / "long.pdf")
    with PageRenderer() as renderer:
        assert max(renderer.render(str(tmp_path / "long.pdf"), 1, 500).shape) <= 500
