"""`--retry-failed`: removes failed pages and documents from the output, so that the run processes them again."""

from collections.abc import Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from ..output.commit import Provenance, committed_files
from ..output.committed import read_rows
from ..output.fitting import read_columns
from ..output.recovery import rewrite_batches
from ..output.store import Store
from .documents import drop_documents


def take_back_failed(store: Store, provenance: Provenance) -> None:
    """Remove pages and documents that failed, or that have a failed question or chart, from the output."""
    pages = committed_files(store, "pages")
    keep = partial(_well, store, frozenset(file.name for file in pages if file.children.get("errors")))
    rewrite_batches(store, provenance, "pages", [file.name for file in pages], keep)
    documents = committed_files(store, "documents")
    with_errors = [file.name for file in documents if file.children.get("errors")]
    drop_documents(store, provenance, documents, sorted(_documents_with_errors(store, with_errors)))


def _failed_pages(store: Store, name: str) -> set[tuple[str, int]]:
    rows = read_columns(store, "errors", name, ("document_id", "page_number"))
    return set(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _well(store: Store, with_errors: frozenset[str], name: str, rows: pa.Table) -> pa.Array:
    failed = _failed_pages(store, name) if name in with_errors else set()
    keys = zip(*(rows.column(key).to_pylist() for key in ("document_id", "page_number")), strict=True)
    nothing_inside = pa.array([key not in failed for key in keys], pa.bool_())
    return pc.and_(pc.equal(rows.column("status"), "ok"), nothing_inside)


def _documents_with_errors(store: Store, names: Sequence[str]) -> set[str]:
    return set(read_rows(store, "errors", names, ["document_id"]).column("document_id").to_pylist())
