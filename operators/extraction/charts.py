"""The chart task: the values behind each figure of a page, or behind the page as a whole."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.geometry import Box
from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..charts.extract import ParseChart, declined_chart, read_chart
from ..charts.measured import checked_against
from ..grounding.ground import Evidence
from ..inference.cascade import decide
from ..inference.prompts import chart_prompt
from ..inference.request import Request, RequestId
from ..inference.results import Chart, PageFindings
from ..inference.tasks import Cascade, EngineTasks
from ..inference.work import Found, ReadPage
from ..values.locale import LocaleHint
from .regions import blocks_of, evidence_in, region_of
from .results import CascadeResults
from .weight_free import found_is_sure, has_failed, reason_of

_FIGURES = frozenset({"figure", "chart"})
# A figure with a side below this share of the page is an icon or a line.
_LEAST_SHARE = 0.08


def subjects(page: ReadPage, cascade: Cascade) -> Sequence[RequestId]:
    figures: list[int | None] = [*_figures(page.reading)] if cascade.of_regions else [None]
    return [RequestId(Use.CHART, block) for block in figures]


def of_every_page(cascade: Cascade, has_questions: bool) -> bool:
    return not cascade.of_regions


def request(page: ReadPage, about: RequestId, engine: EngineTasks, hint: LocaleHint) -> Request:
    return Request(about, chart_prompt(), engine.budgets[Use.CHART].max_new_tokens, engine.seconds, ParseChart(hint))


def expected(cascade: Cascade, questions: int) -> int:
    return 0 if cascade.of_regions else 1


def findings(given: CascadeResults, evidence: Evidence, before: PageFindings) -> PageFindings:
    charts = [chart for about in given.ids() if (chart := _chart(given, about)) is not None]
    return replace(before, charts=(*before.charts, *charts))


def _chart(given: CascadeResults, about: RequestId) -> Chart | None:
    region = region_of(given.page.reading, about)
    inside = evidence_in(given.page.reading, region)
    measured = _measured(given, about)
    decision = decide(
        given.outcomes(
            about,
            lambda found: _of_found(found, region, given.cascade),
            lambda result, engine: _checked(read_chart(result, region, inside, engine), measured),
        )
    )
    chart = decision.kept.value
    return None if chart is None else replace(chart, tried=decision.tried)


def _measured(given: CascadeResults, about: RequestId) -> Chart | None:
    """What was measured of the chart that a model is asked about, although it was declined."""
    found = given.found.get(about)
    return found.finding if found is not None and isinstance(found.finding, Chart) and found.finding.values else None


def _checked(chart: Chart | None, measured: Chart | None) -> Chart | None:
    return chart if chart is None or measured is None else checked_against(chart, measured)


def _of_found(found: Found | None, region: Box | None, cascade: Cascade) -> Chart | None:
    """The chart that an engine without weights measured, the row that says why it declined, or None for no chart."""
    assert cascade.weight_free is not None
    if found is None or (found.finding is None and not found.reason):
        return None
    assert found.finding is None or isinstance(found.finding, Chart)
    if has_failed(found):
        return found.finding
    against = None if found.finding is None else found.finding.raw_output
    if found.finding is not None and found_is_sure(found, cascade.accept):
        return replace(found.finding, raw_output=None)
    reason = ": ".join(filter(None, (reason_of(found, cascade.accept), against)))
    return declined_chart(found.finding, region, cascade.weight_free, reason)


def _figures(reading: PageReading) -> list[int]:
    found = []
    for block in blocks_of(reading, _FIGURES):
        x0, y0, x1, y1 = reading.blocks.boxes[block].tolist()
        if min(x1 - x0, y1 - y0) >= _LEAST_SHARE:
            found.append(block)
    return found
