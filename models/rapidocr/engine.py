"""OCR of one image: finds the lines, determines their orientation, reads them, and locates their words."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...schemas.job.text_engines import OcrPrecision
from ..text_reader import RecognisedText
from .dashes import CONFIDENCE, TEXT, lone_dashes
from .detector import Detector
from .direction import page_direction, settle_lines
from .networks import load_networks
from .processor import choose_runtime
from .quads import FloatArray, inset, unturned_points
from .reader import LineReader
from .recogniser import Recogniser
from .scale import find_lines
from .words import split_words

MIN_CONFIDENCE = 0.5
"""Lines below are dropped, as the rapidocr library does (`Global.text_score`)."""

INSET = 0.13
"""Share of a quad's height that is blank on every side of the text; measured against the boxes of receipts."""


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
    """What (n, 4, 2) quads of an upright image hold, and the lone dashes beside them."""
    if len(quads) == 0:
        return RecognisedText()
    quads, readings = settle_lines(reader, quads)
    kept = [
        index for index, reading in enumerate(readings) if reading.text.strip() and reading.confidence >= MIN_CONFIDENCE
    ]
    if not kept:
        return RecognisedText()
    words = [split_words(readings[index], quads[index], INSET) for index in kept]
    polygons = inset(quads[kept], INSET, INSET)
    dashes = lone_dashes(reader.image, polygons)
    marks, sure = [TEXT] * len(dashes), np.full(len(dashes), CONFIDENCE, np.float32)
    lengths = [len(line.text) for line in words] + [1] * len(dashes)
    return RecognisedText(
        text=[" ".join(readings[index].text.split()) for index in kept] + marks,
        polygons=np.concatenate([polygons, dashes]),
        confidence=np.concatenate([np.array([readings[index].confidence for index in kept], np.float32), sure]),
        word_text=[text for line in words for text in line.text] + marks,
        word_polygons=np.concatenate([inset(np.concatenate([line.polygons for line in words]), 0, INSET), dashes]),
        word_confidence=np.concatenate([*(line.confidence for line in words), sure]),
        word_line=np.repeat(np.arange(len(lengths), dtype=np.int32), lengths),
    )
