"""InternVL2 for Python: load a checkpoint, ask about images, read the answer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from .checkpoint.config import CheckpointConfig
from .checkpoint.config_file import read_config
from .network.greedy import greedy, prefill
from .network.load import DTYPES, load_network
from .network.modules import Network
from .network.normalize import normalise
from .processor.chat_template import chat_template
from .processor.prompt import IMAGE_TOKEN, Prompt, PromptBuilder, check_tokenizer
from .tokenizer.load import Tokenizer, load_tokenizer


class InternVL2:
    """One loaded checkpoint. Make it with `InternVL2.load`."""

    def __init__(self, config: CheckpointConfig, prompts: PromptBuilder, network: Network) -> None:
        self.config = config
        self.prompts = prompts
        self.network = network

    @classmethod
    def load(
        cls, path: str | Path, dtype: str = "bfloat16", device: str = "cpu", attention: str = "sdpa"
    ) -> "InternVL2":
        """Load a published folder as it is; its Python files and `auto_map` are ignored.

        Args:
            path: folder with config.json, safetensors files and the tokenizer's files.
            dtype: `float32`, `bfloat16` or `float16`.
            device: what torch calls it: `cpu`, `cuda`, `cuda:1`.
            attention: `sdpa` or `eager`.

        Raises:
            CheckpointError: the folder is no complete InternVL2 checkpoint; the message names what is wrong.
            ValueError: `dtype` or `attention` is not known.
        """
        if dtype not in DTYPES:
            raise ValueError(f"dtype {dtype!r} is not known; {', '.join(DTYPES)} are")
        config = read_config(Path(path))
        prompts = PromptBuilder(config, load_tokenizer(config.folder), chat_template(config.template))
        check_tokenizer(config, prompts.tokenizer)
        return cls(config, prompts, load_network(config, DTYPES[dtype], torch.device(device), attention))

    @property
    def tokenizer(self) -> Tokenizer:
        return self.prompts.tokenizer

    @property
    def device(self) -> torch.device:
        return torch.device(self.network.lm_head.weight.device)

    @property
    def stop_id(self) -> int:
        """The token that ends an answer: the template's separator, as in the reference."""
        return self.tokenizer.token_id(self.prompts.template.stop)

    def prompt(
        self,
        question: str,
        images: Sequence[Image.Image] = (),
        max_tiles: int | Sequence[int] | None = None,
        min_tiles: int | Sequence[int] | None = None,
        history: Sequence[tuple[str, str]] = (),
    ) -> Prompt:
        """See `PromptBuilder.build`."""
        return self.prompts.build(question, images, max_tiles, min_tiles, history)

    @torch.inference_mode()
    def tower(self, tiles: NDArray[np.uint8] | Tensor) -> Tensor:
        """The vision tower's output at `select_layer`: (tiles, 1 + patches, width), the class token first."""
        pixels = normalise(tiles, device=self.device, dtype=self.network.dtype)
        output: Tensor = self.network.model.vision_tower(pixel_values=pixels).last_hidden_state
        return output

    @torch.inference_mode()
    def features(self, tiles: NDArray[np.uint8] | Tensor, at_once: int = 16) -> Tensor:
        """The features of the tiles in the prompt: (tiles, tokens per tile, width of the language model).

        Args:
            at_once: tiles that go through the vision tower together, to bound memory.
        """
        parts = [
            self.network.model.get_image_features(
                pixel_values=normalise(tiles[start : start + at_once], device=self.device, dtype=self.network.dtype),
                vision_feature_layer=-1,
                vision_feature_select_strategy="default",
            ).pooler_output
            for start in range(0, len(tiles), at_once)
        ]
        width = self.config.text.hidden_size
        return torch.cat(parts) if parts else torch.empty(0, self.config.tokens_per_tile, width, device=self.device)

    @torch.inference_mode()
    def embeddings(self, prompt: Prompt) -> Tensor:
        """The input of the language model: (tokens, width), image tokens replaced by the tiles' features."""
        ids = torch.tensor(prompt.input_ids, device=self.device)
        embedded: Tensor = self.network.get_input_embeddings()(ids)
        features = self.features(prompt.tiles).flatten(0, 1).to(embedded.dtype)
        embedded[ids == self.tokenizer.token_id(IMAGE_TOKEN)] = features
        return embedded

    def logits(self, prompt: Prompt, chunk: int | None = None) -> Tensor:
        """Logits of every token of the prompt: (tokens, vocabulary), float32.

        Args:
            chunk: tokens computed in one call, to bound memory; all of them where None. The numbers do not depend
                on it beyond rounding.
        """
        return prefill(self.network, self.embeddings(prompt), chunk)

    def generate_ids(self, prompt: Prompt, max_new_tokens: int = 128, chunk: int | None = None) -> list[int]:
        """The most probable next tokens, up to the stop token (the last one then), `max_new_tokens` or the window."""
        return self.generate_ids_batch([prompt], max_new_tokens, chunk)[0]

    def generate_ids_batch(
        self, prompts: Sequence[Prompt], max_new_tokens: int | Sequence[int] = 128, chunk: int | None = None
    ) -> list[list[int]]:
        """`generate_ids` for several prompts as one left-padded batch; `max_new_tokens` for all or for each."""
        window = self.config.text.window
        each = [max_new_tokens] * len(prompts) if isinstance(max_new_tokens, int) else max_new_tokens
        limits = [
            limit if window is None else min(limit, window - len(prompt.input_ids))
            for prompt, limit in zip(prompts, each, strict=True)
        ]
        return greedy(self.network, [self.embeddings(p) for p in prompts], self.stop_id, limits, chunk)

    def generate(self, prompt: Prompt, max_new_tokens: int = 128, keep_tags: bool = False) -> str:
        """The answer as text, without the stop token.

        Args:
            keep_tags: keep special tokens such as `<ref>` and `<box>` in the text.
        """
        ids = self.generate_ids(prompt, max_new_tokens)
        return self.text(ids, keep_tags)

    def text(self, ids: Sequence[int], keep_tags: bool = False) -> str:
        """The text of generated `ids`: cut at the stop token, without surrounding white space."""
        stop = self.stop_id
        kept = ids[: ids.index(stop)] if stop in ids else ids
        return self.tokenizer.decode(kept, skip_special_tokens=not keep_tags).strip()
