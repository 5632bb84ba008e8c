"""The content of `config.json` of a published InternVL2 folder, as plain data; see `config_file`."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class LanguageModel(StrEnum):
    """The four language models of InternVL2, by the name that `llm_config.architectures` gives."""

    QWEN2 = "Qwen2ForCausalLM"
    INTERNLM2 = "InternLM2ForCausalLM"
    PHI3 = "Phi3ForCausalLM"
    LLAMA = "LlamaForCausalLM"


class RopeKind(StrEnum):
    """How rotary frequencies depend on the length of a sequence."""

    DEFAULT = "default"
    DYNAMIC = "dynamic"
    LONGROPE = "longrope"


@dataclass(frozen=True)
class RopeConfig:
    """Rotary position embedding.

    Attributes:
        kind: see `RopeKind`; Phi3's `su` is `longrope`.
        theta: base of the frequencies.
        max_positions: positions that the model was trained with; dynamic NTK begins beyond.
        factor: dynamic NTK's factor; 1 for the other kinds.
        short_factor, long_factor: longrope's divisors, one a frequency; empty for the other kinds.
        original_max_positions: longest sequence that takes `short_factor`.
    """

    kind: RopeKind
    theta: float
    max_positions: int
    factor: float = 1.0
    short_factor: tuple[float, ...] = ()
    long_factor: tuple[float, ...] = ()
    original_max_positions: int = 0


@dataclass(frozen=True)
class VisionConfig:
    """The vision tower: InternViT-300M (`layer_norm`) or InternViT-6B (`rms_norm`, `qk_norm`)."""

    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    image_size: int
    patch_size: int
    norm: str
    norm_eps: float
    qkv_bias: bool
    qk_norm: bool
    select_layer: int

    @property
    def patches(self) -> int:
        """Patches of one tile."""
        return (self.image_size // self.patch_size) ** 2

    @property
    def layers_used(self) -> int:
        """Layers up to `select_layer`, which indexes the embeddings followed by every layer's output."""
        return self.select_layer if self.select_layer >= 0 else self.layers + 1 + self.select_layer


@dataclass(frozen=True)
class TextConfig:
    """The language model."""

    family: LanguageModel
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    vocab_size: int
    norm_eps: float
    sliding_window: int | None
    rope: RopeConfig

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.heads

    @property
    def window(self) -> int | None:
        """Tokens that a prompt and its answer may have; None where dynamic NTK rescales to any length."""
        return None if self.rope.kind is RopeKind.DYNAMIC else self.rope.max_positions


@dataclass(frozen=True)
class CheckpointConfig:
    """A published folder's configuration.

    Attributes:
        folder: where it was read.
        template: name of the chat template.
        system_message: the folder's own, which overrides the template's; None if there is none.
        downsample: how many patches a side become one token.
        min_tiles, max_tiles: of dynamic tiling, before the thumbnail.
        dtype: of the stored weights, according to the folder: `bfloat16` for all published models.
    """

    folder: Path
    vision: VisionConfig
    text: TextConfig
    template: str
    system_message: str | None
    downsample: int
    min_tiles: int
    max_tiles: int
    use_thumbnail: bool
    dtype: str

    @property
    def tokens_per_tile(self) -> int:
        return self.vision.patches // self.downsample**2
