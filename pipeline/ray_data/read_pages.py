"""Reads the text of pages."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa

from ...operators.inference.work import ReadPage
from ...operators.reading.reader import PageReader
from ...operators.reading.timing import StageSeconds
from ...schemas.page import PageReading
from ..engines.tasks import read_settings
from ..stages.read import few_pages_each, read_parts
from ..tables.page_rows import page_tables
from .batches import BLOCK_COLUMNS, LINE_COLUMNS, PAGE_COLUMNS, Batch, as_table, list_column, with_columns
from .settings import given, job_of


class ReadPages:
    """Reads pages as a run reads them: a class for `map_batches`, so that each actor starts its processes once.

    >>> pages.map_batches(
    ...     docpipe.ray.ReadPages, fn_constructor_kwargs={"languages": ["en"]}, batch_size=64,
    ...     compute=ray.data.ActorPoolStrategy(size=4),
    ... )

    Takes rows of `ListPages`, or others with `uri`, `document_id` and `page_number`. Rows keep their columns and get
    those of the table `pages` (`status`, `error_code`, `width`, `height`, `unit`, `rotation`, `dpi`, `text_source`,
    `text`, `confidence`, `low_confidence`, …; see `docpipe schema tables`), `error_message`, and the rows of `lines`
    and `blocks` as lists of structs. A page that cannot be read has `status` `failed` and its `error_code`; other pages
    are not affected. Rows that failed before are passed on with empty lists.

    Each actor reads in a sandboxed process with a deadline and a memory limit, and runs OCR in another one.

    Args:
        languages: ISO 639-1 codes, as in `tasks.ocr.languages`.
        engine: `auto`, `text_layer` or `rapidocr`, as in `tasks.ocr.engine`.
        layout: whether the layout model finds regions.
        dpi, max_pixels: as in `render`.
        passwords_env: name of an environment variable with one password per line; every node needs it.
        page_seconds, page_memory_mb: as in `limits`.
        ocr_threads: number of threads of the OCR process.

    Raises:
        InvalidJobError: a value is not valid in job.yaml either, or a column is missing.
        MissingResourceError: the environment variable with the passwords is not set.
    """

    def __init__(
        self,
        *,
        languages: Sequence[str] = ("en",),
        engine: str = "auto",
        layout: bool = False,
        dpi: int | None = None,
        max_pixels: int | None = None,
        passwords_env: str | None = None,
        page_seconds: float | None = None,
        page_memory_mb: int | None = None,
        ocr_threads: int = 1,
    ) -> None:
        job = job_of(
            "ReadPages",
            {
                "inputs": given(passwords_env=passwords_env),
                "tasks": {"ocr": {"engine": engine, "languages": list(languages)}},
                "layout": "on" if layout else "off",
                "render": given(dpi=dpi, max_pixels=max_pixels),
                "limits": given(page_seconds=page_seconds, page_memory_mb=page_memory_mb),
            },
        )
        limits = job.limits
        self._reader = PageReader(read_settings(job), limits.page_seconds, limits.page_memory_mb, ocr_threads)

    def __del__(self) -> None:
        # Ray deletes it when the pool ends.
        if hasattr(self, "_reader"):
            self._reader.close()

    def __call__(self, batch: Batch) -> pa.Table:
        table = as_table(batch, "ReadPages", "uri", "document_id", "page_number")
        rows = table.select([name for name in _NEEDED if name in table.column_names]).to_pylist()
        read = self._read([row for row in rows if _is_page(row)])
        pages = [next(read) if _is_page(row) else _not_a_page(row) for row in rows]
        found = page_tables(pages, "")
        columns: dict[str, Any] = {
            name: found["pages"].column(name) for name in PAGE_COLUMNS.names if name in found["pages"].column_names
        }
        passed_on = [None if _is_page(row) else row for row in rows]
        messages = [page.failure.message if page.failure else None for page in pages]
        columns["error_message"] = pa.array(messages, pa.string())
        for name in ("status", "error_code", "error_message"):
            columns[name] = _kept(columns[name], passed_on, name)
        lines, blocks = found["lines"].select(LINE_COLUMNS.names), found["blocks"].select(BLOCK_COLUMNS.names)
        columns["lines"] = list_column(lines, [len(page.reading.lines) for page in pages])
        columns["blocks"] = list_column(blocks, [len(page.reading.blocks) for page in pages])
        return with_columns(table, columns)

    def _read(self, rows: Sequence[dict[str, Any]]) -> Iterator[ReadPage]:
        """The pages in the same order."""
        parts = []
        for (document_id, uri, version), some in groupby(rows, key=_file):
            numbers = [int(row["page_number"]) for row in some]
            parts.append({"document_id": document_id, "uri": uri, "version": version, "pages": numbers})
        for group in few_pages_each(parts):
            yield from read_parts(self._reader, group, StageSeconds())


_NEEDED = ("uri", "version", "document_id", "page_number", "status", "error_code", "error_message")


def _file(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["document_id"], row["uri"], row.get("version") or ""


def _is_page(row: dict[str, Any]) -> bool:
    """Whether the row has a page that can be read."""
    return row["page_number"] is not None and row.get("status") != "failed"


def _not_a_page(row: dict[str, Any]) -> ReadPage:
    return ReadPage(row["document_id"] or "", row["uri"] or "", PageReading(row["page_number"] or 0))


def _kept(column: pa.Array, passed_on: Sequence[dict[str, Any] | None], name: str) -> pa.Array:
    """The column, with the previous values of rows that were not read."""
    if not any(passed_on):
        return column
    values = [found if row is None else row.get(name) for found, row in zip(column.to_pylist(), passed_on, strict=True)]
    return pa.array(values, pa.string())
