"""The tasks of job.yaml that models can have: what each asks about a page, and what it makes of the results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...schemas.job.tasks import Use
from ..grounding.ground import Evidence
from ..inference.request import Request, RequestId
from ..inference.results import PageFindings
from ..inference.tasks import Cascade, EngineTasks
from ..inference.work import ReadPage
from ..values.locale import LocaleHint
from . import charts, questions, tables, text_of_page
from .results import CascadeResults


@dataclass(frozen=True)
class ImageTask:
    """One task.

    Attributes:
        subjects: what a model is asked about on a page, apart from what an engine without weights found.
        of_every_page: whether a model is asked about every page with ink, whatever is on it. It takes whether there are
            questions about the page.
        request: the request about one subject, parsed with the conventions of the page's locale.
        expected: requests about a page, of a job with this number of questions; 0 where only the page can tell.
        findings: the findings of a page with those of this task; the evidence is the page's own text.
    """

    subjects: Callable[[ReadPage, Cascade], Sequence[RequestId]]
    of_every_page: Callable[[Cascade, bool], bool]
    request: Callable[[ReadPage, RequestId, EngineTasks, LocaleHint], Request]
    expected: Callable[[Cascade, int], int]
    findings: Callable[[CascadeResults, Evidence, PageFindings], PageFindings]


IMAGE_TASKS: Mapping[Use, ImageTask] = {
    use: ImageTask(module.subjects, module.of_every_page, module.request, module.expected, module.findings)
    for use, module in (
        (Use.OCR, text_of_page),
        (Use.DOCVQA, questions),
        (Use.CHART, charts),
        (Use.TABLE, tables),
    )
}
