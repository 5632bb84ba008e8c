"""The inventory of a run: opening what is new or changed, and letting go of what no longer holds."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...pipeline.output.committed import content_by_document
from ..inputs.inventory import FileFacts, append_inventory, document_ids, forget_files
from ..inputs.listing import InputFile
from ..inputs.units import PlannedDocument, needs_opening, plan_documents
from ..output.commit import committed_files
from ..output.committed import PageCount
from ..stages.datasets import probe
from .context import RunContext
from .documents import drop_documents

_SECONDS_A_FILE = 0.003
"""What a small file on a local disk takes to be hashed and opened."""


def take_inventory(
    run: RunContext, listed: Sequence[InputFile], known: Mapping[str, FileFacts]
) -> list[PlannedDocument]:
    """The documents of the job, or the first `--limit` of them; opens files until they are known."""
    started = time.monotonic()
    facts = {uri: fact for uri, fact in known.items() if not (run.options.retry_failed and fact.error_code)}
    limit = run.options.limit or len(listed)
    opened: set[str] = set()
    take = limit
    while True:
        files = listed[:take]
        fresh = _open_files(run, [file for file in files if needs_opening(file, facts, run.job.limits)])
        facts |= fresh
        opened |= fresh.keys()
        documents = plan_documents(files, facts, run.job.limits, run.job.inputs.pages)[:limit]
        if len(documents) >= limit or take >= len(listed):
            break
        # Files with the same bytes are one document: more files are needed for as many documents.
        take += limit - len(documents)
    _drop_stale(run, documents, known)
    owner = {uri: document.document_id for document in documents for uri in document.uris}
    changed = [
        replace(fact, document_id=owner[uri])
        for uri, fact in facts.items()
        if uri in owner and (uri in opened or fact.document_id != owner[uri])
    ]
    if changed:
        append_inventory(run.store, changed, sequence=time.time_ns())
    run.tally.seconds["inventory"] = time.monotonic() - started
    return documents


def forget_gone(
    run: RunContext, listed: Sequence[InputFile], known: Mapping[str, FileFacts], counts: Mapping[str, PageCount]
) -> None:
    """Strike files that are gone, and drop pages of theirs for which no row of `documents` was ever written."""
    there = {file.uri for file in listed}
    planned = document_ids(run.store, there)
    standing = content_by_document(run.store, committed_files(run.store, "documents"))
    run.drop_pages([name for name in counts if name not in standing and name not in planned])
    forget_files(run.store, known.keys() - there, sequence=time.time_ns())


def _open_files(run: RunContext, files: Sequence[InputFile]) -> dict[str, FileFacts]:
    if not files:
        return {}
    return {fact.uri: fact for fact in probe(files, run.worker, run.cpus, run.near(len(files) * _SECONDS_A_FILE))}


def _drop_stale(run: RunContext, documents: Sequence[PlannedDocument], known: Mapping[str, FileFacts]) -> None:
    """Drop what stands under an id of the manifest that now names other bytes; unreadable ones tell nothing."""
    committed = committed_files(run.store, "documents")
    before = content_by_document(run.store, committed)
    before |= {f.document_id: f.content_sha256 for f in known.values() if f.document_id}
    stale = [
        document.document_id
        for document in documents
        if document.facts.content_sha256
        and before.get(document.document_id) not in (None, document.facts.content_sha256)
    ]
    run.drop_pages(stale)
    drop_documents(run.store, run.provenance, committed, stale)
