"""An answer is the same alone, among longer and shorter neighbours, and with its prompt cut into chunks."""

import pytest
import torch
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.internvl2.processor.prompt import Prompt

from .. import parity

# Phi3 below, across and above the length at which its factors change, dynamic NTK beyond its window, and a plain rope.
VARIANTS = ("4b", "4b-cross", "4b-long", "2b-ntk", "1b")


@pytest.fixture(params=VARIANTS, scope="module")
def model(request: pytest.FixtureRequest) -> InternVL2:
    return InternVL2.load(parity.DATA / request.param, dtype="float32", device="cpu")


def _prompts(model: InternVL2) -> list[Prompt]:
    image = parity.case(model.config.folder.name, "single").images()[0]
    return [
        model.prompt("What is the date?"),
        model.prompt("What is the total?", images=[image], max_tiles=[1]),
        model.prompt("What is the total?", images=[image], max_tiles=[2]),
        parity.case(model.config.folder.name, "single").prompt(model),
    ]


def test_an_answer_does_not_depend_on_its_neighbours(model: InternVL2) -> None:
    prompts = _prompts(model)
    alone = [model.generate_ids(prompt, max_new_tokens=12) for prompt in prompts]
    assert model.generate_ids_batch(prompts, max_new_tokens=12) == alone


@pytest.mark.parametrize("chunk", [97, 512])
def test_logits_do_not_depend_on_how_the_prompt_is_cut(model: InternVL2, chunk: int) -> None:
    prompt = _prompts(model)[-1]
    whole, cut = model.logits(prompt), model.logits(prompt, chunk=chunk)
    assert float((whole - cut).abs().max()) < 1e-4
    assert model.generate_ids(prompt, max_new_tokens=12, chunk=chunk) == model.generate_ids(prompt, max_new_tokens=12)


def test_rows_of_a_batch_end_on_their_own() -> None:
    model = InternVL2.load(parity.DATA / "1b", dtype="float32", device="cpu")
    prompts = _prompts(model)[:2]
    first = model.generate_ids(prompts[0], max_new_tokens=6)
    limits = [len(ids) for ids in model.generate_ids_batch(prompts, max_new_tokens=6)]
    assert limits == [6, 6]
    assert torch.tensor(first).shape == (6,)
