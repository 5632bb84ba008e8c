"""Manifests: a table of documents in Parquet, CSV or JSON Lines."""

from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from ...operators.files.remote import OPENING_SECONDS, StoreUnavailableError, open_filesystem, retry
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.locations import MANIFEST_SCHEMES, holds_credentials, refused_scheme
from .manifest_rows import Literal, ManifestError, Row, csv_rows, json_rows, json_text, parquet_rows
from .questions import to_json

_NAMED = ("uri", "document_id", "questions")


@dataclass(frozen=True)
class ManifestRow:
    """One row of a manifest.

    Attributes:
        attributes: JSON object of the other columns.
        questions: see `questions.to_json`.
    """

    uri: str
    document_id: str | None
    attributes: str | None
    questions: str | None = None


def read_manifest(path: str, base: Path) -> list[ManifestRow]:
    """Rows of a manifest; relative URIs are resolved against `base`.

    Raises:
        MissingResourceError: the file does not exist.
        InvalidJobError: the manifest has no column `uri`, has another format, or uses one id for several files.
    """
    rows = [_row(path, number, values, base) for number, values in enumerate(_read_rows(path), start=1)]
    _check_unique(path, rows)
    return list(dict.fromkeys(rows))


def _read_rows(path: str) -> list[Row]:
    suffix = Path(path).suffix.lower()
    try:
        with _open(path) as file:
            if suffix == ".parquet":
                return list(parquet_rows(file))
            if suffix in (".csv", ".tsv"):
                return list(csv_rows(file.read()))
            if suffix in (".jsonl", ".ndjson"):
                rows = list(json_rows(file.read()))
                if rows and not any("uri" in row for row in rows):
                    names = dict.fromkeys(name for row in rows for name in row)
                    raise ManifestError(f"has no column 'uri', only {', '.join(names)}")
                return rows
    except FileNotFoundError as error:
        raise MissingResourceError(f"{path}: inputs.manifest: no such file") from error
    except (ImportError, StoreUnavailableError) as error:
        raise MissingResourceError(f"{path}: inputs.manifest: {error}") from error
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        said = reason if reason.startswith(("has ", "is ")) else f"cannot be read: {reason}"
        raise InvalidJobError(f"{path}: inputs.manifest {said}") from error
    raise InvalidJobError(f"{path}: inputs.manifest must end in .parquet, .csv or .jsonl")


def _open(path: str) -> BinaryIO:
    fs, inside = open_filesystem(path)
    if isinstance(fs, LocalFileSystem):
        return Path(inside).open("rb")
    return BytesIO(retry(path, lambda: fs.cat_file(inside), OPENING_SECONDS))


def _row(path: str, number: int, values: dict[str, Any], base: Path) -> ManifestRow:
    uri = values.get("uri")
    if not isinstance(uri, str) or isinstance(uri, Literal) or not uri.strip():
        raise InvalidJobError(f"{path}: row {number}: 'uri' is empty or not text")
    if holds_credentials(uri):
        raise InvalidJobError(
            f"{path}: row {number}: 'uri' contains credentials (the value is not shown); name the object only, "
            "such as s3://bucket/key, and set credentials in the environment"
        )
    if (scheme := refused_scheme(uri)) is not None:
        raise InvalidJobError(
            f"{path}: row {number}: 'uri' begins with {scheme!r}, which a manifest may not use; use paths or "
            f"{', '.join(f'{name}://' for name in MANIFEST_SCHEMES)}, and name other files in inputs.paths"
        )
    document_id = _document_id(path, number, values.get("document_id"))
    others = {name: value for name, value in values.items() if name not in _NAMED}
    attributes = json_text(others) if others else None
    questions = to_json(values.get("questions"), f"{path}: row {number}")
    absolute = uri if "://" in uri or uri.startswith("/") else f"{base}/{uri}"
    return ManifestRow(absolute, document_id, attributes, questions)


def _document_id(path: str, number: int, value: Any) -> str | None:
    """The id as text, digit for digit; None for none, which an empty cell of a CSV means."""
    if value is None or (value == "" and Path(path).suffix.lower() in (".csv", ".tsv")):
        return None
    if not isinstance(value, str) or (isinstance(value, Literal) and not value.lstrip("-").isdigit()):
        raise InvalidJobError(
            f"{path}: row {number}: document_id {json_text(value)} is neither text nor a whole number; "
            "write ids as text"
        )
    if not _is_safe_id(value):
        raise InvalidJobError(
            f"{path}: row {number}: document_id {value!r}: must be 1 to 200 characters without control characters"
        )
    return str(value)


def _is_safe_id(document_id: str) -> bool:
    return 0 < len(document_id) <= 200 and document_id.isprintable()


def _check_unique(path: str, rows: list[ManifestRow]) -> None:
    by_id: dict[str, set[str]] = defaultdict(set)
    by_uri: dict[str, set[ManifestRow]] = defaultdict(set)
    for row in rows:
        by_uri[row.uri].add(row)
        if row.document_id is not None:
            by_id[row.document_id].add(row.uri)
    problems = [
        f"document_id {name!r} names {len(uris)} files: {', '.join(sorted(uris)[:3])}"
        for name, uris in by_id.items()
        if len(uris) > 1
    ]
    problems += [f"uri {uri!r} is in {len(same)} different rows" for uri, same in by_uri.items() if len(same) > 1]
    if problems:
        raise InvalidJobError("\n".join(f"{path}: {problem}" for problem in problems[:10]))
