"""Tiles of a page, ours beside the way of the published model card, in one process and turn by turn.

    python benchmarks/tiling.py DOCUMENT.pdf [--dpi 150 300] [--max-tiles 12] [--rounds 9]

The peer resizes the page, crops each tile, resizes the tile (a copy), and converts and normalises each in float32
before stacking them, as the card's `load_image` does with torchvision; here with Pillow, numpy and torch. Ours stays
uint8 until one normalisation of the whole stack. Both give the same pixels, which is checked.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pymupdf
import torch
from docpipe.models.internvl2.pixels import MEAN, STD, normalise
from docpipe.models.internvl2.tiles import cut_tiles, rgb_image
from docpipe.models.internvl2.tiling import choose_grid
from PIL import Image

SIZE = 448


def ours(image: Image.Image, max_tiles: int) -> torch.Tensor:
    grid = choose_grid(image.width, image.height, max_tiles=max_tiles)
    return normalise(cut_tiles(rgb_image(image), grid), device=torch.device("cpu"), dtype=torch.float32)


def ours_uint8(image: Image.Image, max_tiles: int) -> np.ndarray:
    grid = choose_grid(image.width, image.height, max_tiles=max_tiles)
    return cut_tiles(rgb_image(image), grid)


def plain(image: Image.Image, max_tiles: int) -> torch.Tensor:
    grid = choose_grid(image.width, image.height, max_tiles=max_tiles)
    resized = image.resize((SIZE * grid.cols, SIZE * grid.rows))
    crops = []
    for index in range(grid.cols * grid.rows):
        left, top = SIZE * (index % grid.cols), SIZE * (index // grid.cols)
        crops.append(resized.crop((left, top, left + SIZE, top + SIZE)))
    if grid.thumbnail:
        crops.append(image.resize((SIZE, SIZE)))
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    tiles = []
    for crop in crops:
        same = crop.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        tensor = torch.from_numpy(np.array(same)).permute(2, 0, 1).contiguous().float().div(255)
        tiles.append((tensor - mean) / std)
    return torch.stack(tiles)


def seconds(work: Callable[[Image.Image, int], object], image: Image.Image, max_tiles: int) -> float:
    start = time.perf_counter()
    work(image, max_tiles)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document")
    parser.add_argument("--dpi", type=int, nargs="+", default=[150, 300])
    parser.add_argument("--max-tiles", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    page = pymupdf.open(options.document)[0]
    for dpi in options.dpi:
        pixmap = page.get_pixmap(dpi=dpi, alpha=False)
        image = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
        assert float((ours(image, options.max_tiles) - plain(image, options.max_tiles)).abs().max()) <= 1e-6
        ways = {"plain": plain, "ours": ours, "ours, uint8 only": ours_uint8}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, work in ways.items():
                taken[name].append(seconds(work, image, options.max_tiles))
        tiles = len(ours_uint8(image, options.max_tiles))
        base = statistics.median(taken["plain"])
        for name, times in taken.items():
            middle = statistics.median(times)
            size = f"{image.width}×{image.height}, {tiles} tiles"
            print(f"{dpi} dpi, {size}, {name}: {middle * 1e3:.1f} ms, {base / middle:.2f}×")


if __name__ == "__main__":
    main()
