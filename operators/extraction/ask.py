"""Sends the requests about a page to an engine."""

import asyncio
import time

from ...models.engine import Engine, EngineLostError, ImageProcessor
from ...schemas.errors import ErrorCode
from ..inference.images import coarser
from ..inference.request import Result, failed, run_requests
from ..inference.work import ImageRequests, PageRequests, PageResults


async def ask_about_page(engine: Engine, page: PageRequests, processor: ImageProcessor) -> PageResults:
    """The results of all requests about a page.

    Each image is sent separately, so that no request waits for engine memory while another image holds some.
    """
    started = time.monotonic()
    results = await asyncio.gather(*(_ask_about(engine, image, processor) for image in page.images))
    found = {one.id: one for some in results for one in some}
    return PageResults(found, time.monotonic() - started, page.tiles)


async def _ask_about(engine: Engine, image: ImageRequests, processor: ImageProcessor) -> list[Result]:
    try:
        return await run_requests(engine, image.image, image.requests, lambda: coarser(image, processor))
    except EngineLostError:
        raise
    except Exception as error:
        # An exception of an engine fails these requests only; the page and the job continue.
        message = f"{type(error).__name__}: {error}"
        return [failed(request, ErrorCode.ENGINE_FAILED, message) for request in image.requests]
