"""The next token of each sequence of a batch: the most probable one, or a sample."""

import torch
from torch import Tensor


def choose(logits: Tensor, temperatures: list[float]) -> tuple[Tensor, Tensor]:
    """Tokens and their log-probabilities, each (sequences,), from `logits` (sequences, vocabulary) in float32.

    `argmax(logits / t + g)` with g from the standard Gumbel distribution is a draw from `softmax(logits / t)` (the
    Gumbel-max trick: Gumbel 1954; Maddison, Tarlow and Minka, "A* Sampling", 2014). At temperature 0 it is the most
    probable token. Log-probabilities are those of the model, at temperature 1.
    """
    scores = logits
    sampled = [row for row, temperature in enumerate(temperatures) if temperature > 0]
    if sampled:
        rows = torch.tensor(sampled, device=logits.device)
        heat = torch.tensor([temperatures[row] for row in sampled], device=logits.device)[:, None]
        uniform = torch.rand(len(sampled), logits.shape[1], device=logits.device).clamp_(1e-20, 1 - 1e-7)
        scores = logits.index_copy(0, rows, logits[rows] - heat * torch.log(-torch.log(uniform)))
    tokens = scores.argmax(-1)
    chosen = logits.gather(1, tokens[:, None])[:, 0]
    return tokens, chosen - logits.logsumexp(-1)
