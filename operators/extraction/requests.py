"""Builds the requests about a page: the images that each engine gets, and the prompts about them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ...models.engine import ImageProcessor
from ...schemas.geometry import Box
from ...schemas.page import PageReading
from ..inference.images import RgbImage, image_requests
from ..inference.request import Request
from ..inference.tasks import EngineTasks
from ..inference.work import PageRequests, ReadPage
from ..values.locale import locale_hint
from .image_tasks import IMAGE_TASKS
from .regions import region_of


def wants_image(reading: PageReading, tasks: Sequence[EngineTasks], has_questions: bool) -> bool:
    """Whether any engine needs an image of this page.

    Args:
        has_questions: whether there are questions about the page.
    """
    return any(IMAGE_TASKS[use].wants_image(task, reading, has_questions) for task in tasks for use in task.budgets)


def always_wants_image(tasks: Sequence[EngineTasks], has_questions: bool) -> bool:
    """Whether the engines need an image of every page with ink, independent of its content."""
    return any(IMAGE_TASKS[use].wants_image(task, None, has_questions) for task in tasks for use in task.budgets)


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
        for use, budget in task.budgets.items():
            for request in IMAGE_TASKS[use].requests(page, task, hint):
                by_image[region_of(page.reading, request.id), budget.max_tiles].append(request)
        images = tuple(
            image_requests(image, region, max_tiles, tuple(requests), processors[task.engine])
            for (region, max_tiles), requests in by_image.items()
        )
        found[task.engine] = PageRequests(page.key, page.reading.page_number, images)
    return found
