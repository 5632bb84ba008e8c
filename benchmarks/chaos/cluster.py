"""Runs a job on several Ray nodes of this machine while nodes, workers and the driver are killed at random.

python benchmarks/chaos/cluster.py [FOLDER] [--runs 50] [--nodes 3] [--store disk|s3] [--seed 0] [--minutes 60]

With `--store s3` inputs and output lie on an S3 server of the test extra, which also refuses for a while. After the
last resume of each run the tables must hold what an undisturbed run wrote. Prints a JSON summary; ends with 1 where
they do not.
"""

import argparse
import importlib.util
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import fsspec
import psutil
from processes import content, difference
from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[2]
EVENTS = ("node", "worker", "driver")
STORE_EVENTS = ("refusal", "cut")
REFUSAL_SECONDS = 8.0
RUN_SECONDS = 900.0


def s3_module() -> ModuleType:
    """The S3 server that the tests use."""
    spec = importlib.util.spec_from_file_location("s3_server", ROOT / "tests" / "pipeline" / "s3_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Storm:
    """A cluster whose parts can be broken; `done` counts what was."""

    nodes: int
    server: Any
    dice: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self.workers = [self.cluster.add_node(num_cpus=1) for _ in range(self.nodes)]

    def strike(self, event: str, driver: psutil.Popen) -> None:
        """Break something; what a cluster replaces by itself is replaced here."""
        if event == "node":
            lost = self.workers.pop(self.dice.randrange(len(self.workers)))
            self.cluster.remove_node(lost, allow_graceful=False)
            self.workers.append(self.cluster.add_node(num_cpus=1))
        elif event == "worker":
            reading = list(self._reading())
            if not reading:
                return
            self.dice.choice(reading).kill()
        elif event == "driver":
            driver.kill()
        else:
            fault = self.server.fail("SlowDown" if event == "refusal" else "lost", "PUT GET HEAD", times=200)
            time.sleep(self.dice.uniform(0, REFUSAL_SECONDS))
            self.server.faults.remove(fault)
        self.done[event] += 1

    def _reading(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                name = process.cmdline()[0] if process.cmdline() else ""
                if name.startswith("ray::") and self.cluster.address in " ".join(process.environ().values()):
                    yield process

    def close(self) -> None:
        self.cluster.shutdown()


def write_job(folder: Path, name: str, inputs: str, output: str) -> Path:
    job = {
        "version": 1,
        "inputs": {"paths": [inputs]},
        "tasks": {"ocr": {"engine": "auto"}},
        "output": {"path": output},
        "on_error": {"max_failed_pages": 1, "max_failed_documents": 1},
    }
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(job))
    return path


@contextmanager
def driver_of(job: Path, address: str) -> Iterator[psutil.Popen]:
    command = [sys.executable, "-m", "docpipe.cli", "run", str(job), "--address", address, "--json"]
    with job.with_suffix(".log").open("ab") as log:
        driver = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield driver
        finally:
            with suppress(psutil.NoSuchProcess):
                driver.kill()
            driver.wait()


def run_through(job: Path, storm: Storm, events: list[tuple[str, float]]) -> tuple[list[int], float]:
    """Run a job until it ends by itself with 0, breaking things meanwhile; exit codes of all tries, and seconds."""
    began, codes, pending = time.monotonic(), [], list(events)
    while time.monotonic() - began < RUN_SECONDS:
        with driver_of(job, storm.cluster.address) as driver:
            while driver.poll() is None and time.monotonic() - began < RUN_SECONDS:
                if pending:
                    event, pause = pending.pop(0)
                    time.sleep(pause)
                    if driver.poll() is None:
                        storm.strike(event, driver)
                else:
                    time.sleep(0.2)
            codes.append(driver.poll())
        if codes[-1] == 0 and not pending:
            break
    return codes, time.monotonic() - began


def on_disk(output: str, folder: Path) -> Path:
    """The output as files of this disk."""
    if "://" not in output:
        return Path(output)
    shutil.rmtree(folder, ignore_errors=True)
    fsspec.filesystem("s3").get(output, str(folder), recursive=True)
    return folder


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("inputs", nargs="?", type=Path, default=ROOT / "jobs" / "quickstart" / "documents")
    arguments.add_argument("--runs", type=int, default=50)
    arguments.add_argument("--nodes", type=int, default=3)
    arguments.add_argument("--store", choices=("disk", "s3"), default="disk")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--minutes", type=float, default=60.0, help="Begin no run after so long.")
    options = arguments.parse_args()
    folder, dice = Path(tempfile.mkdtemp(prefix="docpipe-chaos-")), random.Random(options.seed)
    began = time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(s3_module().s3_server()) if options.store == "s3" else None
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        storm = Storm(options.nodes, server, dice)
        stack.callback(storm.close)
        where, inputs = str(folder), str(options.inputs.absolute())
        if server is not None:
            where = server.bucket()
            fsspec.filesystem("s3").put(f"{inputs}/", f"{where}/in/", recursive=True)
            inputs = f"{where}/in/"
        _, calm_seconds = run_through(write_job(folder, "calm", inputs, f"{where}/calm"), storm, [])
        expected = content(on_disk(f"{where}/calm", folder / "calm"))
        kinds = EVENTS + (STORE_EVENTS if server is not None else ())
        seconds, tries, differences = [], [], []
        while len(seconds) < options.runs and time.monotonic() - began < options.minutes * 60:
            name = f"stormy-{len(seconds)}"
            events = [(dice.choice(kinds), dice.uniform(0, calm_seconds / 3)) for _ in range(dice.randint(1, 3))]
            codes, took = run_through(write_job(folder, name, inputs, f"{where}/{name}"), storm, events)
            if told := difference(expected, content(on_disk(f"{where}/{name}", folder / name))):
                differences.append({"run": name, "events": events, **told})
            seconds.append(took)
            tries.append(codes)
    summary = {
        "runs": len(seconds),
        "events": dict(storm.done),
        "pages": len(expected["pages"]),
        "differences": differences,
        "exit_codes": dict(Counter(str(code) for codes in tries for code in codes)),
        "seconds_calm": round(calm_seconds, 1),
        "seconds_median": round(statistics.median(seconds), 1) if seconds else None,
        "seconds_most": round(max(seconds), 1) if seconds else None,
        "outputs": str(folder),
    }
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")
    if not differences:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(differences) or any(codes[-1] != 0 for codes in tries))


if __name__ == "__main__":
    main()
