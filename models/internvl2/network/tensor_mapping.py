"""Where each published tensor goes in transformers' modules, and the rows of it that go there."""

import re
from collections.abc import Callable

from torch import Tensor

from ..checkpoint.config import CheckpointConfig, LanguageModel, TextConfig

# One published tensor becomes one or more native ones: the native name, and the part that goes there.
Parts = dict[str, Callable[[Tensor], Tensor]]

_VISION = {
    "attn.proj": "attention.projection_layer",
    "attn.q_norm": "attention.q_norm",
    "attn.k_norm": "attention.k_norm",
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
    "ls1": "lambda_1",
    "ls2": "lambda_2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}
_EMBEDDINGS = {
    "class_embedding": "cls_token",
    "position_embedding": "position_embeddings",
    "patch_embedding.weight": "patch_embeddings.projection.weight",
    "patch_embedding.bias": "patch_embeddings.projection.bias",
}
_PROJECTOR = {"0": "layer_norm", "1": "linear_1", "3": "linear_2"}
_INTERNLM2 = {
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w3": "mlp.up_proj",
    "feed_forward.w2": "mlp.down_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_LAYER = re.compile(r"^(?P<root>.*\.layers\.)(?P<index>\d+)\.(?P<name>.*)$")


def native_parts(name: str, config: CheckpointConfig) -> Parts:
    """The native tensors made from the published tensor `name`; none for a vision layer behind `select_layer`."""
    if name.startswith("vision_model.embeddings."):
        return _whole("model.vision_tower.embeddings." + _EMBEDDINGS[name.removeprefix("vision_model.embeddings.")])
    if name.startswith("mlp1."):
        part, kind = name.removeprefix("mlp1.").split(".")
        return _whole(f"model.multi_modal_projector.{_PROJECTOR[part]}.{kind}")
    layer = _LAYER.match(name)
    if layer is None:
        return _whole(_TEXT_ENDS[name])
    index, inner = int(layer["index"]), layer["name"]
    if name.startswith("vision_model."):
        return _vision_layer(index, inner, config.vision.hidden_size) if index < config.vision.layers_used else {}
    root = f"model.language_model.layers.{index}."
    if config.text.family is LanguageModel.INTERNLM2:
        return {root + native: part for native, part in _internlm2_layer(inner, config.text).items()}
    return _whole(root + inner)


_TEXT_ENDS = {
    "language_model.model.tok_embeddings.weight": "model.language_model.embed_tokens.weight",
    "language_model.model.embed_tokens.weight": "model.language_model.embed_tokens.weight",
    "language_model.model.norm.weight": "model.language_model.norm.weight",
    "language_model.output.weight": "lm_head.weight",
    "language_model.lm_head.weight": "lm_head.weight",
}


def _vision_layer(index: int, name: str, width: int) -> Parts:
    root = f"model.vision_tower.encoder.layer.{index}."
    if name.startswith("attn.qkv."):
        kind = name.removeprefix("attn.qkv.")
        return {
            f"{root}attention.{letter}_proj.{kind}": _rows(place * width, width) for place, letter in enumerate("qkv")
        }
    stem, _, kind = name.rpartition(".")
    return _whole(root + (f"{_VISION[stem]}.{kind}" if stem else _VISION[kind]))


def _internlm2_layer(name: str, text: TextConfig) -> Parts:
    stem, _, kind = name.rpartition(".")
    if stem != "attention.wqkv":
        return _whole(f"{_INTERNLM2[stem]}.{kind}")
    group = text.heads // text.kv_heads
    # Rows by key head: that head's queries, then its key, then its value (modeling_internlm2.py, `InternLM2Attention`).
    spans = {"q": (0, group), "k": (group, 1), "v": (group + 1, 1)}
    return {f"self_attn.{letter}_proj.{kind}": _heads(text, group + 2, *span) for letter, span in spans.items()}


def _whole(native: str) -> Parts:
    return {native: lambda tensor: tensor}


def _rows(start: int, count: int) -> Callable[[Tensor], Tensor]:
    return lambda tensor: tensor[start : start + count]


def _heads(text: TextConfig, heads_per_group: int, start: int, count: int) -> Callable[[Tensor], Tensor]:
    def part(tensor: Tensor) -> Tensor:
        grouped = tensor.reshape(text.kv_heads, heads_per_group, text.head_dim, *tensor.shape[1:])
        return grouped[:, start : start + count].reshape(-1, *tensor.shape[1:])

    return part
