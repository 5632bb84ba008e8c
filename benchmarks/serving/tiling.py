"""Tiles of a page, ours beside the way of the published model card, in one process and turn by turn.

    python benchmarks/serving/tiling.py [DOCUMENT.pdf …] [--dpi 150 300] [--tiles 12] [--rounds 9]

First pages of the documents, each cut into `--tiles` tiles and a thumbnail. The peer resizes the page, crops each tile,
and converts and normalises each by itself in float32 before stacking them, as the card's `load_image` does with
torchvision; here with Pillow, numpy and torch. Its second resize of a tile does nothing and is left out, as torchvision
leaves it out. Both give the same pixels, which is checked. One thread each, and time of that thread: what else runs on
the machine counts little.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymupdf
import torch
from docpipe.models.internvl2.network.normalize import MEAN, STD, normalise
from docpipe.models.internvl2.processor.tiles import cut_tiles, rgb_image
from docpipe.models.internvl2.processor.tiling import TileGrid, choose_grid
from PIL import Image

SIZE = 448
CPU = torch.device("cpu")
DOCUMENTS = Path(__file__).parents[2] / "jobs" / "quickstart" / "documents"
# An A4 page in colour, a Letter page with a little colour, a Letter page without.
DEFAULTS = [DOCUMENTS / f"{name}.pdf" for name in ("pollutant-thresholds", "state-table", "text-with-figure")]


def plain(image: Image.Image, grid: TileGrid) -> torch.Tensor:
    image = image.convert("RGB")
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
        tensor = torch.from_numpy(np.array(crop)).permute(2, 0, 1).contiguous().float().div(255)
        tiles.append(tensor.clone().sub_(mean).div_(std))
    return torch.stack(tiles)


def ours(image: Image.Image, grid: TileGrid) -> torch.Tensor:
    return normalise(ours_uint8(image, grid), device=CPU, dtype=torch.float32)


def ours_uint8(image: Image.Image, grid: TileGrid) -> np.ndarray:
    return cut_tiles(rgb_image(image), grid)


def resize_only(image: Image.Image, grid: TileGrid) -> None:
    """The two resizes that both ways need for a page in colour: the floor of either."""
    image.resize((SIZE * grid.cols, SIZE * grid.rows))
    if grid.thumbnail:
        image.resize((SIZE, SIZE))


WAYS: dict[str, Callable[[Image.Image, TileGrid], object]] = {
    "card, to float32": plain,
    "ours, to float32": ours,
    "ours, to uint8": ours_uint8,
    "Pillow's two resizes alone": resize_only,
}


def seconds(work: Callable[[Image.Image, TileGrid], object], image: Image.Image, grid: TileGrid) -> float:
    start = time.thread_time()
    work(image, grid)
    return time.thread_time() - start


def cpu() -> str:
    names = [row for row in Path("/proc/cpuinfo").read_text().splitlines() if row.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} x {names[0].partition(':')[2].strip() or platform.machine()}"


def compare(image: Image.Image, grid: TileGrid, rounds: int) -> dict[str, float]:
    """Median milliseconds of each way, which must agree on the pixels."""
    apart = float((ours(image, grid) - plain(image, grid)).abs().max())
    if apart > 1e-6:
        raise SystemExit(f"the ways differ by {apart}")
    taken: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, work in WAYS.items():
            taken[name].append(seconds(work, image, grid))
    return {name: 1e3 * statistics.median(times) for name, times in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path, default=DEFAULTS)
    parser.add_argument("--dpi", type=int, nargs="+", default=[150, 300])
    parser.add_argument("--tiles", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"one thread of {cpu()}; torch {torch.__version__}, Pillow {Image.__version__}")
    for document in options.documents:
        page = pymupdf.open(document)[0]
        for dpi in options.dpi:
            pixmap = page.get_pixmap(dpi=dpi, alpha=False)
            image = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
            grid = choose_grid(image.width, image.height, min_tiles=options.tiles, max_tiles=options.tiles)
            taken = compare(image, grid, options.rounds)
            print(f"{document.name}, {dpi} dpi, {image.width}×{image.height}, {grid.tiles} tiles")
            for name, middle in taken.items():
                print(f"    {name:28}{middle:8.1f} ms {taken['card, to float32'] / middle:6.2f}×")


if __name__ == "__main__":
    main()
