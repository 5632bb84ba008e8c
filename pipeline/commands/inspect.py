"""`docpipe inspect`: the contents of an output folder, also while a run writes to it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ...pipeline.output.store import FINGERPRINT_PATH
from ...schemas.errors import MissingResourceError, advice
from ..output.commit import committed_files
from ..output.committed import read_rows
from ..output.lock import running_holder
from ..output.store import STATE, Store
from ..output.version import schema_version


def inspect_output(output: str) -> dict[str, Any]:
    """Counts by table, status, source and error code, and the runs that wrote them.

    Raises MissingResourceError if the folder contains no docpipe output, InvalidJobError if the tables are of a
    later docpipe.
    """
    store = Store(output if "://" in output else str(Path(output).absolute()))
    if not store.exists(FINGERPRINT_PATH):
        raise MissingResourceError(f"{output}: no output of docpipe here")
    version = schema_version(store)
    pages = committed_files(store, "pages")
    documents = committed_files(store, "documents")
    names = {"pages": [file.name for file in pages], "documents": [file.name for file in documents]}
    rows: Counter[str] = Counter(pages=sum(f.rows for f in pages), documents=sum(f.rows for f in documents))
    for file in (*pages, *documents):
        rows.update(file.children)
    error_names = [file.name for file in (*pages, *documents) if file.children.get("errors")]
    holder = running_holder(store)
    return {
        "output": store.url,
        "schema_version": version,
        "running": holder,
        "rows": dict(rows),
        "pages_by_status": _count(store, "pages", names["pages"], "status"),
        "pages_by_text_source": _count(store, "pages", names["pages"], "text_source"),
        "documents_by_status": _count(store, "documents", names["documents"], "status"),
        "errors_by_code": _count(store, "errors", error_names, "code"),
        "runs": _runs(store, holder),
    }


def inspection_text(inspection: dict[str, Any]) -> str:
    lines = [f"{inspection['output']}, schema version {inspection['schema_version']}"]
    if inspection["running"]:
        lines.append(f"running: {inspection['running']}")
    for title, key in (
        ("rows", "rows"),
        ("documents", "documents_by_status"),
        ("pages", "pages_by_status"),
        ("text from", "pages_by_text_source"),
        ("errors", "errors_by_code"),
    ):
        counts = ", ".join(f"{name} {count}" for name, count in sorted(inspection[key].items()))
        lines.append(f"{title}: {counts or 'none'}")
    lines += [f"  {code}: {advice(code)}" for code in sorted(inspection["errors_by_code"])]
    for run in inspection["runs"]:
        rate = f", {run['pages_per_second']} pages/s" if run.get("pages_per_second") else ""
        of = f" of {run['pages_planned']}" if run.get("pages_planned") and run["state"] != "done" else ""
        lines.append(f"run {run['run_id']}: {run['state']}, {run['pages']}{of} pages in {run['seconds']} s{rate}")
    return "\n".join(lines)


_UNFINISHED = {"running": "killed", "stopping": "interrupted"}
"""The state of a run whose record is unfinished although no process holds its lock."""


def _count(store: Store, table: str, names: list[str], column: str) -> dict[str, int]:
    if not names:
        return {}
    values = read_rows(store, table, names, [column]).column(column)
    return {entry["values"]: entry["counts"] for entry in values.value_counts().to_pylist()}


def _runs(store: Store, holder: str | None) -> list[dict[str, Any]]:
    runs = []
    for file in store.list_files(STATE):
        if not file.name.startswith("run-"):
            continue
        try:
            record = json.loads(store.read_bytes(file.path))
        except ValueError:
            runs.append({"run_id": file.name, "state": "damaged record", "pages": 0, "seconds": 0.0})
            continue
        counts, progress = record["counts"] or {}, record.get("progress") or {}
        pages = counts.get("pages_ok", 0) + counts.get("pages_failed", 0) if counts else progress.get("pages_done", 0)
        seconds = (counts or progress).get("seconds", 0.0)
        # A run that was killed could not record its end.
        ended = record["run_id"] not in (holder or "")
        state = _UNFINISHED.get(record["state"], record["state"]) if ended else record["state"]
        runs.append(
            {
                "run_id": record["run_id"],
                "state": state,
                "pages": pages,
                "pages_planned": progress.get("pages_planned"),
                "seconds": round(seconds, 1),
                "pages_per_second": round(pages / seconds, 1) if seconds else 0.0,
                "seconds_by_stage": record["seconds"],
            }
        )
    return runs
