"""Questions that tests ask of a server that misbehaves."""

import asyncio

import numpy as np
from docpipe.models.engine import Answer, Engine, ImageInput
from docpipe.models.openai import OpenAIServed, prepare_file

from .bad_server import DONE, BadServer, Behaviour, event, stream

KEY = "sk-very-secret"
PICTURES = [prepare_file(np.full((20, 30, 3), shade, np.uint8), 1) for shade in (0, 255)]
FINE = stream(event("4"), event("2", logprob=-0.5), event(finish="stop"), DONE)


def ask(
    server: BadServer | str,
    *behaviours: Behaviour,
    images: list[ImageInput] = PICTURES[:1],
    question: str = "How much?",
    seconds: float = 30.0,
    attempts: int = 8,
    temperature: float = 0.0,
) -> Answer:
    """Ask one question of a new engine."""
    if isinstance(server, BadServer):
        server.behaviours = list(behaviours)

    async def asked() -> Answer:
        url = server if isinstance(server, str) else server.url
        engine: Engine = OpenAIServed(url, "tiny", KEY, attempts=attempts)
        async with engine.hold(images) as held:
            answer = await engine.ask(held, question, max_new_tokens=9, seconds=seconds, temperature=temperature)
        engine.close()
        return answer

    return asyncio.run(asked())
