"""How well the model reads while it is trained: character error on a small fixed set that it never sees."""

from contextlib import AbstractContextManager, nullcontext

import torch
from PIL import Image

from ..evaluation.metrics.text import corpus_error_rate
from ..evaluation.synthetic import SyntheticPage, draw_page
from ..evaluation.synthetic.fonts import Face
from ..models.internvl2.model import InternVL2
from .examples import turns
from .prompts import ocr_prompt

# A namespace of seeds of its own: training draws two random numbers, these are three.
_SEED = (7, 7, 7)
_TOKENS = 100


def probe_pages(faces: tuple[Face, ...], kinds: tuple[str, ...], each: int) -> list[SyntheticPage]:
    return [draw_page(kind, [*_SEED, index], faces, 0.0) for kind in kinds for index in range(each)]


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 on a GPU, float32 elsewhere."""
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()


def error_rates(model: InternVL2, pages: list[SyntheticPage], batch: int = 48) -> dict[str, float]:
    """Character error by kind of page, of the first tokens of each page's text; read through `InternVL2`."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    network = model.network
    network.eval()
    for start in range(0, len(pages), batch):
        part = pages[start : start + batch]
        prompts = [
            model.prompt(
                ocr_prompt("text" if page.width == page.height == 448 else None), [Image.fromarray(page.image)]
            )
            for page in part
        ]
        with autocast(model.device):
            answers = model.generate_ids_batch(prompts, _TOKENS)
        for page, ids in zip(part, answers, strict=True):
            cut = model.tokenizer.decode(model.tokenizer.encode(page.text)[:_TOKENS])
            pairs.setdefault(page.kind, []).append((cut, model.text(ids)))
    network.train()
    return {kind: round(corpus_error_rate(of_kind), 4) for kind, of_kind in pairs.items()}


__all__ = ["autocast", "error_rates", "probe_pages", "turns"]
