"""Attention of many sequences at once over keys and values that are stored in pages.

Every sequence attends to its own tokens only, and its cost does not depend on its neighbours. On a GPU that is one call
of torch's flash attention over all sequences (`torch.nn.attention.varlen`, half precision); elsewhere one call of
`scaled_dot_product_attention` a sequence, on a view of its pages if they are contiguous.
"""

import logging
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from ..checkpoint.config import TextConfig
from .block_pool import side_by_side

_log = logging.getLogger(__name__)
# The name under which transformers' language models find `attend`, and the argument that carries the step to it.
ATTENTION, STEP = "docpipe_paged", "paged_step"
# Pages that flash attention takes are multiples of this (`mha_varlen_fwd` of FlashAttention 2).
FLASH_PAGE = 256
# Largest difference of attention over random numbers in half precision.
_MOST_ERROR = 0.03
# Queries up to here are grouped by the key head they share, which spares copies of the keys; a mask is small then.
_GROUPED = 64


class KeyValues:
    """Keys and values of all layers, and one page more that no sequence has."""

    def __init__(
        self, config: TextConfig, pages: int, page_size: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        shape = (config.layers, pages + 1, page_size, config.kv_heads, config.head_dim)
        # Zeroed memory is not touched on a processor until it is used.
        self.keys = torch.zeros(shape, dtype=dtype, device=device)
        self.values = torch.zeros(shape, dtype=dtype, device=device)
        self.page_size = page_size
        self.spare = pages
        self.flash = page_size % FLASH_PAGE == 0 and use_flash(config, dtype, device)

    def copy(self, source: int, target: int, tokens: int) -> None:
        """Copy the first `tokens` tokens of a page."""
        for stored in (self.keys, self.values):
            stored[:, target, :tokens] = stored[:, source, :tokens]

    def rows(self, layer: int) -> tuple[Tensor, Tensor]:
        """Keys and values of a layer, each (tokens of all pages, heads, width)."""
        return self.keys[layer].flatten(0, 1), self.values[layer].flatten(0, 1)


def use_flash(config: TextConfig, dtype: torch.dtype, device: torch.device) -> bool:
    """Whether torch's flash attention serves there: half precision, compute capability 8.0, and a trial agrees."""
    if dtype not in (torch.float16, torch.bfloat16) or device.type != "cuda":
        return False
    if torch.cuda.get_device_capability(device) < (8, 0):
        return False
    try:
        error = _flash_error(config, dtype, device)
    except (RuntimeError, TypeError, ValueError, ImportError) as failure:
        # A TypeError is that of a torch whose operator takes no pages yet.
        _log.warning("torch's flash attention does not run on %s: %s", device, failure)
        return False
    if error > _MOST_ERROR:
        _log.warning("torch's flash attention over pages is off by %.2g on %s: it is not used", error, device)
    return error <= _MOST_ERROR


def _flash_error(config: TextConfig, dtype: torch.dtype, device: torch.device) -> float:
    """How far it is from plain attention, for a prompt's end and a single token over pages out of order."""
    pages, counts, lengths = [[3, 1], [0]], [5, 1], [FLASH_PAGE + 40, 30]
    stored = torch.randn(2, 4 * FLASH_PAGE, config.kv_heads, config.head_dim, device=device).to(dtype)
    query = torch.randn(1, config.heads, sum(counts), config.head_dim, device=device).to(dtype)
    layout = _flash_layout(counts, lengths, pages, device)
    paged = stored.unflatten(1, (4, FLASH_PAGE))
    found = _flash(layout, paged[0], paged[1], query[0].transpose(0, 1), None)
    spans = _spans(FLASH_PAGE, counts, lengths, pages, device)
    parts = [_attend_span(span, query[:, :, span.start : span.end], stored[0], stored[1], None) for span in spans]
    return float((found - torch.cat(parts, dim=2)[0].transpose(0, 1)).abs().max())


@dataclass(frozen=True)
class Span:
    """One sequence in a step: queries `start` to `end` of it, which are the last of its `length` tokens.

    Attributes:
        first: row of its first key if its pages are contiguous.
        rows: rows of all its keys else.
        mask: which keys each query sees, (queries, length); None where that is all, or all before it.
    """

    start: int
    end: int
    length: int
    first: int | None
    rows: Tensor | None
    mask: Tensor | None


@dataclass(frozen=True)
class FlashLayout:
    """The same for flash attention, as int32 tensors: ends of queries and keys, lengths, and pages of each sequence."""

    query_ends: Tensor
    key_ends: Tensor
    lengths: Tensor
    pages: Tensor
    most_queries: int
    most_keys: int


@dataclass(frozen=True)
class PagedStep:
    """What attention must know of a step.

    Attributes:
        slots: row where each token's key and value go, (tokens,).
        layout: spans, or what flash attention takes.
    """

    cache: KeyValues
    slots: Tensor
    layout: "tuple[Span, ...] | FlashLayout"


def paged_step(cache: KeyValues, counts: Items[int], lengths: Items[int], pages: Items[Items[int]]) -> PagedStep:
    """Describe a step in which each sequence has `counts` queries, the last of its `lengths` tokens, in its `pages`."""
    size, device = cache.page_size, cache.keys.device
    slots = [
        np.asarray(own)[places // size] * size + places % size
        for count, length, own in zip(counts, lengths, pages, strict=True)
        for places in (np.arange(length - count, length),)
    ]
    where = torch.from_numpy(np.concatenate(slots)).to(device, non_blocking=True)
    if cache.flash:
        return PagedStep(cache, where, _flash_layout(counts, lengths, pages, device))
    return PagedStep(cache, where, _spans(size, counts, lengths, pages, device))


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention as transformers' modules call it: (1, heads, tokens, width) in, (1, tokens, heads, width) out.

    Sliding windows of the configurations are longer than the models' context (`config_file.py`) and play no part.
    """
    step: PagedStep = kwargs[STEP]
    layer = int(module.layer_idx)  # type: ignore[arg-type]
    keys, values = step.cache.rows(layer)
    keys.index_copy_(0, step.slots, key[0].transpose(0, 1))
    values.index_copy_(0, step.slots, value[0].transpose(0, 1))
    if isinstance(step.layout, FlashLayout):
        paged = step.cache.keys[layer], step.cache.values[layer]
        return _flash(step.layout, *paged, query[0].transpose(0, 1), scaling)[None], None
    parts = [_attend_span(span, query[:, :, span.start : span.end], keys, values, scaling) for span in step.layout]
    return (parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)).transpose(1, 2), None


def _attend_span(span: Span, query: Tensor, keys: Tensor, values: Tensor, scaling: float | None) -> Tensor:
    """(1, heads, queries, width) of one sequence."""
    if span.first is not None:
        own = slice(span.first, span.first + span.length)
        key, value = keys[own], values[own]
    else:
        assert span.rows is not None
        key, value = keys.index_select(0, span.rows), values.index_select(0, span.rows)
    key, value = key.transpose(0, 1)[None], value.transpose(0, 1)[None]
    heads, count, width = query.shape[1:]
    groups = heads // key.shape[1]
    if count > _GROUPED:
        whole = count == span.length
        return scaled_dot_product_attention(
            query, key, value, attn_mask=span.mask, is_causal=whole, scale=scaling, enable_gqa=groups > 1
        )
    mask = None if span.mask is None else span.mask.repeat(groups, 1)
    grouped = query.reshape(1, key.shape[1], groups * count, width)
    found = scaled_dot_product_attention(grouped, key, value, attn_mask=mask, scale=scaling)
    return found.reshape(1, heads, count, width)


def _spans(
    size: int, counts: Items[int], lengths: Items[int], pages: Items[Items[int]], device: torch.device
) -> tuple[Span, ...]:
    ends = np.cumsum(counts).tolist()
    return tuple(
        _span(size, end - count, end, length, own, device)
        for count, end, length, own in zip(counts, ends, lengths, pages, strict=True)
    )


def _span(size: int, start: int, end: int, length: int, pages: Items[int], device: torch.device) -> Span:
    count, used = end - start, pages[: -(-length // size)]
    first, rows, mask = None, None, None
    if side_by_side(used):
        first = used[0] * size
    else:
        rows = (torch.tensor(used, device=device)[:, None] * size + torch.arange(size, device=device)).flatten()[
            :length
        ]
    if count > 1 and (count < length or count <= _GROUPED):
        mask = torch.ones(count, length, dtype=torch.bool, device=device).tril(length - count)
    return Span(start, end, length, first, rows, mask)


def _flash_layout(
    counts: Items[int], lengths: Items[int], pages: Items[Items[int]], device: torch.device
) -> FlashLayout:
    """One copy to the device for all of it."""
    width = max(map(len, pages))
    table = np.zeros((len(pages), width), np.int32)
    for row, own in zip(table, pages, strict=True):
        row[: len(own)] = own
    query_ends, key_ends = (np.concatenate(([0], np.cumsum(each))) for each in (counts, lengths))
    flat = np.concatenate((query_ends, key_ends, lengths, table.ravel())).astype(np.int32)
    sizes = [len(query_ends), len(key_ends), len(lengths), table.size]
    moved = torch.from_numpy(flat).to(device, non_blocking=True).split(sizes)
    return FlashLayout(moved[0], moved[1], moved[2], moved[3].view(table.shape), max(counts), max(lengths))


def _flash(layout: FlashLayout, key: Tensor, value: Tensor, query: Tensor, scaling: float | None) -> Tensor:
    """(tokens, heads, width), over keys and values of (pages, tokens of a page, heads, width)."""
    from torch.nn.attention.varlen import varlen_attn

    found = varlen_attn(
        query.contiguous(),
        key,
        value,
        layout.query_ends,
        layout.key_ends,
        layout.most_queries,
        layout.most_keys,
        scale=scaling,
        window_size=(-1, 0),
        enable_gqa=query.shape[1] != key.shape[2],
        seqused_k=layout.lengths,
        block_table=layout.pages,
    )
    assert isinstance(found, Tensor)
    return found


AttentionInterface.register(ATTENTION, attend)
