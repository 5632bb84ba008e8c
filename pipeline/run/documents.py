"""Writes the rows of `documents` once all pages of a document are committed, and again only if they change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..inputs.units import PlannedDocument
from ..output.commit import CommitFile, Provenance, commit_batch
from ..output.committed import PageCount, read_rows
from ..output.recovery import rewrite_batches, without_documents
from ..output.store import Store
from ..tables.error_rows import error_row
from ..tables.rows import table_of_rows

DOCUMENTS_PER_FILE = 10_000

CountDocuments = Callable[[Sequence[str], Sequence[dict[str, Any]]], None]
"""Receives the statuses of the documents and the rows of `errors` of each committed batch."""

AskDocuments = Callable[[Sequence[tuple[PlannedDocument, dict[str, Any]]]], None]
"""Takes documents with their rows, and commits them."""


@dataclass(frozen=True)
class DocumentCounts:
    """Numbers of documents of the job by status."""

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

    Old rows are deleted before new ones are written, so that no document is ever committed twice. If a crash occurs in
    between, the next run writes the missing rows, from the inventory and the pages.

    Args:
        counts: committed pages of every document.
        committed: the committed batches of `documents`.
        ask: commits the rows of documents with questions, with the answers; None if there are no questions.
        count: receives the rows that were committed, without those of `ask`.
    """
    planned = {document.document_id: document for document in documents}

    def row_of(document: PlannedDocument) -> dict[str, Any]:
        return document_row(document, counts.get(document.document_id), provenance.run_id)

    standing = _compare(_standing_rows(store, committed), planned, row_of)
    drop_documents(store, provenance, committed, standing.outdated)
    new = [document for document in planned.values() if document.document_id not in standing.same]
    if ask is not None:
        ask([(document, row_of(document)) for document in new if document.failure is None])
        new = [document for document in new if document.failure is not None]
    for start in range(0, len(new), DOCUMENTS_PER_FILE):
        members = new[start : start + DOCUMENTS_PER_FILE]
        rows = [row_of(document) for document in members]
        tables = {
            "documents": table_of_rows("documents", rows),
            "errors": document_errors(members, provenance.run_id),
        }
        commit_batch(store, provenance, "documents", tables)
        count([row["status"] for row in rows], tables["errors"].select(["stage", "code"]).to_pylist())
    statuses = [_status(document, counts.get(name)) for name, document in planned.items()]
    return DocumentCounts(statuses.count("ok"), statuses.count("partial"), statuses.count("failed"))


def drop_documents(
    store: Store, provenance: Provenance, committed: Sequence[CommitFile], document_ids: Sequence[str]
) -> None:
    """Remove rows of `documents` and their child rows from the committed batches."""
    if not document_ids:
        return
    keep = without_documents(document_ids)
    rewrite_batches(store, provenance, "documents", [file.name for file in committed], keep)


def _standing_rows(store: Store, committed: Sequence[CommitFile]) -> Iterator[dict[str, Any]]:
    """Committed rows, converted to Python objects in batches, since a million documents would take gigabytes."""
    if committed:
        table = read_rows(store, "documents", [file.name for file in committed])
        for batch in table.to_batches(max_chunksize=DOCUMENTS_PER_FILE):
            yield from batch.to_pylist()


@dataclass(frozen=True)
class _Standing:
    """Ids of committed rows: those that match the plan, and those that must be removed."""

    same: frozenset[str]
    outdated: list[str]


def _compare(
    standing: Iterable[dict[str, Any]],
    planned: Mapping[str, PlannedDocument],
    row_of: Callable[[PlannedDocument], dict[str, Any]],
) -> _Standing:
    same: set[str] = set()
    outdated: list[str] = []
    failed: list[tuple[str, list[str]]] = []
    for row in standing:
        name = row["document_id"]
        if name not in planned:
            if row["error_code"]:
                failed.append((name, row["uris"]))
        elif {**row, "run_id": None} == {**row_of(planned[name]), "run_id": None}:
            same.add(name)
        else:
            outdated.append(name)
    return _Standing(frozenset(same.difference(outdated)), outdated + _cured(failed, planned.values()))


def _cured(failed: Sequence[tuple[str, list[str]]], planned: Iterable[PlannedDocument]) -> list[str]:
    """Failed rows whose file now belongs to another document: the id of an unreadable file is made from its URI."""
    if not failed:
        return []
    taken = {uri for document in planned for uri in document.uris}
    return [name for name, uris in failed if taken.intersection(uris)]


def document_row(document: PlannedDocument, count: PageCount | None, run_id: str) -> dict[str, Any]:
    """A row of `documents`; `count` has its committed pages, None if there are none."""
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


def document_errors(documents: Sequence[PlannedDocument], run_id: str) -> pa.Table:
    """The rows of `errors` for documents that cannot be read, one for each of their files."""
    rows = [
        error_row(document.document_id, uri, None, failure, run_id)
        for document in documents
        if (failure := document.failure)
        for uri in document.uris
    ]
    return table_of_rows("errors", rows)
