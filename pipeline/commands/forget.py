"""`docpipe forget`: deletes a document from every table and the inventory, by the protocol that replaces files.

If the command is killed at any moment, running it again finishes the deletion.
"""

from pathlib import Path
from typing import Any

from ...pipeline.output.store import FINGERPRINT_PATH
from ...schemas.errors import InvalidJobError, MissingResourceError
from ...schemas.tables import COMMIT_TABLES
from ..inputs.inventory import forget_document_files
from ..output.commit import committed_files, new_run_id, provenance_of
from ..output.folder import check_writable
from ..output.lock import output_lock
from ..output.recovery import clear_leftovers, losing_batches, rewrite_batch, without_documents
from ..output.store import Store
from ..output.version import schema_version


def forget_document(output: str, document_id: str) -> dict[str, Any]:
    """Delete a document, and return the numbers of deleted rows of `pages` and `documents` and of inventory entries.

    An output of an earlier schema version keeps its version. The next run reads the file again if it is still among the
    inputs.

    Raises:
        MissingResourceError: the folder contains no docpipe output.
        InvalidJobError: the output has no such document, a run is writing there, or the tables are of a later docpipe.
    """
    store = Store(output if "://" in output else str(Path(output).absolute()))
    check_writable(store)
    if not store.exists(FINGERPRINT_PATH):
        raise MissingResourceError(f"{output}: no output of docpipe here")
    schema_version(store)
    run_id = new_run_id()
    with output_lock(store, run_id):
        clear_leftovers(store)
        gone = {table: _drop_rows(store, table, run_id, document_id) for table in COMMIT_TABLES}
        inventory = forget_document_files(store, document_id)
        clear_leftovers(store)
    if not any(gone.values()) and not inventory:
        raise InvalidJobError(f"{output}: no document {document_id!r} here")
    return {"document_id": document_id, **gone, "inventory": inventory, "output": store.url}


def _drop_rows(store: Store, table: str, run_id: str, document_id: str) -> int:
    keep = without_documents([document_id])
    losing = losing_batches(store, table, [file.name for file in committed_files(store, table)], keep)
    return sum(rewrite_batch(store, provenance_of(store, table, name, run_id), table, name, keep) for name in losing)
