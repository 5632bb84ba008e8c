"""Rotary positions depend on a token's own sequence: not on its neighbours, not on how a prompt is cut."""

import pytest
import torch
from docpipe.models.internvl2.checkpoint.config import RopeConfig, RopeKind
from docpipe.models.internvl2.network.rope import SequenceRope, attention_scale, dynamic_base
from hypothesis import given
from hypothesis import strategies as st

HEAD_DIM = 16
CPU = torch.device("cpu")
LONGROPE = RopeConfig(
    RopeKind.LONGROPE,
    10000.0,
    131072,
    short_factor=tuple(1.0 + i / 10 for i in range(8)),
    long_factor=tuple(2.0 + i for i in range(8)),
    original_max_positions=64,
)
DYNAMIC = RopeConfig(RopeKind.DYNAMIC, 10000.0, 64, factor=2.0)
KINDS = {"longrope": LONGROPE, "dynamic": DYNAMIC, "default": RopeConfig(RopeKind.DEFAULT, 10000.0, 64)}


@pytest.mark.parametrize("kind", KINDS)
@given(
    lengths=st.lists(st.integers(1, 150), min_size=1, max_size=4),
    cut=st.integers(1, 150),
)
def test_a_sequence_has_the_same_positions_alone_in_a_batch_and_in_chunks(
    kind: str, lengths: list[int], cut: int
) -> None:
    rope, x = SequenceRope(KINDS[kind], HEAD_DIM, CPU), torch.zeros(1)
    longest = max(lengths)
    positions = torch.arange(longest)[None].expand(len(lengths), -1)
    for start in range(0, longest, cut):
        with rope.lengths(torch.tensor(lengths)[:, None]):
            cos, sin = rope(x, positions[:, start : start + cut])
        for row, length in enumerate(lengths):
            alone_cos, alone_sin = rope(x, torch.arange(length)[None])
            end = min(start + cut, length)
            if start < end:
                assert torch.equal(cos[row, : end - start], alone_cos[0, start:end])
                assert torch.equal(sin[row, : end - start], alone_sin[0, start:end])


def test_longrope_switches_from_short_to_long_factors_when_a_sequence_grows_past_the_original_window() -> None:
    rope = SequenceRope(LONGROPE, HEAD_DIM, CPU)
    prompt = torch.tensor([[64]])
    with rope.lengths(prompt):
        last_short, _ = rope(torch.zeros(1), torch.tensor([[63]]))
        first_long, _ = rope(torch.zeros(1), torch.tensor([[64]]))
    short, long = (torch.tensor(factors) for factors in (LONGROPE.short_factor, LONGROPE.long_factor))
    powers = 10000.0 ** (torch.arange(0, HEAD_DIM, 2) / HEAD_DIM)
    scale = attention_scale(LONGROPE)
    torch.testing.assert_close(last_short[0, 0, :8], (63 / (short * powers)).cos() * scale)
    torch.testing.assert_close(first_long[0, 0, :8], (64 / (long * powers)).cos() * scale)


def test_a_prompt_longer_than_the_original_window_takes_long_factors_from_its_first_token() -> None:
    rope = SequenceRope(LONGROPE, HEAD_DIM, CPU)
    assert torch.equal(rope.frequencies(torch.tensor([65])), rope.frequencies(torch.tensor([9000])))
    assert not torch.equal(rope.frequencies(torch.tensor([64])), rope.frequencies(torch.tensor([65])))


def test_dynamic_ntk_keeps_the_plain_base_within_the_window_and_grows_beyond_it() -> None:
    bases = dynamic_base(DYNAMIC, HEAD_DIM, torch.tensor([1, 64, 65, 128]))
    assert bases[:2].tolist() == [10000.0, 10000.0]
    assert bases[3] == pytest.approx(10000.0 * 3.0 ** (16 / 14))
    assert bases[1] < bases[2] < bases[3]


def test_the_scale_of_phi3_is_that_of_the_published_model() -> None:
    published = RopeConfig(
        RopeKind.LONGROPE, 1e4, 131072, short_factor=(1.0,), long_factor=(1.0,), original_max_positions=4096
    )
    assert attention_scale(published) == pytest.approx(1.1902, abs=1e-4)
    assert attention_scale(DYNAMIC) == 1.0
