"""What a device does at best is no less than what any product or copy of it reaches."""

import pytest
import torch
from docpipe.evaluation.speed import peaks
from docpipe.evaluation.speed.peaks import measure_peaks


def test_the_best_size_and_the_faster_of_copy_and_product_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "_MATMUL", {"cpu": (64, 128)})
    monkeypatch.setattr(peaks, "_BYTES", {"cpu": 1 << 20})
    # Two products, a copy and a product with a vector, each measured as often: the least seconds count.
    each = [[4.0, 2.0], [8.0, 16.0], [0.5, 1.0], [0.125, 0.25]]
    seconds = iter([value for values in each for value in (values * peaks._REPEATS)[: peaks._REPEATS]])
    monkeypatch.setattr(peaks, "_seconds", lambda work, device: next(seconds))
    found = measure_peaks(torch.device("cpu"), torch.float32)
    assert found.flops == max(2 * 64**3 / 2.0, 2 * 128**3 / 8.0)
    assert found.bytes == max(2 * (1 << 20) / 0.5, (1 << 20) / 0.125)


def test_a_device_reaches_some_operations_and_bytes_in_each_data_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peaks, "_MATMUL", {"cpu": (64,)})
    monkeypatch.setattr(peaks, "_BYTES", {"cpu": 1 << 20})
    for dtype in (torch.float32, torch.bfloat16):
        found = measure_peaks(torch.device("cpu"), dtype)
        assert found.flops > 0
        assert found.bytes > 0
