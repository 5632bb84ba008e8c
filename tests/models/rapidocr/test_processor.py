"""Runtime and precision follow the processor, and what is slower or impossible is said."""

import platform

import pytest
from docpipe.models.rapidocr.processor import choose_runtime
from docpipe.schemas.errors import MissingResourceError


@pytest.mark.parametrize(
    ("flags", "name", "precision", "slower"),
    [
        ({"avx2", "avx512f", "amx_bf16"}, "openvino", "bfloat16", ""),
        ({"avx2", "avx512_bf16"}, "openvino", "bfloat16", ""),
        ({"avx2", "avx512f"}, "openvino", "float32", "no bfloat16"),
        ({"avx2"}, "openvino", "float32", "no bfloat16"),
        ({"sse4_2"}, "onnxruntime", "float32", "no AVX2"),
    ],
)
def test_auto_takes_what_the_processor_computes_natively(
    monkeypatch: pytest.MonkeyPatch, flags: set[str], name: str, precision: str, slower: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    chosen = choose_runtime("auto", frozenset(flags))
    assert (chosen.name, chosen.precision) == (name, precision)
    assert slower in chosen.slower_because
    assert bool(slower) == bool(chosen.slower_because)


def test_arm_falls_back_to_onnx_runtime_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    chosen = choose_runtime("auto", frozenset({"bf16", "asimd"}))
    assert (chosen.name, chosen.precision) == ("onnxruntime", "float32")
    assert "aarch64" in chosen.described()["slower_because"]


def test_float32_is_computed_in_float32_where_bfloat16_would_be_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert choose_runtime("float32", frozenset({"avx2", "amx_bf16"})).precision == "float32"


@pytest.mark.parametrize("flags", [{"avx2"}, {"sse4_2", "amx_bf16"}])
def test_bfloat16_on_another_processor_is_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, flags: set[str]
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(MissingResourceError, match="take auto"):
        choose_runtime("bfloat16", frozenset(flags))
