"""Converts results of engines to rows of `answers`, `charts` and `chart_points`, and failures to rows of `errors`."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ...operators.grounding.ground import Grounding, Place
from ...operators.inference.results import Chart, ChartValue, PageFindings, QuestionAnswer
from ...operators.ocr.model_text import box_of
from ...schemas.errors import Failure
from ...schemas.geometry import Box
from .rows import table_of_rows

PageCharts = tuple[str, int, Sequence[Chart]]
"""Document id, page number, and the charts of the page."""


def line_id(document_id: str, page_number: int, line: int) -> str:
    """The `line_id` of a line of the text layer or OCR, by its position in the reading order."""
    return f"{document_id}-p{page_number}-l{line}"


def chart_id(document_id: str, page_number: int, number: int) -> str:
    return f"{document_id}-p{page_number}-c{number}"


def answers_table(answers: Sequence[tuple[str, QuestionAnswer]], run_id: str) -> pa.Table:
    """Rows of `answers` for answers, each with its document."""
    rows = [
        {
            "document_id": document_id,
            "page_number": answer.page_number,
            "question_id": answer.question_id,
            "question": answer.question,
            "type": answer.type,
            "status": answer.status,
            "error_code": answer.failure.code.value if answer.failure else None,
            "answer": answer.answer,
            "value_number": answer.number,
            "value_date": answer.date,
            "value_boolean": answer.boolean,
            "currency": answer.currency,
            "confidence": answer.confidence,
            "evidence": [_evidence(document_id, place) for place in answer.grounding.places],
            "grounding": answer.grounding.kind.value,
            "support": answer.grounding.support,
            "tried": [answer.engine],
            "second_answer": None,
            "second_engine": None,
            "agrees": None,
            "engine": answer.engine,
            "model": answer.model,
            "prompt_version": answer.prompt_version,
            "raw_output": answer.raw_output,
            "attempts": answer.attempts,
            "run_id": run_id,
        }
        for document_id, answer in answers
    ]
    return table_of_rows("answers", rows)


def charts_table(pages: Sequence[PageCharts], run_id: str) -> pa.Table:
    rows = [
        {
            "document_id": document_id,
            "page_number": page_number,
            "chart_id": chart_id(document_id, page_number, number),
            "bbox": _box(chart.region),
            "chart_type": chart.chart_type,
            "title": chart.title,
            "x_label": chart.x_label,
            "y_label": chart.y_label,
            "columns": list(chart.columns),
            "rows": [list(row) for row in chart.rows],
            "status": "failed" if chart.failure else "ok",
            "error_code": chart.failure.code.value if chart.failure else None,
            "tried": [chart.engine],
            "confidence": chart.confidence,
            "support": chart.support,
            "source": chart.source,
            "engine": chart.engine,
            "model": chart.model,
            "prompt_version": chart.prompt_version,
            "raw_output": chart.raw_output,
            "attempts": chart.attempts,
            "run_id": run_id,
        }
        for document_id, page_number, charts in pages
        for number, chart in enumerate(charts)
    ]
    return table_of_rows("charts", rows)


def chart_points_table(pages: Sequence[PageCharts]) -> pa.Table:
    rows = [
        {
            "document_id": document_id,
            "page_number": page_number,
            "chart_id": chart_id(document_id, page_number, number),
            **_point(value),
        }
        for document_id, page_number, charts in pages
        for number, chart in enumerate(charts)
        for value in chart.values
    ]
    return table_of_rows("chart_points", rows)


def finding_errors(document_id: str, page_number: int, findings: PageFindings) -> list[tuple[dict[str, Any], Failure]]:
    """Failed questions and charts of a page: the columns of `errors` that identify each, and its failure."""
    questions = [({"question_id": a.question_id}, a.failure) for a in findings.answers if a.failure]
    charts = [
        ({"chart_id": chart_id(document_id, page_number, number)}, chart.failure)
        for number, chart in enumerate(findings.charts)
        if chart.failure
    ]
    return [*questions, *charts]


def _point(value: ChartValue) -> dict[str, Any]:
    grounding: Grounding = value.grounding
    return {
        "series": value.series,
        "x": value.x,
        "x_number": value.x_number,
        "y": value.y,
        "bbox": _box(box_of(grounding)),
        "grounding": grounding.kind.value,
        "support": grounding.support,
    }


def _evidence(document_id: str, place: Place) -> dict[str, Any]:
    return {
        "page_number": place.page_number,
        "bbox": _box(place.box),
        "text": place.text,
        "line_id": None if place.line is None else line_id(document_id, place.page_number, place.line),
    }


def _box(box: Box | None) -> dict[str, float] | None:
    return None if box is None else dict(zip(("x0", "y0", "x1", "y1"), box, strict=True))
