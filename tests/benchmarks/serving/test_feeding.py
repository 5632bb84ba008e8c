"""The benchmark of feeding runs whole: its engine is one that a job takes, and all its processes are counted."""

import subprocess
import sys

import pytest

from ...shared import ROOT

STAGES = ("read and render", "tile", "transfer", "ask and parse", "ground", "commit")
PROCESSES = ("driver", "engine", "parser", "stage before it", "workers", "Ray")


@pytest.mark.integration
def test_stages_and_a_whole_run_are_measured() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "serving" / "feeding.py"), "--few", "1", "--many", "3"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert told.returncode == 0, told.stdout + told.stderr
    lines = [line.strip() for line in told.stdout.splitlines()]
    for name in (*STAGES, *(f"of the run: {process}" for process in PROCESSES)):
        assert any(line.startswith(name) and line.endswith("ms CPU a page") for line in lines), name
    assert lines[-1].startswith("a whole run: ")
