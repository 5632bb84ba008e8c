"""The tensors of a published InternVL2 folder: every name with its shape, derived from the configuration.

Names and shapes as the reference implementation's modules declare them (OpenGVLab/InternVL, `internvl_chat`:
modeling_intern_vit.py, modeling_internvl_chat.py, modeling_internlm2.py, modeling_phi3.py; transformers for Qwen2 and
Llama).
"""

from collections.abc import Iterator

from .config import CheckpointConfig, LanguageModel, TextConfig, VisionConfig

Shape = tuple[int, ...]


def published_tensors(config: CheckpointConfig) -> dict[str, Shape]:
    """Every tensor that the folder must hold, in the order of the forward pass: name to shape."""
    return {**dict(_vision(config.vision)), **dict(_projector(config)), **dict(_text(config.text))}


def _vision(vision: VisionConfig) -> Iterator[tuple[str, Shape]]:
    c, root = vision.hidden_size, "vision_model.embeddings."
    yield f"{root}class_embedding", (1, 1, c)
    yield f"{root}position_embedding", (1, vision.patches + 1, c)
    yield f"{root}patch_embedding.weight", (c, 3, vision.patch_size, vision.patch_size)
    yield f"{root}patch_embedding.bias", (c,)
    for index in range(vision.layers):
        layer = f"vision_model.encoder.layers.{index}."
        yield f"{layer}attn.qkv.weight", (3 * c, c)
        if vision.qkv_bias:
            yield f"{layer}attn.qkv.bias", (3 * c,)
        if vision.qk_norm:
            yield f"{layer}attn.q_norm.weight", (c,)
            yield f"{layer}attn.k_norm.weight", (c,)
        yield f"{layer}attn.proj.weight", (c, c)
        yield f"{layer}attn.proj.bias", (c,)
        yield f"{layer}mlp.fc1.weight", (vision.intermediate_size, c)
        yield f"{layer}mlp.fc1.bias", (vision.intermediate_size,)
        yield f"{layer}mlp.fc2.weight", (c, vision.intermediate_size)
        yield f"{layer}mlp.fc2.bias", (c,)
        for norm in ("norm1", "norm2"):
            yield f"{layer}{norm}.weight", (c,)
            if vision.norm == "layer_norm":
                yield f"{layer}{norm}.bias", (c,)
        yield f"{layer}ls1", (c,)
        yield f"{layer}ls2", (c,)


def _projector(config: CheckpointConfig) -> Iterator[tuple[str, Shape]]:
    wide, d = config.vision.hidden_size * config.downsample**2, config.text.hidden_size
    shapes = {
        "0.weight": (wide,),
        "0.bias": (wide,),
        "1.weight": (d, wide),
        "1.bias": (d,),
        "3.weight": (d, d),
        "3.bias": (d,),
    }
    for name, shape in shapes.items():
        yield f"mlp1.{name}", shape


def _text(text: TextConfig) -> Iterator[tuple[str, Shape]]:
    internlm2 = text.family is LanguageModel.INTERNLM2
    d, vocabulary, root = text.hidden_size, (text.vocab_size, text.hidden_size), "language_model.model."
    yield f"{root}{'tok_embeddings' if internlm2 else 'embed_tokens'}.weight", vocabulary
    parts = {LanguageModel.INTERNLM2: _internlm2_layer, LanguageModel.PHI3: _phi3_layer}.get(text.family, _llama_layer)
    for index in range(text.layers):
        for name, shape in parts(text):
            yield f"{root}layers.{index}.{name}", shape
    yield f"{root}norm.weight", (d,)
    yield f"language_model.{'output' if internlm2 else 'lm_head'}.weight", vocabulary


def _llama_layer(text: TextConfig) -> Iterator[tuple[str, Shape]]:
    d, kv, inner = text.hidden_size, text.kv_heads * text.head_dim, text.intermediate_size
    for name, rows in (("q_proj", d), ("k_proj", kv), ("v_proj", kv)):
        yield f"self_attn.{name}.weight", (rows, d)
        if text.family is LanguageModel.QWEN2:
            yield f"self_attn.{name}.bias", (rows,)
    yield "self_attn.o_proj.weight", (d, d)
    yield "mlp.gate_proj.weight", (inner, d)
    yield "mlp.up_proj.weight", (inner, d)
    yield "mlp.down_proj.weight", (d, inner)
    yield "input_layernorm.weight", (d,)
    yield "post_attention_layernorm.weight", (d,)


def _internlm2_layer(text: TextConfig) -> Iterator[tuple[str, Shape]]:
    d, inner = text.hidden_size, text.intermediate_size
    yield "attention.wqkv.weight", ((text.heads + 2 * text.kv_heads) * text.head_dim, d)
    yield "attention.wo.weight", (d, d)
    yield "feed_forward.w1.weight", (inner, d)
    yield "feed_forward.w3.weight", (inner, d)
    yield "feed_forward.w2.weight", (d, inner)
    yield "attention_norm.weight", (d,)
    yield "ffn_norm.weight", (d,)


def _phi3_layer(text: TextConfig) -> Iterator[tuple[str, Shape]]:
    d, inner = text.hidden_size, text.intermediate_size
    yield "self_attn.qkv_proj.weight", ((text.heads + 2 * text.kv_heads) * text.head_dim, d)
    yield "self_attn.o_proj.weight", (d, d)
    yield "mlp.gate_up_proj.weight", (2 * inner, d)
    yield "mlp.down_proj.weight", (d, inner)
    yield "input_layernorm.weight", (d,)
    yield "post_attention_layernorm.weight", (d,)
