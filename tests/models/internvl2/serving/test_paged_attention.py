"""What a GPU is given (layouts for flash attention, padded inputs of graphs), computed here by what torch documents."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.serving import cuda_graphs, paged_attention
from docpipe.models.internvl2.serving.cuda_graphs import DecodeGraphs, _Graph, decode_layout
from docpipe.models.internvl2.serving.limits import ServingLimits
from docpipe.models.internvl2.serving.paged_attention import KeyValues, PagedStep
from docpipe.models.internvl2.serving.server import Server
from PIL import Image
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .. import parity

SECONDS = 120


def documented_varlen(
    query: Tensor, key: Tensor, value: Tensor, query_ends: Tensor, _: Tensor, most: int, most_keys: int, **wanted: Any
) -> Tensor:
    """`torch.nn.attention.varlen.varlen_attn` with pages, lengths and a causal window, as its documentation has it."""
    assert wanted["window_size"] == (-1, 0)
    found = []
    for row, (start, end) in enumerate(zip(query_ends[:-1].tolist(), query_ends[1:].tolist(), strict=True)):
        length = int(wanted["seqused_k"][row])
        assert end - start <= most
        assert length <= most_keys
        keys, values = (stored[wanted["block_table"][row]].flatten(0, 1)[:length] for stored in (key, value))
        mask = torch.ones(end - start, length, dtype=torch.bool).tril(length - (end - start))
        q, k, v = (each.transpose(0, 1)[None] for each in (query[start:end], keys, values))
        part = scaled_dot_product_attention(q, k, v, mask, scale=wanted["scale"], enable_gqa=wanted["enable_gqa"])
        found.append(part[0].transpose(0, 1))
    return torch.cat(found)


def captured_here(self: DecodeGraphs, shape: tuple[int, int], tokens: Any, places: Any) -> _Graph:
    """A graph whose replay computes the step again from the tensors that it was captured with."""
    own, where = torch.from_numpy(tokens).clone(), torch.from_numpy(places).clone()
    step = PagedStep(self._cache, own[3], decode_layout(where, shape, self._cache.page_size))
    logits = self._compute(own[0], own[1], own[2], step).zero_()
    replay = lambda: logits.copy_(self._compute(own[0], own[1], own[2], step))  # noqa: E731
    return _Graph(SimpleNamespace(replay=replay), own, where, logits)  # type: ignore[arg-type]


@pytest.mark.parametrize(("variant", "graphs"), [("1b", False), ("1b", True), ("4b-cross", True)])
def test_layouts_for_a_gpu_give_the_answers_of_plain_decoding(
    variant: str, graphs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = InternVL2.load(parity.DATA / variant, dtype="float32")
    image = Image.effect_noise((448, 448), 60).convert("RGB")
    questions = ["What is the total?", "Is it paid?", "Who wrote it?"]
    expected = [model.generate_ids(model.prompt(question, [image], max_tiles=1), 12) for question in questions]
    tiles = model.prompt("", [image], max_tiles=1).tiles
    monkeypatch.setattr(paged_attention, "use_flash", lambda *_: True)
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", documented_varlen)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
    monkeypatch.setattr(cuda_graphs.DecodeGraphs, "_capture", captured_here)
    limits = ServingLimits(cache_tokens=8192, batch_tokens=200, requests=4, page_size=256, reserve=0, graphs=graphs)
    with Server(model, limits) as server:
        held = server.encode([tiles]).result(SECONDS)
        futures = [server.ask(question, held, 12, SECONDS) for question in questions]
        assert [future.result(SECONDS).ids for future in futures] == expected
        assert server._decoder._cache.flash
        assert (server._decoder._graphs is not None and bool(server._decoder._graphs._graphs)) == graphs


def test_flash_attention_is_used_only_where_it_agrees_with_plain_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimpleNamespace(heads=4, kv_heads=2, head_dim=16)
    gpu = SimpleNamespace(type="cuda")
    own = paged_attention._flash_error
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    monkeypatch.setattr(paged_attention, "_flash_error", lambda c, d, _: own(c, d, torch.device("cpu")))
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", documented_varlen)
    assert paged_attention.use_flash(config, torch.bfloat16, gpu)  # type: ignore[arg-type]
    assert not paged_attention.use_flash(config, torch.float32, gpu)  # type: ignore[arg-type]
    wrong = lambda *given, **wanted: documented_varlen(*given, **wanted) + 1  # noqa: E731
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", wrong)
    assert not paged_attention.use_flash(config, torch.bfloat16, gpu)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [cuda_graphs.GraphError("injected"), torch.OutOfMemoryError("injected")])
def test_a_graph_that_fails_leaves_the_plain_step(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    model = InternVL2.load(parity.DATA / "1b", dtype="float32")
    expected = model.generate_ids(model.prompt("Is it paid?"), 6)
    monkeypatch.setattr(paged_attention, "use_flash", lambda *_: True)
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", documented_varlen)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)

    def failing(*_: object) -> _Graph:
        raise error

    monkeypatch.setattr(cuda_graphs.DecodeGraphs, "_capture", failing)
    with Server(model, ServingLimits(cache_tokens=8192, batch_tokens=200, requests=4, page_size=256)) as server:
        assert server.ask("Is it paid?", (), 6, SECONDS).result(SECONDS).ids == expected
        assert server._decoder._graphs is None


def test_what_pads_a_graph_touches_no_page_of_a_sequence() -> None:
    config = parity_config()
    cache = KeyValues(config, pages=7, page_size=256, dtype=torch.float32, device=torch.device("cpu"))
    tokens, places = cuda_graphs.decode_inputs(cache, (4, 2), [5, 6, 7], [1, 256, 257], [[3], [0], [2, 6]])
    assert tokens.tolist() == [[5, 6, 7, 0], [0, 255, 256, 0], [1, 256, 257, 1], [768, 255, 1536, 1792]]
    layout = decode_layout(torch.from_numpy(places), (4, 2), 256)
    assert layout.pages.tolist() == [[3, 7], [0, 7], [2, 6], [7, 7]]
    assert layout.lengths.tolist() == [1, 256, 257, 1]
    assert layout.query_ends.tolist() == [0, 1, 2, 3, 4]
    assert cache.keys.shape[1] == 8


def parity_config() -> Any:
    return SimpleNamespace(layers=1, kv_heads=1, head_dim=2)
