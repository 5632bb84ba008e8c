"""What is asked of the parser and what it answers; imported on both sides of the sandbox.

Readings without images travel as a few long arrays: an array costs several microseconds to send, however short it is,
and a page has nine of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.page import Blocks, FloatArray, IntArray, PageReading, TextLines
from ..text_layer.quality import TextLayer, Verdict

TEXT_SOURCES = ("text_layer", "rapidocr")
"""Where a page's own text can come from; what models write is checked against it."""


@dataclass(frozen=True)
class ReadSettings:
    """How pages are read.

    Attributes:
        dpi: resolution of the images that go to OCR.
        max_pixels: an image of more pixels is rendered at a lower resolution.
        engine: `auto` (the text layer where it is usable, else OCR), `text_layer` (taken as it is, never OCR) or
            `rapidocr` (always OCR, unless the page is blank).
        layout: whether blocks come from the layout model.
        passwords: tried in order on an encrypted document.
    """

    dpi: float = 150.0
    max_pixels: int = 40_000_000
    engine: str = "auto"
    layout: bool = False
    passwords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ParsedPage:
    """A page as the parser leaves it.

    Attributes:
        reading: complete unless `needs_ocr`, else without text.
        verdict: on the text layer, with the reason for the choice of the source.
        needs_ocr: whether `image` is to be read.
        image: (height, width, 3) uint8 RGB of the page, where it needs OCR or was asked for; None for a blank page.
        text_layer: where the text layer is doubtful, what it says: to be compared with the OCR.
        ink: where OCR is needed, a mask of the image's ink at a lower resolution.
    """

    reading: PageReading
    verdict: Verdict
    needs_ocr: bool = False
    image: NDArray[np.uint8] | None = None
    text_layer: TextLayer | None = None
    ink: NDArray[np.bool_] | None = None


_PLAIN = tuple(f.name for f in fields(PageReading) if f.name not in ("lines", "blocks"))


@dataclass(frozen=True)
class PackedReadings:
    """Pages, and what is on all of them end to end.

    Attributes:
        pages: for each page the values of `PageReading` but lines and blocks, in the order of its fields.
        line_text, word_text, block_text, block_kind: a list for each page.
        line_boxes, word_boxes, block_boxes: (n, 4), of all pages one after the other; likewise the other arrays.
        polygons: index of a line among all lines, and its corners, where it has some.
    """

    pages: list[tuple[object, ...]]
    line_text: list[list[str]]
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
    """What the parser made of some pages that it was given together.

    Attributes:
        looked_at: how many of them it came to, counted from the first.
        places: which of these it could complete without OCR, counting from 0.
        readings: of those, in the same order; None where there is none.
    """

    looked_at: int
    places: list[int]
    readings: PackedReadings | None


def pack(readings: Sequence[PageReading]) -> PackedReadings:
    """The readings as they are sent; there must be one at least."""
    lines, blocks = [r.lines for r in readings], [r.blocks for r in readings]
    starts = accumulate((len(page) for page in lines), initial=0)
    return PackedReadings(
        pages=[tuple(getattr(reading, name) for name in _PLAIN) for reading in readings],
        line_text=[page.text for page in lines],
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
    """The readings that were packed; raises ValueError where the parts do not fit together."""
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
        raise ValueError("arrays of other lengths than the texts")
    return bounds
