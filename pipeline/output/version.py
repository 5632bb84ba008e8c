"""The schema version of an output: earlier versions can be read, only the current one can be written."""

import json

from ...schemas.errors import InvalidJobError
from ...schemas.tables import READABLE_VERSIONS, SCHEMA_VERSION
from .store import FINGERPRINT_PATH, Store


def schema_version(store: Store) -> str:
    """The schema version of an output; the current one if the output does not record it.

    Raises:
        InvalidJobError: this docpipe does not support the version.
        FileNotFoundError: no run has started there.
    """
    try:
        fingerprint = json.loads(store.read_bytes(FINGERPRINT_PATH))
    except ValueError:
        # The file is damaged. Readers need only the tables, and a run reports it with its own message.
        return SCHEMA_VERSION
    told = fingerprint.get("schema_version") if isinstance(fingerprint, dict) else None
    version = SCHEMA_VERSION if told is None else str(told)
    if version not in READABLE_VERSIONS:
        raise InvalidJobError(
            f"{store.url}: its tables have schema version {version}, and this docpipe knows versions "
            f"{' and '.join(READABLE_VERSIONS)} only; use the docpipe that wrote them, or a later one"
        )
    return version


def require_current_version(store: Store, what: str, remedy: str) -> None:
    """Check that an output has the current schema version; a folder without an output passes.

    Args:
        what: the option or command that is refused, which begins the message.
        remedy: what to do instead.

    Raises:
        InvalidJobError: the output has another schema version.
    """
    try:
        version = schema_version(store)
    except FileNotFoundError:
        return
    if version != SCHEMA_VERSION:
        raise InvalidJobError(
            f"{what}: {store.url} has tables of schema version {version}, and this docpipe writes version "
            f"{SCHEMA_VERSION}; {remedy}. Its tables stay as they are: docpipe report, export and inspect read them"
        )
