"""Answers, charts and failures of a report, each with the image of its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...schemas.geometry import Box
from ..tables.records import StoredAnswer, StoredChart, StoredDocument, StoredFailure
from .charts_svg import Value, is_weak, plot, table_values
from .contents import Contents
from .drawing import Drawings
from .images import Crop
from .sampling import Sampled
from .survey import PageKey
from .view import Item, Sheet, add_evidence, clipped, sheet
from .view_pages import answer_label, page_ids, point_label, support_words

_MAX_RAW = 2000
_MAX_ROWS, _MAX_COLUMNS, _MAX_CELL = 60, 16, 120


@dataclass(frozen=True)
class CropView:
    """A part of a page with the evidence in it; `page_id` is the anchor of the whole page, if it is shown."""

    sheet: Sheet
    number: int
    page_id: str | None
    items: Sequence[Item]


@dataclass(frozen=True)
class AnswerView:
    """An answer as the template shows it."""

    name: str
    question_id: str
    question: str
    type: str
    status: str
    error_code: str | None
    answer: str
    value: str | None
    grounding: str
    support: float | None
    confidence: float | None
    tried: Sequence[str]
    second: str | None
    model: str
    attempts: int
    raw_output: str
    reasons: Sequence[str]
    crops: Sequence[CropView]


@dataclass(frozen=True)
class Cell:
    """A cell of a chart's table; `key` links it with its mark and its evidence."""

    text: str
    key: str = ""
    tone: str = ""


@dataclass(frozen=True)
class ChartView:
    """A chart as the template shows it."""

    name: str
    number: int
    page_id: str | None
    title: str | None
    x_label: str | None
    y_label: str | None
    type: str
    status: str
    error_code: str | None
    support: float | None
    confidence: float | None
    reasons: Sequence[str]
    sheet: Sheet
    plot: Markup | None
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total_rows: int


@dataclass(frozen=True)
class FailureView:
    """A failure as the template shows it."""

    code: str
    uri: str
    name: str
    place: str
    message: str
    stage: str
    attempts: int


def answer_views(contents: Contents, drawings: Drawings) -> list[AnswerView]:
    anchors = page_ids(contents)
    return [
        _answer_view(sampled, crops, contents.documents.get(sampled.key.document_id), anchors)
        for sampled, crops in zip(contents.answers, drawings.answers, strict=True)
    ]


def chart_views(contents: Contents, drawings: Drawings) -> list[ChartView]:
    anchors = page_ids(contents)
    return [
        _chart_view(sampled, crop, contents.documents.get(sampled.key.document_id), anchors, f"c{i}-")
        for i, (sampled, crop) in enumerate(zip(contents.charts, drawings.charts, strict=True))
    ]


def failure_views(failures: Sequence[StoredFailure]) -> dict[str, list[FailureView]]:
    """By code."""
    views: dict[str, list[FailureView]] = {}
    for failure in failures:
        views.setdefault(failure.code, []).append(
            FailureView(
                code=failure.code,
                uri=failure.uri,
                name=failure.uri.rstrip("/").rsplit("/", 1)[-1] or failure.uri,
                place=_place(failure),
                message=failure.message[:1000],
                stage=failure.stage,
                attempts=failure.attempts,
            )
        )
    return views


def _place(failure: StoredFailure) -> str:
    parts = [f"page {failure.page_number}" if failure.page_number is not None else ""]
    parts += [f"question {failure.question_id}" if failure.question_id else ""]
    parts += [f"chart {failure.chart_id}" if failure.chart_id else ""]
    parts += [f"table {failure.table_id}" if failure.table_id else ""]
    return ", ".join(part for part in parts if part)


def _answer_view(
    sampled: Sampled[StoredAnswer],
    crops: Mapping[int, Crop],
    document: StoredDocument | None,
    anchors: Mapping[PageKey, str],
) -> AnswerView:
    answer = sampled.key
    return AnswerView(
        name=document.name if document else answer.document_id,
        question_id=answer.question_id,
        question=clipped(answer.question),
        type=answer.type,
        status=answer.status,
        error_code=answer.error_code,
        answer=(answer.answer or "")[:_MAX_RAW],
        value=answer.value,
        grounding=answer.grounding,
        support=answer.support,
        confidence=answer.confidence,
        tried=answer.tried,
        second=_second_opinion(answer),
        model=answer.model,
        attempts=answer.attempts,
        raw_output=(answer.raw_output or "")[:_MAX_RAW],
        reasons=sampled.reasons,
        crops=[_crop_view(answer, number, crop, anchors) for number, crop in crops.items()],
    )


def _second_opinion(answer: StoredAnswer) -> str | None:
    """The answer of the engine that was asked to verify the first one; None if there was none."""
    if answer.second_engine is None:
        return None
    if answer.agrees:
        return f"{answer.second_engine} agrees"
    return f"{answer.second_engine} answers: {clipped(answer.second_answer or 'nothing')}"


def _crop_view(answer: StoredAnswer, number: int, crop: Crop, anchors: Mapping[PageKey, str]) -> CropView:
    places = [(i, place) for i, place in enumerate(answer.evidence) if place.page_number == number]
    view = _crop_sheet(crop)
    add_evidence(view, [(p.box, f"e{i}", answer_label(answer, p)) for i, p in places], crop.region, "evidence")
    items = [Item(f"e{i}", clipped(place.text)) for i, place in places]
    return CropView(view, number, anchors.get(PageKey(answer.document_id, number)), items)


def _crop_sheet(crop: Crop) -> Sheet:
    region: Box = crop.region
    return sheet(crop.image, crop.reason, region.x1 - region.x0, (region.y1 - region.y0) * 1.3)


def _chart_view(
    sampled: Sampled[StoredChart],
    crop: Crop,
    document: StoredDocument | None,
    anchors: Mapping[PageKey, str],
    scope: str,
) -> ChartView:
    chart = sampled.key
    view = _crop_sheet(crop)
    boxes = [(p.box, f"{scope}{i}", f"{point_label(p)} ({support_words(p)})") for i, p in enumerate(chart.points)]
    add_evidence(view, [(box, key, label) for box, key, label in boxes if box is not None], crop.region, "points")
    values = table_values(chart)
    return ChartView(
        name=document.name if document else chart.document_id,
        number=chart.page_number,
        page_id=anchors.get(PageKey(chart.document_id, chart.page_number)),
        title=chart.title and clipped(chart.title),
        x_label=chart.x_label and clipped(chart.x_label),
        y_label=chart.y_label and clipped(chart.y_label),
        type=chart.chart_type,
        status=chart.status,
        error_code=chart.error_code,
        support=chart.support,
        confidence=chart.confidence,
        reasons=sampled.reasons,
        sheet=view,
        plot=plot(chart, values, scope),
        columns=[_cut(name) for name in chart.columns[:_MAX_COLUMNS]],
        rows=_cells(chart, values, scope),
        total_rows=len(chart.rows),
    )


def _cells(chart: StoredChart, values: Sequence[Value], scope: str) -> list[list[Cell]]:
    known = {(value.row, value.column): value.point for value in values if value.point is not None}
    table = []
    for i, cells in enumerate(chart.rows[:_MAX_ROWS]):
        row = []
        for j, text in enumerate(cells[:_MAX_COLUMNS]):
            index = known.get((i, j))
            point = None if index is None else chart.points[index]
            row.append(
                Cell(_cut(text))
                if point is None
                else Cell(_cut(text), f"{scope}{index}", "bad" if is_weak(point) else "good")
            )
        table.append(row)
    return table


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 1]}…"
