"""Phi3's longrope in vLLM, chosen by the length of each sequence as the reference does.

vLLM's own module takes one list of factors for all requests of an engine. Here a table has the positions twice: first
as a prompt of at most `original` tokens and its answer have them, then as a longer prompt has them. A request says by
its positions which half it uses, which vLLM lets a model do that has positions of its own (M-RoPE). Keys of the two
halves differ, so the requests must not share a prefix either: see `cache_salt`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..internvl2.checkpoint.config import RopeConfig, RopeKind
from ..internvl2.network.rope import SequenceRope


class LongRope(nn.Module):
    """Stands in for the `rotary_emb` of vLLM's attention layers."""

    def __init__(self, config: RopeConfig, head_dim: int, most_tokens: int, dtype: torch.dtype) -> None:
        """
        Args:
            most_tokens: tokens of the longest sequence.
        """
        super().__init__()
        self.original = config.original_max_positions
        self.offset = most_tokens
        self.head_dim = head_dim
        self.table: Tensor
        self.register_buffer("table", _table(config, head_dim, most_tokens, dtype), persistent=False)

    def first_position(self, prompt_tokens: int) -> int:
        """The position of the first token of a prompt of this length."""
        return self.offset if prompt_tokens > self.original else 0

    def forward(self, positions: Tensor, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
        """Rotate `query` and `key`, each (tokens, heads * head_dim), by their `positions` (tokens,)."""
        cos, sin = self.table[positions].unsqueeze(-2).chunk(2, dim=-1)
        return self._rotated(query, cos, sin), self._rotated(key, cos, sin)

    def _rotated(self, states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        heads = states.view(*states.shape[:-1], -1, self.head_dim)
        first, second = heads.chunk(2, dim=-1)
        return (heads * cos + torch.cat((-second, first), dim=-1) * sin).view(states.shape)


def cache_salt(config: RopeConfig, prompt_tokens: int) -> str | None:
    """What keeps prompts whose keys have other positions from sharing a prefix; None where all may share."""
    return "long" if config.kind is RopeKind.LONGROPE and prompt_tokens > config.original_max_positions else None


def longrope_of(values: Mapping[str, Any]) -> RopeConfig:
    """The longrope of a text configuration, from its entry `longrope`."""
    return RopeConfig(
        RopeKind.LONGROPE,
        values["theta"],
        values["max_positions"],
        short_factor=tuple(values["short_factor"]),
        long_factor=tuple(values["long_factor"]),
        original_max_positions=values["original_max_positions"],
    )


def _table(config: RopeConfig, head_dim: int, most_tokens: int, dtype: torch.dtype) -> Tensor:
    """Cosines and sines side by side: (2 * most_tokens, 2 * head_dim)."""
    rope = SequenceRope(config, head_dim, torch.device("cpu"))
    positions = torch.arange(most_tokens, dtype=torch.int64)
    halves = []
    for lengths in (positions + 1, torch.full_like(positions, config.original_max_positions + 1)):
        with rope.lengths(lengths):
            halves.append(torch.cat(rope(torch.empty(0, dtype=dtype), positions), dim=-1))
    return torch.cat(halves)
