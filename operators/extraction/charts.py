"""The chart task: the values behind each figure of a page, or behind the page as a whole."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..charts.extract import ParseChart, read_chart
from ..grounding.ground import Evidence
from ..inference.prompts import chart_prompt
from ..inference.request import Request, RequestId, Result
from ..inference.results import PageFindings
from ..inference.tasks import EngineTasks
from ..inference.work import ReadPage
from ..values.locale import LocaleHint
from .regions import blocks_of, evidence_in, region_of

_FIGURES = frozenset({"figure", "chart"})
# A figure with a side below this share of the page is an icon or a line.
_LEAST_SHARE = 0.08


def wants_image(tasks: EngineTasks, reading: PageReading | None, has_questions: bool) -> bool:
    return not tasks.figures or (reading is not None and bool(_figures(reading)))


def requests(page: ReadPage, tasks: EngineTasks, hint: LocaleHint) -> list[Request]:
    figures: list[int | None] = [*_figures(page.reading)] if tasks.figures else [None]
    tokens = tasks.budgets[Use.CHART].max_new_tokens
    return [
        Request(RequestId(Use.CHART, block), chart_prompt(), tokens, tasks.seconds, ParseChart(hint))
        for block in figures
    ]


def expected(tasks: EngineTasks, questions: int) -> int:
    return 0 if tasks.figures else 1


def findings(
    page: ReadPage, results: Sequence[Result], evidence: Evidence, tasks: EngineTasks, before: PageFindings
) -> PageFindings:
    regions = [region_of(page.reading, result.id) for result in results]
    found = (
        read_chart(result, region, evidence_in(page.reading, region), tasks)
        for result, region in zip(results, regions, strict=True)
    )
    return replace(before, charts=(*before.charts, *(chart for chart in found if chart is not None)))


def _figures(reading: PageReading) -> list[int]:
    found = []
    for block in blocks_of(reading, _FIGURES):
        x0, y0, x1, y1 = reading.blocks.boxes[block].tolist()
        if min(x1 - x0, y1 - y0) >= _LEAST_SHARE:
            found.append(block)
    return found
