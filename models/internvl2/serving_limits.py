"""How much one serving engine holds at once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ServingLimits:
    """Sizes of an engine's memory, all fixed at its start.

    Attributes:
        visual_tokens: rows for visual tokens of all images in hand.
        cache_tokens: tokens whose keys and values are held, shared prefixes once.
        batch_tokens: the most tokens in one step of the language model: longer prompts are cut into chunks.
        requests: the most requests decoded together.
        vision_tiles: the most tiles in one call of the vision tower.
        page_size: tokens in a block of the cache; prefixes are shared by whole blocks.
        stop_repetition: end answers that go round in a circle; off for measurements with random weights.
    """

    visual_tokens: int = 65_536
    cache_tokens: int = 131_072
    batch_tokens: int = 4_096
    requests: int = 256
    vision_tiles: int = 32
    page_size: int = 64
    stop_repetition: bool = True
