"""The configuration of an InternVL2 folder as vLLM takes it, from the configuration that docpipe has parsed itself.

`auto_map` and the Python files that it names play no part.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import AutoConfig, PreTrainedConfig

from ..internvl2.checkpoint.config import CheckpointConfig, LanguageModel, RopeKind, TextConfig, VisionConfig
from ..internvl2.checkpoint.config_file import parse_config
from .plugin import ARCHITECTURE

# The names of the language models' configurations in transformers; that of InternLM2 is a plain one.
_MODEL_TYPES: Mapping[LanguageModel, str] = {
    LanguageModel.QWEN2: "qwen2",
    LanguageModel.INTERNLM2: "internlm2",
    LanguageModel.PHI3: "phi3",
    LanguageModel.LLAMA: "llama",
}


class InternVLChatConfig(PreTrainedConfig):
    """config.json of a published folder; registered with transformers for `internvl_chat`."""

    model_type = "internvl_chat"
    has_no_defaults_at_init = True

    def __init__(
        self,
        vision_config: Mapping[str, Any] | None = None,
        text_config: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        self.vision_config = PreTrainedConfig(**(vision_config or {}))
        self.text_config = _language_config(dict(text_config or {}))
        super().__init__(**values)

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any], **options: Any) -> Any:
        """
        Raises:
            CheckpointError: config.json is not that of an InternVL2.
        """
        folder = Path(str(options.get("name_or_path") or config_dict.get("_name_or_path") or "."))
        parsed = parse_config(folder, config_dict)
        return super().from_dict(vllm_values(parsed), **options)


def vllm_values(config: CheckpointConfig) -> dict[str, Any]:
    """The values of an `InternVLChatConfig`, as plain data."""
    return {
        "architectures": [ARCHITECTURE],
        "dtype": config.dtype,
        "vision_config": _vision(config.vision),
        "text_config": _text(config.text),
        "downsample_ratio": 1 / config.downsample,
        "tile_size": config.vision.image_size,
        "tokens_per_tile": config.tokens_per_tile,
        "most_tiles": config.max_tiles + config.use_thumbnail,
        "min_dynamic_patch": config.min_tiles,
        "max_dynamic_patch": config.max_tiles,
        "use_thumbnail": config.use_thumbnail,
        "tie_word_embeddings": False,
    }


def _vision(vision: VisionConfig) -> dict[str, Any]:
    return {
        "hidden_size": vision.hidden_size,
        "intermediate_size": vision.intermediate_size,
        # No layer beyond the one that is taken: `select_layer` is applied here.
        "num_hidden_layers": vision.layers_used,
        "num_attention_heads": vision.heads,
        "image_size": vision.image_size,
        "patch_size": vision.patch_size,
        "hidden_act": "gelu",
        "norm_type": vision.norm,
        "layer_norm_eps": vision.norm_eps,
        "qkv_bias": vision.qkv_bias,
        "qk_normalization": vision.qk_norm,
        "initializer_factor": 1.0,
    }


def _text(text: TextConfig) -> dict[str, Any]:
    rope = text.rope
    values: dict[str, Any] = {
        "model_type": _MODEL_TYPES[text.family],
        "architectures": [text.family.value],
        "hidden_size": text.hidden_size,
        "intermediate_size": text.intermediate_size,
        "num_hidden_layers": text.layers,
        "num_attention_heads": text.heads,
        "num_key_value_heads": text.kv_heads,
        "vocab_size": text.vocab_size,
        "rms_norm_eps": text.norm_eps,
        "hidden_act": "silu",
        "max_position_embeddings": rope.max_positions,
        # Dynamic NTK changes nothing up to `max_positions`, and longrope is `rope.LongRope`.
        "rope_parameters": {"rope_type": "default", "rope_theta": rope.theta},
        "tie_word_embeddings": False,
        "attention_bias": False,
        "bias": False,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
    }
    if rope.kind is RopeKind.LONGROPE:
        values["longrope"] = {
            "short_factor": list(rope.short_factor),
            "long_factor": list(rope.long_factor),
            "theta": rope.theta,
            "max_positions": rope.max_positions,
            "original_max_positions": rope.original_max_positions,
        }
        # vLLM asks models with such a section for the positions of each request.
        values["mrope_section"] = [text.head_dim // 2, 0, 0]
    return values


def _language_config(values: dict[str, Any]) -> PreTrainedConfig:
    model_type = values.pop("model_type", "")
    if model_type == "internlm2" or not model_type:
        return InternLM2Config(**values)
    return AutoConfig.for_model(model_type, **values)


class InternLM2Config(PreTrainedConfig):
    """InternLM2's configuration, which transformers does not have."""

    model_type = "internlm2"
