"""Weights from disk into modules, a tensor at a time."""

from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from ..checkpoint.config import CheckpointConfig
from ..checkpoint.tensors import published_tensors
from ..checkpoint.weights import StoredTensor, account, stored_tensors
from ..errors import CheckpointError
from .modules import Network, empty_network
from .tensor_mapping import native_parts

# A file is mapped again after this number of bytes, which releases the memory pages read so far.
_MAPPED_BYTES = 500_000_000
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load_network(config: CheckpointConfig, dtype: torch.dtype, device: torch.device, attention: str) -> Network:
    """The whole network with its weights, on `device`.

    Files are mapped, not read, and each tensor is copied once, from the map into its place on the device, in `dtype`.
    Beside the model the host holds what is mapped at the time, at most `_MAPPED_BYTES` and one tensor.

    Raises:
        CheckpointError: tensors are missing, unexpected or misshapen, or a weight is no finite number.
    """
    expected = published_tensors(config)
    stored = stored_tensors(config.folder)
    account(config.folder, expected, stored)
    network = empty_network(config, dtype, device, attention)
    loaded: dict[str, Tensor] = {}
    for batch in _batches([stored[name] for name in expected]):
        with safe_open(str(batch[0].file), framework="pt", device="cpu") as stream:
            for tensor in batch:
                loaded |= _native(stream.get_tensor(tensor.name), tensor, config, dtype, device)
    network.load_state_dict(loaded, strict=True, assign=True)
    return network


def _batches(tensors: list[StoredTensor]) -> Iterator[list[StoredTensor]]:
    """The tensors file by file, in groups of at least one tensor and at most `_MAPPED_BYTES` otherwise."""
    batch: list[StoredTensor] = []
    for tensor in sorted(tensors, key=lambda tensor: str(tensor.file)):
        full = sum(other.size for other in batch) + tensor.size > _MAPPED_BYTES
        if batch and (full or tensor.file != batch[0].file):
            yield batch
            batch = []
        batch.append(tensor)
    yield batch


def _native(
    source: Tensor, stored: StoredTensor, config: CheckpointConfig, dtype: torch.dtype, device: torch.device
) -> dict[str, Tensor]:
    made = {}
    for name, part in native_parts(stored.name, config).items():
        rows = part(source)
        made[name] = torch.empty(rows.shape, dtype=dtype, device=device).copy_(rows)
        # The extremes suffice: NaN and infinity show in them, and no mask as large as the tensor is needed.
        if not torch.isfinite(torch.stack(torch.aminmax(made[name]))).all():
            raise CheckpointError(_not_finite(source, stored.file, stored.name, dtype))
    return made


def _not_finite(source: Tensor, file: Path, name: str, dtype: torch.dtype) -> str:
    if torch.isfinite(source).all():
        return f"{file}: {name} has weights beyond the range of {dtype}; load it in bfloat16 or float32"
    return f"{file}: {name} holds NaN or infinity: the file is damaged; fetch it again"
