"""A prompt as the model takes it: text, token ids, tiles; whether it fits the window, and the tokenizer the model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..checkpoint.config import CheckpointConfig
from ..errors import CheckpointError, PromptTooLongError
from ..tokenizer.load import Tokenizer
from .chat_template import ChatTemplate, chat_prompt, chat_template, question_with_images
from .tiles import cut_tiles, rgb_image
from .tiling import TileGrid, choose_grid

IMAGE_TOKEN = "<IMG_CONTEXT>"
_IMAGE_RUN = re.compile(f"(?:{re.escape(IMAGE_TOKEN)})+")


@dataclass(frozen=True)
class Prompt:
    """One question about no, one or several images.

    Attributes:
        text: the whole string that was handed to the tokenizer, image tokens written out.
        input_ids: its token ids, with the tokenizer's BOS where it adds one.
        tiles: uint8 of shape (tiles, size, size, 3), RGB, all images one after the other.
        grids: a `(cols, rows, thumbnail)` for each image.
    """

    text: str
    input_ids: list[int]
    tiles: NDArray[np.uint8]
    grids: list[tuple[int, int, bool]]


@dataclass(frozen=True)
class PromptBuilder:
    """Makes prompts for one checkpoint; needs no weights."""

    config: CheckpointConfig
    tokenizer: Tokenizer
    template: ChatTemplate

    def build(
        self,
        question: str,
        images: Sequence[Image.Image] = (),
        max_tiles: int | Sequence[int] | None = None,
        min_tiles: int | Sequence[int] | None = None,
        history: Sequence[tuple[str, str]] = (),
    ) -> Prompt:
        """Cut the images into tiles and put the question into the chat template.

        Args:
            question: may hold one `<image>` for each image; without any they are put in front of it.
            max_tiles, min_tiles: of each image before its thumbnail, one number for all or one for each; as
                config.json decides if not given.
            history: earlier questions with their answers, without images.

        Raises:
            PromptTooLongError: the prompt leaves no room for an answer in the model's window.
            ValueError: images and numbers of tiles do not match, or the question holds a token of the template.
        """
        most = _for_each(images, max_tiles, self.config.max_tiles, "max_tiles")
        least = _for_each(images, min_tiles, self.config.min_tiles, "min_tiles")
        rgb_images = [rgb_image(image) for image in images]
        grids = [
            self.grid(rgb.width, rgb.height, low, high) for rgb, low, high in zip(rgb_images, least, most, strict=True)
        ]
        text = self.text(question, [grid.tiles for grid in grids], history)
        ids = self.encode(text, sum(grid.tiles for grid in grids))
        size = self.config.vision.image_size
        cut = [cut_tiles(rgb, grid, size) for rgb, grid in zip(rgb_images, grids, strict=True)]
        tiles = np.concatenate(cut) if cut else np.empty((0, size, size, 3), np.uint8)
        return Prompt(text, ids, tiles, [(grid.cols, grid.rows, grid.thumbnail) for grid in grids])

    def grid(self, width: int, height: int, min_tiles: int, max_tiles: int) -> TileGrid:
        """The grid of an image of `width` × `height` pixels."""
        return choose_grid(
            width,
            height,
            min_tiles=min_tiles,
            max_tiles=max_tiles,
            tile_size=self.config.vision.image_size,
            use_thumbnail=self.config.use_thumbnail,
        )

    def text(self, question: str, tiles: Sequence[int], history: Sequence[tuple[str, str]] = ()) -> str:
        """The whole prompt for images with these numbers of `tiles`, thumbnails included."""
        return chat_prompt(
            self.template,
            question_with_images(question, len(tiles)),
            tiles,
            self.config.tokens_per_tile,
            system_message=self.config.system_message,
            history=history,
        )

    def encode(self, text: str, tiles: int) -> list[int]:
        """Token ids of a whole prompt with `tiles` tiles, checked against the window.

        Raises:
            PromptTooLongError: see `build`.
        """
        ids = self._ids(text)
        wanted, found = tiles * self.config.tokens_per_tile, ids.count(self.tokenizer.token_id(IMAGE_TOKEN))
        if found != wanted:
            raise CheckpointError(
                f"{self.config.folder}: its tokenizer makes {found} image tokens of a prompt with {wanted}; its "
                f"files do not belong to the model"
            )
        window = self.config.text.window
        if window is not None and len(ids) >= window:
            raise PromptTooLongError(self._too_long(len(ids), wanted, tiles, window))
        return ids

    def _ids(self, text: str) -> list[int]:
        """Ids of `text`. Image tokens do not merge with their neighbours, so encoding one of each run is enough."""
        runs = [len(run.group()) // len(IMAGE_TOKEN) for run in _IMAGE_RUN.finditer(text)]
        image, counts = self.tokenizer.token_id(IMAGE_TOKEN), iter(runs)
        ids: list[int] = []
        for token in self.tokenizer.encode(_IMAGE_RUN.sub(IMAGE_TOKEN, text)):
            ids += [image] * next(counts, 1) if token == image else [token]
        return ids

    def _too_long(self, tokens: int, image_tokens: int, tiles: int, window: int) -> str:
        fit = (window - 1 - (tokens - image_tokens)) // self.config.tokens_per_tile
        if fit < 1:
            return f"the prompt has {tokens:,} tokens, the model's window is {window:,}: shorten the question"
        return (
            f"the prompt has {tokens:,} tokens with {tiles} tiles, the model's window is {window:,}: {fit} tiles "
            f"would fit, thumbnails included; lower max_tiles"
        )


def _for_each(images: Sequence[Image.Image], value: int | Sequence[int] | None, default: int, name: str) -> list[int]:
    if value is None or isinstance(value, int):
        return [default if value is None else value] * len(images)
    if len(value) != len(images):
        raise ValueError(f"{name} has {len(value)} numbers for {len(images)} images")
    return list(value)


def check_tokenizer(config: CheckpointConfig, tokenizer: Tokenizer) -> None:
    """Raise `CheckpointError` unless every id has a row in the embedding and the tokens of prompts are there."""
    if len(tokenizer) > config.text.vocab_size:
        raise CheckpointError(
            f"{config.folder}: its tokenizer has {len(tokenizer)} ids, the embedding {config.text.vocab_size} rows: "
            f"the tokenizer's files do not belong to the model"
        )
    for token in ("<img>", "</img>", IMAGE_TOKEN, "<ref>", "</ref>", "<box>", "</box>"):
        tokenizer.token_id(token)
    tokenizer.token_id(chat_template(config.template).stop)
