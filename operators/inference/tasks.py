"""What each engine of a job is asked to do, and what it may spend."""

from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    """What an image is used for: the tasks of job.yaml."""

    OCR = "ocr"
    DOCVQA = "docvqa"
    CHART = "chart"


@dataclass(frozen=True)
class Budget:
    """What one task may spend on an image: tiles, and new tokens a request."""

    max_tiles: int
    max_new_tokens: int


@dataclass(frozen=True)
class EngineTasks:
    """The tasks that one engine does; None for a task that it does not do.

    Attributes:
        engine: its name in the job.
        model: name of its model, for the tables.
        regions: whether text is read block by block where the layout found blocks.
        figures: whether charts are looked for among the page's figures, not the page as a whole.
        seconds: wall seconds for one request.
    """

    engine: str
    model: str
    ocr: Budget | None = None
    docvqa: Budget | None = None
    chart: Budget | None = None
    regions: bool = False
    figures: bool = True
    seconds: float = 600.0

    def budget(self, use: Use) -> Budget | None:
        return {Use.OCR: self.ocr, Use.DOCVQA: self.docvqa, Use.CHART: self.chart}[use]
