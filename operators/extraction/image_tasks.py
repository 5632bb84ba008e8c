"""The tasks of job.yaml that ask engines about images: what each asks, and what it makes of the results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..grounding.ground import Evidence
from ..inference.request import Request, Result
from ..inference.results import PageFindings
from ..inference.tasks import EngineTasks
from ..inference.work import ReadPage
from ..values.locale import LocaleHint
from . import charts, questions, text_of_page


@dataclass(frozen=True)
class ImageTask:
    """One task. The functions get the tasks of the engine that is asked.

    Attributes:
        wants_image: whether the image of a page with this reading is needed. It takes whether there are questions
            about the page too; without a reading, the answer holds for every page.
        requests: the requests about a page, parsed with the conventions of its locale.
        expected: requests about a page, of a job with this number of questions; 0 where only the page can tell.
        findings: the findings of a page with those of this task's results, which are in the order of the blocks; the
            evidence is the page's own text.
    """

    wants_image: Callable[[EngineTasks, PageReading | None, bool], bool]
    requests: Callable[[ReadPage, EngineTasks, LocaleHint], list[Request]]
    expected: Callable[[EngineTasks, int], int]
    findings: Callable[[ReadPage, Sequence[Result], Evidence, EngineTasks, PageFindings], PageFindings]


IMAGE_TASKS: Mapping[Use, ImageTask] = {
    Use.OCR: ImageTask(text_of_page.wants_image, text_of_page.requests, text_of_page.expected, text_of_page.findings),
    Use.DOCVQA: ImageTask(questions.wants_image, questions.requests, questions.expected, questions.findings),
    Use.CHART: ImageTask(charts.wants_image, charts.requests, charts.expected, charts.findings),
}
