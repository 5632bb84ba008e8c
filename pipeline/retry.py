"""`--retry-failed`: takes back what failed, so that the run does it again."""

from collections.abc import Iterable
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from .commit import Provenance, committed_files
from .committed import dataset
from .document_stage import drop_documents
from .recovery import rewrite_batch
from .store import Store


def take_back_failed(store: Store, provenance: Provenance) -> None:
    """Take back pages that failed or hold a failed question or chart, and documents with a failed question."""
    for file in committed_files(store, "pages"):
        failed = _failed_pages(store, file.name) if file.children.get("errors") else set()
        rewrite_batch(store, provenance, "pages", file.name, partial(_well, failed=failed))
    documents = committed_files(store, "documents")
    with_errors = [file.name for file in documents if file.children.get("errors")]
    drop_documents(store, provenance, documents, sorted(_documents_with_failed_questions(store, with_errors)))


def _failed_pages(store: Store, name: str) -> set[tuple[str, int]]:
    rows = store.read_table(f"errors/{name}", ["document_id", "page_number"])
    return set(zip(*(column.to_pylist() for column in rows.columns), strict=True))


def _well(rows: pa.Table, failed: set[tuple[str, int]]) -> pa.Array:
    keys = zip(*(rows.column(name).to_pylist() for name in ("document_id", "page_number")), strict=True)
    nothing_inside = pa.array([key not in failed for key in keys], pa.bool_())
    return pc.and_(pc.equal(rows.column("status"), "ok"), nothing_inside)


def _documents_with_failed_questions(store: Store, names: Iterable[str]) -> set[str]:
    names = list(names)
    if not names:
        return set()
    rows = dataset(store, "errors", names).to_table(["document_id"], filter=ds.field("question_id").is_valid())
    return set(rows.column("document_id").to_pylist())
