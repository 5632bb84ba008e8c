"""What models found, parsed and compared with the evidence; becomes rows of lines, answers, charts and chart_points."""

import datetime
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ...schemas.errors import Failure
from ...schemas.geometry import Box
from ...schemas.page import FloatArray, TextLines
from ..grounding.ground import Grounding


@dataclass(frozen=True)
class ModelText:
    """The text of a page as a model read it.

    Attributes:
        source: the engine's name in the job.
        lines: in reading order; boxes are those of the evidence, NaN where there is none.
        groundings: one a line.
        supported: share of its characters that evidence supports; None where there is no evidence.
        attempts: of the request that was asked most often.
    """

    source: str
    lines: TextLines
    groundings: tuple[Grounding, ...]
    supported: float | None
    attempts: int


@dataclass(frozen=True)
class QuestionAnswer:
    """An answer to one question, with its evidence; the columns of `answers` of the same names say the rest.

    Attributes:
        page_number: of the evidence; the page that was asked where there is none; None for a document.
    """

    question_id: str
    question: str
    type: str
    status: Literal["answered", "not_found", "failed"]
    page_number: int | None
    answer: str | None
    grounding: Grounding
    engine: str
    model: str
    prompt_version: str
    number: float | None = None
    date: datetime.date | None = None
    boolean: bool | None = None
    currency: str | None = None
    confidence: float | None = None
    raw_output: str | None = None
    attempts: int = 1
    failure: Failure | None = None


@dataclass(frozen=True)
class ChartValue:
    """A value of a chart with its evidence."""

    series: str | None
    x: str | None
    x_number: float | None
    y: float | None
    grounding: Grounding


@dataclass(frozen=True)
class Chart:
    """A chart as a model read it; the columns of `charts` of the same names say the rest.

    Attributes:
        region: where it stands on the page; None for the whole page.
        support: mean support of its values; None where none could be looked up.
    """

    engine: str
    model: str
    prompt_version: str
    source: Literal["figure", "page"]
    region: Box | None
    chart_type: str = "other"
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    values: tuple[ChartValue, ...] = ()
    confidence: float | None = None
    support: float | None = None
    raw_output: str | None = None
    attempts: int = 1
    failure: Failure | None = None


@dataclass(frozen=True)
class PageFindings:
    """All that models found on a page.

    Attributes:
        tiles: image tiles that were given to models; None where none was asked.
        failure: why the page counts as failed; a failed question or chart does not make it so.
    """

    text: ModelText | None = None
    answers: tuple[QuestionAnswer, ...] = ()
    charts: tuple[Chart, ...] = ()
    tiles: int | None = None
    failure: Failure | None = None


NOTHING_FOUND = PageFindings()


@dataclass
class LinesBuilder:
    """Collects a model's lines, which have no words and often no box, into `TextLines`."""

    texts: list[str] = field(default_factory=list)
    boxes: list[Box | None] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    confidences: list[float | None] = field(default_factory=list)

    def add(self, text: str, box: Box | None, block: int, confidence: float | None) -> None:
        self.texts.append(text)
        self.boxes.append(box)
        self.blocks.append(block)
        self.confidences.append(confidence)

    def lines(self) -> TextLines:
        count = len(self.texts)
        return TextLines(
            text=self.texts,
            boxes=_array([box or (np.nan,) * 4 for box in self.boxes]).reshape(count, 4),
            polygons=[None] * count,
            confidence=_array([np.nan if value is None else value for value in self.confidences]),
            block=np.array(self.blocks, np.int32),
        )


def _array(values: object) -> FloatArray:
    return np.array(values, np.float32)
