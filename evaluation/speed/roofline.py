"""What a model's work costs at least: operations and bytes from its configuration, against measured peaks."""

import time
from dataclasses import dataclass
from math import prod

import torch

from ...models.internvl2.check import cache_bytes
from ...models.internvl2.checkpoint.config import CheckpointConfig
from ...models.internvl2.checkpoint.tensors import published_tensors

_MATMUL = {"cuda": 8192, "cpu": 1024}
_COPY_BYTES = {"cuda": 1 << 30, "cpu": 1 << 27}
_REPEATS = 5


@dataclass(frozen=True)
class Peaks:
    """What a device does at best: operations a second in a matrix product, bytes a second in a copy."""

    flops: float
    bytes: float


def measure_peaks(device: torch.device, dtype: torch.dtype) -> Peaks:
    """Measured, not taken from a data sheet; the best of five."""
    size, count = _MATMUL[device.type], _COPY_BYTES[device.type] // dtype.itemsize
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    source, target = (torch.empty(count, device=device, dtype=dtype) for _ in range(2))
    product = min(_seconds(lambda: a @ b, device) for _ in range(_REPEATS))
    copy = min(_seconds(lambda: target.copy_(source), device) for _ in range(_REPEATS))
    # A copy reads and writes each byte.
    return Peaks(2 * size**3 / product, 2 * count * dtype.itemsize / copy)


def vision_flops(config: CheckpointConfig) -> float:
    """Operations for one tile through tower and projector; a multiply and an add are two.

    Per layer of width d with n tokens and an inner width m: 8nd² for queries, keys, values and output, 4ndm for the two
    products of the MLP, 4n²d for attention; the projector has its two products for each token.
    """
    vision, text = config.vision, config.text
    n, d, m = vision.patches + 1, vision.hidden_size, vision.intermediate_size
    layer = 8 * n * d * d + 4 * n * d * m + 4 * n * n * d
    patches = 2 * vision.patches * 3 * vision.patch_size**2 * d
    wide, out = d * config.downsample**2, text.hidden_size
    projector = 2 * config.tokens_per_tile * (wide * out + out * out)
    return float(vision.layers_used * layer + patches + projector)


def prefill_flops(config: CheckpointConfig, tokens: int) -> float:
    """Operations for a prompt: twice the weights that each token passes, and causal attention."""
    text = config.text
    attention = 2 * text.layers * text.hidden_size * tokens * tokens
    return float(2 * _language_weights(config) * tokens + attention)


def decode_bytes(config: CheckpointConfig, bytes_per_value: int, batch: int, tokens: int) -> float:
    """Bytes that one step for `batch` requests with `tokens` tokens each must read: the weights once, every cache."""
    cache = cache_bytes(config, tokens, bytes_per_value)
    return float(_language_weights(config) * bytes_per_value + batch * cache)


def _language_weights(config: CheckpointConfig) -> int:
    """Parameters that take part in every step: all of the language model but its table of embeddings."""
    shapes = published_tensors(config)
    every = sum(prod(shape) for name, shape in shapes.items() if name.startswith("language_model."))
    return every - config.text.vocab_size * config.text.hidden_size


def _seconds(work: object, device: torch.device) -> float:
    assert callable(work)
    _wait(device)
    started = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - started


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
