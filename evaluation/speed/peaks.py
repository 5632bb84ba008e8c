"""What a device does at best, measured here and not taken from a data sheet."""

import time
from collections.abc import Callable

import torch

from ...models.internvl2.roofline import Peaks

# Sides of square matrices. Which one is fastest differs between processors, and by what else runs there.
_MATMUL = {"cuda": (8192,), "cpu": (512, 1024, 2048)}
# More than a processor's caches hold.
_BYTES = {"cuda": 1 << 30, "cpu": 1 << 28}
_COLUMNS = 4096
_REPEATS = 5


def measure_peaks(device: torch.device, dtype: torch.dtype) -> Peaks:
    """Operations a second in a matrix product, and bytes a second in a copy or in a product with a vector.

    The best of several of each, with the threads that torch has. A product with a vector only reads, as decoding does,
    and where a write first fetches what it overwrites, reading alone is faster than a copy.
    """
    flops = max(_matmul_flops(size, device, dtype) for size in _MATMUL[device.type])
    count = _BYTES[device.type] // dtype.itemsize
    matrix = torch.ones(count // _COLUMNS, _COLUMNS, device=device, dtype=dtype)
    vector, target = torch.ones(_COLUMNS, device=device, dtype=dtype), torch.empty_like(matrix)
    size = matrix.numel() * dtype.itemsize
    # A copy reads and writes each byte.
    rates = (2 * size / _best(lambda: target.copy_(matrix), device), size / _best(lambda: matrix @ vector, device))
    return Peaks(flops, max(rates))


def _matmul_flops(size: int, device: torch.device, dtype: torch.dtype) -> float:
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    return 2 * size**3 / _best(lambda: a @ b, device)


def _best(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the quickest call; the first ones warm up."""
    return min(_seconds(work, device) for _ in range(_REPEATS))


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    _wait(device)
    started = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - started


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
