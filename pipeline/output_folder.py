"""The output folder as a whole: is it ours, and starting afresh in it."""

from ..schemas.errors import InvalidJobError
from ..schemas.tables import TABLES
from .fingerprint import FINGERPRINT_PATH
from .lock import LOCK_PATH
from .store import STATE, Store


def refuse_foreign_folder(store: Store) -> None:
    """Raises InvalidJobError where a folder named like one of our tables holds something else."""
    if store.exists(FINGERPRINT_PATH):
        return
    for table in TABLES:
        for file in store.list_files(table):
            if not (file.name.startswith("part-") and file.name.endswith(".parquet")):
                raise InvalidJobError(
                    f"output.path: {store.full_path(file.path)} was not written by docpipe, and the table "
                    f"'{table}' would be written beside it; choose another folder"
                )


def clear_output(store: Store) -> None:
    """Delete the tables and our own state, and nothing else; only for the holder of the lock."""
    store.delete(FINGERPRINT_PATH)
    # Commit tables first, so that a reader never sees pages without their lines.
    for table in ("pages", "documents", *TABLES):
        for file in store.list_files(table):
            if file.name.startswith("part-"):
                store.delete(file.path)
    for file in store.list_files(STATE):
        if file.path != LOCK_PATH:
            store.delete(file.path)
    store.delete_folder(f"{STATE}/inventory")
