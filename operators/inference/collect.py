"""Sends the requests of a page to its engines, and puts together what they answered."""

import asyncio
import time
from collections.abc import Sequence

import numpy as np

from ...models.engine import Answer, Engine, EngineLostError, Outcome, Preparer
from ...schemas.errors import ErrorCode, Failure
from ...schemas.geometry import Box, areas, overlaps
from ...schemas.page import PageReading, TextLines
from ..charts.extract import read_chart
from ..docvqa.answers import nothing_there, read_answer
from ..grounding.ground import Evidence
from ..layout.blocks import select_lines
from ..ocr.model_text import read_model_text
from ..values.locale import locale_hint
from .images import coarser
from .request import Asked, Request, ask_all
from .results import Chart, ModelText, PageFindings, QuestionAnswer
from .tasks import EngineTasks, requests_about
from .work import PagePicture, PageWork, Use


async def ask_about_page(engine: Engine, work: PageWork, tasks: EngineTasks, preparer: Preparer) -> PageWork:
    """The page with the engine's answers.

    Each picture is asked about on its own, so that none waits for room while it holds some.
    """
    started = time.monotonic()
    asked = await asyncio.gather(
        *(
            _ask_about(engine, picture, requests_about(picture, work.questions, tasks), preparer)
            for picture in work.pictures.get(tasks.engine, ())
        )
    )
    return work.after(tasks.engine, tuple(asked), time.monotonic() - started)


async def _ask_about(
    engine: Engine, picture: PagePicture, requests: list[Request], preparer: Preparer
) -> tuple[Asked, ...]:
    assert picture.picture is not None
    try:
        return tuple(await ask_all(engine, [picture.picture], requests, lambda: [coarser(picture, preparer)]))
    except EngineLostError:
        raise
    except Exception as error:
        # Whatever an engine raises concerns these requests; the page and the job go on.
        message = f"{type(error).__name__}: {error}"
        failed = Asked(Answer("", "", None, Outcome.FAILED, message), 1, ErrorCode.ENGINE_FAILED, message)
        return (failed,) * len(requests)


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
        return PageFindings(tiles=work.tiles or None, failure=Failure(ErrorCode.BAD_OUTPUT, message, "engine"))


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
        for picture, asked in by_use[Use.CHART]:
            chart = read_chart(picture, asked, _evidence_in(work.reading, picture.region), task, hint)
            if chart is not None:
                charts.append(chart)
    asked_any = any(work.pictures.values())
    return PageFindings(text, tuple(answers), tuple(charts), work.tiles if asked_any else None, failure)


def _answers_by_use(work: PageWork, engine: str) -> dict[Use, list[tuple[PagePicture, Asked]]]:
    """The answers of an engine, told apart by what was asked: the order of `model_tasks.requests_about`."""
    found: dict[Use, list[tuple[PagePicture, Asked]]] = {use: [] for use in Use}
    for picture, asked in zip(work.pictures.get(engine, ()), work.asked.get(engine, ()), strict=True):
        left = iter(asked)
        for use in picture.uses:
            count = len(work.questions) if use is Use.DOCVQA else 1
            found[use] += [(picture, next(left)) for _ in range(count)]
    return found


def _evidence_in(reading: PageReading, region: Box | None) -> Evidence:
    return Evidence([(reading.page_number, reading.lines if region is None else lines_in(reading.lines, region))])


def lines_in(lines: TextLines, region: Box) -> TextLines:
    """The lines that stand in a region, by the larger part of their area."""
    if not len(lines):
        return lines
    inside = overlaps(lines.boxes, np.array([region], np.float32))[:, 0] >= _INSIDE * areas(lines.boxes)
    return select_lines(lines, np.flatnonzero(inside))
