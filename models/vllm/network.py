"""InternVL2 in vLLM: its vision tower and language models, with docpipe's tiles and without a tokenizer.

vLLM's own class for this architecture cuts tiles of its own, needs torchvision, and takes one list of Phi3's factors
for all requests; this one takes tiles and token ids as they are (`inputs.py`).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from vllm.config import VllmConfig
from vllm.model_executor.models.interfaces import SupportsMRoPE, SupportsMultiModal, SupportsPP
from vllm.model_executor.models.intern_vit import InternVisionModel
from vllm.model_executor.models.utils import AutoWeightsLoader, init_vllm_registered_model, maybe_prefix
from vllm.multimodal import MULTIMODAL_REGISTRY
from vllm.multimodal.parse import ImageProcessorItems
from vllm.multimodal.processing import BaseDummyInputsBuilder, BaseMultiModalProcessor, BaseProcessingInfo

from ..internvl2.network.normalize import normalise
from ..internvl2.processor.prompt import IMAGE_TOKEN
from ..internvl2.processor.tiles import cut_tiles, rgb_image
from ..internvl2.processor.tiling import choose_grid
from ..internvl2.tokenizer.load import load_tokenizer
from .inputs import TILES, TILES_OF_IMAGES, engine_input, image_fields, tiled_image, with_image_tokens
from .rope import LongRope, cache_salt, longrope_of

# Tiles that go through the vision tower together, to bound memory.
_TILES_AT_ONCE = {"cpu": 13, "cuda": 32}


class _Info(BaseProcessingInfo):  # type: ignore[misc]
    """What images cost."""

    def get_supported_mm_limits(self) -> Mapping[str, int | None]:
        return {"image": None}

    def get_mm_max_tokens_per_item(self, seq_len: int, mm_counts: Mapping[str, int]) -> Mapping[str, int]:
        config = self.get_hf_config()
        most = int(self.ctx.get_merged_mm_kwargs({}).get("max_dynamic_patch", 0)) + config.use_thumbnail
        return {"image": max(config.most_tiles, most) * config.tokens_per_tile}


class _NoDummies(BaseDummyInputsBuilder[_Info]):  # type: ignore[misc]
    """`_Tiles` makes whole inputs itself."""

    def get_dummy_text(self, mm_counts: Mapping[str, int]) -> str:
        return ""

    def get_dummy_mm_data(self, seq_len: int, mm_counts: Mapping[str, int], mm_options: Any) -> Any:
        return {}


class _Tiles(BaseMultiModalProcessor[_Info]):  # type: ignore[misc]
    """Cuts docpipe's tiles from the images of `vllm serve`; requests of docpipe's own engine come with their tiles."""

    requires_tokenizer = False

    @cached_property
    def _image_token(self) -> int:
        return load_tokenizer(Path(self.info.model_id)).token_id(IMAGE_TOKEN)

    def apply(self, inputs: Any, timing_ctx: Any) -> Any:
        """The prompt with as many image tokens as the tiles of its images need, in place of one each.

        Raises:
            ValueError: the prompt has another number of image tokens than images.
        """
        config = self.info.get_hf_config()
        options = self.info.ctx.get_merged_mm_kwargs(inputs.hf_processor_mm_kwargs)
        most = int(options.get("max_dynamic_patch", config.max_dynamic_patch))
        items: Any = inputs.mm_data_items.get_items("image", ImageProcessorItems) if inputs.mm_data_items else []
        images = []
        for place in range(len(items)):
            rgb = rgb_image(items.get(place))
            grid = choose_grid(
                rgb.width,
                rgb.height,
                min_tiles=config.min_dynamic_patch,
                max_tiles=most,
                tile_size=config.tile_size,
                use_thumbnail=config.use_thumbnail,
            )
            images.append(tiled_image(cut_tiles(rgb, grid, config.tile_size)))
        ids = with_image_tokens(inputs.prompt, self._image_token, images, config.tokens_per_tile)
        text = config.text_config
        salt = cache_salt(longrope_of(text.longrope), len(ids)) if hasattr(text, "longrope") else None
        return engine_input(ids, self._image_token, images, config.tokens_per_tile, salt)

    def get_dummy_mm_inputs(self, mm_counts: Mapping[str, int], **_: Any) -> Any:
        config, images = self.info.get_hf_config(), mm_counts.get("image", 0)
        blank = tiled_image(np.zeros((config.most_tiles, config.tile_size, config.tile_size, 3), np.uint8))
        # The features of two images never stand side by side.
        ids = ([0] * (config.tokens_per_tile * config.most_tiles) + [1]) * images
        return engine_input(ids, 0, [blank] * images, config.tokens_per_tile)

    def _get_mm_fields_config(self, hf_inputs: Any, hf_processor_mm_kwargs: Mapping[str, object]) -> Any:
        return image_fields(hf_inputs[TILES_OF_IMAGES])

    def _get_prompt_updates(self, mm_items: Any, hf_processor_mm_kwargs: Any, out_mm_kwargs: Any) -> Sequence[Any]:
        raise NotImplementedError("requests come with token ids and tiles")


@MULTIMODAL_REGISTRY.register_processor(_Tiles, info=_Info, dummy_inputs=_NoDummies)
class InternVL2Model(nn.Module, SupportsMultiModal, SupportsPP, SupportsMRoPE):  # type: ignore[misc]
    """The network; the names of its parts are those of the folder's tensors."""

    supports_encoder_tp_data = True

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "") -> None:
        super().__init__()
        self.vision_model: Any
        self.mlp1: Any
        self.language_model: Any
        self.config = config = vllm_config.model_config.hf_config
        text, vision = config.text_config, config.vision_config
        self._downsample = round(1 / config.downsample_ratio)
        width = vision.hidden_size * self._downsample**2
        marked: Any = self
        with marked._mark_tower_model(vllm_config, "image"):
            self.vision_model = InternVisionModel(
                vision, quant_config=vllm_config.quant_config, prefix=maybe_prefix(prefix, "vision_model")
            )
            self.mlp1 = nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, text.hidden_size),
                nn.GELU(),
                nn.Linear(text.hidden_size, text.hidden_size),
            )
        with marked._mark_language_model(vllm_config):
            self.language_model = init_vllm_registered_model(
                vllm_config=vllm_config, hf_config=text, prefix=maybe_prefix(prefix, "language_model")
            )
        self.rope: LongRope | None = None
        if hasattr(text, "longrope"):
            self.rope = self._set_longrope(text, vllm_config.model_config.max_model_len, vllm_config.model_config.dtype)
        self.make_empty_intermediate_tensors = self.language_model.make_empty_intermediate_tensors

    def _set_longrope(self, text: Any, most_tokens: int, dtype: torch.dtype) -> LongRope:
        head_dim = text.hidden_size // text.num_attention_heads
        rope = LongRope(longrope_of(text.longrope), head_dim, most_tokens, dtype)
        rope.to(next(self.language_model.parameters()).device)
        for layer in self.language_model.model.layers:
            # Layers of another pipeline stage have no attention.
            if hasattr(layer, "self_attn"):
                layer.self_attn.rotary_emb = rope
        return rope

    @classmethod
    def get_placeholder_str(cls, modality: str, i: int) -> str | None:
        """What stands for an image in a chat; `_Tiles.apply` puts as many image tokens in as it needs."""
        return f"<img>{IMAGE_TOKEN}</img>"

    def get_language_model(self) -> Any:
        return self.language_model

    def get_mrope_input_positions(self, input_tokens: list[int], mm_features: list[Any]) -> tuple[Tensor, int]:
        """Positions (3, tokens), all rows equal, and what is added to the positions of new tokens."""
        first = 0 if self.rope is None else self.rope.first_position(len(input_tokens))
        return torch.arange(first, first + len(input_tokens)).expand(3, -1), first

    def embed_multimodal(self, **inputs: Any) -> Any:
        """Features of each image, (image tokens, width of the language model)."""
        tiles: Tensor | None = inputs.get(TILES)
        if tiles is None:
            return []
        step = _TILES_AT_ONCE.get(tiles.device.type, 32)
        features = torch.cat([self._features(part) for part in tiles.split(step)])
        numbers = [int(count) for count in inputs[TILES_OF_IMAGES]]
        return [part.flatten(0, 1) for part in features.split(numbers)]

    def _features(self, tiles: Tensor) -> Tensor:
        """uint8 tiles (n, size, size, 3) to (n, tokens per tile, width)."""
        weight = self.mlp1[1].weight
        output = self.vision_model(normalise(tiles, device=weight.device, dtype=weight.dtype))[:, 1:]
        count, patches, width = output.shape
        side, block = int(patches**0.5), self._downsample
        # The channels of a block of patches: its rows one after the other, and in each row its columns.
        grid = output.view(count, side // block, block, side // block, block, width)
        merged = grid.permute(0, 1, 3, 2, 4, 5).reshape(count, patches // block**2, width * block**2)
        features: Tensor = self.mlp1(merged)
        return features

    def forward(
        self,
        input_ids: Tensor | None,
        positions: Tensor,
        intermediate_tensors: Any = None,
        inputs_embeds: Tensor | None = None,
        **_: Any,
    ) -> Any:
        return self.language_model.model(
            input_ids=input_ids,
            positions=positions[0] if positions.ndim == 2 else positions,
            intermediate_tensors=intermediate_tensors,
            inputs_embeds=None if intermediate_tensors is not None else inputs_embeds,
        )

    def compute_logits(self, hidden_states: Tensor) -> Any:
        return self.language_model.compute_logits(hidden_states)

    def load_weights(self, weights: Any) -> set[str]:
        loaded: set[str] = AutoWeightsLoader(self).load_weights(weights)
        return loaded
