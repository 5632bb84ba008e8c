"""An engine whose answers a test scripts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from docpipe.models.engine import Answer, ImageInput, Outcome

Script = Callable[[str, float, Sequence[ImageInput]], str | Outcome | Exception]
"""Maps a prompt, its temperature and the images to the answer's text, or to another outcome."""


@dataclass
class ScriptedEngine:
    """Follows a script and records its requests; `most_held` is the largest number of images held at once."""

    script: Script
    requests: list[tuple[str, float, int]] = field(default_factory=list)
    held: int = 0
    most_held: int = 0
    model: str = "scripted"

    @asynccontextmanager
    async def hold(self, images: Sequence[ImageInput]) -> AsyncIterator[Any]:
        self.held += len(images)
        self.most_held = max(self.most_held, self.held)
        try:
            yield tuple(images)
        finally:
            self.held -= len(images)

    async def ask(
        self, held: Any, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        assert self.held > 0
        self.requests.append((question, temperature, held[0].tiles))
        await asyncio.sleep(0)
        said = self.script(question, temperature, held)
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Outcome):
            return Answer("", "", None, said, "scripted", max_new_tokens)
        return Answer(said, said, 0.9, Outcome.STOPPED, "", len(said.split()))

    def close(self) -> None:
        pass
