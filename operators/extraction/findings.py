"""Assembles the results of all engines about one page into the page's findings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.geometry import Box, areas, overlaps
from ...schemas.page import PageReading, TextLines
from ..charts.extract import read_chart
from ..docvqa.answers import nothing_there, read_answer
from ..grounding.ground import Evidence
from ..inference.request import RequestId, Result
from ..inference.results import Chart, ModelText, PageFindings, QuestionAnswer
from ..inference.tasks import EngineTasks, Use
from ..inference.work import PageResults, ReadPage
from ..layout.blocks import select_lines
from ..ocr.model_text import RegionText, read_model_text
from .requests import region_of

# A line belongs to a region that covers at least this share of the line's area.
_INSIDE = 0.5


def with_findings(page: ReadPage, results: Mapping[str, PageResults], tasks: Sequence[EngineTasks]) -> ReadPage:
    """The page with its findings, grounded in the page's own text; failures are part of the findings.

    Model output is arbitrary text: an exception in the code that processes it fails the page, never the job.

    Args:
        results: results by engine name.
    """
    seconds = page.reading.seconds + sum(result.seconds for result in results.values())
    page = replace(page, reading=replace(page.reading, seconds=seconds))
    try:
        return replace(page, findings=_findings(page, results, tasks))
    except Exception as error:
        message = (
            f"page {page.reading.page_number}: the output of the models could not be processed "
            f"({type(error).__name__}: {' '.join(str(error).split())[:200]}); please report it with the page"
        )
        failure = Failure(ErrorCode.BAD_OUTPUT, message, Stage.ENGINE)
        return replace(page, findings=PageFindings(tiles=page.tiles, failure=failure))


def _findings(page: ReadPage, results: Mapping[str, PageResults], tasks: Sequence[EngineTasks]) -> PageFindings:
    reading = page.reading
    failures = [page.unasked, *(result.failure for result in results.values())]
    failure = next((one for one in failures if one is not None), None)
    if failure is not None or reading.failure is not None:
        return PageFindings(tiles=page.tiles, failure=failure)
    evidence = Evidence([(reading.page_number, reading.lines)])
    text: ModelText | None = None
    answers: list[QuestionAnswer] = []
    charts: list[Chart] = []
    for task in tasks:
        found = results[task.engine].results if task.engine in results else {}
        read = _of_use(found, Use.OCR)
        if read:
            regions = [RegionText(one, region_of(reading, one.id), one.id.block) for one in read]
            text, failure = read_model_text(reading, evidence, regions, task.engine)
        if task.docvqa:
            for question in page.questions:
                result = found.get(RequestId(Use.DOCVQA, question=question.id))
                if result is None:
                    answers.append(nothing_there(question, reading.page_number, task))
                else:
                    answers.append(read_answer(question, result, evidence, reading.page_number, task))
        for result in _of_use(found, Use.CHART):
            region = region_of(reading, result.id)
            chart = read_chart(result, region, _evidence_in(reading, region), task)
            if chart is not None:
                charts.append(chart)
    return PageFindings(text, tuple(answers), tuple(charts), page.tiles, failure)


def _of_use(results: Mapping[RequestId, Result], use: Use) -> list[Result]:
    """Results of one task, in the order of the page's blocks."""
    return sorted((one for one in results.values() if one.id.use is use), key=lambda one: one.id.block or 0)


def _evidence_in(reading: PageReading, region: Box | None) -> Evidence:
    return Evidence([(reading.page_number, reading.lines if region is None else lines_in(reading.lines, region))])


def lines_in(lines: TextLines, region: Box) -> TextLines:
    """The lines of which the region covers at least half of the area."""
    if not len(lines):
        return lines
    inside = overlaps(lines.boxes, np.array([region], np.float32))[:, 0] >= _INSIDE * areas(lines.boxes)
    return select_lines(lines, np.flatnonzero(inside))
