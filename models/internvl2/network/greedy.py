"""Plain greedy decoding: the simplest right way, and the oracle for every faster one."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from .modules import Network
from .rope import SequenceRope


@torch.inference_mode()
def prefill(network: Network, embeddings: Tensor, chunk: int | None = None) -> Tensor:
    """Logits (tokens, vocabulary) in float32 of one prompt's `embeddings` (tokens, width), `chunk` tokens at a time."""
    tokens = embeddings.shape[0]
    cache, lengths, rows = DynamicCache(), torch.tensor([[tokens]], device=embeddings.device), []
    for start in range(0, tokens, chunk or tokens):
        part = embeddings[None, start : start + (chunk or tokens)]
        rows.append(_forward(network, part, lengths, cache, start, None, all_logits=True)[0])
    return torch.cat(rows)


@torch.inference_mode()
def greedy(
    network: Network, prompts: Sequence[Tensor], stop: int, limits: Sequence[int], chunk: int | None = None
) -> list[list[int]]:
    """The most probable tokens after each of `prompts`, decoded together as one left-padded batch.

    Args:
        prompts: embeddings (tokens, width), one a prompt.
        stop: token id that ends an answer; it is the last one of its answer.
        limits: the most new tokens, for each prompt.
        chunk: tokens of a prompt computed in one call; all of them where None.

    Returns:
        The new token ids of each prompt.
    """
    counts = [len(prompt) for prompt in prompts]
    longest, device = max(counts), prompts[0].device
    padded = torch.stack([nn.functional.pad(prompt, (0, 0, longest - len(prompt), 0)) for prompt in prompts])
    lengths = torch.tensor(counts, device=device)[:, None]
    padding = longest - lengths
    mask = torch.arange(longest, device=device)[None] >= padding
    cache = DynamicCache()
    answers: list[list[int]] = [[] for _ in prompts]
    for start in range(0, longest, chunk or longest):
        end = min(start + (chunk or longest), longest)
        logits = _forward(network, padded[:, start:end], lengths, cache, start - padding, mask[:, :end])
    for step in range(max(limits)):
        tokens = logits[:, -1].argmax(-1)
        running = False
        for row, (token, answer, limit) in enumerate(zip(tokens.tolist(), answers, limits, strict=True)):
            if len(answer) < limit and (not answer or answer[-1] != stop):
                answers[row].append(token)
                running |= token != stop and len(answer) < limit
        if not running:
            break
        mask = nn.functional.pad(mask, (0, 1), value=True)
        inputs = network.get_input_embeddings()(tokens)[:, None]
        logits = _forward(network, inputs, lengths, cache, longest - padding + step, mask)
    return answers


def _forward(
    network: Network,
    embeddings: Tensor,
    lengths: Tensor,
    cache: DynamicCache,
    start: int | Tensor,
    mask: Tensor | None,
    all_logits: bool = False,
) -> Tensor:
    model = network.model.language_model
    rope: SequenceRope = model.rotary_emb
    positions = (start + torch.arange(embeddings.shape[1], device=embeddings.device)[None]).clamp(min=0)
    with rope.lengths(lengths):
        hidden = model(
            inputs_embeds=embeddings,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
    logits: Tensor = network.lm_head(hidden if all_logits else hidden[:, -1:])
    return logits.float()
