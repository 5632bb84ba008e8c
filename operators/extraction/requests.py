"""Builds the requests about a page: the images that each model gets, and the prompts about them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...models.engine import ImageProcessor
from ...schemas.geometry import Box, areas, overlaps
from ..inference.images import RgbImage, image_requests
from ..inference.request import Follows, Request, RequestId
from ..inference.tasks import Cascade, TaskPlan
from ..inference.work import PageRequests, ReadPage
from ..values.locale import locale_hint
from .image_tasks import IMAGE_TASKS
from .regions import region_of
from .weight_free import WHOLE_PAGE, found_is_sure, has_failed


def wants_image(page: ReadPage, plan: TaskPlan) -> bool:
    """Whether any model needs an image of this page, which has what the engines without weights found."""
    return any(_pending(page, cascade, place) for cascade in plan.cascades for place in range(len(cascade.models)))


def has_pending(page: ReadPage, cascade: Cascade) -> bool:
    """Whether a model may be asked for a result of its own, not only to verify one of the engine without weights."""
    return bool(cascade.models) and bool(_pending(page, replace(cascade, verify=False), 0))


def always_wants_image(plan: TaskPlan, has_questions: bool) -> bool:
    """Whether the models need an image of every page with ink, independent of its content.

    Args:
        has_questions: whether there are questions about the page.
    """
    return any(
        IMAGE_TASKS[cascade.use].of_every_page(cascade, has_questions)
        for cascade in plan.cascades
        if cascade.models and (cascade.weight_free is None or cascade.verify)
    )


def page_requests(
    page: ReadPage, image: RgbImage, plan: TaskPlan, processors: Mapping[str, ImageProcessor]
) -> dict[str, PageRequests]:
    """The requests about a page by the name of the model.

    Requests about the same region with the same tile limit share one image, so that its visual tokens are computed
    once. What an engine without weights is sure of is no request, unless it is to be verified.

    Args:
        image: the page as displayed, (height, width, 3) RGB.
        processors: image processors by the name of the model.
    """
    hint = locale_hint("\n".join(page.reading.lines.text))
    by_image: dict[str, dict[tuple[Box | None, int], list[Request]]] = {
        engine.engine: defaultdict(list) for engine in plan.engines
    }
    for cascade in plan.cascades:
        for place, engine in enumerate(plan.models_of(cascade)):
            follows = Follows(cascade.models[:place], cascade.accept, cascade.verify) if place else None
            for about in _pending(page, cascade, place):
                request = replace(IMAGE_TASKS[cascade.use].request(page, about, engine, hint), follows=follows)
                most = engine.budgets[cascade.use].max_tiles
                by_image[engine.engine][region_of(page.reading, about), most].append(request)
    found = {}
    for engine in plan.engines:
        images = tuple(
            image_requests(image, region, max_tiles, tuple(requests), processors[engine.engine])
            for (region, max_tiles), requests in by_image[engine.engine].items()
        )
        found[engine.engine] = PageRequests(page.key, page.reading.page_number, images)
    return found


def _pending(page: ReadPage, cascade: Cascade, place: int) -> Sequence[RequestId]:
    """What the model at a place of a cascade may be asked about.

    A subject in which an engine without weights found something else is not asked about: that takes its place.
    """
    found = {one.id: one for one in page.found if one.id.use is cascade.use}
    sure = {about for about, one in found.items() if found_is_sure(one, cascade.accept)}
    subjects = [
        about for about in IMAGE_TASKS[cascade.use].subjects(page, cascade) if not _is_taken(page, about, found)
    ]
    # A sure finding is verified by the first model only. An engine that broke found no region to ask about.
    skipped = set() if cascade.verify and not place else sure
    skipped |= {about for about, one in found.items() if about.question is None and has_failed(one)}
    return [about for about in dict.fromkeys([*subjects, *found]) if about not in skipped]


def _is_taken(page: ReadPage, subject: RequestId, found: Mapping[RequestId, object]) -> bool:
    """Whether most of something else that was found lies in the subject."""
    if subject.question is not None or subject in found:
        return False
    others = [region_of(page.reading, about) for about in found]
    boxes = np.array([box for box in others if box is not None], np.float32).reshape(-1, 4)
    if not len(boxes):
        return False
    home = np.array([region_of(page.reading, subject) or WHOLE_PAGE], np.float32)
    return bool((overlaps(boxes, home)[:, 0] > 0.5 * areas(boxes)).any())
