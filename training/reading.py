"""How fast the vision tower learns to read unseen text, told by the reading head alone, on a processor.

    python -m docpipe.training.reading --minutes 95

Clean blocks of text in the fonts of this machine, cut into tiles of 112 pixels at the scale that the trainer gives
them, drawn anew all the time. Prints, every 40 seconds' worth of new pages, how many characters were seen and which
share of those on 1,024 tiles of other pages is read.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..evaluation.synthetic import draw_page
from ..evaluation.synthetic.fonts import Face, find_faces
from .characters import NOTHING, SLOTS, slots
from .model import Trainee
from .sizes import ModelSize
from .train import make_optimizer

_PAGE, _TILE, _PATCH = 448, 112, 14
_TILES, _RATE, _WARMUP = 16, 1.5e-3, 200
# Tiles of fewer characters than this, four to a drawn tile of 224, say little.
_LEAST_CHARACTERS = 15
# Seeds of pages that are only looked at.
_HELD_OUT = 10**6


def tiles_of_text(faces: tuple[Face, ...], seed: int, seconds: float) -> tuple[Tensor, Tensor]:
    """Grey tiles (n, 112, 112) uint8 and the classes of their characters (n, 64, SLOTS), in `seconds` of work."""
    images, labels = [], []
    number, began, half = 0, time.process_time(), _PAGE // 2
    side = half // _PATCH
    while time.process_time() - began < seconds:
        page = draw_page("block", [9, seed, number], faces, 0.0)
        number += 1
        grey = page.image if page.image.ndim == 2 else page.image[..., 0]
        quarters = grey.reshape(2, half, 2, half).swapaxes(1, 2).reshape(4, half, half)
        for image, label in zip(quarters, slots(page, 2, 2, False, half, _PATCH), strict=True):
            if (label > NOTHING).sum() >= _LEAST_CHARACTERS:
                images.append(image.reshape(2, _TILE, 2, _TILE).swapaxes(1, 2).reshape(4, _TILE, _TILE))
                parts = label.reshape(2, side // 2, 2, side // 2, SLOTS).swapaxes(1, 2)
                labels.append(parts.reshape(4, -1, SLOTS))
    return torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(labels))


def read(trainee: Trainee, tiles: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The loss and the share of characters read."""
    patches, _ = trainee.features(tiles[..., None].expand(-1, -1, -1, 3).contiguous())
    return trainee.reading_loss(patches, labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=95)
    options = parser.parse_args()
    torch.manual_seed(0)
    faces = find_faces()
    size = ModelSize("reading", 128, 3, 64, 1, 4, 4, 64, 600, image_size=_TILE, max_tiles=2)
    trainee = Trainee(size.config(Path()), torch.device("cpu"))
    # What the reading loss does not reach has no gradient, and stays as it is.
    optimizer = make_optimizer(trainee, torch.device("cpu"))
    held_tiles, held_labels = (part[:1024] for part in tiles_of_text(faces, _HELD_OUT, 3.0))
    began, step, characters, done, seed = time.monotonic(), 0, 0, 0.0, 0
    while done < 1:
        tiles, labels = tiles_of_text(faces, seed, 40.0)
        seed += 1
        for chosen in torch.randperm(len(tiles)).split(_TILES):
            done = (time.monotonic() - began) / 60 / options.minutes
            if done >= 1:
                break
            # Flat for half of the time, then straight down to a hundredth.
            for group in optimizer.param_groups:
                group["lr"] = _RATE * min(1.0, (step + 1) / _WARMUP, max(0.01, 2 * (1 - done)))
            loss, _ = read(trainee, tiles[chosen], labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trainee.parameters(), 1.0)
            optimizer.step()
            step += 1
            characters += int((labels[chosen] > NOTHING).sum())
        with torch.no_grad():
            loss, right = read(trainee, held_tiles, held_labels)
        minutes = (time.monotonic() - began) / 60
        print(
            f"{minutes:.1f} min, step {step}: {characters:,} characters, loss {loss:.3f}, {right:.1%} read", flush=True
        )


if __name__ == "__main__":
    main()
