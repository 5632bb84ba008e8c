"""The text readers of `schemas.job.text_engines`, as they are loaded and identified."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..schemas.job.text_engines import OcrPrecision
from .rapidocr import choose_runtime, model_identity
from .text_reader import TextReader

if TYPE_CHECKING:
    from ..schemas.job.engines import TextReaderSettings


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
) -> TextReader:
    """Load a text reader; `settings` are those of a reader from another package."""
    if settings is None:
        return LOADABLE_READERS[name].load(threads, languages, precision)
    from .installed import InstalledTextReader

    return InstalledTextReader(settings, languages, threads)


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
