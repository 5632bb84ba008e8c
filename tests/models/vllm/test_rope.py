"""Phi3's longrope for vLLM is that of the reference for every length of prompt and answer."""

from pathlib import Path

import pytest
import torch
from docpipe.models.internvl2.checkpoint.config import RopeConfig
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import shape_config
from docpipe.models.internvl2.network.rope import SequenceRope
from docpipe.models.vllm.config import vllm_values
from docpipe.models.vllm.rope import LongRope, cache_salt, longrope_of

HEAD_DIM = 24


def longrope() -> RopeConfig:
    return longrope_of(vllm_values(shape_config(published_size("4B").tiny(), Path("4B")))["text_config"]["longrope"])


def rotated(states: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = states.chunk(2, dim=-1)
    return states * cos + torch.cat((-second, first), dim=-1) * sin


def test_the_configuration_keeps_every_factor() -> None:
    assert longrope() == shape_config(published_size("4B").tiny(), Path("4B")).text.rope


@pytest.mark.parametrize(("prompt", "tokens"), [(40, 60), (4090, 4110), (4096, 4100), (4097, 4100), (5000, 5010)])
def test_keys_are_those_of_a_sequence_computed_alone(prompt: int, tokens: int) -> None:
    config = longrope()
    rope = LongRope(config, HEAD_DIM, 6000, torch.float32)
    generator = torch.Generator().manual_seed(0)
    query, key = (torch.randn(tokens, heads * HEAD_DIM, generator=generator) for heads in (4, 2))
    positions = torch.arange(tokens)
    found = rope(positions + rope.first_position(prompt), query, key)
    reference = SequenceRope(config, HEAD_DIM, torch.device("cpu"))
    # The prompt was computed in one call, each token of the answer in one of its own.
    with reference.lengths(torch.maximum(positions + 1, torch.tensor(prompt))):
        cos, sin = reference(query, positions[None])
    for states, got in zip((query, key), found, strict=True):
        wanted = rotated(states.view(tokens, -1, HEAD_DIM), cos[0, :, None], sin[0, :, None]).view(tokens, -1)
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-6)


def test_prompts_of_unlike_factors_share_no_prefix() -> None:
    config = longrope()
    assert cache_salt(config, 4096) is None
    assert cache_salt(config, 4097) == "long"
    assert cache_salt(shape_config(published_size("2B"), Path("2B")).text.rope, 30_000) is None
