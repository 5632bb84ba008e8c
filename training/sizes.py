"""The shapes that are trained: published layout, small numbers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..models.internvl2.checkpoint.config import CheckpointConfig, LanguageModel
from ..models.internvl2.checkpoint.config_file import parse_config
from ..models.internvl2.checkpoint.sizes import PublishedSize, TowerShape
from ..models.internvl2.checkpoint.synthesize import config_json
from ..models.internvl2.checkpoint.synthesize_tokenizer import TokenIds

SYSTEM_MESSAGE = "Read the document."
"""In place of the published models' Chinese system message, which would cost about 150 byte tokens a prompt."""

SPECIAL_TOKENS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<img>", "</img>", "<IMG_CONTEXT>", "<quad>", "</quad>", "<ref>", "</ref>", "<box>", "</box>"),
)
"""In the order in which InternVL2-1B adds them."""


@dataclass(frozen=True)
class ModelSize:
    """A model to train.

    Attributes:
        base_tokens: of the tokenizer, special tokens not counted.
        image_size: side of a tile in pixels.
        max_tiles: what config.json says; the thumbnail is not counted.
    """

    name: str
    vision_width: int
    vision_layers: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    base_tokens: int
    image_size: int = 448
    max_tiles: int = 6
    window: int = 8192

    @property
    def published(self) -> PublishedSize:
        head = 64 if self.vision_width % 64 == 0 else 32
        return PublishedSize(
            name=self.name,
            tower=TowerShape(
                self.vision_width, 4 * self.vision_width, self.vision_layers, self.vision_width // head, False
            ),
            family=LanguageModel.QWEN2,
            hidden_size=self.width,
            intermediate_size=self.intermediate,
            layers=self.layers,
            heads=self.heads,
            kv_heads=self.kv_heads,
            base_tokens=self.base_tokens,
            vocab_size=self.base_tokens + len(SPECIAL_TOKENS),
            theta=1e6,
            max_positions=self.window,
            norm_eps=1e-6,
            template="Hermes-2",
        )

    def config_json(self) -> dict[str, Any]:
        """config.json in the published form."""
        stop = self.base_tokens + SPECIAL_TOKENS.index("<|im_end|>")
        config = config_json(self.published, TokenIds(None, stop, self.base_tokens, stop))
        config["max_dynamic_patch"] = self.max_tiles
        config["system_message"] = SYSTEM_MESSAGE
        config["force_image_size"] = config["vision_config"]["image_size"] = self.image_size
        return config

    def config(self, folder: Path) -> CheckpointConfig:
        return parse_config(folder, self.config_json())


SIZES = {
    # 18 M parameters; README.md says why.
    "small": ModelSize("docpipe-small", 320, 6, 320, 6, 5, 5, 960, 3072),
    # For tests on a processor: tiles of 224 pixels, 64 tokens each.
    "tiny": ModelSize("docpipe-tiny", 128, 2, 128, 2, 4, 4, 256, 600, image_size=224, max_tiles=2),
}
