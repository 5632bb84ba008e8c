"""What other packages implement to add kinds of engines; see docs/extending.md.

A package registers a class of one of these two forms under the entry-point group `docpipe.engines`. Its module is
imported wherever a job that names the kind is checked, so libraries that are slow to import belong into `__init__`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ..schemas.job.engines import LocalEngine, RemoteEngine, TextReaderSettings
from .text_reader import RecognisedText

__all__ = [
    "AnswerEngine",
    "ImageQuestion",
    "LocalEngine",
    "RecognisedText",
    "RemoteEngine",
    "Reply",
    "TextReaderEngine",
    "TextReaderSettings",
]


class TextReaderEngine(Protocol):
    """Reads the text of page images for `tasks.ocr`.

    It runs in a sandboxed child process, which is killed at the deadline of its pages: one in each worker that reads
    pages on CPUs, or in each of `replicas` Ray actors with a GPU. The result becomes the page's own text: lines in
    reading order, words, blocks, and evidence for answers.
    """

    Settings: ClassVar[type[TextReaderSettings]]
    """The section of job.yaml; a subclass may add keys, and name environment variables in `variables`."""

    batch_size: ClassVar[int]
    """Maximum number of images in one call of `read`."""

    @classmethod
    def identity(cls, settings: Any) -> Mapping[str, str]:
        """What decides the text that it reads, such as versions of models; it is part of the job's fingerprint.

        Called before a job starts: raises an exception, which says what to install, where something is missing.
        """

    def __init__(self, settings: Any, device: str, threads: int, languages: Sequence[str]) -> None:
        """Load what is needed onto `device`, `cpu` or `cuda`, for the languages of the documents (ISO 639-1)."""

    def warm_up(self) -> None:
        """Called once in each process before its first images; `__init__` and it have 15 minutes together."""

    def read(self, images: Sequence[NDArray[np.uint8]]) -> Sequence[RecognisedText]:
        """The text of each image (height, width, 3) RGB, in their order; polygons in pixels of the image."""


@dataclass(frozen=True)
class ImageQuestion:
    """A prompt about an image.

    Attributes:
        image: (height, width, 3) RGB.
        max_tiles: how many tiles of 448 × 448 pixels the job allows for the image.
        temperature: 0 for the most probable tokens; above 0, sampled.
    """

    image: NDArray[np.uint8]
    prompt: str
    max_tiles: int
    max_new_tokens: int
    temperature: float


@dataclass(frozen=True)
class Reply:
    """The reply to an `ImageQuestion`.

    Attributes:
        text: without special tokens.
        confidence: between 0 and 1; None if the engine has none.
        truncated: whether the reply was cut off by `max_new_tokens`.
    """

    text: str
    confidence: float | None = None
    truncated: bool = False


class AnswerEngine(Protocol):
    """Answers prompts about images for all tasks. It lives in a Ray actor, `replicas` of them."""

    Settings: ClassVar[type[LocalEngine] | type[RemoteEngine]]
    """The section of job.yaml; a subclass may add keys."""

    batch_size: ClassVar[int]
    """Maximum number of questions in one call of `answer`."""

    @classmethod
    def identity(cls, settings: Any) -> Mapping[str, str]:
        """What decides the answers, such as a digest of the weights; it is part of the job's fingerprint.

        Called before a job starts: raises an exception, which says what to do, where something is missing.
        """

    def __init__(self, settings: Any, device: str, threads: int | None) -> None:
        """Load the model onto `device`: `cpu`, `cuda`, or `remote` for a `RemoteEngine`."""

    def warm_up(self) -> None:
        """Called once before the first questions."""

    def answer(self, questions: Sequence[ImageQuestion]) -> Sequence[Reply]:
        """One reply to each question, in their order. Always called in the same thread."""

    def close(self) -> None:
        """Free what it holds."""
