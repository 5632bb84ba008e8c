"""The tasks of each engine of a job, with their budgets of tiles, tokens and seconds."""

from dataclasses import dataclass
from enum import StrEnum

from ...models.engine import EngineLimits


class Use(StrEnum):
    """The tasks of job.yaml that use images."""

    OCR = "ocr"
    DOCVQA = "docvqa"
    CHART = "chart"


@dataclass(frozen=True)
class Budget:
    """Limits of one task: tiles for an image, and new tokens for a request."""

    max_tiles: int
    max_new_tokens: int


@dataclass(frozen=True)
class EngineTasks:
    """The tasks of one engine.

    Attributes:
        engine: its name in the job.
        model: name of its model, for the tables.
        ocr, docvqa, chart: the budget of each task; None for a task that the engine does not have.
        regions: whether text is read block by block where the layout found blocks.
        figures: whether each figure of the page is a chart request; otherwise the whole page is one.
        seconds: wall seconds for one attempt of a request.
    """

    engine: str
    model: str
    ocr: Budget | None = None
    docvqa: Budget | None = None
    chart: Budget | None = None
    regions: bool = False
    figures: bool = True
    seconds: float = 600.0

    @property
    def limits(self) -> EngineLimits:
        """The largest request of its tasks."""
        budgets = [budget for use in Use if (budget := self.budget(use)) is not None]
        return EngineLimits(max(one.max_tiles for one in budgets), max(one.max_new_tokens for one in budgets))

    def budget(self, use: Use) -> Budget | None:
        return {Use.OCR: self.ocr, Use.DOCVQA: self.docvqa, Use.CHART: self.chart}[use]
