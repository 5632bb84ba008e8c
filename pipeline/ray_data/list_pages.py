"""Lists the pages of files."""

import atexit
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...operators.reading.messages import ReadSettings
from ...operators.reading.reader import PageReader
from ...schemas.errors import InvalidJobError
from ..engines.tasks import passwords_from
from ..inputs.inventory import FileFacts, document_id_of, facts_of_files
from ..inputs.listing import InputFile, single_file
from ..inputs.units import listing_failure
from .settings import given, job_of

_reader: PageReader | None = None
_settings: tuple[ReadSettings, float, int] | None = None


class ListPages:
    """Lists the pages of files: a function for `flat_map`, from a row with `uri` to a row for each page.

    >>> files = ray.data.from_items([{"uri": "/data/a.pdf"}, {"uri": "s3://bucket/b.pdf"}])
    >>> pages = files.flat_map(docpipe.ray.ListPages())

    Rows keep their other columns and get: `uri` (normalized as in a run), `version` (changes with the content of the
    file), `document_id` (unless the row has one: the first 32 hex digits of the SHA-256 of the bytes), `media_type`,
    `page_count`, `page_number` (from 1), `status`, `error_code` and `error_message`. A file that cannot be opened is
    one row without `page_number`, with `status` `failed` and the error.

    The files are opened in a sandboxed process, which a Ray worker keeps for all its rows.

    Args:
        pages: a page range for every file, such as `"1-50"`.
        passwords_env: name of an environment variable with one password per line; every node needs it.
        max_file_mb, max_pages_per_document: limits; a larger file is a failure.
        page_seconds, page_memory_mb: time and memory limits for opening a file.

    Raises InvalidJobError for a value that is not valid in job.yaml either.
    """

    def __init__(
        self,
        *,
        pages: str | None = None,
        passwords_env: str | None = None,
        max_file_mb: float | None = None,
        max_pages_per_document: int | None = None,
        page_seconds: float | None = None,
        page_memory_mb: int | None = None,
    ) -> None:
        limits = given(
            max_file_mb=max_file_mb,
            max_pages_per_document=max_pages_per_document,
            page_seconds=page_seconds,
            page_memory_mb=page_memory_mb,
        )
        inputs = given(pages=pages, passwords_env=passwords_env)
        self._job = job_of("ListPages", {"inputs": inputs, "tasks": {"ocr": {}}, "limits": limits})

    def __call__(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        uri = row.get("uri")
        if not isinstance(uri, str) or not uri:
            raise InvalidJobError(f"docpipe.ray.ListPages: the row has no text in 'uri': {sorted(row)}")
        file = single_file(uri)
        numbers, facts, failure = self._opened(file)
        page = {
            **row,
            "uri": file.uri,
            "version": file.version,
            "document_id": row.get("document_id") or document_id_of(facts),
            "media_type": facts.media_type,
            "page_count": facts.page_count,
        }
        if failure is not None:
            code, message = failure
            yield {**page, "page_number": None, "status": "failed", "error_code": code, "error_message": message}
        for number in numbers:
            yield {**page, "page_number": number, "status": "ok", "error_code": None, "error_message": None}

    def _opened(self, file: InputFile) -> tuple[list[int], FileFacts, tuple[str, str] | None]:
        """The pages to read, the facts about the file, and the failure if it cannot be read."""
        refused = listing_failure(file, self._job.limits)
        if refused is not None:
            return [], FileFacts(file.uri, file.version, file.size), (str(refused[0]), refused[1])
        (facts,) = facts_of_files(self._reader(), [file])
        if facts.error_code is not None:
            return [], facts, (facts.error_code, facts.error_message or "")
        count, most = facts.page_count or 0, self._job.limits.max_pages_per_document
        if count > most:
            return [], facts, ("too_large", f"{file.uri}: {count} pages, max_pages_per_document is {most}")
        ranges = self._job.inputs.pages
        return list(range(1, count + 1) if ranges is None else ranges.select(count)), facts, None

    def _reader(self) -> PageReader:
        """The reader of this process, which is kept since a Ray task ends after a few rows."""
        global _reader, _settings
        variable, limits = self._job.inputs.passwords_env, self._job.limits
        passwords = passwords_from(variable, "docpipe.ray.ListPages: passwords_env") if variable else ()
        # Scans are not detected, since that is only used to plan units.
        settings = ReadSettings(engine="text_layer", passwords=passwords)
        wanted = (settings, limits.page_seconds, limits.page_memory_mb)
        if _reader is None or _settings != wanted:
            _close()
            _reader, _settings = PageReader(*wanted), wanted
        return _reader


def _close() -> None:
    global _reader
    if _reader is not None:
        with suppress(OSError):
            _reader.close()
    _reader = None


atexit.register(_close)
