"""The rows of `documents`: written once all pages of a document are in, and again only where they change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..schemas.tables import DOCUMENTS, ERRORS
from .commit import CommitFile, Provenance, commit_batch
from .committed import PageCount, read_rows
from .error_rows import error_row
from .planning import PlannedDocument
from .recovery import rewrite_batch
from .store import Store

DOCUMENTS_PER_FILE = 10_000

CountDocuments = Callable[[Sequence[str], Sequence[dict[str, Any]]], None]
"""Is told the statuses of the documents and the rows of `errors` of each batch."""

AskDocuments = Callable[[Sequence[tuple[PlannedDocument, dict[str, Any]]]], None]
"""Takes documents with their rows, and commits them."""


@dataclass(frozen=True)
class DocumentCounts:
    """Documents of the job by status."""

    ok: int
    partial: int
    failed: int

    @property
    def total(self) -> int:
        return self.ok + self.partial + self.failed


def commit_documents(
    store: Store,
    provenance: Provenance,
    documents: Sequence[PlannedDocument],
    counts: Mapping[str, PageCount],
    committed: Sequence[CommitFile],
    ask: AskDocuments | None = None,
    count: CountDocuments = lambda statuses, errors: None,
) -> DocumentCounts:
    """Bring the table up to date with the plan; rows that say the same already stay as they are.

    Old rows go before new ones come, so that no document ever stands twice; one that a crash leaves out is written
    by the next run, from the inventory and the pages.

    Args:
        counts: committed pages of every document.
        committed: the batches of `documents` that stand.
        ask: commits the rows of documents that questions are put to, with the answers; None where none are.
        count: is told what was committed, without that of `ask`.
    """
    standing = _standing_rows(store, committed)
    wanted = {d.document_id: _row(d, counts.get(d.document_id), provenance.run_id) for d in documents}
    new = [row for name, row in wanted.items() if not _says_the_same(standing.get(name), row)]
    outdated = [r["document_id"] for r in new if r["document_id"] in standing]
    drop_documents(store, provenance, committed, outdated + _cured(standing, wanted))
    planned = {document.document_id: document for document in documents}
    if ask is not None:
        asked = [row for row in new if planned[row["document_id"]].failure is None]
        ask([(planned[row["document_id"]], row) for row in asked])
        taken = {row["document_id"] for row in asked}
        new = [row for row in new if row["document_id"] not in taken]
    for start in range(0, len(new), DOCUMENTS_PER_FILE):
        rows = new[start : start + DOCUMENTS_PER_FILE]
        members = [planned[row["document_id"]] for row in rows]
        tables = {
            "documents": pa.Table.from_pylist(rows, schema=DOCUMENTS),
            "errors": _errors(members, provenance.run_id),
        }
        commit_batch(store, provenance, "documents", tables)
        count([row["status"] for row in rows], tables["errors"].select(["stage", "code"]).to_pylist())
    statuses = [row["status"] for row in wanted.values()]
    return DocumentCounts(statuses.count("ok"), statuses.count("partial"), statuses.count("failed"))


def drop_documents(
    store: Store, provenance: Provenance, committed: Sequence[CommitFile], document_ids: Sequence[str]
) -> None:
    """Take rows of `documents`, with what hangs on them, out of the batches they stand in."""
    if not document_ids:
        return
    gone = pa.array(document_ids, pa.string())
    for file in committed:
        rewrite_batch(
            store,
            provenance,
            "documents",
            file.name,
            lambda rows: pc.invert(pc.is_in(rows.column("document_id"), value_set=gone)),
        )


def content_by_document(store: Store, committed: Sequence[CommitFile]) -> dict[str, str | None]:
    """SHA-256 of the bytes that each standing row was made from, None where they could not be read."""
    if not committed:
        return {}
    rows = read_rows(store, "documents", [file.name for file in committed], ["document_id", "content_sha256"])
    return dict(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _standing_rows(store: Store, committed: Sequence[CommitFile]) -> dict[str, dict[str, Any]]:
    if not committed:
        return {}
    rows = read_rows(store, "documents", [file.name for file in committed]).to_pylist()
    return {row["document_id"]: row for row in rows}


def _cured(standing: Mapping[str, dict[str, Any]], wanted: Mapping[str, dict[str, Any]]) -> list[str]:
    """Failed rows whose file is another document now: bytes that could not be read have their id from the URI."""
    taken = {uri for row in wanted.values() for uri in row["uris"]}
    return [
        document_id
        for document_id, row in standing.items()
        if row["error_code"] and document_id not in wanted and taken.intersection(row["uris"])
    ]


def _says_the_same(standing: dict[str, Any] | None, row: dict[str, Any]) -> bool:
    return standing is not None and {**standing, "run_id": None} == {**row, "run_id": None}


def _row(document: PlannedDocument, count: PageCount | None, run_id: str) -> dict[str, Any]:
    facts = document.facts
    return {
        "document_id": document.document_id,
        "uris": list(document.uris),
        "content_sha256": facts.content_sha256,
        "media_type": facts.media_type,
        "size_bytes": facts.size,
        "page_count": facts.page_count,
        "title": facts.title,
        "attributes": document.attributes,
        "status": _status(document, count),
        "error_code": document.failure.code.value if document.failure else None,
        "run_id": run_id,
    }


def _status(document: PlannedDocument, count: PageCount | None) -> str:
    if document.failure:
        return "failed"
    if count is None or not count.failed:
        return "ok"
    return "failed" if count.failed == count.distinct else "partial"


def _errors(documents: Sequence[PlannedDocument], run_id: str) -> pa.Table:
    rows = [
        error_row(document.document_id, uri, None, failure, run_id)
        for document in documents
        if (failure := document.failure)
        for uri in document.uris
    ]
    return pa.Table.from_pylist(rows, schema=ERRORS)
