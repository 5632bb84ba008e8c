"""Documents come with all their pages, however these are spread over batches."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from docpipe.pipeline.output.commit import commit_batch
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.run.fingerprint import FINGERPRINT_PATH
from docpipe.pipeline.tables import by_document
from docpipe.pipeline.tables.by_document import incomplete_documents, read_documents
from docpipe.pipeline.tables.reader import StoredOutput
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.tables import TABLES

from ..conftest import PROVENANCE


def documents(*ids: str) -> pa.Table:
    rows = [{"document_id": i, "uris": [f"/in/{i}"], "status": "ok", "run_id": "run-1"} for i in ids]
    return pa.Table.from_pylist(rows, schema=TABLES["documents"])


@pytest.mark.parametrize("at_once", [2, 3, 128])
def test_pages_come_once_and_in_order(
    store: Store, commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(by_document, "_PAGES", at_once)
    store.write_bytes(FINGERPRINT_PATH, b"{}")
    commit(("b", 1), ("long", 5), ("long", 1))
    commit(("a", 1), ("long", 4), ("long", 2))
    commit(("long", 3), ("running", 1))
    commit_batch(store, PROVENANCE, "documents", {"documents": documents("a", "b", "long", "none")})
    output = StoredOutput.open(store.url)
    found = {
        d.row["document_id"]: [(p.number, len(p.children["lines"])) for p in d.pages] for d in read_documents(output)
    }
    assert found == {"a": [(1, 1)], "b": [(1, 1)], "long": [(n, 1) for n in range(1, 6)], "none": []}
    assert incomplete_documents(output) == 1


def test_rows_that_no_commit_covers_are_not_seen(store: Store, commit: Callable[..., str]) -> None:
    store.write_bytes(FINGERPRINT_PATH, b"{}")
    name = commit(("a", 1))
    store.delete(f"pages/{name}")
    assert StoredOutput.open(store.url).count("lines") == 0


def test_what_is_no_output_is_said(tmp_path: object) -> None:
    with pytest.raises(MissingResourceError, match="no output of docpipe"):
        StoredOutput.open(str(tmp_path))
