"""Builds the requests about a page: the images that each engine gets, and the prompts about them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ...models.engine import ImageProcessor
from ...schemas.geometry import Box
from ...schemas.page import PageReading
from ..charts.extract import ParseChart
from ..docvqa.answers import ParseAnswer
from ..inference.images import RgbImage, image_requests
from ..inference.prompts import chart_prompt, ocr_prompt, question_prompt
from ..inference.request import Request, RequestId
from ..inference.tasks import Budget, EngineTasks, Use
from ..inference.work import PageRequests, Question, ReadPage
from ..values.locale import LocaleHint, locale_hint

_FIGURES = frozenset({"figure", "chart"})
_READ = frozenset({"text", "title", "list", "table", "caption", "formula", "header", "footer"})
# A figure with a side below this share of the page is an icon or a line.
_LEAST_SHARE = 0.08


def wants_image(reading: PageReading, tasks: Sequence[EngineTasks], has_questions: bool) -> bool:
    """Whether any engine needs an image of this page.

    Args:
        has_questions: whether there are questions about the page.
    """
    return always_wants_image(tasks, has_questions) or any(task.chart and _figures(reading) for task in tasks)


def always_wants_image(tasks: Sequence[EngineTasks], has_questions: bool) -> bool:
    """Whether the engines need an image of every page with ink, independent of its content."""
    return any(task.ocr or (task.docvqa and has_questions) or (task.chart and not task.figures) for task in tasks)


def page_requests(
    page: ReadPage, image: RgbImage, tasks: Sequence[EngineTasks], processors: Mapping[str, ImageProcessor]
) -> dict[str, PageRequests]:
    """The requests about a page by engine name.

    Requests about the same region with the same tile limit share one image, so that its visual tokens are computed
    once.

    Args:
        image: the page as displayed, (height, width, 3) RGB.
        processors: image processors by engine name.
    """
    hint = locale_hint("\n".join(page.reading.lines.text))
    found = {}
    for task in tasks:
        by_image: dict[tuple[Box | None, int], list[Request]] = defaultdict(list)
        for request, budget in _requests(page, task, hint):
            by_image[region_of(page.reading, request.id), budget.max_tiles].append(request)
        images = tuple(
            image_requests(image, region, max_tiles, tuple(requests), processors[task.engine])
            for (region, max_tiles), requests in by_image.items()
        )
        found[task.engine] = PageRequests(page.key, page.reading.page_number, images)
    return found


def region_of(reading: PageReading, request: RequestId) -> Box | None:
    """The region that a request is about, in shares of the page; None for the whole page."""
    return None if request.block is None else Box(*reading.blocks.boxes[request.block].tolist())


def _requests(page: ReadPage, task: EngineTasks, hint: LocaleHint) -> list[tuple[Request, Budget]]:
    reading, found = page.reading, []
    if task.ocr:
        blocks: list[int | None] = [*_blocks(reading, _READ)] if task.regions else []
        for block in blocks or [None]:
            prompt = ocr_prompt(None if block is None else reading.blocks.kind[block])
            found.append((_request(RequestId(Use.OCR, block), prompt, task.ocr, task), task.ocr))
    if task.docvqa:
        found += [(_question(question, task.docvqa, task, hint), task.docvqa) for question in page.questions]
    if task.chart:
        figures: list[int | None] = [*_figures(reading)] if task.figures else [None]
        for block in figures:
            request = RequestId(Use.CHART, block)
            tokens = task.chart.max_new_tokens
            found.append((Request(request, chart_prompt(), tokens, task.seconds, ParseChart(hint)), task.chart))
    return found


def _request(request: RequestId, prompt: str, budget: Budget, task: EngineTasks) -> Request:
    return Request(request, prompt, budget.max_new_tokens, task.seconds)


def _question(question: Question, budget: Budget, task: EngineTasks, hint: LocaleHint) -> Request:
    return Request(
        RequestId(Use.DOCVQA, question=question.id),
        question_prompt(question.ask, question.type, question.choices),
        budget.max_new_tokens,
        task.seconds,
        ParseAnswer(question.type, question.choices, hint),
    )


def _figures(reading: PageReading) -> list[int]:
    found = []
    for block in _blocks(reading, _FIGURES):
        x0, y0, x1, y1 = reading.blocks.boxes[block].tolist()
        if min(x1 - x0, y1 - y0) >= _LEAST_SHARE:
            found.append(block)
    return found


def _blocks(reading: PageReading, kinds: frozenset[str]) -> list[int]:
    return [index for index, kind in enumerate(reading.blocks.kind) if kind in kinds]
