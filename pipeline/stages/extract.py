"""The stages on CPU workers around the engines: making requests with images, then grounding results and committing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models.engine import ImageProcessor
from ...models.engines import kind_of
from ...operators.extraction.findings import with_findings
from ...operators.extraction.requests import always_wants_image, page_requests, wants_image
from ...operators.inference.tasks import EngineTasks
from ...operators.inference.work import PageRequests, Question, ReadPage
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError
from ...schemas.job.engines import EngineSettings
from ...schemas.page import PageReading
from ..engines.blocks import AskedDocument, DoneItem, WorkItem, pack, seconds_of, unpack
from ..inputs.questions import from_json
from .read import COMMITTED, WorkerContext, commit_pages, fetched, page_reader, stops, unopened


@dataclass(frozen=True)
class ModelContext:
    """The settings of models that CPU workers need.

    Attributes:
        tasks: tasks of engines on single pages.
        settings: settings of these engines, by name.
        questions: questions of the job about every page; empty if there are none about pages.
        asks_pages: whether questions, including those of the manifest, are asked about pages.
    """

    tasks: tuple[EngineTasks, ...]
    settings: Mapping[str, EngineSettings]
    questions: tuple[Question, ...] = ()
    asks_pages: bool = False


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
            with_findings(page, item.results_of(place), models.tasks)
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
    questions = models.questions + from_json(part["questions"]) if models.asks_pages else ()
    asked = bool(questions)
    wanted = None if always_wants_image(models.tasks, asked) else partial(_wants_image, models, asked)
    try:
        with fetched(uri, part["version"], spent) as path:
            for number in part["pages"]:
                reading, image = reader.read_with_image(path, number, wanted, spent)
                page = ReadPage(document_id, uri, reading, questions)
                with spent.time("tile"):
                    item = WorkItem((page,)) if image is None else with_requests([(page, image)], models)
                yield item
    except DocumentError as error:
        for reading in unopened(part["pages"], error):
            yield WorkItem((ReadPage(document_id, uri, reading, questions),))


def _wants_image(models: ModelContext, asked: bool, reading: PageReading) -> bool:
    return wants_image(reading, models.tasks, asked)


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
        found = page_requests(page, image, models.tasks, processors) if image is not None else {}
        for name, sent in requests.items():
            sent.append(found.get(name) or PageRequests(page.key, page.reading.page_number, ()))
        tiles = sum(one.tiles for one in found.values())
        read.append(replace(page, tiles=tiles if any(one.images for one in found.values()) else None))
    return WorkItem(tuple(read), document, requests)


@cache
def _image_processor(settings: EngineSettings) -> ImageProcessor:
    return kind_of(settings).image_processor(settings)
