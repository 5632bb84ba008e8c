"""Greedy and sampled sequences in one batch."""

import pytest
import torch
from docpipe.models.internvl2.serving.sampling import choose


def test_greedy_rows_take_the_most_probable_token_beside_sampled_ones() -> None:
    torch.manual_seed(3)
    logits = torch.randn(6, 50)
    tokens, logprobs = choose(logits, [0.0, 5.0, 0.0, 5.0, 0.0, 5.0])
    assert tokens[::2].tolist() == logits[::2].argmax(-1).tolist()
    expected = torch.log_softmax(logits, -1)[torch.arange(6), tokens]
    torch.testing.assert_close(logprobs, expected)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.0])
def test_samples_follow_the_softmax_at_their_temperature(temperature: float) -> None:
    torch.manual_seed(5)
    logits = torch.tensor([1.0, 0.0, -0.5, 0.3])
    draws = 20_000
    tokens, _ = choose(logits.expand(draws, 4), [temperature] * draws)
    shares = torch.bincount(tokens, minlength=4) / draws
    torch.testing.assert_close(shares, torch.softmax(logits / temperature, -1), atol=0.015, rtol=0)
