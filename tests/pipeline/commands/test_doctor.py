"""`docpipe doctor` says how OCR is computed on this machine, and why it is slower than it can be."""

import pytest
from docpipe.models.rapidocr import processor
from docpipe.pipeline.commands.doctor import _text_readers, doctor_text


def _shown(monkeypatch: pytest.MonkeyPatch, flags: set[str]) -> str:
    monkeypatch.setattr(processor, "processor_flags", lambda: frozenset(flags))
    monkeypatch.setattr(processor.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(processor, "version", lambda package: "1.0")
    (check,) = _text_readers()
    assert check.well
    return doctor_text({"python": "3", "versions": {}, "inputs": {}, "checks": [vars(check)]}).splitlines()[-1]


def test_the_runtime_and_the_precision_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(monkeypatch, {"avx2", "amx_bf16"})
    assert shown.endswith("openvino 1.0, bfloat16")


@pytest.mark.parametrize(
    ("flags", "runtime", "reason"),
    [
        ({"avx2"}, "openvino 1.0 and onnxruntime 1.0, float32", "no bfloat16"),
        ({"sse4_2"}, "onnxruntime 1.0, float32", "no AVX2"),
    ],
)
def test_a_slower_processor_is_named_as_the_reason(
    monkeypatch: pytest.MonkeyPatch, flags: set[str], runtime: str, reason: str
) -> None:
    shown = _shown(monkeypatch, flags)
    assert shown.startswith("ok ")
    assert runtime in shown
    assert "slower than it can be" in shown
    assert reason in shown
