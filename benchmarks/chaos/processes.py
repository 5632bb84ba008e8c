"""Kills the driver, Ray workers and parser children of a job with SIGKILL at random moments, and checks what stands.

The runs leave all work to Ray; with `local_threads`, `disturb` has them read in threads of the driver instead.

python benchmarks/chaos/processes.py [FOLDER_OF_DOCUMENTS] [--kills 30] [--seed 0] [--keep]

Prints a JSON summary; ends with 1 where a page is lost, doubled or other than in an undisturbed run.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import psutil

TABLES = ("documents", "pages", "lines", "blocks", "errors")
TARGETS = ("driver", "worker", "child")
SECONDS_TO_VANISH = 60.0

PAGES = (
    "SELECT p.document_id, p.page_number, p.status, p.error_code, p.text_source, p.text, "
    "(SELECT count(*) FROM lines l WHERE (l.document_id, l.page_number) = (p.document_id, p.page_number)), "
    "(SELECT count(*) FROM blocks b WHERE (b.document_id, b.page_number) = (p.document_id, p.page_number)), "
    "(SELECT count(*) FROM errors e WHERE (e.document_id, e.page_number) = (p.document_id, p.page_number)) "
    "FROM pages p ORDER BY ALL"
)
CONTENT = {
    "pages": PAGES,
    "documents": "SELECT document_id, uris, page_count, status, error_code FROM documents ORDER BY ALL",
    "lines": "SELECT line_id, block_id, text, source FROM lines ORDER BY ALL",
    "blocks": "SELECT block_id, kind, text FROM blocks ORDER BY ALL",
    "errors": "SELECT document_id, page_number, code FROM errors ORDER BY ALL",
}
"""What must be the same however often the job was killed. Doubled rows differ too, since nothing is made distinct."""


@dataclass
class Kills:
    """What was killed, and how long what a killed driver left behind went on living.

    Ray's own agents, which touch no output, take their time to see that they are alone: they are kept apart.
    """

    counts: Counter[str] = field(default_factory=Counter)
    seconds_to_vanish: list[float] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)
    agents: list[psutil.Process] = field(default_factory=list)


def content(out: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every table that do not depend on when and by which run they were written."""
    with duckdb.connect() as connection:
        for table in TABLES:
            files = str(out / table / "*.parquet").replace("'", "''")
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{files}'")
        return {table: connection.execute(sql).fetchall() for table, sql in CONTENT.items()}


def write_job(folder: Path, inputs: Path, out: Path) -> Path:
    job = {
        "version": 1,
        "inputs": {"paths": [str(inputs)]},
        "tasks": {"ocr": {"engine": "auto"}},
        "output": {"path": str(out)},
        "on_error": {"max_failed_pages": 1, "max_failed_documents": 1},
    }
    path = folder / f"{out.name}.yaml"
    path.write_text(json.dumps(job))
    return path


def run_of(job: Path) -> list[str]:
    """The command that runs a job."""
    return [sys.executable, "-m", "docpipe.cli", "run", str(job), "--json"]


@contextmanager
def started(command: Sequence[str], log: Path, local_threads: int = 0) -> Iterator[psutil.Popen]:
    """A command with a Ray of its own; what it says goes to a file."""
    environment = {**os.environ, "DOCPIPE_LOCAL_THREADS": str(local_threads)}
    with log.open("ab") as said:
        driver = psutil.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, env=environment
        )
        try:
            yield driver
        finally:
            with suppress(psutil.NoSuchProcess):
                driver.kill()
            driver.wait()


def family(driver: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return driver.children(recursive=True)
    return []


def targets(driver: psutil.Process, kind: str) -> list[psutil.Process]:
    """Running processes of a kind: `driver`, `worker` (a Ray task in it) or `child` (the parser or the OCR)."""
    if kind == "driver":
        return [driver]
    found = []
    for process in family(driver):
        with suppress(psutil.Error):
            line = " ".join(process.cmdline())
            is_task = line.startswith("ray::") and "MapBatches" in line
            if ("sandbox.child" in line) if kind == "child" else is_task:
                found.append(process)
    return found


def is_agent(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        # A process that has just ended has an empty command line.
        return "".join(process.cmdline()[:1]).strip() in ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
    return False


def kill_one(driver: psutil.Process, kind: str, dice: random.Random, kills: Kills) -> bool:
    """Kill a random process of a kind; False where none runs."""
    found = targets(driver, kind)
    if not found:
        return False
    left = family(driver) if kind == "driver" else []
    agents = [process for process in left if is_agent(process)]
    victim = dice.choice(found)
    with suppress(psutil.NoSuchProcess):
        victim.kill()
        kills.counts[kind] += 1
    if kind == "driver":
        began = time.monotonic()
        kills.agents += agents
        _, alive = psutil.wait_procs([process for process in left if process not in agents], SECONDS_TO_VANISH)
        kills.seconds_to_vanish.append(round(time.monotonic() - began, 2))
        for process in alive:
            with suppress(psutil.Error):
                kills.survivors.append(" ".join(process.cmdline())[:200])
    return True


def disturb(
    job: Path,
    plan: Sequence[tuple[str, float]],
    dice: random.Random,
    kills: Kills,
    seconds: float = 300.0,
    local_threads: int = 0,
    command: Sequence[str] = (),
    after_kill: Callable[[], None] = lambda: None,
) -> int:
    """Run a job to its end and meanwhile kill what `plan` says; returns the last run's exit code.

    Args:
        job: what the runs say goes to a file beside it.
        plan: kinds of targets with the seconds to wait before each, counted from when work can be seen.
        command: what to run in place of docpipe.
        after_kill: called after each kill, before anything is started again.
    """
    pending = list(plan)
    deadline = time.monotonic() + seconds
    while True:
        with started(command or run_of(job), job.with_suffix(".log"), local_threads) as driver:
            while driver.poll() is None and time.monotonic() < deadline:
                if pending and targets(driver, "child" if local_threads else "worker"):
                    kind, delay = pending[0]
                    time.sleep(delay)
                    if driver.poll() is None and kill_one(driver, kind, dice, kills):
                        pending.pop(0)
                        after_kill()
                else:
                    time.sleep(0.05)
            code = driver.poll()
        if code is None:
            raise TimeoutError(f"{job}: not done after {seconds:.0f} s")
        if code >= 0:
            return int(code)


def run_undisturbed(job: Path) -> int:
    return disturb(job, [], random.Random(0), Kills())


def difference(expected: dict[str, list[Any]], found: dict[str, list[Any]]) -> dict[str, Any]:
    """Tables that differ, each with a few rows that are missing and that are too many."""
    told = {}
    for table, rows in expected.items():
        missing, extra = Counter(map(repr, rows)), Counter(map(repr, found[table]))
        if missing != extra:
            told[table] = {"missing": list(missing - extra)[:3], "extra": list(extra - missing)[:3]}
    return told


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    quickstart = Path(__file__).parents[2] / "jobs" / "quickstart" / "documents"
    arguments.add_argument("inputs", nargs="?", type=Path, default=quickstart)
    arguments.add_argument("--kills", type=int, default=30)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--keep", action="store_true", help="Leave the outputs for a look.")
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="docpipe-chaos-"))
    dice, kills = random.Random(options.seed), Kills()
    began = time.monotonic()
    run_undisturbed(write_job(folder, options.inputs.absolute(), folder / "calm"))
    calm_seconds = time.monotonic() - began
    expected = content(folder / "calm")
    differences, codes = [], []
    rounds = 0
    while kills.counts.total() < options.kills:
        rounds += 1
        out = folder / f"stormy-{rounds}"
        left = options.kills - kills.counts.total()
        plan = [(dice.choice(TARGETS), dice.uniform(0, calm_seconds / 4)) for _ in range(min(left, 6))]
        codes.append(disturb(write_job(folder, options.inputs.absolute(), out), plan, dice, kills, seconds=1800))
        if told := difference(expected, content(out)):
            differences.append({"output": str(out), **told})
    waited = time.monotonic()
    _, agents = psutil.wait_procs(kills.agents, timeout=180)
    sys.stdout.write(
        json.dumps(
            {
                "kills": dict(kills.counts),
                "runs_to_the_end": rounds,
                "exit_codes": codes,
                "pages": len(expected["pages"]),
                "differences": differences,
                "seconds_to_vanish": kills.seconds_to_vanish,
                "survivors": kills.survivors,
                "agents_alive_after": [len(agents), round(time.monotonic() - waited, 1)],
                "seconds": round(time.monotonic() - began, 1),
            },
            indent=1,
        )
        + "\n"
    )
    if not options.keep and not differences:
        shutil.rmtree(folder)
    sys.exit(bool(differences or kills.survivors))


if __name__ == "__main__":
    main()
