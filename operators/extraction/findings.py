"""Puts together what all engines answered about one page."""

from collections.abc import Sequence

import numpy as np

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.geometry import Box, areas, overlaps
from ...schemas.page import PageReading, TextLines
from ..charts.extract import read_chart
from ..docvqa.answers import nothing_there, read_answer
from ..grounding.ground import Evidence
from ..inference.request import Asked
from ..inference.results import Chart, ModelText, PageFindings, QuestionAnswer
from ..inference.tasks import EngineTasks
from ..inference.work import PageImage, PageWork, Use
from ..layout.blocks import select_lines
from ..ocr.model_text import read_model_text
from ..values.locale import locale_hint

# A line belongs to a region that holds at least this share of it.
_INSIDE = 0.5


def find(work: PageWork, tasks: Sequence[EngineTasks]) -> PageFindings:
    """Parse and ground the answers about a page; failures become part of the findings.

    Models write anything at all. What our own code does not bear of it fails the page, never the job.
    """
    try:
        return _find(work, tasks)
    except Exception as error:
        message = (
            f"page {work.reading.page_number}: what the models wrote could not be worked through "
            f"({type(error).__name__}: {' '.join(str(error).split())[:200]}); please report it with the page"
        )
        return PageFindings(tiles=work.tiles or None, failure=Failure(ErrorCode.BAD_OUTPUT, message, Stage.ENGINE))


def _find(work: PageWork, tasks: Sequence[EngineTasks]) -> PageFindings:
    if work.failure is not None or work.reading.failure is not None:
        return PageFindings(tiles=work.tiles or None, failure=work.failure)
    evidence = Evidence([(work.reading.page_number, work.reading.lines)])
    hint = locale_hint("\n".join(work.reading.lines.text))
    text: ModelText | None = None
    failure = None
    answers: list[QuestionAnswer] = []
    charts: list[Chart] = []
    for task in tasks:
        by_use = _answers_by_use(work, task.engine)
        if by_use[Use.OCR]:
            text, failure = read_model_text(work.reading, evidence, by_use[Use.OCR], task.engine)
        if task.docvqa and not by_use[Use.DOCVQA]:
            answers += [nothing_there(question, work.reading.page_number, task) for question in work.questions]
        for question, (_, asked) in zip(work.questions, by_use[Use.DOCVQA], strict=False):
            answers.append(read_answer(question, asked, evidence, work.reading.page_number, task, hint))
        for image, asked in by_use[Use.CHART]:
            chart = read_chart(image, asked, _evidence_in(work.reading, image.region), task, hint)
            if chart is not None:
                charts.append(chart)
    asked_any = any(work.images.values())
    return PageFindings(text, tuple(answers), tuple(charts), work.tiles if asked_any else None, failure)


def _answers_by_use(work: PageWork, engine: str) -> dict[Use, list[tuple[PageImage, Asked]]]:
    """The answers of an engine, told apart by what was asked: the order of `model_tasks.requests_about`."""
    found: dict[Use, list[tuple[PageImage, Asked]]] = {use: [] for use in Use}
    for image, asked in zip(work.images.get(engine, ()), work.asked.get(engine, ()), strict=True):
        left = iter(asked)
        for use in image.uses:
            count = len(work.questions) if use is Use.DOCVQA else 1
            found[use] += [(image, next(left)) for _ in range(count)]
    return found


def _evidence_in(reading: PageReading, region: Box | None) -> Evidence:
    return Evidence([(reading.page_number, reading.lines if region is None else lines_in(reading.lines, region))])


def lines_in(lines: TextLines, region: Box) -> TextLines:
    """The lines that stand in a region, by the larger part of their area."""
    if not len(lines):
        return lines
    inside = overlaps(lines.boxes, np.array([region], np.float32))[:, 0] >= _INSIDE * areas(lines.boxes)
    return select_lines(lines, np.flatnonzero(inside))
