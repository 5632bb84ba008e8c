"""Reads the dark blocks of a page as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import numpy as np
from docpipe.models.extension import RecognisedText, TextReaderSettings
from numpy.typing import NDArray
from pydantic import Field


class Settings(TextReaderSettings):
    """Reads dark blocks."""

    darkest: Annotated[int, Field(ge=1, le=255)] = Field(default=128, description="Grey level below which is ink.")


class InkBlocks:
    """Each run of rows with ink is a line, which names the size of its block."""

    Settings = Settings
    batch_size = 4

    @classmethod
    def identity(cls, settings: Settings) -> Mapping[str, str]:
        return {"version": "1"}

    def __init__(self, settings: Settings, device: str, threads: int, languages: Sequence[str]) -> None:
        self._darkest = settings.darkest

    def warm_up(self) -> None:
        """Nothing has to be computed before the first images."""

    def read(self, images: Sequence[NDArray[np.uint8]]) -> Sequence[RecognisedText]:
        return [self._read(image) for image in images]

    def _read(self, image: NDArray[np.uint8]) -> RecognisedText:
        ink = image.mean(axis=2) < self._darkest
        boxes = [(*_extent(ink[top:bottom].any(axis=0)), top, bottom) for top, bottom in _runs(ink.any(axis=1))]
        texts = [f"block of {right - left} x {bottom - top} pixels" for left, right, top, bottom in boxes]
        corners = [[(left, top), (right, top), (right, bottom), (left, bottom)] for left, right, top, bottom in boxes]
        return RecognisedText(
            text=texts,
            polygons=np.array(corners, np.float32).reshape(-1, 4, 2),
            confidence=np.full(len(texts), np.nan, np.float32),
        )


def _runs(rows: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _extent(columns: NDArray[np.bool_]) -> tuple[int, int]:
    there = np.flatnonzero(columns)
    return int(there[0]), int(there[-1]) + 1
