"""Steps of the language model for many sequences at once, over a paged cache."""

import logging
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..model import InternVL2
from ..network.rope import SequenceRope
from .cuda_graphs import DecodeGraphs
from .paged_attention import ATTENTION, STEP, KeyValues, PagedStep, paged_step
from .sampling import choose
from .scheduler import Plan, Work
from .sequence import Sequence

_log = logging.getLogger(__name__)


class BatchDecoder:
    """Computes the steps of a `Scheduler`. While it is open, the model's own `generate` must not be used."""

    def __init__(self, model: InternVL2, pages: int, page_size: int, graphs: bool = True) -> None:
        """
        Args:
            graphs: replay decode steps as CUDA graphs, on GPUs that flash attention runs on.
        """
        network = model.network
        self._network = network
        self._language: Any = network.model.language_model
        self._rope: SequenceRope = self._language.rotary_emb
        self._device = model.device
        self._cache = KeyValues(model.config.text, pages, page_size, network.dtype, model.device)
        self._graphs = DecodeGraphs(self._decode, self._cache) if graphs and self._cache.flash else None
        self._own_attention = str(self._language.config._attn_implementation)
        self._language.set_attn_implementation(ATTENTION)

    def close(self) -> None:
        """Give the model its own attention back."""
        self._language.set_attn_implementation(self._own_attention)

    @torch.inference_mode()
    def step(self, plan: Plan) -> list[tuple[Sequence, int, float]]:
        """Compute a step; returns the sequences that have a next token, with it and its log-probability."""
        for copy in plan.copies:
            self._cache.copy(copy.source, copy.target, copy.tokens)
        work = plan.work
        complete = [item.sequence for item in work if item.completes]
        logits = self._replayed(work) if all(item.sequence.decoding for item in work) else None
        if logits is None:
            logits = self._mixed(work)
        if not complete:
            return []
        tokens, logprobs = choose(logits, [sequence.temperature for sequence in complete])
        # One transfer for both: float64 holds every token id.
        chosen, sure = torch.stack((tokens.double(), logprobs.double())).tolist()
        return [(sequence, int(token), own) for sequence, token, own in zip(complete, chosen, sure, strict=True)]

    def _replayed(self, work: list[Work]) -> Tensor | None:
        """Logits (sequences, vocabulary) of a step without prompts, by a graph; None where there are no graphs."""
        if self._graphs is None:
            return None
        try:
            return self._graphs.logits(
                [item.sequence.ids[-1] for item in work],
                [len(item.sequence.ids) for item in work],
                [item.sequence.pages for item in work],
            )
        except RuntimeError as error:
            # Running out of memory is one: a capture takes some, a replay takes none.
            _log.warning("decoding continues without CUDA graphs: %s", error)
            self._graphs = None
        torch.cuda.empty_cache()
        return None

    def _mixed(self, work: list[Work]) -> Tensor:
        """Logits (sequences, vocabulary) of the sequences that have a next token after a step of any kind."""
        counts = [item.count for item in work]
        lengths = [item.sequence.computed + item.count for item in work]
        step = paged_step(self._cache, counts, lengths, [item.sequence.pages for item in work])
        positions, rope_lengths = self._positions(work)
        hidden = self._hidden(self._embeddings(work), positions, rope_lengths, step)
        last = [int(end) - 1 for item, end in zip(work, np.cumsum(counts), strict=True) if item.completes]
        return self._logits(hidden[torch.tensor(last, device=self._device, dtype=torch.int64)])

    def _decode(self, ids: Tensor, positions: Tensor, rope_lengths: Tensor, step: PagedStep) -> Tensor:
        """Logits (sequences, vocabulary) after one token of each sequence."""
        return self._logits(self._hidden(self._network.get_input_embeddings()(ids), positions, rope_lengths, step))

    def _hidden(self, embedded: Tensor, positions: Tensor, rope_lengths: Tensor, step: PagedStep) -> Tensor:
        with self._rope.lengths(rope_lengths[None]):
            hidden: Tensor = self._language(
                inputs_embeds=embedded[None], position_ids=positions[None], use_cache=False, **{STEP: step}
            ).last_hidden_state
        return hidden[0]

    def _logits(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self._network.lm_head(hidden)
        return logits.float()

    def _positions(self, work: list[Work]) -> tuple[Tensor, Tensor]:
        """Positions, and the length that decides each token's rotary frequencies (see `rope`)."""
        places = [np.arange(item.sequence.computed, item.sequence.computed + item.count) for item in work]
        lengths = [np.maximum(place + 1, item.sequence.prompt_tokens) for item, place in zip(work, places, strict=True)]
        moved = torch.from_numpy(np.stack((np.concatenate(places), np.concatenate(lengths)))).to(
            self._device, non_blocking=True
        )
        return moved[0], moved[1]

    def _embeddings(self, work: list[Work]) -> Tensor:
        """(tokens, width), image tokens replaced by their features."""
        ids = [
            token
            for item in work
            for token in item.sequence.ids[item.sequence.computed : item.sequence.computed + item.count]
        ]
        embedded: Tensor = self._network.get_input_embeddings()(torch.tensor(ids, device=self._device))
        start = 0
        for item in work:
            sequence, begin = item.sequence, item.sequence.computed
            if sequence.features is not None and begin < len(sequence.prefix.ids if sequence.prefix else ()):
                low, high = np.searchsorted(sequence.image_places, (begin, begin + item.count)).tolist()
                places = torch.from_numpy(sequence.image_places[low:high] - begin + start).to(self._device)
                embedded[places] = sequence.features[low:high].to(embedded.dtype)
            start += item.count
        return embedded
