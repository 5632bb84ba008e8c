"""Reads and checks `config.json` of a published InternVL2 folder, and names the model of another one."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import CheckpointError
from .config import CheckpointConfig, LanguageModel, RopeConfig, RopeKind, TextConfig, VisionConfig


class _Section:
    """One object of config.json, whose missing or wrong keys are named with their path."""

    def __init__(self, file: Path, values: Mapping[str, Any], prefix: str = "") -> None:
        self.file, self.values, self.prefix = file, values, prefix

    def error(self, key: str, problem: str) -> CheckpointError:
        return CheckpointError(f"{self.file}: {self.prefix}{key}: {problem}")

    def section(self, key: str) -> "_Section":
        value = self.values.get(key)
        if not isinstance(value, Mapping):
            raise self.error(key, "missing; the folder is incomplete or no InternVL2 checkpoint")
        return _Section(self.file, value, f"{self.prefix}{key}.")

    def integer(self, key: str, default: int | None = None, minimum: int = 1) -> int:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            raise self.error(key, f"{value!r} is not a whole number of at least {minimum}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= sys.float_info.max:
            raise self.error(key, f"{value!r} is not a number above 0")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"{value!r} is not true or false")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"{value!r} is not a text")
        return value

    def only(self, key: str, allowed: tuple[Any, ...], default: Any) -> Any:
        value = self.values.get(key, default)
        if value not in allowed:
            raise self.error(key, f"{value!r} is not supported; {' or '.join(map(repr, allowed))} is")
        return value


def read_config(folder: Path) -> CheckpointConfig:
    """Read and check `config.json`.

    Raises:
        CheckpointError: the folder is no InternVL2 checkpoint (named as what it seems to be), or a key is
            missing, wrong or not supported.
    """
    return parse_config(folder, _read_json(folder / "config.json"))


def parse_config(folder: Path, values: Mapping[str, Any]) -> CheckpointConfig:
    """The configuration of `folder` from `values`, the content of its config.json; raises as `read_config`."""
    top = _Section(folder / "config.json", values)
    refuse_other_models(folder, top.values)
    # The reference class's default is v1, which no InternVL2 model uses and transformers' modules can't compute.
    if (version := top.values.get("ps_version", "v1")) != "v2":
        raise top.error(
            "ps_version", f"{version!r} is not supported; InternVL2 uses 'v2', InternVL 1.1 and 1.2 used 'v1'"
        )
    top.only("pad2square", (False,), False)
    vision = _vision(top.section("vision_config"), top)
    ratio = top.number("downsample_ratio", 0.5)
    # At least one patch of the tile stays; this also keeps 1 / ratio finite.
    downsample = round(1 / ratio) if 1 / vision.patches <= ratio <= 1 else 0
    if not downsample or abs(downsample * ratio - 1) > 1e-6 or (vision.image_size // vision.patch_size) % downsample:
        raise top.error("downsample_ratio", f"{ratio} does not divide the grid of patches")
    return CheckpointConfig(
        folder=folder,
        vision=vision,
        text=_text(top.section("llm_config")),
        template=top.text("template"),
        system_message=top.values.get("system_message"),
        downsample=downsample,
        min_tiles=top.integer("min_dynamic_patch", 1),
        max_tiles=top.integer("max_dynamic_patch", 12),
        use_thumbnail=top.flag("use_thumbnail", True),
        dtype=top.text("torch_dtype", "bfloat16"),
    )


def _read_json(file: Path) -> Mapping[str, Any]:
    if not file.parent.is_dir():
        found = "a file, not a folder" if file.parent.exists() else "no such folder"
        raise CheckpointError(f"{file.parent}: {found}; name the folder of an InternVL2 checkpoint")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{file.parent}: has no config.json, so it is no checkpoint folder") from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{file}: is not a JSON object")
    return values


def _vision(section: _Section, top: _Section) -> VisionConfig:
    norm = section.only("norm_type", ("layer_norm", "rms_norm"), "rms_norm")
    section.only("hidden_act", ("gelu",), "gelu")
    hidden, heads = section.integer("hidden_size", 3200), section.integer("num_attention_heads", 25)
    if hidden % heads:
        raise section.error("num_attention_heads", f"{heads} does not divide hidden_size {hidden}")
    layers = section.integer("num_hidden_layers", 48)
    image, patch = section.integer("image_size", 224), section.integer("patch_size", 14)
    force = top.values.get("force_image_size") or image
    if force != image:
        raise top.error("force_image_size", f"{force} differs from vision_config.image_size {image}: not supported")
    if image % patch:
        raise section.error("patch_size", f"{patch} does not divide image_size {image}")
    select = top.values.get("select_layer", -1)
    if not isinstance(select, int) or not -layers - 1 <= select <= layers:
        raise top.error("select_layer", f"{select!r} is no layer of a tower of {layers}")
    return VisionConfig(
        hidden_size=hidden,
        intermediate_size=section.integer("intermediate_size", 12800),
        layers=layers,
        heads=heads,
        image_size=image,
        patch_size=patch,
        norm=norm,
        norm_eps=section.number("layer_norm_eps", 1e-6),
        qkv_bias=section.flag("qkv_bias", False),
        qk_norm=section.flag("qk_normalization", True),
        select_layer=select,
    )


def _text(section: _Section) -> TextConfig:
    names = section.values.get("architectures")
    name = names[0] if isinstance(names, list) and names else names
    if not isinstance(name, str) or name not in set(LanguageModel):
        known = ", ".join(LanguageModel)
        raise section.error("architectures", f"{name!r} is no language model of InternVL2; those are {known}")
    family = LanguageModel(name)
    hidden, heads = section.integer("hidden_size"), section.integer("num_attention_heads")
    kv_heads = section.integer("num_key_value_heads", heads)
    if hidden % heads or heads % kv_heads:
        raise section.error(
            "num_attention_heads", f"{heads} does not fit hidden_size {hidden} and {kv_heads} key heads"
        )
    section.only("hidden_act", ("silu",), "silu")
    section.only("tie_word_embeddings", (False,), False)
    for key in ("bias", "attention_bias", "mlp_bias"):
        section.only(key, (False,), False)
    max_positions = section.integer("max_position_embeddings")
    return TextConfig(
        family=family,
        hidden_size=hidden,
        intermediate_size=section.integer("intermediate_size"),
        layers=section.integer("num_hidden_layers"),
        heads=heads,
        kv_heads=kv_heads,
        vocab_size=section.integer("vocab_size"),
        norm_eps=section.number("rms_norm_eps", 1e-6),
        sliding_window=_sliding_window(section, family, max_positions),
        rope=_rope(section, family, max_positions, hidden // heads),
    )


def _sliding_window(section: _Section, family: LanguageModel, max_positions: int) -> int | None:
    if section.values.get("sliding_window") is None or not section.flag("use_sliding_window", True):
        return None
    window = section.integer("sliding_window")
    if window >= max_positions:
        return None
    if family is not LanguageModel.PHI3:
        raise section.error("sliding_window", f"{window} below max_position_embeddings is not supported for {family}")
    return window


def _rope(section: _Section, family: LanguageModel, max_positions: int, head_dim: int) -> RopeConfig:
    theta = section.number("rope_theta", 10000.0)
    scaling = section.values.get("rope_scaling")
    if scaling is None:
        return RopeConfig(RopeKind.DEFAULT, theta, max_positions)
    inner = section.section("rope_scaling")
    kind = inner.values.get("type", inner.values.get("rope_type"))
    if kind == "dynamic" and family is not LanguageModel.PHI3:
        return RopeConfig(RopeKind.DYNAMIC, theta, max_positions, factor=inner.number("factor"))
    if kind in ("su", "longrope") and family is LanguageModel.PHI3:
        short, long = (_factors(inner, key, head_dim) for key in ("short_factor", "long_factor"))
        original = section.integer("original_max_position_embeddings")
        return RopeConfig(RopeKind.LONGROPE, theta, max_positions, 1.0, short, long, original_max_positions=original)
    known = "'su' or 'longrope'" if family is LanguageModel.PHI3 else "'dynamic' or none"
    raise inner.error("type", f"{kind!r} is not supported for {family}; {known} is")


def _factors(section: _Section, key: str, head_dim: int) -> tuple[float, ...]:
    values = section.values.get(key)
    if not isinstance(values, list) or len(values) != head_dim // 2:
        raise section.error(key, f"needs {head_dim // 2} numbers, one a rotary frequency")
    if not all(isinstance(value, int | float) and value > 0 for value in values):
        raise section.error(key, "holds something else than numbers above 0")
    return tuple(float(value) for value in values)


_NEEDED = "docpipe reads the folders that OpenGVLab publishes for InternVL2-1B to InternVL2-Llama3-76B"
# The names under which earlier and later generations were published; 1.5 shares InternVL2's config.json.
_GENERATIONS = (
    (re.compile(r"InternVL-Chat-(\w+-)*V1-5", re.IGNORECASE), "InternVL 1.5"),
    (re.compile(r"InternVL-Chat-(\w+-)*V1-[12]", re.IGNORECASE), "InternVL 1.1 or 1.2"),
    (re.compile(r"InternVL2_5-", re.IGNORECASE), "InternVL 2.5"),
    (re.compile(r"InternVL3_5-", re.IGNORECASE), "InternVL 3.5"),
    (re.compile(r"InternVL3-", re.IGNORECASE), "InternVL 3"),
)
_HUB_FOLDER = re.compile(r"^models--.+--(?P<name>.+)$")


def refuse_other_models(folder: Path, config: Mapping[str, Any]) -> None:
    """Raise `CheckpointError` unless `config` (the whole config.json) is that of an InternVL2 folder.

    InternVL 1.5 differs from 2 in its name and in its training only, so it is told by the names in the folder's
    path and in `_name_or_path`; 2.5 and 3 carry the chat template `internvl2_5`.
    """
    model_type = config.get("model_type")
    if model_type != "internvl_chat":
        raise CheckpointError(f"{folder}: seems to be {_other_model(config)}, not InternVL2; {_NEEDED}")
    template = str(config.get("template"))
    if template.startswith("internvl2_5"):
        later = _generation(folder, config) or "InternVL 2.5 or 3"
        raise CheckpointError(f"{folder}: is {later} (chat template {template!r}), not InternVL2; {_NEEDED}")
    if (name := _generation(folder, config)) is not None:
        raise CheckpointError(f"{folder}: is {name} by its name, not InternVL2; {_NEEDED}")


def _other_model(config: Mapping[str, Any]) -> str:
    if config.get("model_type") == "internvl":
        return "InternVL in the layout of transformers (a folder named …-hf), as published for InternVL 2.5, 3 and 3.5"
    architectures = config.get("architectures")
    if isinstance(architectures, list) and architectures:
        return f"{architectures[0]} (model_type {config.get('model_type')!r})"
    return f"a model of type {config['model_type']!r}" if config.get("model_type") else "no model that docpipe knows"


def _generation(folder: Path, config: Mapping[str, Any]) -> str | None:
    # The path as it was given may be "." or a link.
    whole = folder.resolve()
    names = [folder.name, whole.name, str(config.get("_name_or_path", ""))]
    names += [match["name"] for part in (*folder.parts, *whole.parts) if (match := _HUB_FOLDER.match(part))]
    for pattern, generation in _GENERATIONS:
        if any(pattern.search(name + "-") for name in names):
            return generation
    return None
