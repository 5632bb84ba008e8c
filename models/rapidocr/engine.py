"""OCR of one image: finds the lines, determines their orientation, reads them, and locates their words."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...schemas.job.text_engines import OcrPrecision
from ..text_reader import RecognisedText
from .detector import Detector
from .direction import page_direction, settle_lines
from .lone_marks import lone_marks
from .networks import load_networks
from .processor import choose_runtime
from .quads import FloatArray, inset, unturned_points
from .reader import LineReader
from .recogniser import Reading, Recogniser
from .scale import find_lines
from .words import split_words

MIN_CONFIDENCE = 0.5
"""Lines below are dropped, as the rapidocr library does (`Global.text_score`)."""

INSET = 0.13
"""Share of a quad's height that is blank on every side of the text; measured against the boxes of receipts."""

SURE_CHARACTER = 0.9
"""Confidence of a character that stands alone; below, it may be a stroke or a spot."""

BULLETS = "•●"
"""Of which the recogniser is never as sure as of letters and digits."""

BULLET_GAP = 3.0
"""Distance from a bullet to its text, in heights of the bullet with its margin, at most."""

ROUND, ROUNDNESS = "Oo0°", 0.92
"""Characters that a point of a diagram is read as, and width by height, margins included, from which on it is one."""

DASH = Reading("-", 0.95, np.array([0.5], np.float32), np.array([0.95], np.float32))
"""A dash that was found by its shape. Nearly all marks that were looked at were dashes, see docs/ocr.md."""


class RapidOcr:
    """The PP-OCRv6 models of the rapidocr wheel in a loop of our own."""

    def __init__(self, detector: Detector, recogniser: Recogniser) -> None:
        self._detector = detector
        self._recogniser = recogniser

    @classmethod
    def load(cls, threads: int = 1, precision: OcrPrecision = "auto") -> "RapidOcr":
        """Load both models; nothing is downloaded.

        Raises:
            MissingResourceError: the rapidocr wheel is not installed or holds other models, or this machine does not
                compute the precision.
        """
        detector, recogniser = load_networks(choose_runtime(precision), threads)
        return cls(Detector(detector), Recogniser(recogniser))

    def read(self, image: NDArray[np.uint8], deadline: float | None = None) -> RecognisedText:
        """Read (h, w, 3) RGB.

        Raises:
            TimeoutError: `time.monotonic()` passed `deadline`.
        """
        quads = find_lines(self._detector, image, deadline)
        reader = LineReader(self._recogniser, image, deadline)
        direction = page_direction(reader, quads) if len(quads) else 0
        if direction == 0:
            return _text(reader, quads)
        upright = np.ascontiguousarray(np.rot90(image, direction))
        found = _text(LineReader(self._recogniser, upright, deadline), find_lines(self._detector, upright, deadline))
        height, width = image.shape[:2]
        return replace(
            found,
            polygons=unturned_points(found.polygons, direction, width, height),
            word_polygons=unturned_points(found.word_polygons, direction, width, height),
        )


def _text(reader: LineReader, quads: FloatArray) -> RecognisedText:
    """The lines of an upright image whose quads, (n, 4, 2), the detector found, and the lone marks beside them."""
    if len(quads) == 0:
        return RecognisedText()
    quads, readings = settle_lines(reader, quads)
    lines = [
        (quad, reading)
        for quad, reading in zip(quads, readings, strict=True)
        if reading.text.strip() and reading.confidence >= MIN_CONFIDENCE
    ]
    if not lines:
        return RecognisedText()
    lines += _lone(reader, np.stack([quad for quad, _ in lines]))
    words = [split_words(reading, quad, INSET) for quad, reading in lines]
    return RecognisedText(
        text=[" ".join(reading.text.split()) for _, reading in lines],
        polygons=inset(np.stack([quad for quad, _ in lines]), INSET, INSET),
        confidence=np.array([reading.confidence for _, reading in lines], np.float32),
        word_text=[text for line in words for text in line.text],
        word_polygons=inset(np.concatenate([line.polygons for line in words]), 0, INSET),
        word_confidence=np.concatenate([line.confidence for line in words]),
        word_line=np.repeat(np.arange(len(lines), dtype=np.int32), [len(line.text) for line in words]),
    )


def _lone(reader: LineReader, quads: FloatArray) -> list[tuple[FloatArray, Reading]]:
    """Dashes and single characters that stand alone beside lines with these quads."""
    marks = lone_marks(reader.image, inset(quads, INSET, INSET))
    characters = zip(marks.characters, reader.read(marks.characters), strict=True)
    sure = [(quad, read) for quad, read in characters if _is_sure(read, quad, quads)]
    return [(quad, DASH) for quad in marks.dashes] + sure


def _is_sure(reading: Reading, quad: FloatArray, lines: FloatArray) -> bool:
    """Whether a mark was read as a single character without doubt, or as a bullet before a line.

    Points of a diagram look like an O or a bullet. No O is as wide as high in a usual font, and after a bullet there
    is text.
    """
    text = reading.text.strip()
    if text in BULLETS and reading.confidence >= MIN_CONFIDENCE:
        return _has_text_behind(quad, lines)
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    is_round = text in ROUND and x1 - x0 > ROUNDNESS * (y1 - y0)
    return len(text) == 1 and reading.confidence >= SURE_CHARACTER and not is_round


def _has_text_behind(quad: FloatArray, lines: FloatArray) -> bool:
    (_, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    left, top, bottom = lines[:, :, 0].min(axis=1), lines[:, :, 1].min(axis=1), lines[:, :, 1].max(axis=1)
    near = (left > (quad[:, 0].mean())) & (left < x1 + BULLET_GAP * (y1 - y0))
    return bool((near & (top < (y0 + y1) / 2) & (bottom > (y0 + y1) / 2)).any())
