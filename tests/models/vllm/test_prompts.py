"""Prompts for vLLM are those of `InternVL2`, and answers are made of tokens as docpipe's own serving makes them."""

import math
from pathlib import Path

import numpy as np
import pytest
from docpipe.models.engine import Outcome
from docpipe.models.internvl2.checkpoint.sizes import published_size
from docpipe.models.internvl2.checkpoint.synthesize import synthesize
from docpipe.models.internvl2.errors import PromptTooLongError
from docpipe.models.internvl2.model import InternVL2
from docpipe.models.vllm.prompts import FolderPrompts, confidence_of
from PIL import Image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(published_size("2B"), tmp_path_factory.mktemp("vllm") / "model", tiny=True)


def test_ids_are_those_of_the_model(folder: Path) -> None:
    model = InternVL2.load(folder, dtype="float32")
    image = Image.fromarray(np.zeros((448, 900, 3), np.uint8))
    prompt = model.prompt("What is the total?", [image], max_tiles=2)
    prompts = FolderPrompts(folder, 4096)
    assert prompts.encode("What is the total?", [len(prompt.tiles)]) == prompt.input_ids
    assert prompts.stop_token == model.stop_id


def test_a_prompt_without_room_for_an_answer_names_the_tiles(folder: Path) -> None:
    with pytest.raises(PromptTooLongError, match=r"with 3 tiles, the engine takes 800 .* lower max_tiles"):
        FolderPrompts(folder, 800).encode("What is the total?", [3])


def test_an_answer_ends_before_the_stop_token_and_has_the_mean_confidence(folder: Path) -> None:
    prompts = FolderPrompts(folder, 4096)
    ids = [300, 301, prompts.stop_token]
    logprobs = [math.log(0.5), math.log(0.25), math.log(1.0)]
    answer = prompts.answer(ids, logprobs, Outcome.STOPPED)
    assert answer.text == InternVL2.load(folder, dtype="float32").text(ids)
    assert answer.confidence == pytest.approx((0.5 * 0.25) ** (1 / 3))
    assert answer.tokens == 3
    assert prompts.answer(ids, logprobs, Outcome.STOPPED, sampled=True).confidence is None


def test_confidence_is_none_where_it_is_not_known() -> None:
    assert confidence_of([]) is None
    assert confidence_of([-1.0, float("-inf")]) is None
    assert confidence_of([-1.0, float("nan")]) is None
