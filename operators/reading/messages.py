"""Requests to the parser process and its replies; both sides of the sandbox import this module.

Readings without images are sent as a few long arrays: sending an array costs several microseconds, however short it
is, and a page has nine of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...schemas.job.text_engines import AUTO, OcrPrecision, TextLayerUse, text_engine
from ...schemas.page import Blocks, FloatArray, IntArray, PageReading, TextLines
from ..text_layer.quality import LayerParts, Verdict
from ..text_layer.running import Edges

if TYPE_CHECKING:
    # The import of pydantic would add a quarter of a second to the start of the parser and OCR processes.
    from ...schemas.job.engines import TextReaderSettings


@dataclass(frozen=True)
class ReadSettings:
    """How pages are read.

    Attributes:
        dpi: resolution of the images for OCR.
        max_pixels: upper limit of an image's pixels; a larger page is rendered at a lower resolution.
        engine: name of one of `schemas.job.text_engines.TEXT_ENGINES`, or of the engine of `other_reader`.
        languages: ISO 639-1 codes of the languages in the documents, for the text reader.
        precision: of the models of a text reader of docpipe itself.
        other_reader: section of a text reader from another package, which reads every page.
        device: `cpu` or `cuda`, where the text reader from another package computes.
        layout: whether the layout model determines the blocks.
        passwords: tried in order on an encrypted document.
        collect: names of the engines without weights for which the parser collects data, see `collect`.
        running_headers: `drop` or `keep` running headers, footers and page numbers in the text of a page.
    """

    dpi: float = 150.0
    max_pixels: int = 40_000_000
    engine: str = AUTO.name
    languages: tuple[str, ...] = ("en",)
    precision: OcrPrecision = "auto"
    other_reader: "TextReaderSettings | None" = None
    device: str = "cpu"
    layout: bool = False
    passwords: tuple[str, ...] = field(default=(), repr=False)
    collect: tuple[str, ...] = ()
    running_headers: str = "drop"

    @property
    def keep_running(self) -> bool:
        """Whether the text of a page has its running headers, footers and page numbers."""
        return self.running_headers == "keep"

    @property
    def text_layer(self) -> TextLayerUse:
        """What is done with the text layer of a page."""
        return TextLayerUse.IGNORED if self.other_reader is not None else text_engine(self.engine).text_layer

    @property
    def reader(self) -> str | None:
        """Name of the text reader for pages that need OCR; None if none is used."""
        if self.other_reader is not None:
            return self.engine
        reader = text_engine(self.engine).reader
        return None if reader is None else reader.name


@dataclass(frozen=True)
class ParsedPage:
    """The parser's result for a page.

    Attributes:
        reading: the complete reading, or one without text where `needs_ocr`.
        verdict: the verdict on the text layer.
        needs_ocr: whether the text must come from OCR of `image`.
        image: (height, width, 3) uint8 RGB of the page, where OCR needs it or the caller requested it; None for a
            blank page.
        text_layer: where OCR is needed, what may be kept of the text layer; None if all of it is discarded.
        unread: where OCR is needed for parts of the page alone, (n, 4) their boxes in shares of the page.
        ink: where OCR is needed, a mask of the image's ink at a lower resolution.
        edges: the outer rows of the text layer; None where it was not read.
        compared: numbers of the pages whose edges show what runs over the pages; none where that is not looked for.
    """

    reading: PageReading
    verdict: Verdict
    needs_ocr: bool = False
    image: NDArray[np.uint8] | None = None
    text_layer: LayerParts | None = None
    ink: NDArray[np.bool_] | None = None
    unread: FloatArray | None = None
    edges: Edges | None = None
    compared: tuple[int, ...] = ()


_PLAIN = tuple(f.name for f in fields(PageReading) if f.name not in ("lines", "blocks"))


@dataclass(frozen=True)
class PackedReadings:
    """Readings of several pages, with the arrays of all pages concatenated.

    Attributes:
        pages: for each page the values of `PageReading` except lines and blocks, in the order of its fields.
        line_text, line_source, word_text, block_text, block_kind: one list for each page.
        line_boxes, word_boxes, block_boxes: (n, 4), concatenated over the pages, like the other arrays.
        polygons: for each line that has a polygon, its index among all lines and its corners.
    """

    pages: list[tuple[object, ...]]
    line_text: list[list[str]]
    line_source: list[list[str]]
    word_text: list[list[str]]
    block_text: list[list[str | None]]
    block_kind: list[list[str]]
    line_boxes: FloatArray
    line_confidence: FloatArray
    line_block: IntArray
    word_boxes: FloatArray
    word_confidence: FloatArray
    word_line: IntArray
    block_boxes: FloatArray
    block_confidence: FloatArray
    polygons: list[tuple[int, FloatArray]]


@dataclass(frozen=True)
class SettledPages:
    """The parser's result for a batch of pages: the readings of those that are complete without OCR.

    Attributes:
        examined: how many pages of the batch, from its start, the parser examined.
        places: indices into the batch of the pages that are complete without OCR.
        readings: their readings in the same order; None where there are none.
    """

    examined: int
    places: list[int]
    readings: PackedReadings | None


def pack(readings: Sequence[PageReading]) -> PackedReadings:
    """The readings in the form in which they are sent; `readings` must not be empty."""
    lines, blocks = [r.lines for r in readings], [r.blocks for r in readings]
    starts = accumulate((len(page) for page in lines), initial=0)
    return PackedReadings(
        pages=[tuple(getattr(reading, name) for name in _PLAIN) for reading in readings],
        line_text=[page.text for page in lines],
        line_source=[page.source for page in lines],
        word_text=[page.word_text for page in lines],
        block_text=[page.text for page in blocks],
        block_kind=[page.kind for page in blocks],
        line_boxes=np.concatenate([page.boxes for page in lines]),
        line_confidence=np.concatenate([page.confidence for page in lines]),
        line_block=np.concatenate([page.block for page in lines]),
        word_boxes=np.concatenate([page.word_boxes for page in lines]),
        word_confidence=np.concatenate([page.word_confidence for page in lines]),
        word_line=np.concatenate([page.word_line for page in lines]),
        block_boxes=np.concatenate([page.boxes for page in blocks]),
        block_confidence=np.concatenate([page.confidence for page in blocks]),
        polygons=[
            (start + index, polygon)
            for start, page in zip(starts, lines, strict=False)
            for index, polygon in enumerate(page.polygons)
            if polygon is not None
        ],
    )


def unpack(packed: PackedReadings) -> list[PageReading]:
    """The readings from `pack`; raises ValueError where the lengths of the parts differ."""
    line_at = _bounds(packed.line_text, packed.line_boxes, packed.line_confidence, packed.line_block)
    word_at = _bounds(packed.word_text, packed.word_boxes, packed.word_confidence, packed.word_line)
    block_at = _bounds(packed.block_text, packed.block_boxes, packed.block_confidence)
    polygons: list[FloatArray | None] = [None] * line_at[-1]
    for index, polygon in packed.polygons:
        polygons[index] = polygon
    readings = []
    for i, (values, (a, b), (c, d), (e, f)) in enumerate(
        zip(packed.pages, pairwise(line_at), pairwise(word_at), pairwise(block_at), strict=True)
    ):
        lines = TextLines(
            text=packed.line_text[i],
            boxes=packed.line_boxes[a:b],
            polygons=polygons[a:b],
            confidence=packed.line_confidence[a:b],
            block=packed.line_block[a:b],
            word_text=packed.word_text[i],
            word_boxes=packed.word_boxes[c:d],
            word_confidence=packed.word_confidence[c:d],
            word_line=packed.word_line[c:d],
            source=packed.line_source[i],
        )
        blocks = Blocks(
            packed.block_kind[i], packed.block_boxes[e:f], packed.block_text[i], packed.block_confidence[e:f]
        )
        plain = dict(zip(_PLAIN, values, strict=True))
        readings.append(PageReading(**plain, lines=lines, blocks=blocks))  # type: ignore[arg-type]
    return readings


def _bounds(texts: Sequence[Sequence[object]], *arrays: FloatArray | IntArray) -> list[int]:
    """Where each page begins in the arrays, and where the last one ends."""
    bounds = list(accumulate((len(page) for page in texts), initial=0))
    if any(len(array) != bounds[-1] for array in arrays):
        raise ValueError("the arrays and the texts have different lengths")
    return bounds
