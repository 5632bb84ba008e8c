"""Image files of every pixel format are decoded into upright RGB images."""

from pathlib import Path

import numpy as np
import pytest
from docpipe.operators.documents.damage.tiff_strips import damaged_strips
from docpipe.operators.documents.image_file import DecodedImage, ImageDocument
from docpipe.operators.documents.media_type import sniff
from docpipe.schemas.errors import DocumentError, ErrorCode
from PIL import Image, ImageDraw

CASES = Path(__file__).parents[2] / "data/cases"


def read(path: Path, page: int = 1, max_pixels: int = 40_000_000) -> DecodedImage:
    document = ImageDocument(str(path), sniff(str(path)))
    try:
        return document.read(page, max_pixels)
    finally:
        document.close()


def corner() -> Image.Image:
    """A white image of 60 × 40 pixels with a black patch at the top left."""
    decoded = Image.new("RGB", (60, 40), "white")
    decoded.paste("black", (0, 0, 20, 10))
    return decoded


@pytest.mark.parametrize(
    ("orientation", "size", "patch", "rotation"),
    [
        (1, (60, 40), "top left", 0),
        (2, (60, 40), "top right", 0),
        (3, (60, 40), "bottom right", 180),
        (4, (60, 40), "bottom left", 180),
        (5, (40, 60), "top left", 90),
        (6, (40, 60), "top right", 90),
        (7, (40, 60), "bottom right", 270),
        (8, (40, 60), "bottom left", 270),
    ],
)
@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg", "webp"])
def test_orientation(
    tmp_path: Path, kind: str, orientation: int, size: tuple[int, int], patch: str, rotation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "picture"
    corner().save(path, kind, exif=exif)
    decoded = read(path)
    assert (decoded.width, decoded.height) == size
    assert decoded.image.shape == (size[1], size[0], 3)
    assert decoded.rotation == rotation
    image = decoded.image[..., 0]
    corners = {
        "top left": image[2, 2],
        "top right": image[2, -3],
        "bottom left": image[-3, 2],
        "bottom right": image[-3, -3],
    }
    assert min(corners, key=lambda name: corners[name]) == patch


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "RGB"])
def test_pixel_kinds(tmp_path: Path, mode: str) -> None:
    kind = "tiff"
    if mode == "I;16":
        values = np.full((40, 60), 65535, np.uint16)
        values[:10, :20] = 0
        decoded = Image.fromarray(values)
    else:
        decoded = corner().convert(mode)
    path = tmp_path / "picture"
    decoded.save(path, kind)
    image = read(path).image
    assert image.dtype == np.uint8
    assert image.shape == (40, 60, 3)
    assert image[2, 2].max() < 60
    assert image[-3, -3].min() > 200


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_grey_of_fewer_bits_than_it_is_stored_in(tmp_path: Path, bits: int) -> None:
    values = np.full((40, 60), (1 << bits) - 1, np.uint16)
    values[:10, :20] = 0
    Image.fromarray(values).save(tmp_path / "picture", "tiff")
    image = read(tmp_path / "picture").image
    assert (image[2, 2].max(), image[-3, -3].min()) == (0, 255)


def test_white_text_on_nothing_is_seen() -> None:
    image = read(CASES / "22_white_on_transparent.png").image
    assert image[0, 0].tolist() == [0, 0, 0]
    assert (image > 200).mean() > 0.02


@pytest.mark.parametrize(
    ("inks", "paper"),
    [
        (["black"], 255),
        (["white"], 0),
        (["#fff8b0"], 0),
        (["white", "black"], 128),
        (["#808080"], 255),
        (["#808080", "white"], 0),
    ],
)
def test_paper_below_a_sparse_drawing_shows_all_of_its_inks(tmp_path: Path, inks: list[str], paper: int) -> None:
    image = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    for number, ink in enumerate(inks):
        image.paste(ink, (5, 5 + 10 * number, 40, 10 + 10 * number))
    image.save(tmp_path / "t.png")
    assert read(tmp_path / "t.png").image[39, 59].tolist() == [paper] * 3


@pytest.mark.parametrize("panel", [None, "navy", "white"])
def test_white_words_on_nothing_are_seen_beside_a_panel(tmp_path: Path, panel: str | None) -> None:
    image = Image.new("RGBA", (700, 300), (255, 255, 255, 0))
    if panel:
        image.paste(panel, (0, 0, 700, 180))
    ImageDraw.Draw(image).text((20, 200), "Total 176.10", "white", font_size=44)
    image.save(tmp_path / "t.png")
    assert read(tmp_path / "t.png").image[299, 699].tolist() != [255] * 3


def test_black_words_on_nothing_stay_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (700, 300), (0, 0, 0, 0))
    image.paste("white", (0, 0, 700, 180))
    ImageDraw.Draw(image).text((20, 200), "Total 176.10", "black", font_size=44)
    image.save(tmp_path / "t.png")
    assert read(tmp_path / "t.png").image[299, 699].tolist() == [255] * 3


def test_a_page_with_transparent_corners_stays_on_white(tmp_path: Path) -> None:
    image = corner().convert("RGBA")
    image.putpixel((59, 39), (0, 0, 0, 0))
    image.save(tmp_path / "t.png")
    assert read(tmp_path / "t.png").image[39, 59].tolist() == [255] * 3


def test_transparent_is_white(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(path, "png")
    assert (read(path).image == 255).all()
    palette = Image.new("P", (10, 10), 0)
    palette.save(path, "png", transparency=0)
    assert (read(path).image == 255).all()


def test_frames_are_pages(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    frames = [Image.new("L", (20 + i, 10), 255 - i) for i in range(3)]
    frames[0].save(path, "tiff", save_all=True, append_images=frames[1:])
    document = ImageDocument(str(path), sniff(str(path)))
    assert document.page_count == 3
    assert [document.read(page, 10**6).width for page in (3, 1, 2, 2)] == [22, 20, 21, 21]


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_large_images_are_reduced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    Image.new("RGB", (2000, 1500), "white").save(path, kind, dpi=(300, 300))
    decoded = read(path, max_pixels=500_000)
    assert (decoded.width, decoded.height) == (2000, 1500)
    height, width = decoded.image.shape[:2]
    assert 100_000 < height * width <= 500_000
    assert decoded.dpi == pytest.approx(300 * width / 2000, rel=0.01)


@pytest.mark.parametrize(("stated", "believed"), [(None, False), (72, False), (96, False), (200, True), (5000, False)])
def test_only_a_believable_density_counts(tmp_path: Path, stated: int | None, believed: bool) -> None:
    path = tmp_path / "picture"
    options = {} if stated is None else {"dpi": (stated, stated)}
    corner().save(path, "jpeg", **options)
    dpi = read(path).dpi
    assert (dpi == pytest.approx(stated)) if believed else dpi is None


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp", "bmp"])
def test_a_truncated_image_is_unreadable(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8)
    Image.fromarray(noise).save(path, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert caught.value.code == ErrorCode.UNREADABLE


def test_a_image_too_large_for_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(b"P4 100000 100000\n")
    with pytest.raises(DocumentError, match="page_memory_mb") as caught:
        read(path)
    assert caught.value.code == ErrorCode.TOO_LARGE


def fax(path: Path, compression: str, frames: int = 1) -> Path:
    page = Image.new("1", (400, 300), 1)
    for y in range(20, 280, 12):
        page.paste(0, (20 + y % 37, y, 380 - y % 53, y + 4))
    page.save(path, "tiff", compression=compression, save_all=True, append_images=[page] * (frames - 1))
    return path


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_damaged_fax_data_are_told_in_each_frame(tmp_path: Path, compression: str) -> None:
    path = fax(tmp_path / "a.tif", compression, frames=2)
    assert [read(path, number).damaged for number in (1, 2)] == [0, 0]
    with Image.open(path) as file:
        file.seek(1)
        (offset,), (size,) = file.tag_v2[273], file.tag_v2[279]
    data = bytearray(path.read_bytes())
    data[offset + size // 3 : offset + size // 3 + 12] = b"\xa5" * 12
    path.write_bytes(data)
    assert [read(path, number).damaged for number in (1, 2)] == [0, 1]


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK"])
def test_damaged_runs_of_a_tiff_are_told(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    page = Image.new("L", (401, 300), 255)
    ImageDraw.Draw(page).text((20, 40), "Total 4711.50", 0, font_size=50)
    page.convert(mode).save(path, compression="packbits")
    assert read(path).damaged == 0
    with Image.open(path) as file:
        offset = file.tag_v2[273][0]
    data = bytearray(path.read_bytes())
    # The first byte of a strip says how long its first run is.
    data[offset] += 1 if data[offset] < 200 else -1
    path.write_bytes(data)
    with Image.open(path) as file:
        assert damaged_strips(file) == 1


def test_a_png_whose_pixels_are_not_those_of_its_checksum_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    corner().save(path)
    assert read(path).damaged == 0
    data = bytearray(path.read_bytes())
    # The checksum of the only chunk of pixels is right before the last chunk, which has twelve bytes.
    data[-14] ^= 1
    path.write_bytes(data)
    assert read(path).damaged == 1


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_an_animation_says_how_many_of_its_pictures_are_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    corner().save(path)
    assert ImageDocument(str(path), sniff(str(path))).info.warnings == ()
    others = [corner().rotate(180), Image.new("RGB", (60, 40), "grey")]
    corner().save(path, save_all=True, append_images=others, duration=100)
    info = ImageDocument(str(path), sniff(str(path))).info
    assert (info.page_count, info.warnings) == (1, ("frames_unread: 2",))
