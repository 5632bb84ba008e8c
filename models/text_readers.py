"""The text readers of `schemas.job.text_engines`, as they are loaded and identified."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..schemas.job.text_engines import OcrPrecision
from .rapidocr import choose_runtime, model_identity
from .text_reader import RecognisedText, TextReader

if TYPE_CHECKING:
    from ..schemas.job.engines import TextReaderSettings


ReadImages = Callable[[Sequence[NDArray[np.uint8]]], Sequence[RecognisedText]]
"""The text of each of some images (height, width, 3) RGB, in their order."""


@dataclass(frozen=True)
class LoadableReader:
    """How a text reader is loaded.

    Attributes:
        load: loads it for a number of threads, the languages of the documents (ISO 639-1) and a precision; raises
            MissingResourceError where something is not installed.
        identity: what decides the text that it reads, for the fingerprint. It is called before a job starts, and
            raises MissingResourceError where something is not installed.
        computed: how a precision is computed on this machine, for the record of a run and `docpipe doctor`; raises
            MissingResourceError where this machine does not compute it.
        fix: what to install where `identity` raises, for `docpipe doctor`.
        environment: environment variables that its process needs, beyond those that every child process gets.
    """

    load: Callable[[int, Sequence[str], OcrPrecision], TextReader]
    identity: Callable[[], Mapping[str, str]]
    computed: Callable[[OcrPrecision], Mapping[str, str]]
    fix: str
    environment: tuple[str, ...] = ()


def _rapidocr(threads: int, languages: Sequence[str], precision: OcrPrecision) -> TextReader:
    # Its one model reads all of its languages.
    import cv2

    from .rapidocr.engine import RapidOcr

    cv2.setNumThreads(threads)
    return RapidOcr.load(threads, precision)


def load_reader(
    name: str,
    settings: "TextReaderSettings | None",
    threads: int,
    languages: Sequence[str],
    precision: OcrPrecision = "auto",
    device: str = "cpu",
) -> ReadImages:
    """Load a text reader, and warm it up where it is of another package, whose `settings` and `device` are given.

    Raises:
        MissingResourceError: something that a reader of docpipe itself needs is not installed.
        InvalidReplyError: a reader of another package could not be loaded or warmed up.
    """
    if settings is None:
        reader = LOADABLE_READERS[name].load(threads, languages, precision)
        return lambda images: [reader.read(image) for image in images]
    from .installed import InstalledTextReader

    return InstalledTextReader(settings, device, threads, languages).read


LOADABLE_READERS: Mapping[str, LoadableReader] = {
    "rapidocr": LoadableReader(
        _rapidocr,
        model_identity,
        lambda precision: choose_runtime(precision).described(),
        "pip install --force-reinstall rapidocr",
        ("XDG_CACHE_HOME",),
    ),
}
"""By the name of the `schemas.job.text_engines.TextReader`."""
