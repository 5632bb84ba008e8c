"""What `dtype: auto` stands for, and what the processor is known to be."""

import platform

import pytest
from docpipe.models.engines import placed
from docpipe.models.precision import chosen_dtype, is_converted
from docpipe.models.processor import processor_flags
from docpipe.schemas.job.engines import Dtype, InternVL2Engine, OpenAIEngine


@pytest.mark.parametrize(
    ("device", "flags", "expected"),
    [
        ("cpu", {"avx2"}, "float32"),
        ("cpu", {"avx2", "avx512f", "avx512_bf16"}, "bfloat16"),
        ("cpu", {"avx2", "amx_bf16", "amx_tile"}, "bfloat16"),
        ("cpu", set(), "float32"),
        ("cuda", {"avx2"}, "bfloat16"),
        ("cuda:1", set(), "bfloat16"),
    ],
)
def test_auto_is_bfloat16_where_it_is_multiplied_natively(device: str, flags: set[str], expected: str) -> None:
    assert chosen_dtype("auto", device, frozenset(flags)) == expected


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_a_data_type_that_is_named_stays(dtype: Dtype) -> None:
    assert chosen_dtype(dtype, "cpu", frozenset({"avx2"})) == dtype


@pytest.mark.parametrize(
    ("dtype", "device", "flags", "expected"),
    [
        ("bfloat16", "cpu", {"avx2"}, True),
        ("bfloat16", "cpu", {"avx512_bf16"}, False),
        ("float16", "cpu", {"avx512_bf16"}, True),
        ("float32", "cpu", {"avx2"}, False),
        ("bfloat16", "cuda", {"avx2"}, False),
    ],
)
def test_a_data_type_that_a_processor_converts_is_known(
    dtype: Dtype, device: str, flags: set[str], expected: bool
) -> None:
    assert is_converted(dtype, device, frozenset(flags)) is expected


def test_settings_on_a_device_name_a_data_type_and_those_of_a_server_stay() -> None:
    local = InternVL2Engine.model_validate({"kind": "internvl2", "model": "/models/m", "dtype": "auto"})
    assert placed(local, "cuda") == local.model_copy(update={"dtype": "bfloat16"})
    server = OpenAIEngine.model_validate({"kind": "openai", "base_url": "http://pool:8000/v1", "model": "m"})
    assert placed(server, "remote") is server


@pytest.mark.skipif(platform.system() != "Linux", reason="Linux names the features of processors")
def test_the_features_of_this_processor_are_found() -> None:
    # Arm processors list theirs under another name, and are told by their architecture.
    assert processor_flags() or platform.machine() != "x86_64"
