"""`docpipe inspect`: the contents of an output folder, also while a run writes to it."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from ...schemas.errors import advice
from ...schemas.tables import COMMIT_TABLES, TABLES
from ..output.lock import running_holder
from ..output.store import STATE, Store
from ..tables.reader import StoredOutput


def inspect_output(output: str) -> dict[str, Any]:
    """Counts by table, status, source and error code, and the runs that wrote them.

    Raises MissingResourceError if the folder contains no docpipe output, InvalidJobError if the tables are of a
    later docpipe.
    """
    found = StoredOutput.open(output)
    holder = running_holder(found.store)
    return {
        "output": found.store.url,
        "schema_version": found.version,
        "running": holder,
        "rows": {table: rows for table in TABLES if (rows := found.count(table)) or table in COMMIT_TABLES},
        "pages_by_status": _count(found, "pages", "status"),
        "pages_by_text_source": _count(found, "pages", "text_source"),
        "documents_by_status": _count(found, "documents", "status"),
        "errors_by_code": _count(found, "errors", "code"),
        "answers": count_answers(found),
        "runs": _runs(found.store, holder),
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
    if inspection["answers"]:
        lines.append(answers_text(inspection["answers"]))
    lines += [f"  {code}: {advice(code)}" for code in sorted(inspection["errors_by_code"])]
    for run in inspection["runs"]:
        rate = f", {run['pages_per_second']} pages/s" if run.get("pages_per_second") else ""
        of = f" of {run['pages_planned']}" if run.get("pages_planned") and run["state"] != "done" else ""
        lines.append(f"run {run['run_id']}: {run['state']}, {run['pages']}{of} pages in {run['seconds']} s{rate}")
    return "\n".join(lines)


def count_answers(output: StoredOutput) -> dict[str, int]:
    """The answers of an output by status, and how many of those that were answered did without a model."""
    counts: Counter[str] = Counter()
    for _, batch in output.scan("answers", ["status", "model"]):
        counts.update(batch.column("status").to_pylist())
        answered = pc.and_(pc.equal(batch.column("status"), "answered"), pc.equal(batch.column("model"), ""))
        counts["without_model"] += pc.sum(answered).as_py() or 0
    return dict(counts)


def answers_text(counts: Mapping[str, int]) -> str:
    """A line about the answers of an output; empty counts are of an output without questions."""
    by_status = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if name != "without_model")
    return f"answers: {by_status or 'none'}; without a model {counts.get('without_model', 0)}"


_UNFINISHED = {"running": "killed", "stopping": "interrupted"}
"""The state of a run whose record is unfinished although no process holds its lock."""


def _count(output: StoredOutput, table: str, column: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for _, batch in output.scan(table, [column]):
        counts.update({entry["values"]: entry["counts"] for entry in batch.column(column).value_counts().to_pylist()})
    return dict(counts)


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
