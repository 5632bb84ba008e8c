"""Images as files for a server."""

import base64
import io

import numpy as np
import pytest
from docpipe.models.internvl2.processor.tiling import choose_grid
from docpipe.models.openai import prepare_file
from docpipe.models.openai.images import TILE, bounded_size, data_url
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

SIDES = st.integers(1, 12_000)


def page(height: int, width: int) -> NDArray[np.uint8]:
    """White with black lines of text-like marks."""
    image = np.full((height, width, 3), 255, np.uint8)
    image[10::20, ::3] = 0
    return image


def opened(url: str) -> tuple[str, Image.Image]:
    head, data = url.split(",")
    return head, Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_page_is_sent_as_it_is() -> None:
    image = page(400, 300)
    prepared = prepare_file(image, 12)
    head, sent = opened(data_url(prepared))
    assert (head, sent.format, prepared.tiles) == ("data:image/png;base64", "PNG", 1)
    assert np.array_equal(np.asarray(sent.convert("RGB")), image)


def test_a_noisy_photograph_is_sent_as_jpeg() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 300, 3), np.uint8)
    prepared = prepare_file(noise, 12)
    head, sent = opened(data_url(prepared))
    assert (head, sent.format, sent.size) == ("data:image/jpeg;base64", "JPEG", (300, 400))
    assert len(prepared.data) < noise.size


def test_a_large_page_is_scaled_down_to_what_the_tiles_show() -> None:
    _, sent = opened(data_url(prepare_file(page(3508, 2480), 12)))
    assert sent.size == (1305, 1846)
    _, sent = opened(data_url(prepare_file(page(3508, 2480), 1)))
    assert sent.size == (448, 634)


@given(SIDES, SIDES, st.integers(1, 64))
def test_the_server_cuts_the_same_grid_and_gets_all_pixels_that_it_can_use(
    width: int, height: int, max_tiles: int
) -> None:
    size = bounded_size(width, height, max_tiles)
    grid = choose_grid(width, height, max_tiles=max_tiles, tile_size=TILE)
    assert choose_grid(*size, max_tiles=max_tiles, tile_size=TILE) == grid
    assert size[0] * size[1] >= min(width * height, max_tiles * TILE * TILE)
    for sent, side, tiles in zip(size, (width, height), (grid.cols, grid.rows), strict=True):
        assert min(side, tiles * TILE) <= sent <= side


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1)])
def test_images_of_odd_shapes_are_files_too(shape: tuple[int, int]) -> None:
    _, sent = opened(data_url(prepare_file(np.zeros((*shape, 3), np.uint8), 12)))
    assert sent.size == shape[::-1]


@given(st.integers(0, 255))
def test_one_image_is_always_the_same_file(shade: int) -> None:
    image = np.full((30, 20, 3), shade, np.uint8)
    assert data_url(prepare_file(image, 6)) == data_url(prepare_file(image.copy(), 6))
