"""Facts about a committed unit that a worker reports to the driver: failures, times, retries, support.

They are columns of the row of the unit, so that they are counted once for each committed unit, even after crashes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

SUPPORT_BOUNDS = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
"""Upper bounds of the histogram buckets for `support`."""

FACTS = (
    pa.field("errors", pa.list_(pa.struct([pa.field("stage", pa.string()), pa.field("code", pa.string())]))),
    pa.field("stage_seconds", pa.map_(pa.string(), pa.float64())),
    pa.field("retries", pa.list_(pa.string())),
    pa.field("support", pa.map_(pa.string(), pa.list_(pa.int64()))),
)
"""Columns of the row of a unit; `support` has, by task, the number of values up to each of `SUPPORT_BOUNDS`."""

_TASKS = {"lines": "ocr", "answers": "docvqa", "chart_points": "chart", "cells": "table"}


def unit_facts(
    tables: Mapping[str, pa.Table], stage_seconds: Mapping[str, float], retries: Sequence[str]
) -> dict[str, Any]:
    """The columns `FACTS` of a unit that was committed as `tables`."""
    support = {task: counts for name, task in _TASKS.items() if (counts := _support(tables.get(name)))}
    return {
        "errors": tables["errors"].select(["stage", "code"]).to_pylist() if "errors" in tables else [],
        "stage_seconds": list(stage_seconds.items()),
        "retries": list(retries),
        "support": list(support.items()),
    }


def _support(rows: pa.Table | None) -> list[int]:
    """Number of values with a support up to each bound; empty if no value was looked up."""
    if rows is None or rows.column("support").null_count == rows.num_rows:
        return []
    known = np.sort(rows.column("support").drop_null().to_numpy())
    # Bounds are compared in the precision of the column, 32 bits.
    return [int(n) for n in np.searchsorted(known, np.array(SUPPORT_BOUNDS, known.dtype), side="right")]
