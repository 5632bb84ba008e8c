"""The stages on CPU workers around the engines: making requests with images, then grounding results and committing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.engine import ImageProcessor
from ...models.engines import kind_of
from ...operators.extraction.continued_tables import joined_before_models
from ...operators.extraction.findings import with_findings
from ...operators.extraction.requests import always_wants_image, page_requests, wants_image
from ...operators.extraction.weight_free import with_found
from ...operators.inference.work import PageRequests, ReadPage
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError
from ...schemas.job.engines import EngineSettings
from ..engines.blocks import AskedDocument, DoneItem, WorkItem, pack, seconds_of, unpack
from .read import (
    COMMITTED,
    PageTasks,
    WorkerContext,
    commit_pages,
    few_pages_each,
    opened_parts,
    page_before,
    page_reader,
    questions_of,
    readable,
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
    items: list[WorkItem] = []
    for parts in few_pages_each(block.to_pylist()):
        items += _read_parts(reader, parts, models, spent)
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


def _read_parts(
    reader: PageReader, parts: Sequence[Mapping[str, Any]], models: ModelContext, spent: StageSeconds
) -> Iterator[WorkItem]:
    """The pages of some ranges in the same order, with the requests about them."""
    plan = models.tasks.plan
    find = partial(with_found, plan=plan)
    asked = [questions_of(part, models.tasks) for part in parts]
    every = [always_wants_image(plan, bool(questions)) for questions in asked]
    with opened_parts(parts, spent) as opened:
        readings = reader.read_parts_with_images(readable(opened), spent, every=all(every))
        for (part, path), questions, always in zip(opened, asked, every, strict=True):
            numbers = part["pages"]
            if isinstance(path, DocumentError):
                for failed in unopened(numbers, path):
                    yield WorkItem((ReadPage(part["document_id"], part["uri"], failed, questions),))
                continue
            before: ReadPage | None = None
            for reading, image in islice(readings, len(numbers)):
                with spent.time("find"):
                    page = find(ReadPage(part["document_id"], part["uri"], reading, questions))
                earlier = partial(page_before, page, before, (reader, path, spent), find)
                page, before = joined_before_models(page, plan, earlier), page
                drawn = None
                if always or wants_image(page, plan):
                    seen, drawn = reader.with_image(path, page.reading, image, spent)
                    page = replace(page, reading=seen)
                with spent.time("tile"):
                    yield WorkItem((page,)) if drawn is None else with_requests([(page, drawn)], models)


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
