"""The ocr task by a model: the text of a page, or of each of its blocks."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.job.tasks import Use
from ...schemas.page import PageReading
from ..grounding.ground import Evidence
from ..inference.prompts import ocr_prompt
from ..inference.request import Request, RequestId, Result
from ..inference.results import PageFindings
from ..inference.tasks import EngineTasks
from ..inference.work import ReadPage
from ..ocr.model_text import RegionText, read_model_text
from ..values.locale import LocaleHint
from .regions import blocks_of, region_of

_READ = frozenset({"text", "title", "list", "table", "caption", "formula", "header", "footer"})


def wants_image(tasks: EngineTasks, reading: PageReading | None, has_questions: bool) -> bool:
    return True


def requests(page: ReadPage, tasks: EngineTasks, hint: LocaleHint) -> list[Request]:
    reading, budget = page.reading, tasks.budgets[Use.OCR]
    blocks: list[int | None] = [*blocks_of(reading, _READ)] if tasks.regions else []
    return [
        Request(
            RequestId(Use.OCR, block),
            ocr_prompt(None if block is None else reading.blocks.kind[block]),
            budget.max_new_tokens,
            tasks.seconds,
        )
        for block in blocks or [None]
    ]


def expected(tasks: EngineTasks, questions: int) -> int:
    return 1


def findings(
    page: ReadPage, results: Sequence[Result], evidence: Evidence, tasks: EngineTasks, before: PageFindings
) -> PageFindings:
    if not results:
        return before
    regions = [RegionText(one, region_of(page.reading, one.id), one.id.block) for one in results]
    text, failure = read_model_text(page.reading, evidence, regions, tasks.engine)
    return replace(before, text=text, failure=failure)
