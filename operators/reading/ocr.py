"""OCR of a page's image: lines and words in reading order, with boxes in shares of the image."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...models.text_reader import RecognisedText
from ...models.text_readers import load_reader
from ...schemas.job.text_engines import OcrPrecision
from ...schemas.page import FloatArray, TextLines
from ..layout.reading_order import reading_order

if TYPE_CHECKING:
    from ...schemas.job.engines import TextReaderSettings

UPRIGHT_DEGREES = 1.5
"""Text that is rotated by less counts as upright and gets no polygon, since its box describes it as well."""


class OcrReader:
    """Reads images of pages; runs in a sandboxed child process, since it holds native code and models."""

    def __init__(
        self,
        reader: str = "rapidocr",
        threads: int = 1,
        languages: Sequence[str] = ("en",),
        settings: "TextReaderSettings | None" = None,
        precision: OcrPrecision = "auto",
        device: str = "cpu",
    ) -> None:
        """Load a text reader.

        Args:
            reader: name of the reader.
            languages: ISO 639-1 codes of the languages in the documents.
            settings: section of a reader from another package; None for a reader of docpipe itself.
            precision: of the models of a reader of docpipe itself.
            device: `cpu`, or `cuda` for a reader from another package.

        Raises:
            MissingResourceError: something that it needs is not installed.
            InvalidReplyError: a reader from another package could not be loaded or warmed up.
        """
        self._read = load_reader(reader, settings, threads, languages, precision, device)

    def read(self, image: NDArray[np.uint8]) -> TextLines:
        """The lines of an image (height, width, 3) RGB in reading order; none for an image without text."""
        return self.read_many([image])[0]

    def read_many(self, images: Sequence[NDArray[np.uint8]]) -> list[TextLines]:
        """The lines of each image, as `read` gives them; one call of the reader."""
        found = self._read(images)
        return [_in_order(text, *image.shape[:2]) for text, image in zip(found, images, strict=True)]


def _in_order(found: RecognisedText, height: int, width: int) -> TextLines:
    """The text of an image of this size in pixels, in reading order."""
    size = np.array([width, height], np.float32)
    boxes, visible = _boxes(found.polygons, size)
    word_boxes, word_visible = _boxes(found.word_polygons, size)
    lines = np.flatnonzero(visible)
    order = lines[_order(found.polygons[lines])]
    rank = np.full(len(found), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    word_rank = rank[found.word_line]
    words = np.flatnonzero(word_visible & (word_rank >= 0))
    words = words[np.argsort(word_rank[words], kind="stable")]
    shares = np.clip(found.polygons / size, 0, 1)
    turned = np.abs(_degrees(found.polygons)) >= UPRIGHT_DEGREES
    return TextLines(
        text=[found.text[line] for line in order],
        boxes=boxes[order],
        polygons=[shares[line] if turned[line] else None for line in order],
        confidence=found.confidence[order],
        block=np.full(len(order), -1, np.int32),
        word_text=[found.word_text[word] for word in words],
        word_boxes=word_boxes[words],
        word_confidence=found.word_confidence[words],
        word_line=word_rank[words],
    )


def _boxes(polygons: FloatArray, size: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Clipped boxes in shares around (n, 4, 2) polygons in pixels, and for each box whether it has an area."""
    low = np.clip(polygons.min(axis=1) / size, 0, 1)
    high = np.clip(polygons.max(axis=1) / size, 0, 1)
    boxes = np.concatenate([low, high], axis=1).astype(np.float32)
    return boxes, np.asarray((boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3]))


def _degrees(polygons: FloatArray) -> FloatArray:
    """Clockwise angle of each polygon's reading direction from the horizontal, -180 to 180 degrees."""
    along = polygons[:, 1] - polygons[:, 0]
    return np.asarray(np.degrees(np.arctan2(along[:, 1], along[:, 0])), np.float32)


def _order(polygons: FloatArray) -> NDArray[np.int32]:
    """Reading order of the lines after the page is rotated so that most of its text is upright."""
    if len(polygons) == 0:
        return np.empty(0, np.int32)
    angle = np.radians(_usual_degrees(polygons))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    upright = polygons @ turn
    return reading_order(np.concatenate([upright.min(axis=1), upright.max(axis=1)], axis=1))


def _usual_degrees(polygons: FloatArray) -> float:
    """Rotation of the page in degrees: the quarter turn of most text plus the median skew of its longer lines."""
    degrees = _degrees(polygons)
    along = np.linalg.norm(polygons[:, 1] - polygons[:, 0], axis=1)
    quarters = np.round(degrees / 90).astype(int) % 4
    usual = int(np.argmax(np.bincount(quarters, weights=along, minlength=4)))
    chosen = np.flatnonzero(quarters == usual)
    longer = chosen[along[chosen] >= np.median(along[chosen])]
    skew = (degrees[longer] - 90 * usual + 180) % 360 - 180
    return 90 * usual + float(np.median(skew))
