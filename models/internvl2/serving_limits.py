"""How much one serving engine holds at once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServingLimits:
    """Sizes of an engine's memory.

    Attributes:
        visual_tokens: rows of features of all images in hand.
        cache_tokens: tokens whose keys and values are held, shared prefixes once; taken at the start.
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
