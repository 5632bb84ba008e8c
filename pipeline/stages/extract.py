"""The stages on CPU workers around the engines: making requests with images, then grounding results and committing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.engine import ImageProcessor
from ...models.engines import kind_of
from ...operators.extraction.findings import with_findings
from ...operators.extraction.requests import always_wants_image, page_requests, wants_image
from ...operators.extraction.weight_free import with_found
from ...operators.inference.work import PageRequests, ReadPage
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError
from ...schemas.job.engines import EngineSettings
from ...schemas.page import PageReading
from ..engines.blocks import AskedDocument, DoneItem, WorkItem, pack, seconds_of, unpack
from .read import (
    COMMITTED,
    PageTasks,
    WorkerContext,
    commit_pages,
    fetched,
    page_reader,
    questions_of,
    stops,
    unopened,
)


@dataclass(frozen=True)
class ModelContext:
    """What CPU workers need to know of a job with models.

    Attributes:
        tasks: what is asked of pages.
        settings: settings of the models, by name.
    """

    tasks: PageTasks
    settings: Mapping[str, EngineSettings]


def read_for_models(block: pa.Table, context: WorkerContext, models: ModelContext) -> pa.Table:
    """A block of `WORK` with the pages of a unit and the requests about them; empty if the run is stopping."""
    if stops(context):
        return pack([])
    reader, spent = page_reader(context), StageSeconds()
    items = [item for part in block.to_pylist() for item in _read_range(reader, part, models, spent)]
    return pack(items, spent.take())


def commit_models(block: pa.Table, context: WorkerContext, models: ModelContext) -> pa.Table:
    """Ground the results of engines and commit the unit; returns a row of `read.COMMITTED`."""
    items = unpack(block)
    if not items:
        return COMMITTED.empty_table()
    spent = model_seconds(block, items)
    with spent.time("ground"):
        pages = [
            with_findings(page, item.results_of(place), models.tasks.plan)
            for item in items
            for place, page in enumerate(item.pages)
        ]
    return commit_pages(pages, context, spent, retries_of(items))


def model_seconds(block: pa.Table, items: Sequence[DoneItem]) -> StageSeconds:
    """The time that was spent on a block by reading and by the engines."""
    spent = StageSeconds()
    spent.add(seconds_of(block))
    spent.add({"engine": sum(page.seconds for item in items for pages in item.results.values() for page in pages)})
    return spent


def retries_of(items: Iterable[DoneItem]) -> list[str]:
    """The reasons of retried requests, one code per retry."""
    return [
        code.value
        for item in items
        for pages in item.results.values()
        for page in pages
        for result in page.results.values()
        for code in result.retried
    ]


def _read_range(
    reader: PageReader, part: Mapping[str, Any], models: ModelContext, spent: StageSeconds
) -> Iterator[WorkItem]:
    document_id, uri = part["document_id"], part["uri"]
    plan, questions = models.tasks.plan, questions_of(part, models.tasks)
    every_page = always_wants_image(plan, bool(questions))

    def found_on(reading: PageReading) -> ReadPage:
        with spent.time("find"):
            return with_found(ReadPage(document_id, uri, reading, questions), plan)

    def needs_image(reading: PageReading) -> bool:
        seen.append(found_on(reading))
        return wants_image(seen[-1], plan)

    try:
        with fetched(uri, part["version"], spent) as path:
            for number in part["pages"]:
                seen: list[ReadPage] = []
                reading, image = reader.read_with_image(path, number, None if every_page else needs_image, spent)
                page = replace(seen[0], reading=replace(reading, collected={})) if seen else found_on(reading)
                with spent.time("tile"):
                    item = WorkItem((page,)) if image is None else with_requests([(page, image)], models)
                yield item
    except DocumentError as error:
        for reading in unopened(part["pages"], error):
            yield WorkItem((ReadPage(document_id, uri, reading, questions),))


def with_requests(
    pages: Sequence[tuple[ReadPage, NDArray[np.uint8] | None]],
    models: ModelContext,
    document: AskedDocument | None = None,
) -> WorkItem:
    """An item of pages with the requests about them; a page without an image has none."""
    processors = {name: _image_processor(settings) for name, settings in models.settings.items()}
    read: list[ReadPage] = []
    requests: dict[str, list[PageRequests]] = {name: [] for name in models.settings}
    for page, image in pages:
        found = page_requests(page, image, models.tasks.plan, processors) if image is not None else {}
        for name, sent in requests.items():
            sent.append(found.get(name) or PageRequests(page.key, page.reading.page_number, ()))
        read.append(replace(page, sent=any(one.images for one in found.values())))
    return WorkItem(tuple(read), document, requests)


@cache
def _image_processor(settings: EngineSettings) -> ImageProcessor:
    return kind_of(settings).image_processor(settings)
