"""Sampling for single requests of a continuous batch that is greedy otherwise."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import LogitsProcessorList
from transformers.generation.continuous_batching.cb_logits_processors import (
    ContinuousBatchingLogitsProcessor,
    ContinuousBatchingLogitsProcessorList,
)
from transformers.generation.continuous_batching.requests import FutureRequestState

TEMPERATURE = "temperature"


class GumbelNoise(ContinuousBatchingLogitsProcessor):
    """Adds Gumbel noise times the request's temperature, so that the largest score is a sample at that temperature.

    `argmax(logits / t + g)` with g from the standard Gumbel distribution is a draw from `softmax(logits / t)` (the
    Gumbel-max trick: Gumbel 1954; Maddison, Tarlow and Minka, "A* Sampling", 2014). At temperature 0 nothing changes:
    greedy requests stay exact beside sampled ones.
    """

    supported_kwargs = {TEMPERATURE: float}  # noqa: RUF012 - the base class declares it on the instance
    ignored_kwargs = ()

    def fill_defaults(self, int32_tensor: Tensor) -> None:
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_with_new_token: Sequence[FutureRequestState]) -> Tensor:
        values = [request.state.logit_processor_kwargs.get(TEMPERATURE, 0.0) for request in requests_with_new_token]
        return torch.tensor(values, dtype=torch.float32).view(torch.int32)

    def __call__(self, scores: Tensor, tensor_arg: Tensor) -> Tensor:
        temperature = tensor_arg[: scores.shape[0]].view(torch.float32)[:, None]
        uniform = torch.rand_like(scores).clamp_(1e-20, 1 - 1e-7)
        return scores - temperature * torch.log(-torch.log(uniform))


def sampling_processors() -> ContinuousBatchingLogitsProcessorList:
    """The processors of a batch in which each request may have a `temperature`."""
    processors = ContinuousBatchingLogitsProcessorList(LogitsProcessorList([GumbelNoise()]))
    processors.tensors_required = 1
    return processors
