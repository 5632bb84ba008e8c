"""The capacity of one serving engine: what fits into memory in addition to the weights."""

from dataclasses import dataclass

from ..check import cache_bytes
from ..checkpoint.config import CheckpointConfig
from ..errors import CacheTooSmallError


@dataclass(frozen=True)
class ServingLimits:
    """Sizes of an engine's memory.

    Attributes:
        visual_tokens: rows of features of all images in flight.
        cache_tokens: tokens whose keys and values fit, shared prefixes counted once; allocated at the start.
        batch_tokens: the most tokens in one step of the language model: longer prompts are cut into chunks.
        requests: the most requests decoded together.
        vision_tiles: the most tiles in one call of the vision tower.
        page_size: tokens in a page of the cache.
        reserve: new tokens whose pages a request takes at its start; further ones are taken as it grows.
        graphs: replay decode steps as CUDA graphs, on GPUs that flash attention runs on.
        stop_repetition: end answers that go round in a circle; off for measurements with random weights.
    """

    visual_tokens: int = 65_536
    cache_tokens: int = 131_072
    batch_tokens: int = 4_096
    requests: int = 256
    vision_tiles: int = 32
    page_size: int = 64
    reserve: int = 512
    graphs: bool = True
    stop_repetition: bool = True


# Shares of the memory that is free once the weights are loaded: the rest is for activations and what torch keeps.
_CACHE_SHARE, _ROWS_SHARE = 0.6, 0.1
_MOST_CACHE = {"cuda": 1_000_000, "cpu": 65_536}
# On a GPU the images of a hundred pages, of 12 tiles and a thumbnail each, are kept while their answers are generated.
_MOST_ROWS = {"cuda": 393_216, "cpu": 32_768}
# A processor is busy with a few requests; more would only hold memory.
_REQUESTS = {"cuda": 256, "cpu": 32}
_VISION_TILES = {"cuda": 32, "cpu": 13}
_BATCH_TOKENS = 4096
# Pages that flash attention takes are multiples of 256 tokens (`paged_attention.FLASH_PAGE`).
_PAGE = {"cuda": 256, "cpu": 64}
# On a processor answers are few, and attention is quicker over pages side by side.
_RESERVE = {"cuda": 256, "cpu": 1024}


def serving_limits(
    config: CheckpointConfig, kind: str, free_bytes: int, bytes_per_value: int, most_tiles: int, most_tokens: int
) -> ServingLimits:
    """Sizes of an engine on a device of `kind` (`cuda` or `cpu`) with `free_bytes` left by the weights.

    Args:
        bytes_per_value: of keys, values and visual rows: 2 for half precision, 4 for float32.
        most_tiles: tiles of the largest image, its thumbnail counted.
        most_tokens: tokens of the longest question with its answer, without its image.

    Raises:
        CacheTooSmallError: not even one such request fits.
    """
    row = config.text.hidden_size * bytes_per_value
    token = cache_bytes(config, 1, bytes_per_value)
    image = most_tiles * config.tokens_per_tile
    page = _PAGE[kind]
    least_cache = -(-(image + most_tokens) // page + 1) * page
    rows = min(_MOST_ROWS[kind], int(free_bytes * _ROWS_SHARE) // row)
    cache = min(_MOST_CACHE[kind], int(free_bytes * _CACHE_SHARE) // token) // page * page
    if rows < image or cache < least_cache:
        needed = max(least_cache * token / _CACHE_SHARE, image * row / _ROWS_SHARE)
        raise CacheTooSmallError(
            f"{config.folder}: {free_bytes / 1e9:.1f} GB are left by the weights, an image of {most_tiles} tiles "
            f"and {most_tokens} tokens of text need {needed / 1e9:.1f} GB; lower max_tiles or max_new_tokens, or serve "
            "it on several GPUs with kind: vllm or kind: openai"
        )
    return ServingLimits(
        visual_tokens=rows,
        cache_tokens=cache,
        batch_tokens=_BATCH_TOKENS,
        requests=_REQUESTS[kind],
        vision_tiles=_VISION_TILES[kind],
        page_size=page,
        reserve=_RESERVE[kind],
    )
