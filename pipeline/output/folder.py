"""The output folder as a whole: can it be written, is it ours, and starting afresh in it."""

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
from ...schemas.tables import TABLES
from .lock import LOCK_PATH
from .store import STATE, Store


def check_writable(store: Store) -> None:
    """Write a small object to a store and delete it again; nothing on a local disk.

    Raises MissingResourceError, after seconds, where the store does not answer or its bucket may not be written.
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
        return "the store refuses because this machine's clock is wrong; set it (for example with NTP)"
    if isinstance(error, PermissionError):
        return f"may not be written ({error_code(error) or 'permission denied'}: {error}); {CREDENTIALS_HELP}"
    if is_missing_credentials(error):
        return f"{error}; {CREDENTIALS_HELP}"
    return str(error) if isinstance(error, CommandError) else f"{type(error).__name__}: {error}"


def refuse_foreign_folder(store: Store) -> None:
    """
    Raises:
        InvalidJobError: the output can be no folder that all processes see, or one in it that is named like one of
            our tables holds something else.
    """
    path = Path(store.full_path(""))
    if store.is_local and any(place.is_file() for place in (path, *path.parents)):
        raise InvalidJobError(f"output.path: {store.url} is a file, or lies in one; name a folder")
    if "memory" in store.protocols:
        raise InvalidJobError(
            f"output.path: {store.url} lies in the memory of one process, and workers are others; "
            "name a folder or an object store"
        )
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
