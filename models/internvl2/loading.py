"""Weights from disk into modules, a tensor at a time."""

from itertools import groupby
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from .config import CheckpointConfig
from .errors import CheckpointError
from .layout import published_tensors
from .mapping import native_parts
from .network import Network, empty_network
from .weights import StoredTensor, account, stored_tensors

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load_network(config: CheckpointConfig, dtype: torch.dtype, device: torch.device, attention: str) -> Network:
    """The whole network with its weights, on `device`.

    Each file is mapped, not read, and each tensor is copied once, from the map into its place on the device, in
    `dtype`: the host holds no second copy, and the device holds the model and one tensor.

    Raises:
        CheckpointError: tensors are missing, unexpected or misshapen, or a weight is no finite number.
    """
    expected = published_tensors(config)
    stored = stored_tensors(config.folder)
    account(config.folder, expected, stored)
    network = empty_network(config, dtype, device, attention)
    loaded: dict[str, Tensor] = {}
    in_files = sorted((stored[name] for name in expected), key=lambda tensor: str(tensor.file))
    for file, tensors in groupby(in_files, key=lambda tensor: tensor.file):
        with safe_open(str(file), framework="pt", device="cpu") as stream:
            for tensor in tensors:
                loaded |= _native(stream.get_tensor(tensor.name), tensor, config, dtype, device)
    network.load_state_dict(loaded, strict=True, assign=True)
    return network


def _native(
    source: Tensor, stored: StoredTensor, config: CheckpointConfig, dtype: torch.dtype, device: torch.device
) -> dict[str, Tensor]:
    made = {}
    for name, part in native_parts(stored.name, config).items():
        rows = part(source)
        made[name] = torch.empty(rows.shape, dtype=dtype, device=device).copy_(rows)
        if not torch.isfinite(made[name]).all():
            raise CheckpointError(_not_finite(source, stored.file, stored.name, dtype))
    return made


def _not_finite(source: Tensor, file: Path, name: str, dtype: torch.dtype) -> str:
    if torch.isfinite(source).all():
        return f"{file}: {name} has weights beyond the range of {dtype}; load it in bfloat16 or float32"
    return f"{file}: {name} holds NaN or infinity: the file is damaged; fetch it again"
