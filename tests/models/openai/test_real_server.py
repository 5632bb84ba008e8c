"""The engine against `transformers serve`, a server that others wrote."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import pytest
from docpipe.models.engine import Answer, Outcome
from docpipe.models.openai import OpenAIServed, check, prepare_file
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.engines import OpenAIEngine

from ...shared import free_port
from . import tiny_vlm

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

_START_SECONDS = 240
RNG = np.random.default_rng(0)
PICTURES = [RNG.integers(0, 256, (40, 40, 3), np.uint8) for _ in range(2)]
BLANK = np.zeros((40, 40, 3), np.uint8)


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        folder: of its model.
    """

    process: subprocess.Popen[bytes]
    settings: OpenAIEngine
    folder: Path


def start(cache: Path, folder: Path) -> Running:
    port = free_port()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", tiny_vlm.NAME]
    log = cache / f"{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)],
            env={**os.environ, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(f"{url}/health", timeout=5).status_code == 200:
                settings = OpenAIEngine(kind="openai", base_url=f"{url}/v1", model=tiny_vlm.NAME)
                return Running(process, settings, folder)
        except httpx2.HTTPError:
            time.sleep(0.2)
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    cache = tmp_path_factory.mktemp("hf")
    running = start(cache, tiny_vlm.make(cache))
    yield running
    running.process.terminate()
    running.process.wait(60)


def ask(server: Running, *images: np.ndarray, tokens: int = 16, seconds: float = 120) -> Answer:
    async def asked() -> Answer:
        engine = OpenAIServed(server.settings.base_url, server.settings.model)
        async with engine.hold([prepare_file(image, 1) for image in images]) as held:
            answer = await engine.ask(held, "What is it?", max_new_tokens=tokens, seconds=seconds)
        engine.close()
        return answer

    return asyncio.run(asked())


def test_the_answer_about_a_image_is_the_one_that_the_model_itself_gives(server: Running) -> None:
    answer = ask(server, PICTURES[0])
    assert answer.text == tiny_vlm.answer(server.folder, [PICTURES[0], "What is it?"], 16)
    assert answer.text != ask(server, BLANK).text
    assert (answer.outcome, answer.tokens, answer.message) == (Outcome.TRUNCATED, 16, "")


def test_several_images_come_to_the_model_named_and_in_order(server: Running) -> None:
    first, second = PICTURES
    expected = tiny_vlm.answer(server.folder, ["Image-1: ", first, "Image-2: ", second, "\nWhat is it?"], 16)
    assert ask(server, first, second).text == expected
    assert ask(server, second, first).text != expected


def test_time_that_runs_out_keeps_what_the_server_wrote(server: Running) -> None:
    began = time.monotonic()
    assert ask(server, BLANK, tokens=3000, seconds=240).outcome is Outcome.TRUNCATED
    answer = ask(server, BLANK, tokens=3000, seconds=(time.monotonic() - began) / 3)
    assert answer.outcome is Outcome.TIMEOUT
    assert answer.text
    assert answer.text.startswith(ask(server, BLANK).text)


def test_the_server_is_found_and_its_models_are_named(server: Running) -> None:
    check(server.settings, "here", seconds=60)
    with pytest.raises(MissingResourceError, match=f"offers no model 'other', but: {tiny_vlm.NAME}"):
        check(server.settings.model_copy(update={"model": "other"}), "here", seconds=60)


@pytest.mark.last
def test_a_server_that_is_killed_in_mid_answer_fails_the_question_alone(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docpipe.models.openai.replies.is_text_repeating", lambda text: False)

    async def killed() -> Answer:
        engine = OpenAIServed(server.settings.base_url, server.settings.model, attempts=2)
        asked = asyncio.create_task(engine.ask((), "What is it?", max_new_tokens=3000, seconds=120))
        await asyncio.sleep(1)
        server.process.kill()
        return await asked

    answer = asyncio.run(killed())
    assert answer.outcome is Outcome.FAILED
    assert answer.message.startswith(server.settings.base_url)
    with pytest.raises(MissingResourceError, match="no server answers"):
        check(server.settings, "here")
