"""Decode steps as CUDA graphs: what a GPU does for one token of each sequence, replayed without Python.

Launching the kernels of a step takes longer than a small model's arithmetic. A graph has fixed shapes and addresses, so
there is one for each number of sequences and of pages of the longest one, both rounded up to powers of two; its inputs
are copied into their places before it is replayed. What pads them reads and writes a page that no sequence has.
"""

from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .paged_attention import FlashLayout, KeyValues, PagedStep

# A replayed step computes what was captured, but for what half precision rounds otherwise in another order.
_MOST_ERROR = 0.05

# Logits (tokens, vocabulary) of token ids, their positions and rope lengths, in a step.
Compute = Callable[[Tensor, Tensor, Tensor, PagedStep], Tensor]


class GraphError(RuntimeError):
    """A captured step does not compute what the step does."""


@dataclass(frozen=True)
class _Graph:
    """A captured step; `tokens` holds ids, positions, rope lengths and slots, `places` what flash attention takes."""

    graph: torch.cuda.CUDAGraph
    tokens: Tensor
    places: Tensor
    logits: Tensor


class DecodeGraphs:
    """Graphs are captured when they are first needed, which takes about as long as a dozen steps."""

    def __init__(self, compute: Compute, cache: KeyValues) -> None:
        self._compute = compute
        self._cache = cache
        self._memory = torch.cuda.graph_pool_handle()
        self._graphs: dict[tuple[int, int], _Graph] = {}

    def logits(self, ids: Items[int], lengths: Items[int], pages: Items[Items[int]]) -> Tensor:
        """Logits (sequences, vocabulary) after the last token of each sequence; they hold until the next call.

        Args:
            ids: the last tokens.
            lengths: tokens of each sequence, the last one counted.
            pages: of each sequence.
        """
        shape = _power(len(ids)), _power(max(map(len, pages)))
        tokens, places = decode_inputs(self._cache, shape, ids, lengths, pages)
        graph = self._graphs.get(shape)
        if graph is None:
            graph = self._graphs[shape] = self._capture(shape, tokens, places)
        else:
            graph.tokens.copy_(torch.from_numpy(tokens))
            graph.places.copy_(torch.from_numpy(places))
        graph.graph.replay()
        return graph.logits[: len(ids)]

    def _capture(self, shape: tuple[int, int], tokens: NDArray[np.int64], places: NDArray[np.int32]) -> _Graph:
        device = self._cache.keys.device
        own = torch.from_numpy(tokens).to(device)
        where = torch.from_numpy(places).to(device)
        step = PagedStep(self._cache, own[3], decode_layout(where, shape, self._cache.page_size))
        aside = torch.cuda.Stream(device)
        aside.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(aside):
            # Once outside of the capture: libraries take their workspaces then.
            expected = self._compute(own[0], own[1], own[2], step)
        torch.cuda.current_stream(device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._memory, capture_error_mode="thread_local"):
            logits = self._compute(own[0], own[1], own[2], step)
        graph.replay()
        error = (logits - expected).abs().max() / expected.abs().max().clamp(min=1e-6)
        if not error < _MOST_ERROR:
            raise GraphError(f"a captured step is off by {float(error):.2g} of the largest logit")
        return _Graph(graph, own, where, logits)


def decode_inputs(
    cache: KeyValues,
    shape: tuple[int, int],
    ids: Items[int],
    lengths: Items[int],
    pages: Items[Items[int]],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Inputs of a step padded to `shape` (sequences, pages of each): int64 (4, sequences), and int32 of the layout."""
    rows, width = shape
    count, size = len(ids), cache.page_size
    tokens = np.zeros((4, rows), np.int64)
    tokens[2] = 1
    tokens[3] = cache.spare * size
    last = np.asarray(lengths, np.int64) - 1
    table = np.full((rows, width), cache.spare, np.int32)
    for row, own in zip(table, pages, strict=False):
        row[: len(own)] = own
    tokens[0, :count], tokens[1, :count], tokens[2, :count] = ids, last, lengths
    tokens[3, :count] = table[np.arange(count), last // size].astype(np.int64) * size + last % size
    used = np.ones(rows, np.int32)
    used[:count] = lengths
    queries = np.arange(rows + 1, dtype=np.int32)
    keys = np.concatenate(([0], np.cumsum(used))).astype(np.int32)
    return tokens, np.concatenate((queries, keys, used, table.ravel()))


def decode_layout(places: Tensor, shape: tuple[int, int], page_size: int) -> FlashLayout:
    """What flash attention takes, as views of the int32 tensor of `decode_inputs`."""
    rows, width = shape
    queries, keys, used, table = places.split([rows + 1, rows + 1, rows, rows * width])
    return FlashLayout(queries, keys, used, table.view(rows, width), 1, width * page_size)


def _power(count: int) -> int:
    """The power of two that is not less."""
    return 1 << (count - 1).bit_length()
