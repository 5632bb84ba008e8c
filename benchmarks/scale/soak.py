"""One long job over a recycled corpus: memory, file handles, threads and processes of all its processes, as they go on.

    python benchmarks/scale/soak.py FOLDER [FOLDER …] [--minutes 60] [--copies 60] [--model FOLDER] [--plot FILE]

Every file is copied many times, each copy with a trailing comment, since equal bytes are read once; copies come in a
random order, so that every minute has the same mixture. With `--model` each twentieth document is asked a question.
After `--minutes` the job is stopped by SIGTERM. Memory is the proportional set size, sampled every ten seconds.
`--plot` needs `pip install matplotlib`; with samples that exist already and no folder it only draws.

Prints JSON: medians of the fifth tenth and of the last tenth of the time, the change between, and whether every
page stands once.
"""

import argparse
import json
import os
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import psutil

SAMPLE_SECONDS = 10.0
STOP_SECONDS = 60.0
QUESTION_EVERY = 20
DOCUMENTS = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".jp2", ".gif", ".bmp")
QUESTION = {"id": "total", "ask": "What is the total amount?", "type": "money"}
KINDS = {"driver": "docpipe.cli", "engine": "MapWorker", "children": "sandbox.child", "Ray tasks": "ray::"}
"""Processes by a word of their command line, the first that fits; all others are Ray's own."""

Sample = dict[str, Any]


def recycle(folders: Iterable[Path], copies: int, to: Path, ask: bool) -> Path:
    """A manifest of shuffled copies."""
    originals = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in DOCUMENTS]
    rows = []
    for copy in range(copies):
        for number, original in enumerate(originals):
            path = to / f"{copy:03}-{number:03}-{original.name}"
            path.write_bytes(original.read_bytes() + f"\n% copy {copy}\n".encode())
            rows.append({"uri": str(path)})
    random.Random(0).shuffle(rows)
    if ask:
        rows = [{**row, "questions": [] if index % QUESTION_EVERY else [QUESTION]} for index, row in enumerate(rows)]
    manifest = to / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return manifest


def write_job(path: Path, manifest: Path, output: Path, model: Path | None) -> None:
    job: dict[str, Any] = {
        "version": 1,
        "name": "soak",
        "inputs": {"manifest": str(manifest)},
        "tasks": {"ocr": {"engine": "auto"}},
        "output": {"path": str(output)},
        "on_error": {"max_failed_documents": 1, "max_failed_pages": 1},
    }
    if model:
        job["tasks"]["docvqa"] = {"engine": "model", "scope": "page"}
        job["engines"] = {
            "model": {"kind": "internvl2", "model": str(model.resolve()), "max_new_tokens": {"docvqa": 16}}
        }
    path.write_text(json.dumps(job))


def sample(driver: psutil.Process, output: Path) -> Sample:
    """What the job's processes use, by kind; `MB` has a share of the memory that several of them have in common."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for process in [driver, *driver.children(recursive=True)]:
        with suppress(psutil.Error):
            command = " ".join(process.cmdline())
            kind = next((kind for kind, word in KINDS.items() if word in command), "Ray itself")
            with process.oneshot():
                memory = process.memory_full_info()
                used = {
                    "MB": memory.pss / 1e6,
                    "private MB": memory.uss / 1e6,
                    "open files": process.num_fds(),
                    "threads": process.num_threads(),
                    "processes": 1,
                }
            for name, value in used.items():
                found[name][kind] += value
    units = sum(1 for _ in (output / "pages").glob("part-*.parquet"))
    return {**{name: dict(kinds) for name, kinds in found.items()}, "units": {"committed": units}}


def soak(job: Path, output: Path, minutes: float, samples: Path) -> int | None:
    """Run the job for that long, write a sample a line, stop it by SIGTERM; its exit code."""
    command = [sys.executable, "-m", "docpipe.cli", "run", str(job), "--json"]
    began = time.monotonic()
    with job.with_suffix(".log").open("wb") as log, samples.open("w") as lines:
        driver = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while driver.poll() is None and time.monotonic() - began < minutes * 60:
            minute = (time.monotonic() - began) / 60
            lines.write(json.dumps({"minute": round(minute, 2), **sample(driver, output)}) + "\n")
            lines.flush()
            time.sleep(SAMPLE_SECONDS)
        if driver.poll() is None:
            driver.send_signal(signal.SIGTERM)
        with suppress(psutil.TimeoutExpired):
            driver.wait(STOP_SECONDS)
        code = driver.poll()
        if code is None:
            driver.kill()
    return code


def tenths(rows: list[Sample], measure: str) -> dict[str, float]:
    """Medians of the sum over all kinds, in the fifth and in the last tenth of the time."""
    totals = [sum(row[measure].values()) for row in rows]
    tenth = max(1, len(totals) // 10)
    middle, last = (statistics.median(part) for part in (totals[4 * tenth : 5 * tenth], totals[-tenth:]))
    return {"fifth tenth": round(middle), "last tenth": round(last), "change": round(last / middle - 1, 3)}


def pages_written(output: Path) -> dict[str, Any]:
    pages = f"'{output}/pages/*.parquet'"
    [counted] = duckdb.sql(f"SELECT count(*), count(DISTINCT (document_id, page_number)) FROM {pages}").fetchall()
    by = duckdb.sql(f"SELECT text_source, status, count(*) FROM {pages} GROUP BY ALL ORDER BY ALL").fetchall()
    [[answers]] = duckdb.sql(f"SELECT count(*) FROM '{output}/answers/*.parquet'").fetchall()
    return {
        "pages": counted[0],
        "every page once": counted[0] == counted[1],
        "pages by source and status": {f"{source} {status}": count for source, status, count in by},
        "answers": answers,
    }


def draw(rows: list[Sample], path: Path) -> None:
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(2, 2, figsize=(11, 6), sharex=True, layout="constrained")
    for panel, measure in zip(panels.flat, ("MB", "open files", "processes", "units"), strict=True):
        for kind in dict.fromkeys(kind for row in rows for kind in row[measure]):
            panel.plot([row["minute"] for row in rows], [row[measure].get(kind, 0) for row in rows], label=kind, lw=1)
        panel.set_title({"MB": "memory (PSS), MB", "units": "committed files of pages"}.get(measure, measure))
        panel.set_ylim(bottom=0)
        panel.legend(fontsize="small")
    for panel in panels[-1]:
        panel.set_xlabel("minutes")
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--copies", type=int, default=60)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--samples", type=Path, default=Path("soak.jsonl"))
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    found: dict[str, Any] = {}
    if options.folders:
        with tempfile.TemporaryDirectory(prefix="docpipe-soak-") as name:
            scratch = Path(name)
            (scratch / "in").mkdir()
            manifest = recycle(options.folders, options.copies, scratch / "in", options.model is not None)
            write_job(scratch / "job.yaml", manifest, scratch / "out", options.model)
            code = soak(scratch / "job.yaml", scratch / "out", options.minutes, options.samples)
            log = (scratch / "job.log").read_text(errors="replace").splitlines()
            found = {"exit code": code, **pages_written(scratch / "out"), "last lines": log[-3:]}
    rows = [json.loads(line) for line in options.samples.read_text().splitlines()]
    measures = {
        measure: tenths(rows, measure) for measure in ("MB", "private MB", "open files", "threads", "processes")
    }
    print(json.dumps({**found, **measures, "cpus": os.cpu_count(), "machine": platform.platform()}, indent=1))
    if options.plot:
        draw(rows, options.plot)


if __name__ == "__main__":
    main()
