"""The ocr task by a model: the text of a page, or of each of its blocks."""

from collections.abc import Sequence
from dataclasses import replace

from ...schemas.job.tasks import Use
from ...schemas.page import page_text
from ..grounding.ground import Evidence
from ..inference.prompts import ocr_prompt
from ..inference.request import Request, RequestId
from ..inference.results import PageFindings
from ..inference.tasks import Cascade, EngineTasks
from ..inference.work import ReadPage
from ..ocr.model_text import RegionText, read_model_text
from ..values.locale import LocaleHint
from .regions import blocks_of, region_of
from .results import CascadeResults

_READ = frozenset({"text", "title", "list", "table", "caption", "formula", "header", "footer"})


def subjects(page: ReadPage, cascade: Cascade) -> Sequence[RequestId]:
    blocks: list[int | None] = [*blocks_of(page.reading, _READ)] if cascade.of_regions else []
    return [RequestId(Use.OCR, block) for block in blocks or [None]]


def of_every_page(cascade: Cascade, has_questions: bool) -> bool:
    return True


def request(page: ReadPage, about: RequestId, engine: EngineTasks, hint: LocaleHint) -> Request:
    prompt = ocr_prompt(None if about.block is None else page.reading.blocks.kind[about.block])
    return Request(about, prompt, engine.budgets[Use.OCR].max_new_tokens, engine.seconds)


def expected(cascade: Cascade, questions: int) -> int:
    return 1


def findings(given: CascadeResults, evidence: Evidence, before: PageFindings) -> PageFindings:
    for engine, results in given.of_models():
        mine = [results[about] for about in given.ids() if about in results]
        if mine:
            regions = [RegionText(one, region_of(given.page.reading, one.id), one.id.block) for one in mine]
            text, failure = read_model_text(given.page.reading, evidence, regions, engine.engine)
            body = page_text(text.lines, given.page.reading.blocks, keep_running=engine.keep_running)
            return replace(before, text=replace(text, text=body), failure=failure)
    return before
