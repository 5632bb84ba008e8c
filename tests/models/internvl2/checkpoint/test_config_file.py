"""config.json of every published kind becomes plain data; a wrong key is named with its path."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2 import CheckpointError
from docpipe.models.internvl2.checkpoint.config import CheckpointConfig, LanguageModel, RopeKind
from docpipe.models.internvl2.checkpoint.config_file import parse_config, read_config
from docpipe.models.internvl2.checkpoint.sizes import SIZES
from docpipe.models.internvl2.checkpoint.synthesize import shape_config

from .. import parity

FOLDER = Path("model")


def _values(variant: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((parity.DATA / variant / "config.json").read_text(encoding="utf-8"))
    return values


def _parse(variant: str, section: str | None = None, **changed: object) -> CheckpointConfig:
    values = _values(variant)
    (values if section is None else values[section]).update(changed)
    return parse_config(FOLDER, values)


@pytest.mark.parametrize(
    ("variant", "family", "rope", "window"),
    [
        ("1b", LanguageModel.QWEN2, RopeKind.DEFAULT, 32768),
        ("2b", LanguageModel.INTERNLM2, RopeKind.DYNAMIC, None),
        ("4b", LanguageModel.PHI3, RopeKind.LONGROPE, 131072),
        ("8b", LanguageModel.INTERNLM2, RopeKind.DYNAMIC, None),
        ("26b", LanguageModel.INTERNLM2, RopeKind.DYNAMIC, None),
        ("40b", LanguageModel.LLAMA, RopeKind.DEFAULT, 4096),
        ("76b", LanguageModel.LLAMA, RopeKind.DEFAULT, 8192),
    ],
)
def test_each_kind_has_its_language_model_rope_and_window(
    variant: str, family: LanguageModel, rope: RopeKind, window: int | None
) -> None:
    config = read_config(parity.DATA / variant)
    assert (config.text.family, config.text.rope.kind, config.text.window) == (family, rope, window)
    large = variant in ("26b", "40b", "76b")
    vision = config.vision
    assert (vision.norm, vision.qk_norm, vision.qkv_bias) == ("rms_norm" if large else "layer_norm", large, not large)
    assert config.tokens_per_tile == 256


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_published_shapes_are_consistent(size) -> None:  # type: ignore[no-untyped-def]
    config = shape_config(size, Path(size.name))
    assert config.text.head_dim * config.text.heads == config.text.hidden_size
    assert config.text.head_dim in (64, 96, 128)
    assert config.vision.hidden_size // config.vision.heads in (64, 128)


def test_phi3_keeps_both_lists_and_the_length_between_them() -> None:
    rope = read_config(parity.DATA / "4b").text.rope
    assert len(rope.short_factor) == len(rope.long_factor) == read_config(parity.DATA / "4b").text.head_dim // 2
    assert rope.short_factor != rope.long_factor
    assert rope.original_max_positions == 4096


@pytest.mark.parametrize(
    ("variant", "scaling", "message"),
    [
        ("1b", {"type": "linear", "factor": 2.0}, r"llm_config\.rope_scaling\.type: 'linear' is not supported"),
        (
            "8b",
            {"type": "su", "short_factor": [1.0], "long_factor": [1.0]},
            "'su' is not supported .* 'dynamic' or",
        ),
        ("4b", {"type": "dynamic", "factor": 2.0}, "'dynamic' is not supported .* 'su' or 'longrope'"),
        ("8b", {"type": "dynamic"}, r"rope_scaling\.factor: None is not a number above 0"),
        ("8b", {"type": "dynamic", "factor": -1}, r"rope_scaling\.factor: -1 is not a number above 0"),
        ("8b", {"type": "dynamic", "factor": float("nan")}, r"rope_scaling\.factor: nan is not a number above 0"),
        ("8b", "dynamic", "rope_scaling: missing"),
        ("8b", {}, "None is not supported"),
        ("4b", {"type": "su", "short_factor": [1.0], "long_factor": [1.0]}, r"short_factor: needs \d+ numbers"),
        ("4b", {"type": "su", "short_factor": 1.0}, r"short_factor: needs \d+ numbers"),
    ],
)
def test_a_rope_that_is_not_known_is_refused(variant: str, scaling: Mapping[str, object], message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        _parse(variant, "llm_config", rope_scaling=scaling)


def test_a_factor_that_is_no_number_is_refused() -> None:
    scaling = _values("4b")["llm_config"]["rope_scaling"]
    scaling["long_factor"][3] = "1"
    with pytest.raises(CheckpointError, match="long_factor: holds something else than numbers above 0"):
        _parse("4b", "llm_config", rope_scaling=scaling)


def test_an_absent_ps_version_is_v1_as_in_the_reference() -> None:
    values = _values("1b")
    del values["ps_version"]
    with pytest.raises(CheckpointError, match=r"config\.json: ps_version: 'v1' is not supported"):
        parse_config(FOLDER, values)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("vision_config", "norm_type", "batch_norm", r"vision_config\.norm_type: 'batch_norm' is not supported"),
        ("vision_config", "num_attention_heads", 5, "5 does not divide hidden_size 64"),
        ("vision_config", "patch_size", 15, "patch_size: 15 does not divide image_size 448"),
        ("vision_config", "qkv_bias", "yes", r"qkv_bias: 'yes' is not true or false"),
        ("vision_config", "hidden_size", True, "hidden_size: True is not a whole number"),
        ("llm_config", "num_key_value_heads", 3, "does not fit hidden_size"),
        ("llm_config", "attention_bias", True, "attention_bias: True is not supported"),
        ("llm_config", "hidden_act", "relu", "hidden_act: 'relu' is not supported"),
        ("llm_config", "vocab_size", 0, "vocab_size: 0 is not a whole number of at least 1"),
        ("llm_config", "rms_norm_eps", None, "rms_norm_eps: None is not a number"),
        (None, "downsample_ratio", 0.3, r"downsample_ratio: 0\.3 does not divide the grid"),
        (None, "min_dynamic_patch", 0, "min_dynamic_patch: 0 is not a whole number of at least 1"),
        (None, "use_thumbnail", 1, "use_thumbnail: 1 is not true or false"),
        (None, "template", None, "template: None is not a text"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(section: str | None, key: str, value: object, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        _parse("1b", section, **{key: value})


def test_a_sliding_window_inside_the_window_is_refused_where_the_reference_has_none() -> None:
    with pytest.raises(CheckpointError, match="sliding_window: 1024 below max_position_embeddings"):
        _parse("1b", "llm_config", sliding_window=1024, use_sliding_window=True)
    assert _parse("1b", "llm_config", sliding_window=1024, use_sliding_window=False).text.sliding_window is None
    assert _parse("4b", "llm_config", sliding_window=2047).text.sliding_window == 2047
    # The published 4B names a sliding window beyond its positions, which never acts.
    assert _parse("4b", "llm_config", sliding_window=262144).text.sliding_window is None


def test_remote_code_in_the_configuration_changes_nothing() -> None:
    auto_map = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    assert _parse("1b", auto_map=auto_map) == _parse("1b")


def _keys(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = [_keys(value, (*path, key)) for key, value in values.items() if isinstance(value, dict)]
    return [*((*path, key) for key in values), *(key for keys in inner for key in keys)]


_ODD = (None, True, 0, -1, 1.5, "x", "", [], {}, [1], [[1]], {"a": 1}, math.inf, math.nan, 10**30, 10**400, 1e-320)


@pytest.mark.parametrize("variant", ["1b", "2b", "4b", "26b"])
def test_any_value_of_any_key_is_read_or_refused_as_a_checkpoint_error(variant: str) -> None:
    refused = 0
    for *outer, key in _keys(_values(variant)):
        for odd in _ODD:
            values = _values(variant)
            section = values
            for name in outer:
                section = section[name]
            section[key] = odd
            try:
                parse_config(FOLDER, values)
            except CheckpointError:
                refused += 1
    assert refused > 100


@pytest.mark.parametrize("names", [[], {}, {"a": 1}, 3, [["LlamaForCausalLM"]], None])
def test_architectures_of_another_form_are_refused(names: object) -> None:
    with pytest.raises(CheckpointError, match="is no language model of InternVL2"):
        _parse("1b", "llm_config", architectures=names)


@pytest.mark.parametrize("ratio", [math.inf, 1e-320, 2.0, 1e-6])
def test_a_ratio_that_leaves_no_patch_is_refused(ratio: float) -> None:
    with pytest.raises(CheckpointError, match="downsample_ratio: "):
        _parse("1b", downsample_ratio=ratio)


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("x")
    with pytest.raises(CheckpointError, match="m: a file, not a folder"):
        read_config(tmp_path / "m")


@pytest.mark.parametrize("content", [b"[" * 100_000, b"", b"{", b"[]", b"3", b"\xff\xfe{}"])
def test_a_file_that_is_no_json_object_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"config\.json: (cannot be read|is not a JSON object)"):
        read_config(tmp_path)


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(CheckpointError, match=r"config\.json: cannot be read: "):
        read_config(tmp_path)
