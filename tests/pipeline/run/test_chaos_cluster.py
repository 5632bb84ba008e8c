"""Nodes, workers and the driver killed on a cluster cost time only; the longer form is benchmarks/chaos/cluster.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..outputs import pdf

_SCRIPT = Path(__file__).parents[3] / "benchmarks" / "chaos" / "cluster.py"

pytestmark = [pytest.mark.chaos, pytest.mark.skipif(not _SCRIPT.exists(), reason="benchmarks are not in this tree")]


@pytest.mark.timeout(900)
def test_a_cluster_that_loses_parts_ends_with_the_rows_of_a_calm_one(tmp_path: Path) -> None:
    for number in range(6):
        pdf(tmp_path / "in" / f"{number}.pdf", *(f"document {number} page {page}" for page in range(150)))
    # With this seed a node, a worker and the driver are to be killed, those that come before the run's end.
    command = [sys.executable, str(_SCRIPT), str(tmp_path / "in"), "--runs", "1", "--nodes", "2", "--seed", "33"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=850)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    summary = json.loads(ended.stdout)
    assert (summary["runs"], summary["pages"], summary["differences"]) == (1, 900, [])
    assert sum(summary["events"].values()) >= 1
