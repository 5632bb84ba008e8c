"""OCR of one image: finds the lines, determines their orientation, reads them, and locates their words."""

import numpy as np
from numpy.typing import NDArray

from ...schemas.job.text_engines import OcrPrecision
from ..text_reader import RecognisedText
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
        if len(quads) == 0:
            return RecognisedText()
        reader = LineReader(self._recogniser, image, deadline)
        direction = page_direction(reader, quads)
        if direction:
            quads = self._find_turned(image, direction, deadline)
        quads, readings = settle_lines(reader, quads)
        kept = [
            index
            for index, reading in enumerate(readings)
            if reading.text.strip() and reading.confidence >= MIN_CONFIDENCE
        ]
        if not kept:
            return RecognisedText()
        words = [split_words(readings[index], quads[index], INSET) for index in kept]
        return RecognisedText(
            text=[" ".join(readings[index].text.split()) for index in kept],
            polygons=inset(quads[kept], INSET, INSET),
            confidence=np.array([readings[index].confidence for index in kept], np.float32),
            word_text=[text for line in words for text in line.text],
            word_polygons=inset(np.concatenate([line.polygons for line in words]), 0, INSET),
            word_confidence=np.concatenate([line.confidence for line in words]),
            word_line=np.repeat(np.arange(len(kept), dtype=np.int32), [len(line.text) for line in words]),
        )

    def _find_turned(self, image: NDArray[np.uint8], direction: int, deadline: float | None) -> FloatArray:
        """Quads of the lines of an image that is not upright, found after turning it upright."""
        height, width = image.shape[:2]
        upright = np.ascontiguousarray(np.rot90(image, direction))
        return unturned_points(find_lines(self._detector, upright, deadline), direction, width, height)
