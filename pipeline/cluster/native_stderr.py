"""Suppresses what native libraries write to standard error without going through Python."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def quiet_native_stderr() -> Iterator[None]:
    """Drops what native code and child processes write to file descriptor 2; Python's own `sys.stderr` still works.

    Ray's core prints its log of level ERROR there, regardless of its settings. Nothing is dropped if the environment
    variable DOCPIPE_TRACEBACK is set, or if `sys.stderr` is not the standard error of the process.
    """
    if os.environ.get("DOCPIPE_TRACEBACK") or not _is_own_stderr():
        yield
        return
    before = sys.stderr
    before.flush()
    kept = os.dup(_STDERR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    sys.stderr = os.fdopen(os.dup(kept), "w", buffering=1, encoding=before.encoding, errors=before.errors)
    os.dup2(nowhere, _STDERR)
    try:
        yield
    finally:
        sys.stderr.close()
        sys.stderr = before
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.close(nowhere)


def _is_own_stderr() -> bool:
    try:
        return sys.stderr.fileno() == _STDERR
    except (AttributeError, OSError, ValueError):
        return False
