"""One question while it is served: its tokens, and which of their keys and values are computed."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Prefix:
    """The beginning of a prompt, which other questions about the same images share.

    Attributes:
        images: serial numbers of the images, in the prompt's order.
        rope: what of the prompt's length decides its rotary positions; prompts of unlike numbers have unlike keys.
        ids: tokens up to the last image token.
    """

    images: tuple[int, ...]
    rope: int
    ids: tuple[int, ...]

    def __hash__(self) -> int:
        return hash((self.images, self.rope))


@dataclass(eq=False)
class Sequence:
    """A prompt and what was written so far.

    Attributes:
        ids: token ids, first the prompt's.
        prompt_tokens: how many of them are the prompt's.
        limit: the most new tokens.
        temperature: 0 for the most probable tokens.
        prefix: None without images.
        image_places: positions of the image tokens in the prompt, ascending.
        features: their features, (image tokens, width); None without images.
        logprobs: of the tokens written so far.
        pages: of the cache, in order.
        computed: number of tokens whose keys and values are stored there.
    """

    ids: list[int]
    prompt_tokens: int
    limit: int
    temperature: float = 0.0
    prefix: Prefix | None = None
    image_places: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    features: Tensor | None = None
    logprobs: list[float] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    computed: int = 0

    @property
    def written(self) -> list[int]:
        """New tokens."""
        return self.ids[self.prompt_tokens :]

    @property
    def most_tokens(self) -> int:
        return self.prompt_tokens + self.limit

    @property
    def pending(self) -> int:
        """Tokens whose keys and values are still to be computed; the last one gives the next token."""
        return len(self.ids) - self.computed

    @property
    def decoding(self) -> bool:
        """Whether only the token that was written last is pending."""
        return len(self.ids) > self.prompt_tokens and self.pending == 1
