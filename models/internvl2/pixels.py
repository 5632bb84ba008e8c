"""From uint8 tiles to the vision tower's input, on its device."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Mean and standard deviation of ImageNet's channels, as in every InternVL preprocessor_config.json.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def normalise(tiles: NDArray[np.uint8] | Tensor, *, device: torch.device, dtype: torch.dtype) -> Tensor:
    """uint8 tiles (n, height, width, 3) as `dtype` (n, 3, height, width) on `device`.

    The tiles travel as uint8; what follows is computed on the device in float32 and rounded once. A tile at a time:
    one fits a processor's cache, a whole page does not.
    """
    raw = torch.as_tensor(tiles).to(device, non_blocking=True).permute(0, 3, 1, 2)
    mean, std = (torch.tensor(values, device=device)[:, None, None] for values in (MEAN, STD))
    pixels = torch.empty(raw.shape, dtype=dtype, device=device)
    for place, tile in zip(pixels, raw, strict=True):
        place.copy_(tile.float().div_(255).sub_(mean).div_(std))
    return pixels
