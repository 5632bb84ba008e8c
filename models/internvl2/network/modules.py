"""The modules of transformers that a checkpoint's tensors go into, built without weights."""

from collections.abc import Callable
from typing import Any

import torch
from transformers import (
    AutoModelForImageTextToText,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLVisionConfig,
    LlamaConfig,
    Phi3Config,
    PreTrainedConfig,
    Qwen2Config,
)

from ..checkpoint.config import CheckpointConfig, LanguageModel, TextConfig
from .rope import SequenceRope

ATTENTIONS = ("sdpa", "eager")
Network = InternVLForConditionalGeneration


def empty_network(config: CheckpointConfig, dtype: torch.dtype, device: torch.device, attention: str) -> Network:
    """`InternVLForConditionalGeneration` on the meta device, its rotary positions computed on `device`.

    Args:
        dtype: of the parameters to come.
        attention: `sdpa` or `eager`, transformers' names.
    """
    if attention not in ATTENTIONS:
        raise ValueError(f"attention {attention!r} is not known; {' or '.join(ATTENTIONS)} is")
    with torch.device("meta"):
        network: Network = AutoModelForImageTextToText.from_config(
            native_config(config), dtype=dtype, attn_implementation=attention
        )
    # transformers gives these norms an eps of 1e-6 regardless of the configuration.
    for layer in network.model.vision_tower.encoder.layer:
        for norm in (layer.attention.q_norm, layer.attention.k_norm):
            if hasattr(norm, "variance_epsilon"):
                norm.variance_epsilon = config.vision.norm_eps
    network.model.language_model.rotary_emb = SequenceRope(config.text.rope, config.text.head_dim, device)
    network.eval()
    network.requires_grad_(False)
    return network


def native_config(config: CheckpointConfig) -> InternVLConfig:
    """The configuration of transformers' InternVL that computes what `config` describes."""
    vision = config.vision
    return InternVLConfig(
        vision_config=InternVLVisionConfig(
            hidden_size=vision.hidden_size,
            intermediate_size=vision.intermediate_size,
            # The tower is cut at `select_layer`: the layers behind it are never used.
            num_hidden_layers=vision.layers_used,
            num_attention_heads=vision.heads,
            attention_bias=vision.qkv_bias,
            use_qk_norm=vision.qk_norm,
            norm_type=vision.norm,
            layer_norm_eps=vision.norm_eps,
            image_size=[vision.image_size, vision.image_size],
            patch_size=[vision.patch_size, vision.patch_size],
            hidden_act="gelu",
            # Otherwise the tower ends in a norm that InternVL2 does not have.
            use_mean_pooling=True,
        ),
        text_config=_text_config(config.text),
        downsample_ratio=1 / config.downsample,
        vision_feature_layer=-1,
        projector_hidden_act="gelu",
        tie_word_embeddings=False,
    )


def _text_config(text: TextConfig) -> PreTrainedConfig:
    kinds: dict[LanguageModel, Any] = {
        LanguageModel.QWEN2: Qwen2Config,
        LanguageModel.PHI3: Phi3Config,
    }
    kind: Callable[..., PreTrainedConfig] = kinds.get(text.family, LlamaConfig)
    optional: dict[str, Any] = {} if text.sliding_window is None else {"sliding_window": text.sliding_window}
    return kind(
        vocab_size=text.vocab_size,
        hidden_size=text.hidden_size,
        intermediate_size=text.intermediate_size,
        num_hidden_layers=text.layers,
        num_attention_heads=text.heads,
        num_key_value_heads=text.kv_heads,
        max_position_embeddings=text.rope.max_positions,
        rms_norm_eps=text.norm_eps,
        hidden_act="silu",
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
        **optional,
    )
