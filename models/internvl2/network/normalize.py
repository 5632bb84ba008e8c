"""From uint8 tiles to the vision tower's input, on its device."""

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Mean and standard deviation of ImageNet's channels, as in every InternVL preprocessor_config.json.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def normalise(tiles: NDArray[np.uint8] | Tensor, *, device: torch.device, dtype: torch.dtype) -> Tensor:
    """uint8 tiles (n, height, width, 3) as `dtype` (n, 3, height, width) on `device`.

    The tiles travel as uint8; what follows is computed on the device in float32 and rounded once to `dtype`.

    Raises:
        ValueError: the tiles are not uint8, or not of that shape.
    """
    with warnings.catch_warnings():
        # Tiles that are views of a block are read-only, and nothing here writes to them.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        raw = torch.as_tensor(tiles)
    if raw.dtype != torch.uint8 or raw.ndim != 4 or raw.shape[3] != 3:
        raise ValueError(f"uint8 tiles (n, height, width, 3) are needed, not {raw.dtype} {tuple(raw.shape)}")
    raw = raw.to(device, non_blocking=True)
    count, height, width, channels = raw.shape
    mean, std = (torch.tensor(values, device=device)[:, None, None] for values in (MEAN, STD))
    pixels = torch.empty((count, channels, height, width), dtype=dtype, device=device)
    # One tile fits a processor's cache, a whole page does not; a GPU wants few large steps.
    step = 1 if raw.device.type == "cpu" else max(1, count)
    for place, part in zip(pixels.split(step), raw.split(step), strict=True):
        # Planes are parted while a value is one byte: four times less to move than afterwards.
        planes = part.permute(0, 3, 1, 2).contiguous()
        place.copy_(planes.float().div_(255).sub_(mean).div_(std))
    return pixels
