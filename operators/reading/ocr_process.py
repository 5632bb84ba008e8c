"""The OCR process, seen from outside: how it is set up for a text reader, started, and asked about images."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...models.text_readers import LOADABLE_READERS
from ...schemas.errors import DocumentError, ErrorCode, MissingResourceError
from ...schemas.job.installed import engine_class, origin
from ...schemas.page import TextLines
from ..sandbox.attempts import Clock, call, call_once, start
from ..sandbox.sandbox import ChildRaisedError, ChildTimeoutError, Sandbox
from .messages import ReadSettings

START_SECONDS = 900.0
"""Wall-clock seconds within which a text reader of another package must load and warm up."""

_OCR = f"{__package__}.ocr:OcrReader"
# Address space of the process of docpipe's own readers: their runtime reserves much more than it uses, even for a page
# of 40 megapixels.
_OCR_MEMORY_MB = 8192
# What a reader on a GPU needs to find the one that Ray gave its worker.
_OF_GPUS = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "CUDA_HOME", "CUDA_PATH", "XDG_CACHE_HOME")
MOST_PIXELS = 64_000_000
"""Pixels above which no more images go into one call: 200 MB, some thirty pages of a common size."""


class OcrProcess:
    """Owns the sandboxed process of a text reader; the first call starts it.

    Attributes:
        sandbox: the process.
        batch_size: most images in one call.
    """

    def __init__(self, settings: ReadSettings, memory_mb: int, threads: int) -> None:
        """Prepare the process of the text reader that `settings` name.

        Args:
            memory_mb: address space of the process of a reader of docpipe itself in MiB, where it is more than that
                needs.
        """
        other = settings.other_reader
        self._name = settings.engine
        self._origin = "" if other is None else f"engines.{self._name}: {origin(other.kind)}"
        self._was_ready = False
        self.batch_size: int = 1 if other is None else engine_class(other.kind).batch_size
        arguments = {
            "reader": settings.reader,
            "threads": threads,
            "languages": settings.languages,
            "settings": other,
            "precision": settings.precision,
            "device": settings.device,
        }
        if other is None:
            loadable = LOADABLE_READERS[str(settings.reader)]
            memory, names, seconds = max(memory_mb, _OCR_MEMORY_MB), loadable.environment, 120.0
        elif settings.device == "cpu":
            memory, names, seconds = other.memory_mb, other.variables, START_SECONDS
        else:
            memory, names, seconds = None, (*_OF_GPUS, *other.variables), START_SECONDS
        self.sandbox = Sandbox(
            _OCR,
            arguments,
            memory_mb=memory,
            environment={name: os.environ[name] for name in names if name in os.environ},
            threads=threads,
            start_seconds=seconds,
            # A large model that is always there is no leak; loading it anew would take minutes.
            recycle_rss_mb=float("inf") if memory is None else memory / 2,
        )

    def read(self, image: NDArray[np.uint8] | None, clock: Clock) -> TextLines:
        """The text of an image; a crash is tried again.

        Raises:
            DocumentError: the image could not be read.
            MissingResourceError: a text reader of another package could not be loaded and warmed up.
        """
        clock.stopped(self._start)
        (lines,) = _checked(call(self.sandbox, clock, "read_many", [image]), 1)
        return lines

    def read_together(self, images: Sequence[NDArray[np.uint8] | None], clock: Clock) -> list[TextLines] | None:
        """The texts of several images in one call; None where each must be read by itself, to see which one fails.

        Raises as `read`, where it says nothing of single images.
        """
        clock.stopped(self._start)
        try:
            return _checked(call_once(self.sandbox, clock, "read_many", list(images)), len(images))
        except ChildRaisedError as error:
            if error.kind == "WrongCountError":
                raise
            return None
        except DocumentError:
            return None

    def _start(self) -> None:
        """Start the process.

        That a reader of another package cannot be loaded ends the run, unless it was ready here before: then it may
        be the fault of a page, or of a device that was lost meanwhile.
        """
        if not self._origin or self._was_ready:
            start(self.sandbox)
            return
        try:
            self.sandbox.start()
        except ChildTimeoutError:
            raise MissingResourceError(f"{self._origin}: was not ready {START_SECONDS:g} s after its start") from None
        except ChildRaisedError as error:
            # The message begins with the package and the class.
            said = error.message.removeprefix(f"{error.kind}: ")
            raise MissingResourceError(f"engines.{self._name}: {said}") from error
        except DocumentError as error:
            raise MissingResourceError(f"{self._origin}: cannot be started: {error.message}") from error
        self._was_ready = True

    def close(self) -> None:
        """End the process."""
        self.sandbox.close()


def _checked(found: object, count: int) -> list[TextLines]:
    if not isinstance(found, list) or len(found) != count or not all(isinstance(one, TextLines) for one in found):
        raise DocumentError(ErrorCode.ENGINE_FAILED, "the OCR process sent an invalid reply")
    return found
