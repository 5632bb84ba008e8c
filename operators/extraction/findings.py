"""Assembles the results of all engines about one page into the page's findings."""

from collections.abc import Mapping
from dataclasses import replace

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.printable import brief
from ..inference.results import PageFindings
from ..inference.tasks import TaskPlan
from ..inference.work import PageResults, ReadPage
from .image_tasks import IMAGE_TASKS
from .regions import evidence_in
from .results import CascadeResults


def with_findings(page: ReadPage, results: Mapping[str, PageResults], plan: TaskPlan) -> ReadPage:
    """The page with its findings, grounded in the page's own text; failures are part of the findings.

    Model output is arbitrary text: an exception in the code that processes it fails the page, never the job.

    Args:
        results: results by the name of the model.
    """
    seconds = page.reading.seconds + sum(result.seconds for result in results.values())
    page = replace(page, reading=replace(page.reading, seconds=seconds))
    tiles = sum(result.tiles for result in results.values()) if page.sent else None
    try:
        return replace(page, findings=_findings(page, results, plan, tiles))
    except Exception as error:
        message = (
            f"page {page.reading.page_number}: the output of the engines could not be processed "
            f"({brief(error)}); please report it with the page"
        )
        failure = Failure(ErrorCode.BAD_OUTPUT, message, Stage.ENGINE)
        return replace(page, findings=PageFindings(tiles=tiles, failure=failure))


def _findings(page: ReadPage, results: Mapping[str, PageResults], plan: TaskPlan, tiles: int | None) -> PageFindings:
    failure = page.unasked or failure_of(results, plan)
    if failure is not None or page.reading.failure is not None:
        return PageFindings(tiles=tiles, failure=failure)
    evidence = evidence_in(page.reading, None)
    findings = PageFindings(tiles=tiles)
    given = {name: result.results for name, result in results.items()}
    for cascade in plan.cascades:
        of_cascade = {name: given[name] for name in cascade.models if name in given}
        findings = IMAGE_TASKS[cascade.use].findings(
            CascadeResults(plan, cascade, page, of_cascade), evidence, findings
        )
    return findings


def failure_of(results: Mapping[str, PageResults], plan: TaskPlan) -> Failure | None:
    """Why the page failed in a model; None if another model follows in each cascade of a model that failed.

    Such a model passed on all that it was asked.
    """
    for cascade in plan.cascades:
        for name in cascade.models[-1:]:
            if name in results and (failure := results[name].failure) is not None:
                return failure
    return None
