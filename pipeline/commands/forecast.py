"""The expected work of a job's models (tiles, tokens, memory), estimated from a sample of its pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...models.engines import kind_of
from ...models.internvl2.check import machine_devices
from ...models.internvl2.checkpoint.config_file import read_config
from ...models.internvl2.processor.tiling import choose_grid
from ...models.internvl2.roofline import ceiling, peaks_of
from ...operators.docvqa.page_ranking import PAGES_PER_DOCUMENT, PAGES_PER_QUESTION
from ...operators.extraction.image_tasks import IMAGE_TASKS
from ...operators.inference.tasks import TaskPlan
from ...operators.reading.reader import PageReader
from ...schemas.errors import DocumentError
from ...schemas.job.model import Job
from ...schemas.job.tasks import Use
from ..engines.actor import EngineSpec
from ..engines.placement import device_bytes, replica_bytes
from ..inputs.units import PlannedDocument

PAGES_SAMPLED = 24
"""Number of documents whose first page is measured, spread over the job."""

ANSWER_TOKENS: Mapping[str, int] = {"ocr": 400, "docvqa": 8, "chart": 150, "table": 300}
"""Tokens of an answer that a forecast assumes, by task: of a page of text, a value, a chart, a table."""

# Tokens of template, prompt and question, without the images.
_PROMPT_TOKENS = 150
_TILE, _TILE_TOKENS = 448, 256

Work = Sequence[tuple[PlannedDocument, Sequence[int]]]


@dataclass(frozen=True)
class EngineForecast:
    """The expected work of one engine.

    Attributes:
        device: `cpu`, `cuda` or `remote`.
        needed_bytes, device_bytes: memory that each replica needs and has; None for a server, or an unknown device.
        fits: whether the model fits; None if unknown.
        about: `about` the number of requests, or `at most` where an engine before it may settle some.
        requests: number of requests to the model, without charts and tables among the regions of a page.
        tiles: number of tiles of all images.
        tokens: number of tokens of all prompts, each image counted once.
        new_tokens_at_most: maximum number of tokens of all answers.
        least_seconds: what the requests take at least by the peaks of the GPUs, see `models.internvl2.roofline`, with
            answers of `ANSWER_TOKENS`; None where the model or the GPU is not known here.
    """

    engine: str
    kind: str
    model: str
    device: str
    replicas: int
    gpus: float
    needed_bytes: int | None
    device_bytes: int | None
    fits: bool | None
    about: str
    requests: int
    tiles: int
    tokens: int
    new_tokens_at_most: int
    least_seconds: float | None = None


def forecast(
    job: Job,
    plan: TaskPlan,
    spec: EngineSpec,
    work: Work,
    sizes: Sequence[tuple[float, float]],
    asked_documents: Sequence[PlannedDocument],
) -> EngineForecast:
    """Estimate the work of an engine.

    Args:
        plan: the tasks among which the engine has its own.
        work: pages that are still to be read.
        sizes: width and height of some pages, in any unit.
        asked_documents: documents with questions of document scope.
    """
    task, settings = spec.tasks, spec.settings
    pages = sum(len(numbers) for _, numbers in work)
    questions = len(job.tasks.docvqa.questions) if job.tasks.docvqa else 0
    images: dict[Use, int] = {}
    requests: dict[Use, int] = {}
    cascades = [cascade for cascade in plan.cascades if task.engine in cascade.models]
    for cascade in cascades:
        use = cascade.use
        if use is Use.DOCVQA and asked_documents:
            images[use] = sum(_asked_pages(document, questions) for document in asked_documents)
            requests[use] = sum(
                questions * min(PAGES_PER_QUESTION, len(document.pages)) for document in asked_documents
            )
        elif per_page := IMAGE_TASKS[use].expected(cascade, questions):
            images[use], requests[use] = pages, pages * per_page
    # Tasks that cut the whole page into the same tiles share its image.
    made: dict[int, tuple[Use, int]] = {}
    for use, count in images.items():
        most = task.budgets[use].max_tiles
        made[most] = max(made.get(most, (use, 0)), (use, count), key=lambda one: one[1])
    tiles = sum(round(count * _mean_tiles(spec, use, sizes)) for use, count in made.values())
    needed = replica_bytes(spec)
    memory = None if needed is None else device_bytes(spec)
    written = sum(
        count * min(ANSWER_TOKENS[use], spec.tasks.budgets[use].max_new_tokens) for use, count in requests.items()
    )
    return EngineForecast(
        engine=task.engine,
        kind=settings.kind,
        model=settings.model,
        device=spec.device,
        replicas=spec.replicas,
        gpus=spec.gpus,
        needed_bytes=needed,
        device_bytes=memory,
        fits=None if needed is None or memory is None else needed <= memory,
        about="about" if all(one.engines[0] == task.engine for one in cascades) else "at most",
        requests=sum(requests.values()),
        tiles=tiles,
        tokens=tiles * _TILE_TOKENS + sum(requests.values()) * _PROMPT_TOKENS,
        new_tokens_at_most=sum(count * spec.tasks.budgets[use].max_new_tokens for use, count in requests.items()),
        least_seconds=_least_seconds(spec, tiles, sum(requests.values()), written),
    )


def sample_sizes(reader: PageReader, work: Work, paths: Mapping[str, str]) -> list[tuple[float, float]]:
    """Width and height of one page each of some documents, spread over the job.

    Args:
        paths: local files by URI; other documents are skipped.
    """
    local = [(paths[document.facts.uri], numbers[0]) for document, numbers in work if document.facts.uri in paths]
    sizes = []
    for place in np.linspace(0, len(local) - 1, min(PAGES_SAMPLED, len(local))):
        try:
            sizes.append(reader.page_size(*local[int(place)]))
        except DocumentError:
            continue
    return sizes


def _least_seconds(spec: EngineSpec, tiles: int, requests: int, written: int) -> float | None:
    """The least seconds of all requests, spread over the replicas; None where the model or its GPU is not known."""
    peaks = next((found for name, _ in machine_devices() if (found := peaks_of(name)) is not None), None)
    if spec.device != "cuda" or peaks is None or not requests or kind_of(spec.settings).needed_bytes is None:
        return None
    config = read_config(Path(spec.settings.model))
    each = ceiling(config, peaks, tiles=tiles / requests, text_tokens=_PROMPT_TOKENS, new_tokens=written / requests)
    share = spec.replicas * min(spec.gpus, 1.0)
    return requests / each.pages_per_second / share if each.together else None


def _asked_pages(document: PlannedDocument, questions: int) -> int:
    """An upper bound, since several questions often choose the same page."""
    return min(len(document.pages), PAGES_PER_QUESTION * questions, PAGES_PER_DOCUMENT)


def _mean_tiles(spec: EngineSpec, use: Use, sizes: Sequence[tuple[float, float]]) -> float:
    most = spec.tasks.budgets[use].max_tiles
    thumbnail = kind_of(spec.settings).thumbnail(spec.settings)
    if not sizes:
        return most + thumbnail
    grids = [
        choose_grid(
            # At 150 dpi; only near-ties depend on more than the aspect.
            max(1, round(width * 150 / 72)),
            max(1, round(height * 150 / 72)),
            min_tiles=1,
            max_tiles=most,
            tile_size=_TILE,
            use_thumbnail=thumbnail,
        )
        for width, height in sizes
    ]
    return sum(grid.tiles for grid in grids) / len(grids)
