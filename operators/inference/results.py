"""Types of the findings: the grounded results of engines, the source of lines, answers, charts, tables and their parts.

Fields with the names of columns are documented in `schemas.tables`. `tried` has the names of the engines that were
asked, in order. An engine without weights has no model and no prompt.
"""

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
        groundings: one for each line.
        supported: share of its characters that evidence supports; None where there is no evidence.
        attempts: the largest number of attempts among its requests.
        text: the text of the page, as `page_text` makes it of the lines.
    """

    source: str
    lines: TextLines
    groundings: tuple[Grounding, ...]
    supported: float | None
    attempts: int
    text: str = ""


@dataclass(frozen=True)
class QuestionAnswer:
    """An answer to one question, with its evidence; the table `answers` documents the columns of the same names.

    Attributes:
        page_number: page of the evidence; without evidence, the page of the request; None for a document's answer.
    """

    question_id: str
    question: str
    type: str
    status: Literal["answered", "not_found", "declined", "failed"]
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
    tried: tuple[str, ...] = ()
    second_answer: str | None = None
    second_engine: str | None = None
    agrees: bool | None = None


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
    """A chart as an engine read it; the table `charts` documents the columns of the same names.

    Attributes:
        region: its region in shares of the page; None for the whole page.
        support: mean support of its values; None where no value could be checked.
        declined: whether no engine was sure of its values, so that it has none; `raw_output` has the reasons.
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
    tried: tuple[str, ...] = ()
    declined: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table; the table `cells` documents the columns of the same names.

    Attributes:
        box: its box in shares of the page; None where it is not known.
        grounding: how its text was found on the page, and its support; its places are not stored.
    """

    row: int
    column: int
    text: str
    grounding: Grounding
    row_span: int = 1
    column_span: int = 1
    is_header: bool = False
    number: float | None = None
    box: Box | None = None


@dataclass(frozen=True)
class Table:
    """A table as an engine read it, with all its cells; the table `tables` documents the columns of the same names.

    Attributes:
        region: its box in shares of the page.
        block: the block of the page that contains it, as an index; None where there is none.
        continues: the page number, and the position among the tables of that page, of the table that it continues.
        source: source of its words.
        failure: the reason why it could not be read; such a table has only a row in `errors`.
    """

    engine: str
    model: str
    region: Box
    block: int | None = None
    n_rows: int = 0
    n_columns: int = 0
    header_rows: int = 0
    caption: str | None = None
    continues: tuple[int, int] | None = None
    html: str = ""
    confidence: float | None = None
    source: str = ""
    cells: tuple[Cell, ...] = ()
    failure: Failure | None = None


Finding = QuestionAnswer | Chart | Table
"""The result of a task other than `ocr`."""


@dataclass(frozen=True)
class PageFindings:
    """All findings of engines on a page.

    Attributes:
        tables: in reading order, failed ones too.
        tiles: number of image tiles that were sent to models; None where there was no request.
        failure: the failure of the page; a failed question, chart or table does not fail the page.
    """

    text: ModelText | None = None
    answers: tuple[QuestionAnswer, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
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
