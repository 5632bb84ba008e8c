"""The rows of `documents`: written once all pages of a document are in, and again only where they change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...schemas.tables import DOCUMENTS, ERRORS
from ..inputs.units import PlannedDocument
from ..output.commit import CommitFile, Provenance, commit_batch
from ..output.committed import PageCount, read_rows
from ..output.recovery import rewrite_batches, without_documents
from ..output.store import Store
from ..tables.error_rows import error_row

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
            "documents": pa.Table.from_pylist(rows, schema=DOCUMENTS),
            "errors": document_errors(members, provenance.run_id),
        }
        commit_batch(store, provenance, "documents", tables)
        count([row["status"] for row in rows], tables["errors"].select(["stage", "code"]).to_pylist())
    statuses = [_status(document, counts.get(name)) for name, document in planned.items()]
    return DocumentCounts(statuses.count("ok"), statuses.count("partial"), statuses.count("failed"))


def drop_documents(
    store: Store, provenance: Provenance, committed: Sequence[CommitFile], document_ids: Sequence[str]
) -> None:
    """Take rows of `documents`, with what hangs on them, out of the batches they stand in."""
    if not document_ids:
        return
    keep = without_documents(document_ids)
    rewrite_batches(store, provenance, "documents", [file.name for file in committed], keep)


def _standing_rows(store: Store, committed: Sequence[CommitFile]) -> Iterator[dict[str, Any]]:
    """Rows of the table, a few at a time as Python objects: all of a million documents would take gigabytes."""
    if committed:
        table = read_rows(store, "documents", [file.name for file in committed])
        for batch in table.to_batches(max_chunksize=DOCUMENTS_PER_FILE):
            yield from batch.to_pylist()


@dataclass(frozen=True)
class _Standing:
    """Ids of rows that stand: those that say what is planned, and those that must go."""

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
    """Failed rows whose file is another document now: bytes that could not be read have their id from the URI."""
    if not failed:
        return []
    taken = {uri for document in planned for uri in document.uris}
    return [name for name, uris in failed if taken.intersection(uris)]


def document_row(document: PlannedDocument, count: PageCount | None, run_id: str) -> dict[str, Any]:
    """A row of `documents`; `count` has the pages that were read, None for none."""
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
    """The rows of `errors` of documents that cannot be read, one for each of their files."""
    rows = [
        error_row(document.document_id, uri, None, failure, run_id)
        for document in documents
        if (failure := document.failure)
        for uri in document.uris
    ]
    return pa.Table.from_pylist(rows, schema=ERRORS)
