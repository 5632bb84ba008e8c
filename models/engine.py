"""The interface of every model that answers questions about images, however it is served."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .usage import Usage


class Outcome(StrEnum):
    """How an answer ended."""

    STOPPED = "stopped"
    """The model ended it."""
    TRUNCATED = "truncated"
    """Its budget of tokens, or the model's window, ended."""
    REPETITION = "repetition"
    """It went round in a circle and was stopped."""
    TIMEOUT = "timeout"
    """Its time was over."""
    FAILED = "failed"
    """The engine could not compute it; `Answer.message` has the reason."""


@dataclass(frozen=True)
class Answer:
    """What came of one question.

    Attributes:
        text: without special tokens.
        tagged: the same with tags such as `<ref>` and `<box>`, where the engine gives them; else as `text`.
        confidence: geometric mean of the tokens' probabilities; None where the engine gives none.
        outcome: how it ended.
        message: why it failed, for a person; empty where it did not.
        tokens: new tokens.
    """

    text: str
    tagged: str
    confidence: float | None
    outcome: Outcome
    message: str = ""
    tokens: int = 0


@dataclass(frozen=True)
class ImageInput:
    """An image as an engine takes it, made ahead on a processor so that the engine only computes.

    Attributes:
        data: uint8; what it holds is between a preparer and its engine: tiles of shape (tiles, size, size, 3), or the
            bytes of an image file.
        tiles: what it counts in `pages.tiles`: tiles with the thumbnail, or 1 where the server does the tiling.
        max_tiles: the limit of tiles, for engines that do the tiling themselves; 0 for others.
    """

    data: NDArray[np.uint8]
    tiles: int
    max_tiles: int = 0


@dataclass(frozen=True)
class EngineLimits:
    """The largest request that an engine gets: tiles of an image without its thumbnail, and new tokens."""

    max_tiles: int
    max_new_tokens: int


class ImageProcessor(Protocol):
    """Makes a `ImageInput`; runs in CPU workers, needs neither weights nor a device."""

    def __call__(self, image: NDArray[np.uint8], max_tiles: int) -> ImageInput:
        """`image` is (height, width, 3) RGB."""


class EngineLostError(RuntimeError):
    """The engine's process can't compute anything any more; only another one can."""


class Engine(Protocol):
    """A model in service. Its coroutines run in one event loop, as many at a time as the caller likes.

    All of them may raise EngineLostError.
    """

    @property
    def model(self) -> str:
        """Name of the model for the tables."""

    def hold(self, images: Sequence[ImageInput]) -> AbstractAsyncContextManager[Any]:
        """Hold images for questions about them; `async with` gives what `ask` takes.

        Raises ValueError on entry where they can never fit.
        """

    async def ask(
        self, held: Any, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        """Ask one question about all images of `held`, in their order.

        A failure of this request is an `Answer` with its outcome, never an exception.

        Args:
            seconds: wall seconds from now; beyond, the outcome is `timeout`.
            temperature: 0 for the most probable tokens; above, sampled.
        """

    def usage(self) -> Usage:
        """The work done so far and the work in flight; may be called from any thread."""

    def close(self) -> None:
        """Free what it holds; what still runs fails."""
