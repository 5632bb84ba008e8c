"""The shapes of the seven published models.

Used to name what a folder holds and to make random checkpoints of the same shape; a checkpoint is always read by its
own config.json. Sources: the published config.json files and the table of the InternVL2 release.
"""

from dataclasses import dataclass, replace
from typing import Any

from ....schemas.errors import InvalidJobError
from .config import CheckpointConfig, LanguageModel


@dataclass(frozen=True)
class TowerShape:
    """A vision tower: InternViT-300M or InternViT-6B."""

    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    large: bool


@dataclass(frozen=True)
class PublishedSize:
    """One published model.

    Attributes:
        base_tokens: ids of the tokenizer's own vocabulary, before added tokens.
        scaling: `rope_scaling` as config.json has it; None for none and for Phi3, whose lists are long.
    """

    name: str
    tower: TowerShape
    family: LanguageModel
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    base_tokens: int
    vocab_size: int
    theta: float
    max_positions: int
    norm_eps: float
    template: str
    scaling: dict[str, Any] | None = None

    def tiny(self) -> "PublishedSize":
        """The same layout with two layers of small width: about a megabyte, for tests."""
        tower = TowerShape(80, 320, 2, 5, True) if self.tower.large else TowerShape(64, 256, 2, 4, False)
        heads, kv_heads, head_dim = _TINY_HEADS[self.name]
        hidden, dropped = heads * head_dim, self.base_tokens - _TINY_TOKENS
        return replace(
            self,
            tower=tower,
            hidden_size=hidden,
            intermediate_size=2 * hidden,
            layers=2,
            heads=heads,
            kv_heads=kv_heads,
            base_tokens=_TINY_TOKENS,
            vocab_size=self.vocab_size - dropped,
        )


_300M = TowerShape(1024, 4096, 24, 16, False)
_6B = TowerShape(3200, 12800, 45, 25, True)
_QWEN2, _INTERNLM2, _PHI3, _LLAMA = LanguageModel
_NTK: dict[str, Any] = {"type": "dynamic", "factor": 2.0}
_TINY_TOKENS = 800
_TINY_HEADS = {
    "InternVL2-1B": (14, 2, 8),
    "InternVL2-2B": (4, 2, 16),
    "InternVL2-4B": (4, 4, 24),
    "InternVL2-8B": (8, 2, 8),
    "InternVL2-26B": (12, 2, 8),
    "InternVL2-40B": (14, 2, 8),
    "InternVL2-Llama3-76B": (16, 2, 8),
}

SIZES = (
    PublishedSize("InternVL2-1B", _300M, _QWEN2, 896, 4864, 24, 14, 2, 151643, 151655, 1e6, 32768, 1e-6, "Hermes-2"),
    PublishedSize(
        "InternVL2-2B", _300M, _INTERNLM2, 2048, 8192, 24, 16, 8, 92538, 92553, 1e6, 32768, 1e-5, "internlm2-chat", _NTK
    ),
    PublishedSize("InternVL2-4B", _300M, _PHI3, 3072, 8192, 32, 32, 32, 32000, 32020, 1e4, 131072, 1e-5, "phi3-chat"),
    PublishedSize(
        "InternVL2-8B",
        _300M,
        _INTERNLM2,
        4096,
        14336,
        32,
        32,
        8,
        92538,
        92553,
        1e6,
        32768,
        1e-5,
        "internlm2-chat",
        _NTK,
    ),
    PublishedSize(
        "InternVL2-26B", _6B, _INTERNLM2, 6144, 16384, 48, 48, 8, 92538, 92553, 1e6, 32768, 1e-5, "internlm2-chat", _NTK
    ),
    PublishedSize("InternVL2-40B", _6B, _LLAMA, 7168, 20480, 60, 56, 8, 64000, 64009, 5e6, 4096, 1e-5, "Hermes-2"),
    PublishedSize(
        "InternVL2-Llama3-76B", _6B, _LLAMA, 8192, 28672, 80, 64, 8, 128000, 128265, 5e5, 8192, 1e-5, "internlm2-chat"
    ),
)
LONGROPE_ORIGINAL = 4096


def published_size(name: str) -> PublishedSize:
    """The size called `name`: `8B`, `InternVL2-8B`, `76B`, `Llama3-76B`, in any case.

    Raises:
        InvalidJobError: there is no such size.
    """
    wanted = name.lower().removeprefix("internvl2-").removeprefix("llama3-")
    for size in SIZES:
        if size.name.lower().rpartition("-")[2] == wanted:
            return size
    known = ", ".join(size.name.rpartition("-")[2] for size in SIZES)
    raise InvalidJobError(f"{name!r} is no size of InternVL2; {known} are")


def name_of(config: CheckpointConfig) -> str | None:
    """The published name of the model that `config` describes, by its shape; None for any other shape."""
    text, vision = config.text, config.vision
    for size in SIZES:
        if (size.family, size.hidden_size, size.layers, size.heads, size.kv_heads) == (
            text.family,
            text.hidden_size,
            text.layers,
            text.heads,
            text.kv_heads,
        ) and (size.tower.hidden_size, size.tower.layers) == (vision.hidden_size, vision.layers):
            return size.name
    return None
