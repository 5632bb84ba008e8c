"""Converts results of engines to rows of `answers`, `charts`, `tables` and their parts, and failures to `errors`."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ...operators.grounding.ground import Grounding, Place
from ...operators.inference.results import Chart, ChartValue, PageFindings, QuestionAnswer, Table
from ...operators.ocr.model_text import box_of
from ...schemas.errors import Failure
from ...schemas.geometry import Box
from .rows import table_of_rows

PageCharts = tuple[str, int, Sequence[Chart]]
"""Document id, page number, and the charts of the page."""

PageTables = tuple[str, int, Sequence[Table]]
"""Document id, page number, and the tables of the page."""


def line_id(document_id: str, page_number: int, line: int) -> str:
    """The `line_id` of a line of the text layer or OCR, by its position in the reading order."""
    return f"{document_id}-p{page_number}-l{line}"


def chart_id(document_id: str, page_number: int, number: int) -> str:
    return f"{document_id}-p{page_number}-c{number}"


def table_id(document_id: str, page_number: int, number: int) -> str:
    return f"{document_id}-p{page_number}-t{number}"


def block_id(document_id: str, page_number: int, block: int) -> str:
    return f"{document_id}-p{page_number}-b{block}"


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
            "tried": list(answer.tried) or [answer.engine],
            "second_answer": answer.second_answer,
            "second_engine": answer.second_engine,
            "agrees": answer.agrees,
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
            "status": "failed" if chart.failure else "declined" if chart.declined else "ok",
            "error_code": chart.failure.code.value if chart.failure else None,
            "tried": list(chart.tried) or [chart.engine],
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


def tables_table(pages: Sequence[PageTables], run_id: str) -> pa.Table:
    rows = [
        {
            "document_id": document_id,
            "page_number": page_number,
            "table_id": table_id(document_id, page_number, number),
            "block_id": None if table.block is None else block_id(document_id, page_number, table.block),
            "bbox": _box(table.region),
            "n_rows": table.n_rows,
            "n_columns": table.n_columns,
            "header_rows": table.header_rows,
            "caption": table.caption,
            "continues": None if table.continues is None else table_id(document_id, *table.continues),
            "html": table.html,
            "confidence": table.confidence,
            "source": table.source,
            "engine": table.engine,
            "model": table.model,
            "run_id": run_id,
        }
        for document_id, page_number, tables in pages
        for number, table in _read(tables)
    ]
    return table_of_rows("tables", rows)


def cells_table(pages: Sequence[PageTables]) -> pa.Table:
    rows = [
        {
            "document_id": document_id,
            "page_number": page_number,
            "table_id": table_id(document_id, page_number, number),
            "row": cell.row,
            "column": cell.column,
            "row_span": cell.row_span,
            "column_span": cell.column_span,
            "is_header": cell.is_header,
            "text": cell.text,
            "value_number": cell.number,
            "bbox": _box(cell.box),
            "grounding": cell.grounding.kind.value,
            "support": cell.grounding.support,
        }
        for document_id, page_number, tables in pages
        for number, table in _read(tables)
        for cell in table.cells
    ]
    return table_of_rows("cells", rows)


def _read(tables: Sequence[Table]) -> list[tuple[int, Table]]:
    """The tables without the failed ones, each with its position, which names it."""
    return [(number, table) for number, table in enumerate(tables) if table.failure is None]


def finding_errors(document_id: str, page_number: int, findings: PageFindings) -> list[tuple[dict[str, Any], Failure]]:
    """Failed questions, charts and tables of a page: the columns of `errors` that identify each, and its failure."""
    questions = [({"question_id": a.question_id}, a.failure) for a in findings.answers if a.failure]
    charts = [
        ({"chart_id": chart_id(document_id, page_number, number)}, chart.failure)
        for number, chart in enumerate(findings.charts)
        if chart.failure
    ]
    tables = [
        ({"table_id": table_id(document_id, page_number, number)}, table.failure)
        for number, table in enumerate(findings.tables)
        if table.failure
    ]
    return [*questions, *charts, *tables]


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
