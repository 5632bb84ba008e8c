"""Images of every mode and shape become tiles; opaque ones bit for bit as in the reference."""

import hashlib
import io

import numpy as np
import pytest
from docpipe.models.internvl2.processor.tiles import cut_tiles, rgb_image
from docpipe.models.internvl2.processor.tiling import TileGrid, choose_grid
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from .. import parity


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


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_alpha_is_read_as_plain_alpha_is(mode: str) -> None:
    plain = Image.new("LA" if mode == "La" else "RGBA", (4, 4), "white")
    plain.putalpha(128)
    plain.paste((0, 255) if mode == "La" else (0, 0, 0, 255), (0, 0, 2, 2))
    assert rgb_image(plain.convert(mode)).tobytes() == rgb_image(plain).tobytes()


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


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_a_dark_sixteen_bit_image_stays_dark(order: str) -> None:
    image = rgb_image(Image.fromarray(np.array([[0, 128, 129, 255]], dtype=order)))
    assert [image.getpixel((x, 0))[0] for x in range(4)] == [0, 0, 1, 1]


@given(st.integers(0, 65535))
def test_sixteen_bits_become_the_nearest_of_eight(level: int) -> None:
    image = rgb_image(Image.fromarray(np.array([[level]], dtype=np.uint16)))
    assert image.getpixel((0, 0))[0] == round(level * 255 / 65535)


def test_levels_of_32_bits_that_fit_eight_are_taken_as_they_are() -> None:
    image = rgb_image(Image.fromarray(np.array([[0, 100, 255]], dtype=np.int32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == [0, 100, 255]


@pytest.mark.parametrize(
    ("levels", "grey"),
    [([-5, 0, 65535], [0, 0, 255]), ([0, 300, 65535], [0, 1, 255]), ([0, 10**9, 2 * 10**9], [0, 128, 255])],
)
def test_larger_levels_of_32_bits_are_shares_of_sixteen_bits_or_of_the_highest(
    levels: list[int], grey: list[int]
) -> None:
    image = rgb_image(Image.fromarray(np.array([levels], dtype=np.int32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == grey


@pytest.mark.parametrize(
    ("levels", "grey"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 257.0, 65535.0], [0, 1, 255]),
        ([float("nan"), 100.0, 255.0], [0, 100, 255]),
        ([float("-inf"), 0.5, float("inf")], [0, 128, 255]),
    ],
)
def test_floating_point_levels_are_shares_of_the_least_white_that_fits(levels: list[float], grey: list[int]) -> None:
    image = rgb_image(Image.fromarray(np.array([levels], dtype=np.float32)))
    assert [image.getpixel((x, 0))[0] for x in range(3)] == grey


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})])
def test_of_an_animation_the_first_frame_is_read(kind: str, options: dict[str, bool]) -> None:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], **options)
    image = Image.open(stream)
    assert image.n_frames == 2
    assert rgb_image(image).getpixel((3, 3)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "JPEG2000"])
def test_a_file_cut_short_is_an_error(kind: str) -> None:
    stream = io.BytesIO()
    _noise("RGB").save(stream, kind)
    cut = io.BytesIO(stream.getvalue()[:-1000])
    with pytest.raises(ValueError, match="cannot be decoded"):
        rgb_image(Image.open(cut))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_damaged_file_is_read_or_is_a_value_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "JPEG2000", "TIFF"]))
    stream = io.BytesIO()
    _noise("RGB", (40, 30)).save(stream, kind)
    content = bytearray(stream.getvalue())
    for _ in range(4):
        # Behind the header, so that the file still opens.
        content[data.draw(st.integers(len(content) // 2, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        image = Image.open(io.BytesIO(bytes(content)))
    except (OSError, SyntaxError):
        assume(False)
    try:
        size = rgb_image(image).size
    except ValueError:
        return
    assert size == image.size


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_an_image_without_pixels_is_an_error(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    with pytest.raises(ValueError, match="nothing to read"):
        rgb_image(image)
    with pytest.raises(ValueError, match="nothing to read"):
        cut_tiles(image, TileGrid(1, 1, thumbnail=False))


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA"])
def test_tiles_are_cut_from_rgb_only(mode: str) -> None:
    with pytest.raises(ValueError, match=f"not {mode}: pass the image through rgb_image"):
        cut_tiles(Image.new(mode, (50, 50)), TileGrid(1, 2, thumbnail=True))


@pytest.mark.parametrize("size", [(1, 10_000), (10_000, 1), (1, 1), (3, 5000)])
def test_extreme_shapes_give_whole_tiles(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (9, 8, 7))
    grid = choose_grid(*size)
    tiles = cut_tiles(image, grid)
    assert tiles.shape == (grid.tiles, 448, 448, 3)
    assert (tiles == (9, 8, 7)).all()


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_tiles_put_together_are_the_stretched_image(
    width: int, height: int, cols: int, rows: int, thumbnail: bool, grey: bool
) -> None:
    # Grey pages take a path of their own, which must not change a bit.
    image = _noise("L" if grey else "RGB", (width, height)).convert("RGB")
    tiles = cut_tiles(image, TileGrid(cols, rows, thumbnail))
    assert len(tiles) == cols * rows + thumbnail
    bands = [np.concatenate(tiles[row * cols : row * cols + cols], axis=1) for row in range(rows)]
    whole = image.resize((cols * 448, rows * 448), Image.Resampling.BICUBIC)
    assert np.concatenate(bands).tobytes() == whole.tobytes()
    if thumbnail:
        assert tiles[-1].tobytes() == image.resize((448, 448), Image.Resampling.BICUBIC).tobytes()


@pytest.mark.parametrize("spot", [(0, 0), (3, 5), (699, 499)])
@pytest.mark.parametrize("colour", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_one_pixel_of_faint_colour_on_a_grey_page_is_kept(spot: tuple[int, int], colour: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (700, 500))
    image.putpixel(spot, tuple(255 * channel for channel in colour))
    tiles = cut_tiles(image, TileGrid(2, 1, thumbnail=False))
    whole = image.resize((896, 448), Image.Resampling.BICUBIC)
    assert np.concatenate(tiles, axis=1).tobytes() == whole.tobytes()
    assert tiles.any(axis=(0, 1, 2)).tolist() == [bool(channel) for channel in colour]


@pytest.mark.parametrize("variant", parity.VARIANTS)
@pytest.mark.parametrize("kind", parity.KINDS)
def test_tiles_are_bit_for_bit_those_of_the_reference(variant: str, kind: str) -> None:
    case = parity.case(variant, kind)
    for image, expected in zip(case.images(), case.expected["images"], strict=True):
        rgb = rgb_image(image)
        grid = choose_grid(*rgb.size, min_tiles=expected["min_num"], max_tiles=expected["max_num"])
        digests = [hashlib.sha256(tile.tobytes()).hexdigest() for tile in cut_tiles(rgb, grid)]
        assert digests == expected["tile_rgb_sha256"]


def test_exif_orientation_is_left_alone_as_in_the_reference() -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    _noise("RGB").save(stream, format="JPEG", exif=exif)
    assert rgb_image(Image.open(stream)).size == (300, 200)


def test_the_parity_images_open_in_their_own_modes() -> None:
    assert {image.mode for image in parity.case("1b", "multi").images()} >= {"L"}
