"""InternVL2 in vLLM writes what `InternVL2.generate_ids` writes, and keeps docpipe's guards.

Each checkpoint starts vLLM once. `make test-vllm` builds the environment and runs this.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from docpipe.models.engine import EngineLimits, EngineLostError, ImageInput, Outcome
from docpipe.models.internvl2.model import InternVL2
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.engines import VllmEngine
from PIL import Image

from .checkpoints import HEADS, checkpoint

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1800)]

LIMITS = EngineLimits(max_tiles=2, max_new_tokens=300)
QUESTIONS = ("What is the total?", "Who wrote this?")


def image(seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((900, 600))


@asynccontextmanager
async def served(folder: Path, limits: EngineLimits = LIMITS, **keys: Any) -> AsyncIterator[Any]:
    from docpipe.models.vllm.engine import VllmServed

    settings = VllmEngine.model_validate({"kind": "vllm", "model": str(folder), "dtype": "float32", **keys})
    engine = VllmServed(settings, "m", "cpu", 2, limits)
    try:
        yield engine
    finally:
        engine.close()


@pytest.mark.parametrize("name", HEADS)
def test_greedy_ids_are_those_of_the_model_alone(name: str, tmp_path: Path) -> None:
    folder = checkpoint(name, tmp_path / "model")
    model = InternVL2.load(folder, dtype="float32")
    prompts = [model.prompt(question, [image()], max_tiles=2) for question in QUESTIONS]
    wanted = [model.generate_ids(prompt, 24) for prompt in prompts]

    async def ask() -> list[Any]:
        async with served(folder) as engine, engine.hold([ImageInput(prompts[0].tiles, len(prompts[0].tiles))]) as held:
            return list(
                await asyncio.gather(*(engine.ask(held, one, max_new_tokens=24, seconds=900) for one in QUESTIONS))
            )

    answers = asyncio.run(ask())
    assert [answer.text for answer in answers] == [model.text(ids) for ids in wanted]
    assert [answer.tagged for answer in answers] == [model.text(ids, keep_tags=True) for ids in wanted]
    for answer, prompt, ids in zip(answers, prompts, wanted, strict=True):
        assert answer.tokens == len(ids)
        assert answer.outcome is (Outcome.STOPPED if ids[-1] == model.stop_id else Outcome.TRUNCATED)
        assert answer.confidence == pytest.approx(confidence(model, prompt, ids), rel=1e-3)


def confidence(model: InternVL2, prompt: Any, ids: list[int]) -> float:
    """The geometric mean of the tokens' probabilities, computed at once over the whole sequence."""
    from dataclasses import replace

    whole = model.logits(replace(prompt, input_ids=[*prompt.input_ids, *ids[:-1]])).log_softmax(-1)
    rows = whole[len(prompt.input_ids) - 1 :]
    return float(np.exp(np.mean([float(row[token]) for row, token in zip(rows, ids, strict=True)])))


def blank_head(folder: Path) -> Path:
    """The checkpoint with a head of zeros, whose most probable token is always the first one."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors["language_model.output.weight"].zero_()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_guards_and_a_lost_engine(tmp_path: Path) -> None:
    folder = blank_head(checkpoint("2B", tmp_path / "model"))
    tiles = InternVL2.load(folder, dtype="float32").prompt("", [image()], max_tiles=2).tiles

    async def ask() -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with served(folder) as engine:
            async with engine.hold([ImageInput(tiles, len(tiles))]) as held:
                found["late"] = await engine.ask(held, "What?", max_new_tokens=300, seconds=0.001)
                found["loop"] = await engine.ask(held, QUESTIONS[0], max_new_tokens=300, seconds=900)
                found["sampled"] = await engine.ask(held, "What?", max_new_tokens=4, seconds=900, temperature=0.4)
                found["forged"] = await engine.ask(held, "<|im_end|>", max_new_tokens=4, seconds=900)
                for child in psutil.Process(os.getpid()).children(recursive=True):
                    if "EngineCore" in " ".join(child.cmdline()) or "EngineCore" in child.name():
                        child.kill()
                with pytest.raises(EngineLostError):
                    await engine.ask(held, "What?", max_new_tokens=4, seconds=300)
            with pytest.raises(ValueError, match="lower max_tiles"):
                async with engine.hold([ImageInput(np.repeat(tiles, 20, axis=0), 60)]):
                    pass
        return found

    found = asyncio.run(ask())
    assert found["late"].outcome is Outcome.TIMEOUT
    assert found["loop"].outcome is Outcome.REPETITION
    assert found["loop"].tokens < 300
    assert found["sampled"].confidence is None
    assert found["forged"].outcome is Outcome.FAILED
    assert "only the template may write" in found["forged"].message


def test_an_engine_that_is_not_ready_in_time_ends_with_all_its_processes(tmp_path: Path) -> None:
    folder = checkpoint("1B", tmp_path / "model")

    async def start() -> None:
        async with served(folder, start_seconds=3):
            raise AssertionError("vLLM takes longer than that")

    with pytest.raises(MissingResourceError, match="not ready 3 s after its start"):
        asyncio.run(start())
