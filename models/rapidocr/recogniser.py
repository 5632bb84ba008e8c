"""The PP-OCR recogniser: crops of lines to text, with the place of each character.

The network's cost on one thread is proportional to the pixels of width that it reads, independent of the batch
size; so crops are never padded to a common width, and only crops of the same width share a call.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .files import RECOGNISER_FILE
from .session import Session, normalised

HEIGHT = 48
"""Pixels of height that the network was trained on."""

STRIDE = 8
"""Pixels of width for one column of output."""

MAX_WIDTH = 4096
"""Pixels; what is longer is squeezed, which keeps memory bounded."""

_BATCH_PIXELS = 1024


@dataclass(frozen=True)
class Reading:
    """The text of one crop.

    Attributes:
        text: the characters, spaces included.
        confidence: mean probability of the characters; 0 for no text.
        centres: (len(text),) centre of each character, as a share of the crop's width.
        probability: (len(text),) of each character.
    """

    text: str
    confidence: float
    centres: NDArray[np.float32]
    probability: NDArray[np.float32]


class Recogniser:
    """Reads crops of single lines."""

    def __init__(self, threads: int) -> None:
        self._session = Session(RECOGNISER_FILE, threads)
        self._characters = ["", *self._session.metadata("character").splitlines(), " "]

    def read(self, crops: Sequence[NDArray[np.uint8]], deadline: float | None = None) -> list[Reading]:
        """Read (h, w, 3) RGB crops; one reading for each, in their order.

        Raises:
            TimeoutError: `time.monotonic()` passed `deadline`.
        """
        inputs = [_resized(crop) for crop in crops]
        readings: dict[int, Reading] = {}
        for batch in _batches([image.shape[1] for image in inputs]):
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"OCR read {len(readings)} of {len(crops)} lines before its deadline")
            scores = self._session.run(np.concatenate([normalised(inputs[index]) for index in batch]))
            readings.update(zip(batch, map(self._decoded, scores), strict=True))
        return [readings[index] for index in range(len(crops))]

    def _decoded(self, scores: NDArray[np.float32]) -> Reading:
        """Greedy CTC: the best symbol of each column, repeats merged, blanks (symbol 0) left out."""
        best = scores.argmax(axis=1)
        probability = scores[np.arange(len(best)), best]
        starts = np.flatnonzero(np.diff(best, prepend=-1))
        ends = np.append(starts[1:], len(best))
        kept = best[starts] != 0
        starts, ends = starts[kept], ends[kept]
        text = "".join(self._characters[symbol] for symbol in best[starts])
        centres = ((starts + ends) / (2 * len(best))).astype(np.float32)
        certain = probability[starts]
        return Reading(text, float(certain.mean()) if len(text) else 0.0, centres, certain)


def _resized(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The crop at the network's height, stretched to a whole number of output columns."""
    height, width = crop.shape[:2]
    columns = math.ceil(width * HEIGHT / height / STRIDE)
    size = (min(MAX_WIDTH, max(2, columns) * STRIDE), HEIGHT)
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Indices of equal widths together, at most `_BATCH_PIXELS` of width a batch."""
    batches: list[list[int]] = []
    for index in sorted(range(len(widths)), key=lambda index: widths[index]):
        width = widths[index]
        last = batches[-1] if batches else None
        if last and widths[last[0]] == width and (len(last) + 1) * width <= _BATCH_PIXELS:
            last.append(index)
        else:
            batches.append([index])
    return batches
