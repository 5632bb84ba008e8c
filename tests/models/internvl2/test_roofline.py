"""The ceiling of a model on a device follows from its shape, and the cache of each request counts."""

from pathlib import Path

import pytest
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import shape_config
from docpipe.models.internvl2.roofline import H100, Peaks, ceiling, decode_bytes, peaks_of, prefill_flops, vision_flops

PAGE = {"tiles": 7, "text_tokens": 100, "new_tokens": 400}


def test_the_costs_of_the_8b_model_are_those_worked_out_by_hand() -> None:
    config = shape_config(published_size("8B"), Path("8B"))
    # InternViT-300M: 24 layers of 0.3 thousand million weights at 1,025 tokens, and their attention.
    assert vision_flops(config) == pytest.approx(2 * 0.304e9 * 1025 + 4 * 24 * 1025**2 * 1024, rel=0.1)
    # InternLM2 7B: 32 layers with 6.98 thousand million weights, and the output layer for one token.
    assert prefill_flops(config, 1) == pytest.approx(2 * 7.36e9, rel=0.01)
    assert prefill_flops(config, 2000) == pytest.approx(2000 * 2 * 6.98e9 + 2 * 32 * 4096 * 2000**2, rel=0.01)
    # 8 heads of 128 values, twice, in 32 layers.
    cache = 2 * 2 * 32 * 8 * 128 * 1000
    assert decode_bytes(config, 2, 10, 1000) - decode_bytes(config, 2, 0, 1000) == 10 * cache


def test_a_step_takes_as_long_as_the_bytes_or_the_operations_whichever_is_longer() -> None:
    config = shape_config(published_size("2B"), Path("2B"))
    usual = ceiling(config, H100, **PAGE)
    slow_memory = ceiling(config, Peaks(H100.flops, H100.bytes / 10, H100.memory), **PAGE)
    slow_units = ceiling(config, Peaks(H100.flops / 1000, H100.bytes, H100.memory), **PAGE)
    assert slow_memory.decode == pytest.approx(10 * usual.decode)
    assert (slow_memory.vision, slow_memory.prefill) == (usual.vision, usual.prefill)
    assert slow_units.decode > 2 * usual.decode
    assert slow_units.vision == pytest.approx(1000 * usual.vision)


def test_what_does_not_fit_has_no_ceiling_and_fits_on_several() -> None:
    config = shape_config(published_size("76B"), Path("76B"))
    assert ceiling(config, H100, **PAGE).pages_per_second == 0
    four, eight = (ceiling(config, H100, **PAGE, gpus=gpus) for gpus in (4, 8))
    assert 0 < four.pages_per_second < eight.pages_per_second
    assert four.vision == pytest.approx(2 * eight.vision)


@pytest.mark.parametrize(
    ("name", "bandwidth"),
    [
        ("cuda:0 NVIDIA H100 80GB HBM3", 3.35e12),
        ("NVIDIA H100 PCIe", 2.0e12),
        ("NVIDIA A100-SXM4-40GB", 1.555e12),
        ("NVIDIA L4", 0.3e12),
        ("NVIDIA GeForce RTX 3060", None),
        ("cpu", None),
    ],
)
def test_a_gpu_is_known_by_its_name(name: str, bandwidth: float | None) -> None:
    peaks = peaks_of(name)
    assert (peaks and peaks.bytes) == bandwidth
