"""Manifests: a table of documents in Parquet, CSV or JSON Lines."""

import base64
import io
import json
import math
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
from fsspec.implementations.local import LocalFileSystem

from ...operators.files.remote import OPENING_SECONDS, StoreUnavailableError, open_filesystem, retry
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.locations import MANIFEST_SCHEMES, holds_credentials, refused_scheme
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
    table = _read_table(path)
    try:
        names = table.column_names
    except UnicodeDecodeError as error:
        raise InvalidJobError(f"{path}: inputs.manifest cannot be read: its header is not UTF-8 text") from error
    if "uri" not in names:
        raise InvalidJobError(f"{path}: inputs.manifest has no column 'uri', only {', '.join(names)}")
    rows = [_row(path, number, values, base) for number, values in enumerate(table.to_pylist(), start=1)]
    _check_unique(path, rows)
    return list(dict.fromkeys(rows))


def _read_table(path: str) -> pa.Table:
    suffix = Path(path).suffix.lower()
    try:
        with _open(path) as file:
            if suffix == ".parquet":
                return pyarrow.parquet.read_table(file)
            if suffix == ".csv":
                return _csv(file)
            if suffix in (".jsonl", ".ndjson"):
                return _json_lines(file.read())
    except FileNotFoundError as error:
        raise MissingResourceError(f"{path}: inputs.manifest: no such file") from error
    except (ImportError, StoreUnavailableError) as error:
        raise MissingResourceError(f"{path}: inputs.manifest: {error}") from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidJobError(f"{path}: inputs.manifest cannot be read: {str(error).splitlines()[0]}") from error
    raise InvalidJobError(f"{path}: inputs.manifest must end in .parquet, .csv or .jsonl")


def _open(path: str) -> BinaryIO:
    fs, inside = open_filesystem(path)
    if isinstance(fs, LocalFileSystem):
        return Path(inside).open("rb")
    return BytesIO(retry(path, lambda: fs.cat_file(inside), OPENING_SECONDS))


def _csv(file: BinaryIO) -> pa.Table:
    # Ids are read as text, so that leading zeros are kept.
    as_text = pyarrow.csv.ConvertOptions(column_types={"uri": pa.string(), "document_id": pa.string()})
    newlines = pyarrow.csv.ParseOptions(newlines_in_values=True)
    table = pyarrow.csv.read_csv(file, parse_options=newlines, convert_options=as_text)
    if "document_id" not in table.column_names:
        return table
    # CSV has no null; an empty cell means that there is no id.
    ids = table.column("document_id")
    given = pc.if_else(pc.equal(ids, ""), pa.scalar(None, pa.string()), ids)
    return table.set_column(table.column_names.index("document_id"), "document_id", given)


def _json_lines(data: bytes) -> pa.Table:
    """Rows of JSON Lines; `questions` may have a different type in each row, which Arrow's reader rejects."""
    try:
        return pyarrow.json.read_json(io.BytesIO(data))
    except pa.ArrowInvalid:
        rows = [json.loads(line) for line in data.decode().splitlines() if line.strip()]
        if not all(isinstance(row, dict) for row in rows):
            raise
        for row in rows:
            if isinstance(row.get("questions"), list | dict):
                row["questions"] = json.dumps(row["questions"])
        names = dict.fromkeys(name for row in rows for name in row)
        return pa.table({name: [row.get(name) for row in rows] for name in names})


def _row(path: str, number: int, values: dict[str, Any], base: Path) -> ManifestRow:
    uri = values["uri"]
    if not isinstance(uri, str) or not uri.strip():
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
    document_id = values.get("document_id")
    if document_id is not None and not _is_safe_id(document_id := str(document_id)):
        raise InvalidJobError(
            f"{path}: row {number}: document_id {document_id!r}: must be 1 to 200 characters without control characters"
        )
    others = {name: value for name, value in values.items() if name not in _NAMED}
    attributes = json.dumps(_plain(others), default=str, ensure_ascii=False, sort_keys=True) if others else None
    questions = to_json(values.get("questions"), f"{path}: row {number}")
    absolute = uri if "://" in uri or uri.startswith("/") else f"{base}/{uri}"
    return ManifestRow(absolute, document_id, attributes, questions)


def _plain(value: Any) -> Any:
    """The value as JSON can represent it: NaN and infinity become null, bytes become base64."""
    match value:
        case dict():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case float() if not math.isfinite(value):
            return None
        case bytes():
            return base64.b64encode(value).decode()
    return value


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
