"""Which version of the tables an output holds: an earlier one can be read, only the current one is written to."""

import json

from ...schemas.errors import InvalidJobError
from ...schemas.tables import READABLE_VERSIONS, SCHEMA_VERSION
from .store import FINGERPRINT_PATH, Store


def schema_version(store: Store) -> str:
    """The version of the tables of an output; the current one where the output does not tell.

    Raises:
        InvalidJobError: a version that this docpipe does not know.
        FileNotFoundError: no run has begun there.
    """
    try:
        fingerprint = json.loads(store.read_bytes(FINGERPRINT_PATH))
    except ValueError:
        # Damaged: readers need no more than the tables, and a run has a message of its own for it.
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
    """Refuse an output that an earlier version of the tables stands in; a folder without an output passes.

    Args:
        what: what is refused, which begins the message.
        remedy: what to do instead.

    Raises:
        InvalidJobError: the output's version is another.
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
