"""Engines of other packages behind the interfaces of docpipe's own; what they return is checked."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..schemas.errors import CommandError, MissingResourceError
from ..schemas.job.installed import engine_class, origin
from ..schemas.printable import brief
from .engine import Answer, EngineLostError, ImageInput, Outcome
from .extension import ImageQuestion, Reply
from .text_reader import RecognisedText, what_is_wrong
from .usage import Usage, UsageMeter

START_SECONDS = 900.0
"""Wall-clock seconds within which an engine must load and warm up."""


class InvalidReplyError(Exception):
    """An engine of another package returned something else than its interface promises."""


class WrongCountError(InvalidReplyError):
    """An engine of another package did not return as many replies as it got requests."""


def installed_identity(settings: Any) -> Mapping[str, str]:
    """The identity of an engine; raises MissingResourceError where its class says that something is missing."""
    try:
        found = engine_class(settings.kind).identity(settings)
        return {"engine": origin(settings.kind), **{str(key): str(value) for key, value in found.items()}}
    except CommandError:
        raise
    except Exception as error:
        raise MissingResourceError(f"{origin(settings.kind)}: {brief(error, 300)}") from error


class InstalledTextReader:
    """A text reader of another package, loaded and warmed up."""

    def __init__(self, settings: Any, device: str, threads: int, languages: Sequence[str]) -> None:
        """Load and warm up the reader; raises InvalidReplyError where that fails."""
        self._origin = origin(settings.kind)
        try:
            self._reader = engine_class(settings.kind)(settings, device, threads, tuple(languages))
            self._reader.warm_up()
        except Exception as error:
            raise InvalidReplyError(f"{self._origin}: cannot be loaded: {brief(error, 300)}") from error

    def read(self, images: Sequence[NDArray[np.uint8]]) -> Sequence[RecognisedText]:
        """The text of each image (height, width, 3) RGB, in their order.

        Raises:
            WrongCountError: there is not one text for each image.
            InvalidReplyError: the reader failed, or a result does not have the form of a `RecognisedText`.
        """
        try:
            found = list(self._reader.read(images))
        except Exception as error:
            raise InvalidReplyError(f"{self._origin}: read failed: {brief(error, 300)}") from error
        if len(found) != len(images):
            raise WrongCountError(f"{self._origin}: read returned {len(found)} texts for {len(images)} images")
        for text, image in zip(found, images, strict=True):
            if (wrong := what_is_wrong(text, image.shape[0], image.shape[1])) is not None:
                raise InvalidReplyError(f"{self._origin}: read returned {wrong}")
        return found


def rgb_input(image: NDArray[np.uint8], max_tiles: int) -> ImageInput:
    """An image for an engine of another package: the pixels themselves."""
    return ImageInput(image, 1, max_tiles)


@dataclass
class _Waiting:
    question: ImageQuestion
    reply: "asyncio.Future[Reply]"


class InstalledAnswers:
    """An `AnswerEngine` of another package in service; see `models.engine.Engine`.

    Questions that wait are answered in batches, one batch at a time, in one thread.
    """

    def __init__(self, settings: Any, name: str, device: str, threads: int | None) -> None:
        """Load and warm up the engine.

        Raises:
            MissingResourceError: it raised an exception, or was not ready after `START_SECONDS`.
        """
        made = engine_class(settings.kind)
        self._name, self._origin, self.model = name, origin(settings.kind), settings.model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="docpipe-engine")
        self._waiting: list[_Waiting] = []
        self._running: Future[Any] | None = None
        self._began = 0.0
        self._meter = UsageMeter()
        self._batch = int(made.batch_size)

        def start() -> Any:
            engine = made(settings, device, threads)
            engine.warm_up()
            return engine

        try:
            self._engine = self._thread.submit(start).result(START_SECONDS)
        except FutureTimeoutError:
            raise MissingResourceError(
                f"engines.{name}: {self._origin}: was not ready {START_SECONDS:g} s after its start"
            ) from None
        except CommandError:
            raise
        except Exception as error:
            raise MissingResourceError(f"engines.{name}: {self._origin}: {brief(error, 300)}") from error

    @asynccontextmanager
    async def hold(self, images: Sequence[ImageInput]) -> AsyncIterator[ImageInput]:
        (image,) = images
        yield image

    async def ask(
        self, held: Any, question: str, *, max_new_tokens: int, seconds: float, temperature: float = 0.0
    ) -> Answer:
        if self._running is not None and time.monotonic() - self._began > seconds:
            # A thread cannot be stopped: only another process can go on.
            raise EngineLostError(f"{self._origin}: answer has not returned for {seconds:g} s")
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        asked = ImageQuestion(held.data, question, held.max_tiles, max_new_tokens, temperature)
        self._waiting.append(_Waiting(asked, reply))
        self._next()
        try:
            found = await asyncio.wait_for(reply, seconds)
        except TimeoutError:
            return Answer("", "", None, Outcome.TIMEOUT)
        except Exception as error:
            return Answer("", "", None, Outcome.FAILED, str(error))
        outcome = Outcome.TRUNCATED if found.truncated else Outcome.STOPPED
        return Answer(found.text, found.text, found.confidence, outcome)

    def _next(self) -> None:
        """Start the next batch, unless one is running."""
        self._waiting = [one for one in self._waiting if not one.reply.done()]
        if self._running is not None or not self._waiting:
            return
        batch, self._waiting = self._waiting[: self._batch], self._waiting[self._batch :]
        self._began = time.monotonic()
        self._running = self._thread.submit(self._answer, [one.question for one in batch])
        loop = asyncio.get_running_loop()

        def done(future: "Future[list[Reply]]") -> None:
            # A loop that was closed meanwhile has nobody who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._done, batch, future)

        self._running.add_done_callback(done)

    def _done(self, batch: Sequence[_Waiting], future: "Future[list[Reply]]") -> None:
        self._running = None
        self._meter.spent(answer=time.monotonic() - self._began)
        error = future.exception()
        for place, one in enumerate(batch):
            if one.reply.done():
                continue
            if error is None:
                one.reply.set_result(future.result()[place])
            else:
                one.reply.set_exception(error)
        self._next()

    def _answer(self, questions: Sequence[ImageQuestion]) -> list[Reply]:
        try:
            replies = list(self._engine.answer(questions))
        except Exception as error:
            raise InvalidReplyError(f"{self._origin}: {brief(error, 300)}") from error
        if len(replies) != len(questions):
            raise InvalidReplyError(
                f"{self._origin}: answer returned {len(replies)} replies to {len(questions)} questions"
            )
        for reply in replies:
            if not isinstance(reply, Reply) or not isinstance(reply.text, str):
                raise InvalidReplyError(f"{self._origin}: answer returned {type(reply).__name__}, not a Reply of text")
            if reply.confidence is not None and not 0 <= reply.confidence <= 1:
                raise InvalidReplyError(f"{self._origin}: answer returned a confidence of {reply.confidence}")
        return replies

    def usage(self) -> Usage:
        return self._meter.usage(len(self._waiting), int(self._running is not None))

    def close(self) -> None:
        self._thread.submit(self._engine.close)
        self._thread.shutdown(wait=False)
