"""The engines of the ocr task that need no entry under `engines`, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from .languages import UNREADABLE_BY_RAPIDOCR

OcrPrecision = Literal["auto", "float32", "bfloat16"]
"""Precision of the OCR models' matrix products."""


class TextLayerUse(StrEnum):
    """What is done with the text layer of a page."""

    CHECKED = "checked"
    """It is the text of the page as far as it is usable; the rest is read by OCR."""
    TRUSTED = "trusted"
    """It is the text of the page without a check, and pixels are never read."""
    IGNORED = "ignored"
    """Every page is read by OCR."""


@dataclass(frozen=True)
class TextReader:
    """OCR that reads the image of a page on CPUs; `models.text_readers` loads it.

    Attributes:
        name: name in job.yaml and in the tables.
        meaning: what it does, as a clause after its name.
        seconds: wall-clock seconds for a page on one CPU, for planning.
        unreadable: languages that it cannot read, each with the reason.
    """

    name: str
    meaning: str
    seconds: float
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TextEngine:
    """A built-in value of `tasks.ocr.engine`.

    Attributes:
        meaning: what it does, as a clause after its name.
        reader: reads the pages whose text layer is not taken; None if pixels are never read.
    """

    name: str
    meaning: str
    text_layer: TextLayerUse
    reader: TextReader | None


TEXT_LAYER = "text_layer"
"""Name of the engine that reads the text layer, and source of its text in the tables."""

RAPIDOCR = TextReader("rapidocr", "reads every page from its image", 0.4, UNREADABLE_BY_RAPIDOCR)

TEXT_READERS = (RAPIDOCR,)

AUTO = TextEngine(
    "auto",
    "uses the text layer of a page where it is usable, and `rapidocr` otherwise",
    TextLayerUse.CHECKED,
    RAPIDOCR,
)

TEXT_ENGINES = (
    AUTO,
    TextEngine(
        TEXT_LAYER,
        "takes the text layer without hidden text, and never reads pixels",
        TextLayerUse.TRUSTED,
        None,
    ),
    *(TextEngine(reader.name, reader.meaning, TextLayerUse.IGNORED, reader) for reader in TEXT_READERS),
)


_ENGINES = {engine.name: engine for engine in TEXT_ENGINES}


def is_text_engine(name: str) -> bool:
    """Whether an engine is built in, so that it has no entry under `engines`."""
    return name in _ENGINES


def text_engine(name: str) -> TextEngine:
    """The built-in engine of this name; raises KeyError for any other."""
    return _ENGINES[name]


def other_reader(name: str, seconds: float) -> TextEngine:
    """The engine for a text reader of another package, by its name in the job."""
    return TextEngine(name, "", TextLayerUse.IGNORED, TextReader(name, "", seconds))
