"""Assembles the results of all engines about one page into the page's findings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...schemas.errors import ErrorCode, Failure, Stage
from ...schemas.job.tasks import Use
from ...schemas.printable import brief
from ..inference.request import RequestId, Result
from ..inference.results import PageFindings
from ..inference.tasks import EngineTasks
from ..inference.work import PageResults, ReadPage
from .image_tasks import IMAGE_TASKS
from .regions import evidence_in


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
            f"({brief(error)}); please report it with the page"
        )
        failure = Failure(ErrorCode.BAD_OUTPUT, message, Stage.ENGINE)
        return replace(page, findings=PageFindings(tiles=page.tiles, failure=failure))


def _findings(page: ReadPage, results: Mapping[str, PageResults], tasks: Sequence[EngineTasks]) -> PageFindings:
    reading = page.reading
    failures = [page.unasked, *(result.failure for result in results.values())]
    failure = next((one for one in failures if one is not None), None)
    if failure is not None or reading.failure is not None:
        return PageFindings(tiles=page.tiles, failure=failure)
    evidence = evidence_in(reading, None)
    findings = PageFindings(tiles=page.tiles)
    for task in tasks:
        found = results[task.engine].results if task.engine in results else {}
        for use in task.budgets:
            findings = IMAGE_TASKS[use].findings(page, _of_use(found, use), evidence, task, findings)
    return findings


def _of_use(results: Mapping[RequestId, Result], use: Use) -> list[Result]:
    """Results of one task, in the order of the page's blocks."""
    return sorted((one for one in results.values() if one.id.use is use), key=lambda one: one.id.block or 0)
