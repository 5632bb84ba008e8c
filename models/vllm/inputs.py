"""A request as vLLM's engine takes it: token ids, uint8 tiles, and where in the prompt their features belong."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from vllm import SamplingParams
from vllm.inputs.engine import mm_input, tokens_input
from vllm.multimodal.inputs import MultiModalFieldConfig, MultiModalKwargsItems, PlaceholderRange
from vllm.sampling_params import RequestOutputKind

TILES, TILES_OF_IMAGES = "pixel_values_flat", "image_num_patches"
"""Names of an image's fields, those of vLLM's own class for InternVL."""


@dataclass(frozen=True)
class TiledImage:
    """Tiles of an image.

    Attributes:
        tiles: uint8 (tiles, size, size, 3).
        digest: of the tiles; images of the same digest share features and prefixes.
    """

    tiles: NDArray[np.uint8]
    digest: str


def tiled_image(tiles: NDArray[np.uint8]) -> TiledImage:
    """Tiles with their digest, which takes about a millisecond a tile."""
    digest = hashlib.blake2b(np.ascontiguousarray(tiles).data, digest_size=16).hexdigest()
    return TiledImage(tiles, f"{len(tiles)}-{digest}")


def image_fields(counts: torch.Tensor) -> Mapping[str, MultiModalFieldConfig]:
    """How vLLM puts the fields of several images together; `counts` has the tiles of each."""
    return {
        TILES: MultiModalFieldConfig.flat_from_sizes("image", counts),
        TILES_OF_IMAGES: MultiModalFieldConfig.batched("image", keep_on_cpu=True),
    }


def engine_input(
    ids: Sequence[int],
    image_token: int,
    images: Sequence[TiledImage],
    tokens_per_tile: int,
    salt: str | None = None,
) -> Any:
    """The input of `AsyncLLM.generate`; vLLM neither tokenizes nor cuts tiles.

    Args:
        ids: of the whole prompt, with an image token for each visual token.
        salt: prompts of unlike salts share no prefix.

    Raises:
        ValueError: the prompt's image tokens are not those of `images`.
    """
    prompt = [int(number) for number in ids]
    lengths = [len(image.tiles) * tokens_per_tile for image in images]
    offsets = _offsets(prompt, image_token, lengths)
    if not images:
        return tokens_input(prompt, cache_salt=salt)
    counts = torch.tensor([len(image.tiles) for image in images])
    tiles = torch.from_numpy(np.concatenate([image.tiles for image in images]))
    fields = MultiModalKwargsItems.from_hf_inputs({TILES: tiles, TILES_OF_IMAGES: counts}, image_fields(counts))
    return mm_input(
        prompt,
        fields,
        {"image": [image.digest for image in images]},
        {"image": [PlaceholderRange(start, length) for start, length in zip(offsets, lengths, strict=True)]},
        cache_salt=salt,
    )


def with_image_tokens(
    ids: Sequence[int], image_token: int, images: Sequence[TiledImage], tokens_per_tile: int
) -> list[int]:
    """`ids` with the image tokens of each image in place of one.

    Raises:
        ValueError: there is another number of image tokens than of images.
    """
    if ids.count(image_token) != len(images):
        raise ValueError(f"the prompt has {ids.count(image_token)} image tokens for {len(images)} images")
    lengths = iter([len(image.tiles) * tokens_per_tile for image in images])
    return [same for one in ids for same in [one] * (next(lengths) if one == image_token else 1)]


def sampling(max_new_tokens: int, stop_token: int, temperature: float, every: int) -> SamplingParams:
    """How a request is decoded: the most probable tokens at temperature 0, pieces of `every` tokens, log-probabilities.

    Nothing is taken from the folder's generation_config.json, and no text is made of the tokens.
    """
    return SamplingParams(
        max_tokens=max_new_tokens,
        temperature=temperature,
        stop_token_ids=[stop_token],
        ignore_eos=True,
        logprobs=0,
        detokenize=False,
        output_kind=RequestOutputKind.DELTA,
        stream_interval=every,
    )


def _offsets(prompt: Sequence[int], image_token: int, lengths: Sequence[int]) -> list[int]:
    """Where the image tokens of each image begin."""
    places = np.flatnonzero(np.asarray(prompt) == image_token)
    if len(places) != sum(lengths):
        raise ValueError(f"the prompt has {len(places)} image tokens, its images need {sum(lengths)}")
    offsets, start = [], 0
    for length in lengths:
        if places[start + length - 1] - places[start] != length - 1:
            raise ValueError("the image tokens of an image do not stand side by side")
        offsets.append(int(places[start]))
        start += length
    return offsets
