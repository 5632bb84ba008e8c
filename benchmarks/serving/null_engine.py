"""An engine that answers at once, so that a run measures all that is around an engine.

Whoever imports the module has the kind `null`; `feeding.py` registers it as a package would. Its images are cut into
the tiles that InternVL2 takes, and its answers are `TEXT`, which is printed on the pages that `feeding.py` draws, or a
value of it, so that they are parsed and grounded as those of a model are.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

import numpy as np
from docpipe.models.engine import Answer, ImageInput, Outcome
from docpipe.models.engines import ENGINE_KINDS, EngineKind
from docpipe.models.extension import ImageQuestion, LocalEngine, Reply
from docpipe.models.internvl2.processor.tiles import cut_tiles
from docpipe.models.internvl2.processor.tiling import choose_grid
from docpipe.models.usage import Usage, UsageMeter
from docpipe.operators.inference.prompts import ocr_prompt
from numpy.typing import NDArray
from PIL import Image

TILE = 448
TEXT = "\n".join(f"Line {line} of the page: item {line * 37} costs {line}.{line + 10} EUR" for line in range(40))
VALUE = "17.27 EUR"


class Settings(LocalEngine):
    """Answers at once."""

    kind: Literal["null"]
    model: Literal["null"]


class Registered:
    """What the entry point names. Its form is that of another package's engine, which is checked; the import of this
    module registers `NullEngine` itself, which takes tiles as InternVL2 does, so that nothing here is called."""

    Settings = Settings
    batch_size = 1

    def __init__(self, settings: Settings, device: str, threads: int | None) -> None:
        raise NotImplementedError

    @classmethod
    def identity(cls, settings: Settings) -> dict[str, str]:
        raise NotImplementedError

    def warm_up(self) -> None:
        raise NotImplementedError

    def answer(self, questions: Sequence[ImageQuestion]) -> Sequence[Reply]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class NullEngine:
    """See `models.engine.Engine`."""

    model = "null"

    def __init__(self) -> None:
        self._meter = UsageMeter()

    @asynccontextmanager
    async def hold(self, images: Sequence[ImageInput]) -> AsyncIterator[Sequence[ImageInput]]:
        yield images

    async def ask(
        self, held: Any, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        text = TEXT if question == ocr_prompt() else VALUE
        return Answer(text, text, 0.95, Outcome.STOPPED, tokens=1)

    def usage(self) -> Usage:
        return self._meter.usage(0, 0)

    def close(self) -> None:
        """Nothing is held."""


def tile(image: NDArray[np.uint8], max_tiles: int) -> ImageInput:
    height, width = image.shape[:2]
    grid = choose_grid(width, height, min_tiles=1, max_tiles=max_tiles, tile_size=TILE, use_thumbnail=True)
    tiles = cut_tiles(Image.fromarray(image), grid, TILE)
    return ImageInput(tiles, len(tiles))


cast(dict[str, EngineKind], ENGINE_KINDS)["null"] = EngineKind(
    settings=Settings,
    model_name=lambda settings: "null",
    identity=lambda settings: {"name": "null"},
    check=lambda settings, name: None,
    image_processor=lambda settings: tile,
    serve=lambda settings, name, device, threads, limits: NullEngine(),
)
