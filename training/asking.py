"""Several questions about one image, its tiles computed once, many images in one batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from ..models.internvl2.model import InternVL2
from ..models.internvl2.network.greedy import greedy
from ..models.internvl2.processor.prompt import IMAGE_TOKEN
from .probe import autocast


@dataclass(frozen=True)
class Asked:
    """A question and the most tokens of its answer."""

    question: str
    max_new_tokens: int


@torch.inference_mode()
def answers(model: InternVL2, image: Image.Image, asked: Sequence[Asked], max_tiles: int | None = None) -> list[str]:
    """Answers with their tags, in order; greedy, as `InternVL2.generate` gives them one by one."""
    if not asked:
        return []
    prompts = [model.prompt(each.question, [image], max_tiles) for each in asked]
    with autocast(model.device):
        features = model.features(prompts[0].tiles).flatten(0, 1)
        embedded = [_embedded(model, prompt.input_ids, features) for prompt in prompts]
        limits = [each.max_new_tokens for each in asked]
        ids = greedy(model.network, embedded, model.stop_id, limits)
    return [model.text(each, keep_tags=True) for each in ids]


def _embedded(model: InternVL2, input_ids: list[int], features: Tensor) -> Tensor:
    ids = torch.tensor(input_ids, device=model.device)
    embedded: Tensor = model.network.get_input_embeddings()(ids)
    embedded[ids == model.tokenizer.token_id(IMAGE_TOKEN)] = features.to(embedded.dtype)
    return embedded
