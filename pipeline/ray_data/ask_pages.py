"""Answers questions about pages."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...models.engine import EngineLostError
from ...models.engines import kind_of, placed
from ...operators.extraction.ask import ask_about_page
from ...operators.extraction.findings import with_findings
from ...operators.extraction.requests import page_requests
from ...operators.files.local_copy import local_copy
from ...operators.inference.results import PageFindings
from ...operators.inference.work import PageRequests, PageResults, ReadPage
from ...operators.reading.reader import PageReader
from ...schemas.errors import DocumentError, Failure, InvalidJobError, JobBrokenError, Stage
from ...schemas.job.engines import LocalEngine
from ...schemas.page import PageReading
from ...schemas.tables import TABLES
from ..engines.tasks import job_questions, page_plan, read_settings
from ..tables.extraction_rows import answers_table
from ..tables.text_lines import text_lines
from .batches import ANSWER_COLUMNS, Batch, as_table, list_column, with_columns
from .settings import given, job_of


class AskPages:
    """Answers questions about pages: a class for `map_batches`, so that each actor loads its model once.

    >>> engine = {"kind": "internvl2", "model": "/models/InternVL2-8B"}
    >>> questions = [{"id": "total", "ask": "What is the total amount?", "type": "money"}]
    >>> read.map_batches(
    ...     docpipe.ray.AskPages, fn_constructor_kwargs={"engine": engine, "questions": questions}, batch_size=16,
    ...     num_gpus=1, compute=ray.data.ActorPoolStrategy(size=4),
    ... )

    Takes rows of `ReadPages`; answers are looked up in their `lines`. Rows keep their columns and get `answers`: a list
    of structs with the columns of the table `answers`, one per question, in the order of the questions. A page that
    failed before has none. A page that cannot be rendered gets `status` `failed` with its error. A failed question has
    `status` `failed` in its own struct.

    The page is rendered again in a sandboxed process, since the rows contain no images. The requests about all pages of
    a batch are in flight concurrently: use batches with enough rows to keep the engine busy.

    Args:
        engine: a section of `engines` in job.yaml. `model` of `kind: internvl2` is an absolute path that every node
            has. `replicas` and `gpus_per_replica` only apply to `run`; here they are arguments of `map_batches`.
            `device: auto` is `cuda` if Ray gave the actor a GPU, or if there is one and Ray is not used.
        questions: as in `tasks.docvqa.questions`; each is asked of each page.
        name: name of the engine, for the column `engine`; by default its kind.
        dpi, max_pixels: as in `render`.
        passwords_env: name of an environment variable with one password per line; every node needs it.
        page_seconds, page_memory_mb: as in `limits`, for rendering.

    Raises:
        InvalidJobError: a value is not valid in job.yaml either, or a column is missing.
        MissingResourceError: the model, the device, the server or its API key is missing.
        JobBrokenError: the engine can no longer process requests.
    """

    def __init__(
        self,
        *,
        engine: Mapping[str, Any],
        questions: Sequence[Mapping[str, Any]],
        name: str | None = None,
        dpi: int | None = None,
        max_pixels: int | None = None,
        passwords_env: str | None = None,
        page_seconds: float | None = None,
        page_memory_mb: int | None = None,
    ) -> None:
        name = name or str(engine.get("kind", "engine"))
        job = job_of(
            "AskPages",
            {
                "inputs": given(passwords_env=passwords_env),
                "tasks": {"docvqa": {"engine": name, "scope": "page", "questions": [*map(dict, questions)]}},
                "engines": {name: dict(engine)},
                "render": given(dpi=dpi, max_pixels=max_pixels),
                "limits": given(page_seconds=page_seconds, page_memory_mb=page_memory_mb),
            },
        )
        settings = job.used_engines[name]
        if isinstance(settings, LocalEngine) and not Path(settings.model).is_absolute():
            raise InvalidJobError(
                f"docpipe.ray.AskPages: engines.{name}.model: {settings.model}: must be an absolute path; Ray actors "
                "run in other folders"
            )
        self._questions, self._plan = job_questions(job), page_plan(job)
        (self._tasks,) = self._plan.engines
        limits = job.limits
        self._reader = PageReader(read_settings(job), limits.page_seconds, limits.page_memory_mb)
        kind = kind_of(settings)
        kind.check(settings, name)
        self._image_processor = kind.image_processor(settings)
        device = _device(settings)
        self._engine = kind.serve(placed(settings, device), name, device, None, self._tasks.limits)
        # An engine must be used in one event loop for its whole life.
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="docpipe-engine").start()

    def __del__(self) -> None:
        # Ray deletes it when the pool ends.
        if hasattr(self, "_reader"):
            self._reader.close()
        if hasattr(self, "_engine"):
            self._engine.close()
        if hasattr(self, "_loop"):
            # The engine closes its connections in its event loop.
            with suppress(TimeoutError, RuntimeError):
                asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop).result(_END_SECONDS)
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._loop.stop)

    def __call__(self, batch: Batch) -> pa.Table:
        table = as_table(batch, "AskPages", "uri", "document_id", "page_number", "lines")
        rows = table.select([name for name in _NEEDED if name in table.column_names]).to_pylist()
        found = dict(zip(_asked(rows), self._answers([rows[place] for place in _asked(rows)]), strict=True))
        answers = [found[place].answers if place in found else () for place in range(len(rows))]
        listed = [(row["document_id"], answer) for row, some in zip(rows, answers, strict=True) for answer in some]
        structs = answers_table(listed, "").select(ANSWER_COLUMNS.names)
        columns: dict[str, Any] = {"answers": list_column(structs, [len(some) for some in answers])}
        failures = {place: findings.failure for place, findings in found.items() if findings.failure}
        for name, values in (
            ("status", dict.fromkeys(failures, "failed")),
            ("error_code", {place: failure.code.value for place, failure in failures.items()}),
            ("error_message", {place: failure.message for place, failure in failures.items()}),
        ):
            kept = [values.get(place, row.get(name)) for place, row in enumerate(rows)]
            columns[name] = pa.array(kept, pa.string())
        return with_columns(table, columns)

    def _answers(self, rows: Sequence[dict[str, Any]]) -> list[PageFindings]:
        work = [page for _, some in groupby(rows, key=_file) for page in self._rendered(list(some))]
        results = asyncio.run_coroutine_threadsafe(self._ask([sent for _, sent in work]), self._loop).result()
        name = self._tasks.engine
        return [
            with_findings(page, {name: found}, self._plan).findings
            for (page, _), found in zip(work, results, strict=True)
        ]

    async def _ask(self, pages: Sequence[PageRequests | None]) -> list[PageResults]:
        try:
            return await asyncio.gather(*map(self._ask_one, pages))
        except EngineLostError as error:
            raise JobBrokenError(f"docpipe.ray.AskPages: {self._tasks.engine}: {error}") from error

    async def _ask_one(self, page: PageRequests | None) -> PageResults:
        if page is None:
            return PageResults({})
        return await ask_about_page(self._engine, page, self._image_processor)

    def _rendered(self, rows: Sequence[dict[str, Any]]) -> list[tuple[ReadPage, PageRequests | None]]:
        """Pages of one file with the requests about each; None for a page without ink."""
        pages = []
        for row in rows:
            lines = text_lines(pa.Table.from_pylist(_line_rows(row), schema=TABLES["lines"]))
            reading = PageReading(int(row["page_number"]), lines=lines)
            pages.append(ReadPage(row["document_id"], row["uri"], reading, self._questions))
        try:
            with local_copy(rows[0]["uri"], rows[0].get("version") or "") as path:
                return [self._with_requests(page, path) for page in pages]
        except DocumentError as error:
            return [(_unasked(page, error), None) for page in pages]

    def _with_requests(self, page: ReadPage, path: str) -> tuple[ReadPage, PageRequests | None]:
        try:
            image, _ = self._reader.draw(path, page.reading.page_number)
        except DocumentError as error:
            return _unasked(page, error), None
        if image is None:
            return page, None
        name = self._tasks.engine
        return page, page_requests(page, image, self._plan, {name: self._image_processor})[name]


_END_SECONDS = 2.0
_NEEDED = ("uri", "version", "document_id", "page_number", "lines", "status", "error_code", "error_message")


async def _end_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_END_SECONDS)


def _asked(rows: Sequence[dict[str, Any]]) -> list[int]:
    """The indices of rows with a page that was read."""
    return [place for place, row in enumerate(rows) if row["page_number"] is not None and row.get("status") != "failed"]


def _file(row: dict[str, Any]) -> tuple[str, str]:
    return row["uri"], row.get("version") or ""


def _line_rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    page = {"document_id": row["document_id"], "page_number": int(row["page_number"])}
    return [{**page, **line} for line in row["lines"] or ()]


def _unasked(page: ReadPage, error: DocumentError) -> ReadPage:
    return replace(page, unasked=Failure(error.code, error.message, Stage.RENDER, error.attempts))


def _device(settings: Any) -> str:
    """The device of the engine."""
    if not isinstance(settings, LocalEngine):
        return "remote"
    if settings.device != "auto":
        return settings.device
    import ray

    if ray.is_initialized():
        return "cuda" if ray.get_gpu_ids() else "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
