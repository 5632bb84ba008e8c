"""What a device does at best, measured here and not taken from a data sheet."""

import time

import torch

from ...models.internvl2.roofline import Peaks

_MATMUL = {"cuda": 8192, "cpu": 1024}
_COPY_BYTES = {"cuda": 1 << 30, "cpu": 1 << 27}
_REPEATS = 5


def measure_peaks(device: torch.device, dtype: torch.dtype) -> Peaks:
    """Operations a second in a matrix product, and bytes a second in a copy; the best of five."""
    size, count = _MATMUL[device.type], _COPY_BYTES[device.type] // dtype.itemsize
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    source, target = (torch.empty(count, device=device, dtype=dtype) for _ in range(2))
    product = min(_seconds(lambda: a @ b, device) for _ in range(_REPEATS))
    copy = min(_seconds(lambda: target.copy_(source), device) for _ in range(_REPEATS))
    # A copy reads and writes each byte.
    return Peaks(2 * size**3 / product, 2 * count * dtype.itemsize / copy)


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
