"""Transformers' continuous batching over the language model of a loaded InternVL2."""

import threading
from typing import Any, cast

import torch
from torch import Tensor
from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching.continuous_api import ContinuousBatchingManager, ProtoPretrainedModel
from transformers.generation.continuous_batching.requests import GenerationOutput

from .model import InternVL2
from .rope import SequenceRope
from .sampling import TEMPERATURE, sampling_processors
from .serving_limits import ServingLimits
from .visual_rows import VisualEmbedding

# A rope length beyond every switch.
_LONG = 2**30


def request_seconds(output: GenerationOutput) -> dict[str, float]:
    """Seconds of a finished request: `wait` in the queue, `prefill` to its first token, `decode` from there on."""
    (started, ended), stamps = output.lifespan, output.timestamps
    if not stamps or started < 0 or ended < 0:
        return {}
    first = min(max(stamps[0], started), ended)
    return {"wait": max(0.0, started - output.created_time), "prefill": first - started, "decode": ended - first}


class ContinuousDecoder:
    """One continuous batch over paged keys and values, greedy where no temperature is asked for, in its own thread.

    While it runs, the network's embedding takes visual ids (see `visual_rows`) and its rope takes lengths from them.
    """

    def __init__(self, model: InternVL2, limits: ServingLimits) -> None:
        self._model = model
        self._limits = limits
        self._batch_tokens = limits.batch_tokens
        network = model.network
        self._text_embedding = cast(torch.nn.Embedding, network.get_input_embeddings())
        self.embedding = VisualEmbedding(self._text_embedding, limits.visual_tokens)
        network.set_input_embeddings(self.embedding)
        self._hooks = (
            network.register_forward_pre_hook(self._before, with_kwargs=True),
            network.register_forward_hook(self._after),
        )
        self._manager = self._start()

    def submit(self, request_id: str, ids: list[int], max_new_tokens: int, temperature: float = 0.0) -> None:
        self._manager.add_request(
            ids,
            request_id=request_id,
            max_new_tokens=max_new_tokens,
            record_timestamps=True,
            eos_token_id=self._model.stop_id,
            **cast(dict[str, Any], {TEMPERATURE: float(temperature)}),
        )

    def cancel(self, request_id: str) -> None:
        self._manager.cancel_request(request_id)

    def finished(self, seconds: float) -> GenerationOutput | None:
        """The next finished request, or None after `seconds`."""
        return self._manager.get_result(timeout=seconds)

    def so_far(self, request_id: str) -> tuple[list[int], list[float]]:
        """Tokens and their log-probabilities that a running request has."""
        processor = self._manager.batch_processor
        state = processor.scheduler.active_requests.get(request_id) if processor is not None else None
        return ([], []) if state is None else (list(state.generated_tokens), list(state.logprobs))

    @property
    def failure(self) -> Exception | None:
        """What ended the thread, if anything did."""
        error: Exception | None = self._manager.background_thread_status.fatal_error
        return error

    def restart(self, *, smaller: bool = False) -> None:
        """Begin anew with an empty cache; what was running is forgotten.

        Args:
            smaller: with half as many tokens a step, after the device ran out of memory.
        """
        if smaller:
            self._batch_tokens = max(self._limits.page_size, self._batch_tokens // 2)
        self._manager.stop(block=True, hard_stop=True)
        self._manager = self._start()

    def close(self) -> None:
        """Stop, and give the network its own embedding back."""
        self._manager.stop(block=True, hard_stop=True)
        for hook in self._hooks:
            hook.remove()
        self._model.network.set_input_embeddings(self._text_embedding)

    def _start(self) -> ContinuousBatchingManager:
        on_gpu = self._model.device.type == "cuda"
        manager = ContinuousBatchingManager(
            cast(ProtoPretrainedModel, self._model.network),
            GenerationConfig(do_sample=False, eos_token_id=self._model.stop_id, pad_token_id=0),
            ContinuousBatchingConfig(
                page_size=self._limits.page_size,
                num_blocks=-(-self._limits.cache_tokens // self._limits.page_size),
                max_batch_tokens=self._batch_tokens,
                max_requests_per_batch=self._limits.requests,
                return_logprobs=True,
                auto_switch_to_flash=on_gpu,
                use_cuda_graph=None if on_gpu else False,
                use_async_batching=None if on_gpu else False,
            ),
        )
        manager.logit_processor = sampling_processors()
        # A thread is a daemon where the thread that starts it is one: a process must not stay for this one's sake.
        starter = threading.Thread(target=manager.start, daemon=True)
        starter.start()
        starter.join()
        return manager

    def _before(self, _: torch.nn.Module, __: tuple[Any, ...], inputs: dict[str, Any]) -> None:
        ids: Tensor = inputs["input_ids"]
        positions: Tensor = inputs["position_ids"]
        self._rope.token_lengths = torch.where(self.embedding.is_long(ids), _LONG, positions + 1)

    def _after(self, *_: object) -> None:
        self._rope.token_lengths = None

    @property
    def _rope(self) -> SequenceRope:
        rope: SequenceRope = self._model.network.model.language_model.rotary_emb
        return rope
