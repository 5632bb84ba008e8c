"""The inventory: cached facts about every input file, so that a later run opens only new and changed files."""

import hashlib
import uuid
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, fields, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...operators.documents.media_type import DocumentInfo
from ...operators.files.local_copy import document_errors, local_copy, sha256_of
from ...operators.reading.reader import PageReader
from ...schemas.errors import DocumentError
from ..output.store import STATE, Store
from .listing import InputFile

INVENTORY = pa.schema(
    [
        pa.field("uri", pa.string(), nullable=False),
        pa.field("document_id", pa.string()),
        pa.field("version", pa.string(), nullable=False),
        pa.field("size", pa.int64()),
        pa.field("content_sha256", pa.string()),
        pa.field("media_type", pa.string()),
        pa.field("page_count", pa.int32()),
        pa.field("likely_scanned", pa.bool_()),
        pa.field("title", pa.string()),
        pa.field("error_code", pa.string()),
        pa.field("error_message", pa.string()),
        pa.field("sequence", pa.int64(), nullable=False),
    ]
)
FOLDER = f"{STATE}/inventory"
_GONE = ""
"""The version of a file that is no longer among the inputs; a file that was opened never has it."""
_ROWS_AT_A_TIME = 10_000
_FILES_AT_A_TIME = 64
"""Number of files that one call of the parser opens, which are all in the disk cache during the call."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts about a file, known from opening it.

    Attributes:
        document_id: id of the document to which the file belonged when the facts were stored; None before that.
        likely_scanned: whether a sample of its pages looks like scans; used to estimate how long reading will take.
        error_code: set if the file could not be opened.
    """

    uri: str
    version: str
    size: int | None
    document_id: str | None = None
    content_sha256: str | None = None
    media_type: str | None = None
    page_count: int | None = None
    likely_scanned: bool | None = None
    title: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class Changes:
    """How the inputs differ from those of the last run, as numbers of files."""

    added: int
    changed: int
    gone: int
    same: int


def read_inventory(store: Store) -> dict[str, FileFacts]:
    """The newest facts about each URI."""
    newest = {row["uri"]: FileFacts(**row) for row in _oldest_first(store, [f.name for f in fields(FileFacts)])}
    return {uri: facts for uri, facts in newest.items() if facts.version != _GONE}


def document_ids(store: Store, uris: Container[str]) -> set[str | None]:
    """Ids of the documents of some files, by their newest facts; takes a fraction of the memory of all facts."""
    rows = _oldest_first(store, ["uri", "version", "document_id"])
    newest = {row["uri"]: row["document_id"] if row["version"] != _GONE else None for row in rows if row["uri"] in uris}
    return set(newest.values())


def _oldest_first(store: Store, columns: list[str]) -> Iterator[dict[str, Any]]:
    """Rows of the inventory, converted to Python objects in small batches."""
    tables = []
    for file in store.list_files(FOLDER):
        # The facts in a damaged file are collected again.
        with suppress(pa.ArrowInvalid):
            tables.append(store.read_table(file.path, [*columns, "sequence"]))
    if tables:
        table = pa.concat_tables(tables).sort_by("sequence").drop_columns("sequence")
        for batch in table.to_batches(max_chunksize=_ROWS_AT_A_TIME):
            yield from batch.to_pylist()


def inventory_rows(facts: Sequence[FileFacts], sequence: int) -> pa.Table:
    """The facts as rows of `INVENTORY`."""
    columns = {field.name: [getattr(fact, field.name) for fact in facts] for field in fields(FileFacts)}
    return pa.Table.from_pydict({**columns, "sequence": [sequence] * len(facts)}, schema=INVENTORY)


def append_inventory(store: Store, facts: Sequence[FileFacts], sequence: int) -> None:
    """Add facts; those with a higher `sequence` win."""
    store.write_table(f"{FOLDER}/part-{uuid.uuid4().hex}.parquet", inventory_rows(facts, sequence), {})


def forget_files(store: Store, uris: Iterable[str], sequence: int) -> None:
    """Mark files that are no longer among the inputs."""
    if gone := [FileFacts(uri, _GONE, None) for uri in uris]:
        append_inventory(store, gone, sequence)


def forget_document_files(store: Store, document_id: str) -> int:
    """Remove the facts about the files of a document, and return the number of removed rows."""
    paths = [file.path for file in store.list_files(FOLDER)]
    rows = {path: store.read_table(path) for path in paths}
    uris = {
        uri
        for table in rows.values()
        for uri in table.filter(pc.equal(table.column("document_id"), document_id)).column("uri").to_pylist()
    }
    gone = 0
    for path, table in rows.items():
        kept = table.filter(pc.invert(pc.is_in(table.column("uri"), value_set=pa.array(list(uris), pa.string()))))
        if kept.num_rows < table.num_rows:
            store.write_table(path, kept, {})
            gone += table.num_rows - kept.num_rows
    return gone


def compare(files: Iterable[InputFile], known: dict[str, FileFacts]) -> Changes:
    versions = {file.uri: file.version for file in files}
    added = sum(uri not in known for uri in versions)
    changed = sum(uri in known and known[uri].version != version for uri, version in versions.items())
    return Changes(added, changed, len(known.keys() - versions.keys()), len(versions) - added - changed)


def facts_of_files(reader: PageReader, files: Sequence[InputFile]) -> list[FileFacts]:
    """Hash and open files in small batches. Never raises because of the content of a file."""
    facts: list[FileFacts] = []
    for start in range(0, len(files), _FILES_AT_A_TIME):
        facts += _facts_of_some(reader, files[start : start + _FILES_AT_A_TIME])
    return facts


def _facts_of_some(reader: PageReader, files: Sequence[InputFile]) -> list[FileFacts]:
    with ExitStack() as opened:
        hashed = [_hashed(opened, file) for file in files]
        infos = iter(reader.probe_many([found[0] for found in hashed if not isinstance(found, DocumentError)]))
        return [
            _facts(file, None, found) if isinstance(found, DocumentError) else _facts(file, found[1], next(infos))
            for file, found in zip(files, hashed, strict=True)
        ]


def _hashed(opened: ExitStack, file: InputFile) -> tuple[str, str] | DocumentError:
    """The local path of the file, valid until `opened` is closed, and its digest."""
    try:
        path = opened.enter_context(local_copy(file.uri, file.version))
        with document_errors(file.uri):
            return path, sha256_of(path)
    except DocumentError as error:
        return error


def _facts(file: InputFile, digest: str | None, info: DocumentInfo | DocumentError) -> FileFacts:
    facts = FileFacts(file.uri, file.version, file.size, content_sha256=digest)
    if isinstance(info, DocumentError):
        return replace(facts, error_code=info.code.value, error_message=info.message.replace("\x00", ""))
    return replace(
        facts,
        media_type=info.media_type,
        page_count=info.page_count,
        likely_scanned=info.likely_scanned,
        title=info.title,
    )


def document_id_of(facts: FileFacts) -> str:
    """The first 32 hex digits of the SHA-256 of the bytes, or of the URI if they cannot be read."""
    return (facts.content_sha256 or hashlib.sha256(facts.uri.encode()).hexdigest())[:32]
