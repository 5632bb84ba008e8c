"""`docpipe locate`: where texts are printed in one document."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...operators.files.local_copy import local_copy
from ...operators.grounding.ground import Evidence, Grounding, ground_value
from ...operators.reading.messages import ReadSettings
from ...operators.reading.reader import PageReader
from ...schemas.errors import DocumentError, InvalidJobError, MissingResourceError
from ...schemas.page import PageReading
from ...schemas.uri import local_path, local_uri, remote_version
from ..engines.tasks import passwords_from
from .single_file import file_error, no_page_error, ocr_threads, page_message

STANDARD_INPUT = "-"
"""The name of the texts file that means standard input."""


@dataclass(frozen=True)
class Location:
    """Where texts are printed in a document.

    Attributes:
        texts: the requested texts in order, each with its grounding.
        failures: one line for each page that could not be read and was therefore not searched.
    """

    texts: tuple[tuple[str, Grounding], ...]
    failures: tuple[str, ...]


def locate(file: str, texts: Sequence[str], page: int | None = None, passwords_env: str | None = None) -> Location:
    """Search for texts in a document, read as in a run: from its text layer where it is usable, otherwise by OCR.

    Args:
        file: a path or fsspec URL.
        texts: the texts to search for.
        page: the only page to search, counting from 1; None for all.
        passwords_env: name of an environment variable with one password per line.

    Raises:
        InvalidJobError: there is no text, the type of the file is not supported, or it has no such page.
        MissingResourceError: the file does not exist, may not be read, or no password opens it.
        JobBrokenError: the document, or each of its pages, cannot be read.
    """
    if not texts:
        raise InvalidJobError("docpipe locate: no text is given; pass TEXT after FILE, or use --from")
    passwords = passwords_from(passwords_env, "--passwords-env") if passwords_env else ()
    readings = _read(file, page, ReadSettings(passwords=passwords))
    failures = tuple(
        page_message(file, reading.page_number, reading.failure.code, reading.failure.message)
        for reading in readings
        if reading.failure is not None
    )
    if len(failures) == len(readings):
        raise no_page_error(failures)
    evidence = Evidence([(reading.page_number, reading.lines) for reading in readings if reading.failure is None])
    return Location(tuple((text, ground_value(text, evidence)) for text in texts), failures)


def read_texts(name: str) -> list[str]:
    """The lines of a UTF-8 file, or of standard input for `-`; empty ones too, so that results match lines.

    Raises:
        MissingResourceError: the file does not exist, or may not be read.
        InvalidJobError: it is not UTF-8 text.
    """
    try:
        content = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise MissingResourceError(f"{name}: --from: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidJobError(f"{name}:{line}: --from: is not UTF-8 text") from error
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines


def location_json(text: str, grounding: Grounding) -> dict[str, Any]:
    """One line of `docpipe locate --json`."""
    return {
        "text": text,
        "grounding": str(grounding.kind),
        "support": None if grounding.support is None else round(grounding.support, 4),
        "evidence": [
            {
                "page_number": place.page_number,
                "bbox": {name: round(side, 7) for name, side in zip(("x0", "y0", "x1", "y1"), place.box, strict=True)},
                "text": place.text,
            }
            for place in grounding.places
        ],
    }


def location_text(text: str, grounding: Grounding) -> str:
    """Readable output of `docpipe locate`: the text, its support, and a line for each place."""
    shown = " ".join(text.split())
    head = f"{shown if len(shown) <= 100 else shown[:97] + '...'}\n  {grounding.kind}"
    head += "" if grounding.support is None else f", support {grounding.support:.2f}"
    places = [
        f"\n  page {place.page_number}  {' '.join(f'{side:.4f}' for side in place.box)}  {place.text}"
        for place in grounding.places
    ]
    return head + "".join(places)


def _read(file: str, page: int | None, settings: ReadSettings) -> list[PageReading]:
    try:
        with local_copy(*_versioned(file)) as path, PageReader(settings, ocr_threads=ocr_threads()) as reader:
            count = reader.probe(path).page_count
            if page is not None and page > count:
                pages = "1 page" if count == 1 else f"{count} pages"
                raise InvalidJobError(f"{file}: there is no page {page}; the document has {pages}")
            return list(reader.read_many(path, range(1, count + 1) if page is None else [page]))
    except DocumentError as error:
        raise file_error(file, error.code, error.message) from error


def _versioned(file: str) -> tuple[str, str]:
    """The URI, and a version that distinguishes a remote file from an earlier one of the same name in the cache."""
    if local_path(file) is not None:
        return local_uri(file), ""
    import fsspec

    try:
        fs, remote = fsspec.core.url_to_fs(file)
        return file, remote_version(fs.info(remote))
    except (OSError, ValueError, ImportError) as error:
        raise MissingResourceError(f"{file}: {error}") from error
