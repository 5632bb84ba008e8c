"""Answers every question with the share of the image that is dark."""

from collections.abc import Mapping, Sequence
from typing import Literal

from docpipe.models.extension import ImageQuestion, LocalEngine, Reply


class Settings(LocalEngine):
    """Measures ink."""

    kind: Literal["ink-share"]
    model: Literal["ink-share-1"]


class InkShare:
    """Knows one answer."""

    Settings = Settings
    batch_size = 8

    @classmethod
    def identity(cls, settings: Settings) -> Mapping[str, str]:
        return {"version": "1"}

    def __init__(self, settings: Settings, device: str, threads: int | None) -> None:
        self._darkest = 128

    def warm_up(self) -> None:
        """Nothing has to be loaded."""

    def answer(self, questions: Sequence[ImageQuestion]) -> Sequence[Reply]:
        shares = [float((question.image.mean(axis=2) < self._darkest).mean()) for question in questions]
        return [Reply(f"{share:.3f}", confidence=1.0) for share in shares]

    def close(self) -> None:
        """Nothing is held."""
