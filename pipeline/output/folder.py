"""Checks of the output folder before a run (writable, no foreign files), and its deletion for `--overwrite`."""

import uuid
from pathlib import Path

from ...operators.files.remote import (
    CREDENTIALS_HELP,
    OPENING_SECONDS,
    StoreUnavailableError,
    error_code,
    is_missing_credentials,
    retry,
)
from ...pipeline.output.store import FINGERPRINT_PATH
from ...schemas.errors import CommandError, InvalidJobError, MissingResourceError
from ...schemas.tables import CHILD_TABLES, COMMIT_TABLES, TABLES
from .lock import LOCK_PATH
from .store import STATE, Store


def check_writable(store: Store) -> None:
    """Write a small object to a store and delete it again; does nothing on a local disk.

    Raises MissingResourceError, within seconds, if the store does not answer or its bucket may not be written.
    """
    if store.is_local:
        return
    path = store.full_path(f"{STATE}/probe-{uuid.uuid4().hex}")
    try:
        retry(store.url, lambda: store.filesystem.pipe_file(path, b"docpipe"), OPENING_SECONDS)
        store.filesystem.rm_file(path)
    except Exception as error:
        if isinstance(error, CommandError) and not isinstance(error, StoreUnavailableError):
            raise
        raise MissingResourceError(f"output.path: {store.url}: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such bucket; create it, or correct the URL"
    if error_code(error) == "RequestTimeTooSkewed":
        return "the store refuses the request because the clock of this machine is wrong; set it (for example with NTP)"
    if isinstance(error, PermissionError):
        return f"may not be written ({error_code(error) or 'permission denied'}: {error}); {CREDENTIALS_HELP}"
    if is_missing_credentials(error):
        return f"{error}; {CREDENTIALS_HELP}"
    return str(error) if isinstance(error, CommandError) else f"{type(error).__name__}: {error}"


def refuse_foreign_folder(store: Store) -> None:
    """Check that the output can be written without touching files of others.

    Raises:
        InvalidJobError: the output is not a folder that all processes can share, or a folder in it has the name of a
            table and contains other files.
    """
    path = Path(store.full_path(""))
    if store.is_local and any(place.is_file() for place in (path, *path.parents)):
        raise InvalidJobError(f"output.path: {store.url} is a file, or is inside one; name a folder")
    if "memory" in store.protocols:
        raise InvalidJobError(
            f"output.path: {store.url} is in the memory of one process, which workers cannot access; "
            "name a folder or an object store"
        )
    if store.exists(FINGERPRINT_PATH):
        return
    for table in TABLES:
        for file in store.list_files(table):
            if not (file.name.startswith("part-") and file.name.endswith(".parquet")):
                raise InvalidJobError(
                    f"output.path: {store.full_path(file.path)} was not written by docpipe, and the table "
                    f"'{table}' would be written to the same folder; choose another one"
                )


def clear_output(store: Store) -> None:
    """Delete the tables and the state of docpipe, and nothing else. The caller must hold the lock."""
    store.delete(FINGERPRINT_PATH)
    # Commit tables first, so that a reader never sees pages without their lines.
    for table in (*COMMIT_TABLES, *CHILD_TABLES):
        for file in store.list_files(table):
            if file.name.startswith("part-"):
                store.delete(file.path)
    for file in store.list_files(STATE):
        if file.path != LOCK_PATH:
            store.delete(file.path)
    store.delete_folder(f"{STATE}/inventory")
