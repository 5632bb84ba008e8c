"""uint8 tiles become the numbers that the reference feeds its vision tower."""

import warnings

import numpy as np
import pytest
import torch
from docpipe.models.internvl2.network.normalize import MEAN, STD, normalise
from docpipe.models.internvl2.processor.tiles import cut_tiles, rgb_image
from docpipe.models.internvl2.processor.tiling import choose_grid
from numpy.typing import NDArray

from .. import parity

CPU = torch.device("cpu")


def _tiles(case: parity.Case) -> NDArray[np.uint8]:
    cut = []
    for image, expected in zip(case.images(), case.expected["images"], strict=True):
        rgb = rgb_image(image)
        grid = choose_grid(*rgb.size, min_tiles=expected["min_num"], max_tiles=expected["max_num"])
        cut.append(cut_tiles(rgb, grid))
    return np.concatenate(cut)


@pytest.mark.parametrize("variant", parity.VARIANTS)
@pytest.mark.parametrize("kind", parity.KINDS)
def test_pixels_and_their_statistics_are_those_of_the_reference(variant: str, kind: str) -> None:
    case = parity.case(variant, kind)
    pixels = normalise(_tiles(case), device=CPU, dtype=torch.float32).numpy()
    np.testing.assert_allclose(pixels[:, :, 3::31, 5::37], case.array("pixel_sample"), rtol=0, atol=1e-6)
    assert len(case.expected["tile_stats"]) == len(pixels)
    for tile, expected in zip(pixels.astype(np.float64), case.expected["tile_stats"], strict=True):
        found = {"sum": tile.sum(), "mean": tile.mean(), "std": tile.std(), "abs_sum": np.abs(tile).sum()}
        for name, value in found.items():
            assert value == pytest.approx(expected[name], rel=1e-6), name


def test_every_level_of_every_channel_is_its_share_of_white_less_the_mean_over_the_deviation() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    pixels = normalise(levels, device=CPU, dtype=torch.float32)
    for channel, (mean, std) in enumerate(zip(MEAN, STD, strict=True)):
        shares = torch.arange(256, dtype=torch.uint8).to(torch.float32).div(255)
        assert torch.equal(pixels[0, channel].flatten(), shares.sub(torch.tensor(mean)).div(torch.tensor(std)))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_lower_precision_is_float32_rounded_once(dtype: torch.dtype) -> None:
    tiles = np.random.default_rng(3).integers(0, 256, (3, 32, 48, 3), dtype=np.uint8)
    exact = normalise(tiles, device=CPU, dtype=torch.float32)
    assert torch.equal(normalise(tiles, device=CPU, dtype=dtype), exact.to(dtype))


def test_channels_and_axes_stay_in_place_and_the_tiles_untouched() -> None:
    tiles = np.random.default_rng(4).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    before = tiles.copy()
    pixels = normalise(tiles, device=CPU, dtype=torch.float32)
    assert pixels.shape == (2, 3, 5, 7)
    assert pixels.is_contiguous()
    back = pixels * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    assert ((back * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy() == before).all()
    assert (tiles == before).all()
    assert torch.equal(normalise(torch.from_numpy(tiles), device=CPU, dtype=torch.float32), pixels)


def test_no_tiles_give_no_pixels() -> None:
    empty = np.empty((0, 448, 448, 3), np.uint8)
    assert normalise(empty, device=CPU, dtype=torch.float32).shape == (0, 3, 448, 448)


@pytest.mark.parametrize(
    "tiles", [np.zeros((1, 8, 8, 3), np.float32), np.zeros((8, 8, 3), np.uint8), np.zeros((1, 3, 8, 8), np.uint8)]
)
def test_anything_but_uint8_tiles_with_channels_last_is_refused(tiles: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="uint8 tiles"):
        normalise(tiles, device=CPU, dtype=torch.float32)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_same_numbers() -> None:
    tiles = np.random.default_rng(6).integers(0, 256, (13, 448, 448, 3), dtype=np.uint8)
    there = normalise(tiles, device=torch.device("cuda"), dtype=torch.float32).cpu()
    assert float((there - normalise(tiles, device=CPU, dtype=torch.float32)).abs().max()) <= 1e-6


def test_tiles_that_may_not_be_written_are_taken_without_a_word() -> None:
    """Tiles reach an engine as views of a block in shared memory."""
    tiles = np.zeros((1, 4, 4, 3), np.uint8)
    tiles.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels = normalise(tiles, device=torch.device("cpu"), dtype=torch.float32)
    assert pixels.shape == (1, 3, 4, 4)
