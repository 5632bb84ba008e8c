"""Structured log lines on standard error: text, or JSON where DOCPIPE_LOG_FORMAT is `json`.

Lines of a worker are in its Ray log, those of the driver in the terminal or the log of the pod.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ...schemas.printable import printable

FORMAT_VARIABLE = "DOCPIPE_LOG_FORMAT"


def wants_json() -> bool:
    return os.environ.get(FORMAT_VARIABLE, "").lower() == "json"


def log_line(level: str, message: str, **fields: Any) -> None:
    """One event in one line; fields that are None are left out.

    Args:
        level: `info`, `warning` or `error`.
        fields: `run_id`, `document_id`, `page_number` and any other fields of the event.
    """
    known = {name: value for name, value in fields.items() if value is not None}
    if wants_json():
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        # In JSON, control characters are escaped already.
        line = json.dumps({"time": now, "level": level, "message": message, **known}, default=str)
    else:
        line = printable(" ".join([message, *(f"{name}={value}" for name, value in known.items())]), keep="\t")
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


_here = threading.local()


@contextmanager
def failures_only_as_json() -> Iterator[None]:
    """In this context, this thread logs failures as JSON only: on a terminal they would hide the progress."""
    _here.only_json = True
    try:
        yield
    finally:
        _here.only_json = False


def log_failures(errors: pa.Table) -> None:
    """Write a line for each row of `errors`."""
    if getattr(_here, "only_json", False) and not wants_json():
        return
    for row in errors.select(_FAILURE_FIELDS).to_pylist():
        log_line("warning", row.pop("message"), **row)


_FAILURE_FIELDS = ["message", "run_id", "document_id", "page_number", "question_id", "chart_id", "uri", "stage", "code"]
