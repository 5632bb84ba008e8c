"""Sends the requests about a page to an engine."""

import asyncio
import time

from ...models.engine import Answer, Engine, EngineLostError, ImageProcessor, Outcome
from ...schemas.errors import ErrorCode
from ..inference.images import coarser
from ..inference.request import Asked, Request, ask_all
from ..inference.tasks import EngineTasks
from ..inference.work import PageImage, PageWork
from .requests import requests_about


async def ask_about_page(
    engine: Engine, work: PageWork, tasks: EngineTasks, image_processor: ImageProcessor
) -> PageWork:
    """The page with the engine's answers.

    Each image is asked about on its own, so that none waits for room while it holds some.
    """
    started = time.monotonic()
    asked = await asyncio.gather(
        *(
            _ask_about(engine, image, requests_about(image, work.questions, tasks), image_processor)
            for image in work.images.get(tasks.engine, ())
        )
    )
    return work.after(tasks.engine, tuple(asked), time.monotonic() - started)


async def _ask_about(
    engine: Engine, image: PageImage, requests: list[Request], image_processor: ImageProcessor
) -> tuple[Asked, ...]:
    assert image.image is not None
    try:
        return tuple(await ask_all(engine, [image.image], requests, lambda: [coarser(image, image_processor)]))
    except EngineLostError:
        raise
    except Exception as error:
        # Whatever an engine raises concerns these requests; the page and the job go on.
        message = f"{type(error).__name__}: {error}"
        failed = Asked(Answer("", "", None, Outcome.FAILED, message), 1, ErrorCode.ENGINE_FAILED, message)
        return (failed,) * len(requests)
