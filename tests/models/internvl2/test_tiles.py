"""Images of every mode and shape become tiles; opaque ones bit for bit as in the reference."""

import io

import numpy as np
import pytest
from docpipe.models.internvl2.tiles import cut_tiles, rgb_image
from docpipe.models.internvl2.tiling import TileGrid, choose_grid
from PIL import Image

from . import parity


def _noise(mode: str, size: tuple[int, int] = (300, 200)) -> Image.Image:
    pixels = np.random.default_rng(5).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    return Image.fromarray(pixels[:, :, :3]).convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_opaque_images_are_converted_as_pillow_does(mode: str) -> None:
    image = _noise(mode)
    assert rgb_image(image).tobytes() == image.convert("RGB").tobytes()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_an_opaque_alpha_channel_changes_nothing(mode: str) -> None:
    image = _noise("RGB").convert("RGBA").convert(mode)
    assert rgb_image(image).tobytes() == image.convert("RGB").tobytes()


def test_what_is_transparent_is_white_paper() -> None:
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert rgb_image(clear).getpixel((5, 5)) == (255, 255, 255)
    assert rgb_image(clear.convert("LA")).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (10, 10), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.info["transparency"] = 0
    palette.putpixel((1, 1), 1)
    assert rgb_image(palette).getpixel((5, 5)) == (255, 255, 255)
    assert rgb_image(palette).getpixel((1, 1)) == (255, 0, 0)


def test_sixteen_bits_are_scaled_to_eight() -> None:
    levels = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, format="PNG")
    image = rgb_image(Image.open(stream))
    assert [image.getpixel((x, 0))[0] for x in range(4)] == [0, 1, 128, 255]


def test_levels_of_32_bits_that_fit_eight_are_taken_as_they_are() -> None:
    image = rgb_image(Image.fromarray(np.array([[0, 100, 255]], dtype=np.int32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == [0, 100, 255]


@pytest.mark.parametrize(("levels", "grey"), [([0.0, 0.5, 1.0], [0, 128, 255]), ([0.0, 100.0, 255.0], [0, 100, 255])])
def test_floating_point_levels_are_shares_or_bytes(levels: list[float], grey: list[int]) -> None:
    image = rgb_image(Image.fromarray(np.array([levels], dtype=np.float32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == grey


def test_of_an_animation_the_first_frame_is_read() -> None:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(stream, format="GIF", save_all=True, append_images=frames[1:])
    assert rgb_image(Image.open(stream)).getpixel((3, 3)) == (255, 0, 0)


def test_a_file_cut_short_is_an_error() -> None:
    stream = io.BytesIO()
    _noise("RGB").save(stream, format="PNG")
    with pytest.raises(ValueError, match="can not be decoded"):
        rgb_image(Image.open(io.BytesIO(stream.getvalue()[:2000])))


@pytest.mark.parametrize("size", [(1, 10_000), (10_000, 1), (1, 1), (3, 5000)])
def test_extreme_shapes_give_whole_tiles(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (9, 8, 7))
    grid = choose_grid(*size)
    tiles = cut_tiles(image, grid)
    assert tiles.shape == (grid.tiles, 448, 448, 3)
    assert (tiles == (9, 8, 7)).all()


def test_tiles_put_together_are_the_stretched_image() -> None:
    image, grid = _noise("RGB", (700, 500)), TileGrid(3, 2, thumbnail=True)
    tiles = cut_tiles(image, grid)
    rows = [np.concatenate(tiles[row * 3 : row * 3 + 3], axis=1) for row in range(2)]
    whole = image.resize((3 * 448, 2 * 448), Image.Resampling.BICUBIC)
    assert np.concatenate(rows).tobytes() == whole.tobytes()
    assert tiles[-1].tobytes() == image.resize((448, 448), Image.Resampling.BICUBIC).tobytes()


def test_exif_orientation_is_left_alone_as_in_the_reference() -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    _noise("RGB").save(stream, format="JPEG", exif=exif)
    assert rgb_image(Image.open(stream)).size == (300, 200)


def test_the_parity_images_open_in_their_own_modes() -> None:
    assert {image.mode for image in parity.case("1b", "multi").images()} >= {"L"}
