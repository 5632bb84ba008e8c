"""The stages around the engines, on CPU workers: images before, parsing, grounding and the commit after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...models import engines
from ...models.engine import ImageProcessor
from ...operators.extraction.findings import find
from ...operators.inference.images import page_images, wants_image
from ...operators.inference.tasks import EngineTasks
from ...operators.inference.work import PageWork, Question
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...schemas.errors import DocumentError
from ...schemas.job.engines import Engine as EngineSettings
from ...schemas.page import PageReading
from ..engines.blocks import WorkItem, pack, unpack
from ..inputs.questions import from_json
from ..tables.page_rows import ReadPage
from ..telemetry.unit_report import retries_of
from .read import COMMITTED, WorkerContext, commit_pages, fetched, page_reader, stops, unopened


@dataclass(frozen=True)
class ModelContext:
    """What CPU workers need to know of the models.

    Attributes:
        tasks: what engines do with single pages.
        settings: of these engines, by name.
        questions: of the job, to every page; empty where none are asked of pages.
        asks_pages: whether questions, those of the manifest too, are asked of pages.
    """

    tasks: tuple[EngineTasks, ...]
    settings: Mapping[str, EngineSettings]
    questions: tuple[Question, ...] = ()
    asks_pages: bool = False


def read_for_models(block: pa.Table, context: WorkerContext, models: ModelContext) -> pa.Table:
    """A block of `WORK` with the pages of a unit and the images that engines are asked about; empty in a run
    that is stopping."""
    if stops(context):
        return pack([])
    reader = page_reader(context)
    reader.spent = spent = StageSeconds()
    pages = [page for part in block.to_pylist() for page in _read_range(reader, part, models)]
    return pack([WorkItem((page,)) for page in pages], spent.take())


def commit_models(block: pa.Table, context: WorkerContext, models: ModelContext) -> pa.Table:
    """Parse and ground what engines answered and commit the unit; returns a row of `worker.COMMITTED`."""
    items = unpack(block)
    works = [page for item in items for page in item.pages]
    if not works:
        return COMMITTED.empty_table()
    spent = model_seconds(items)
    with spent.time("ground"):
        pages = [_found(work, models.tasks) for work in works]
    return commit_pages(pages, context, spent, retries_of(works))


def model_seconds(items: Sequence[WorkItem]) -> StageSeconds:
    """What items took on their way through reading and the engines."""
    spent = StageSeconds()
    for item in items:
        spent.add(item.seconds)
        spent.add({"engine": sum(page.seconds for page in item.pages)})
    return spent


def _found(work: PageWork, tasks: tuple[EngineTasks, ...]) -> ReadPage:
    reading = replace(work.reading, seconds=work.reading.seconds + work.seconds)
    return ReadPage(work.document_id, work.uri, reading, find(work, tasks))


def _read_range(reader: PageReader, part: Mapping[str, Any], models: ModelContext) -> Iterator[PageWork]:
    document_id, uri = part["document_id"], part["uri"]
    questions = models.questions + from_json(part["questions"]) if models.asks_pages else ()
    try:
        with fetched(uri, part["version"], reader.spent) as path:
            for number in part["pages"]:
                reading, image = reader.read_with_image(path, number, partial(_wants_image, models, bool(questions)))
                work = PageWork(document_id, uri, reading, questions)
                with reader.spent.time("tile"):
                    work = work if image is None else with_images(work, image, models)
                yield work
    except DocumentError as error:
        for reading in unopened(part["pages"], error):
            yield PageWork(document_id, uri, reading, questions)


def _wants_image(models: ModelContext, asked: bool, reading: PageReading) -> bool:
    return wants_image(reading, models.tasks, asked)


def with_images(work: PageWork, image: NDArray[np.uint8], models: ModelContext) -> PageWork:
    """The page with its images for each engine."""
    image_processors = {name: _image_processor(settings) for name, settings in models.settings.items()}
    return replace(work, images=page_images(image, work.reading, models.tasks, bool(work.questions), image_processors))


@cache
def _image_processor(settings: EngineSettings) -> ImageProcessor:
    return engines.image_processor(settings)
