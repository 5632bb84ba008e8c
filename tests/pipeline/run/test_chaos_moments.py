"""A full object store and an output that refuses for a while cost time only; more in benchmarks/chaos/moments.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[3] / "benchmarks" / "chaos" / "moments.py"

pytestmark = [pytest.mark.chaos, pytest.mark.skipif(not _SCRIPT.exists(), reason="benchmarks are not in this tree")]


@pytest.mark.timeout(600)
def test_tables_are_those_of_a_calm_run_when_a_store_refuses_or_is_full() -> None:
    command = [sys.executable, str(_SCRIPT), "--runs", "2", "--faults", "store", "object_store", "--documents", "6"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=580)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    *runs, summary = map(json.loads, ended.stdout.splitlines())
    assert [(run["differences"], run["changed"], run["codes"][-1]) for run in runs] == [({}, 0, 0)] * 2
    assert (summary["runs"], summary["pages"]) == (2, 180)
