"""Rotary positions that depend only on the sequence of a token.

Phi3's longrope and dynamic NTK choose their frequencies by a length. The reference takes the longest position of the
forward call, so a row changes with its neighbours in the batch and with the way its prompt is cut. Here each token
carries its own *rope length*: the length of its sequence when its key was first computed, which is the prompt's
length for a token of the prompt and its position plus one for a generated token. For one sequence whose prompt is
computed in one call that is what the reference computes; for every other way of computing it gives the same numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ..checkpoint.config import RopeConfig, RopeKind


class SequenceRope(nn.Module):
    """Stands in for the `rotary_emb` of transformers' language models."""

    def __init__(self, config: RopeConfig, head_dim: int, device: torch.device) -> None:
        super().__init__()
        self.config = config
        self.head_dim = head_dim
        exponents = torch.arange(0, head_dim, 2, dtype=torch.int64).float() / head_dim
        self._exponents = exponents.to(device)
        self._default = _inverse(config.theta, exponents).to(device)
        powers = config.theta**exponents
        # Multiplied before the division, as the reference does: the other order moves logits by 5e-4.
        self._short, self._long = (
            (1.0 / (torch.tensor(factors or [1.0] * len(exponents)) * powers)).to(device)
            for factors in (config.short_factor, config.long_factor)
        )
        self.token_lengths: Tensor | None = None

    @contextmanager
    def lengths(self, lengths: Tensor) -> Iterator[None]:
        """Give the rope lengths of the tokens of the calls inside: integers that broadcast to (rows, tokens)."""
        self.token_lengths = lengths
        try:
            yield
        finally:
            self.token_lengths = None

    @torch.no_grad()
    def forward(self, x: Tensor, position_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of shape (rows, tokens, head_dim) in the dtype of `x`, for `position_ids` (rows, tokens).

        Without `lengths` each row counts as a whole sequence computed in one call.
        """
        lengths = position_ids.amax(-1, keepdim=True) + 1 if self.token_lengths is None else self.token_lengths
        angles = position_ids[..., None].float() * self.frequencies(torch.maximum(lengths, position_ids + 1))
        both = torch.cat((angles, angles), dim=-1)
        scale = attention_scale(self.config)
        return (both.cos() * scale).to(x.dtype), (both.sin() * scale).to(x.dtype)

    def frequencies(self, lengths: Tensor) -> Tensor:
        """Inverse frequencies in float32, of shape `lengths.shape` + (head_dim / 2,) or broadcastable to it."""
        if self.config.kind is RopeKind.LONGROPE:
            long = lengths[..., None] > self.config.original_max_positions
            return torch.where(long, self._long, self._short)
        if self.config.kind is RopeKind.DYNAMIC:
            bases = dynamic_base(self.config, self.head_dim, lengths)
            return torch.where(
                bases[..., None] > self.config.theta, _inverse(bases[..., None], self._exponents), self._default
            )
        return self._default


def rope_class(rope: RopeConfig, tokens: int) -> int:
    """A number that prompts of the same beginning and of `tokens` tokens share where their keys there are equal."""
    if rope.kind is RopeKind.LONGROPE:
        return int(tokens > rope.original_max_positions)
    if rope.kind is RopeKind.DYNAMIC:
        return max(tokens, rope.max_positions)
    return 0


def dynamic_base(config: RopeConfig, head_dim: int, lengths: Tensor) -> Tensor:
    """Dynamic NTK's base for sequences of `lengths`, in float32.

    base * (factor * length / max_positions - (factor - 1)) ** (d / (d - 2)) beyond `max_positions`
    (modeling_internlm2.py, `InternLM2DynamicNTKScalingRotaryEmbedding`), the plain base up to there.
    """
    share = lengths.double() / config.max_positions
    growth = (config.factor * share - (config.factor - 1)).clamp(min=1.0)
    return (config.theta * growth ** (head_dim / (head_dim - 2))).float()


def attention_scale(config: RopeConfig) -> float:
    """Factor on cosines and sines: sqrt(1 + ln(max / original) / ln(original)) for longrope (modeling_phi3.py)."""
    if config.kind is not RopeKind.LONGROPE or config.max_positions <= config.original_max_positions:
        return 1.0
    scale = config.max_positions / config.original_max_positions
    return float(
        (1 + torch.tensor(scale).double().log() / torch.tensor(config.original_max_positions).double().log()) ** 0.5
    )


def _inverse(base: float | Tensor, exponents: Tensor) -> Tensor:
    return 1.0 / (base**exponents)
