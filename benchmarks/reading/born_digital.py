"""Born-digital pages per second: a whole `docpipe run` (layout off) beside a plain multiprocessing PyMuPDF loop.

    python benchmarks/reading/born_digital.py CORPUS_FOLDER [CORPUS_FOLDER …] [--copies 60] [--rounds 3]

Both read the same files with as many processes as there are processors. The loop only extracts the words; docpipe also
decides on the text layer, finds lines and blocks, and writes and audits Parquet. Start-up is counted. Each copy of a
file gets a trailing comment, since docpipe reads equal bytes only once.

Processor time is that of every process that either side starts, Ray's own too, and start-up: on a busy machine it
varies less than seconds by the clock do.
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymupdf

_PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Spent:
    """Seconds by the clock, and processor seconds of all processes that were started."""

    wall: float = 0.0
    processor: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Measures what runs inside; waits for processes that outlive the one that started them, for 20 s at most."""
    found = Spent()
    before, started = _processor_seconds(), time.perf_counter()
    yield found
    found.wall = time.perf_counter() - started
    _reap(time.monotonic() + 20)
    found.processor = _processor_seconds() - before


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap(deadline: float) -> None:
    """Collects orphans, which come to this process as the subreaper; two agents of Ray linger and are ended."""
    while True:
        try:
            done, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if done:
            continue
        if time.monotonic() > deadline:
            for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
        time.sleep(0.05)


def words_of(path: str) -> tuple[int, int]:
    """Pages and words of a file."""
    pymupdf.TOOLS.mupdf_display_errors(False)
    with pymupdf.open(path) as document:
        counts = [len(page.get_text("words")) for page in document]
    return len(counts), sum(counts)


def plain_loop(files: list[str]) -> tuple[Spent, int, int]:
    """What it cost, pages and words."""
    with spent() as cost:
        pool = multiprocessing.get_context("spawn").Pool()
        counts = pool.map(words_of, files, chunksize=8)
        pool.close()
        pool.join()
    return cost, sum(pages for pages, _ in counts), sum(words for _, words in counts)


def docpipe_run(folder: Path, output: Path) -> tuple[Spent, dict[str, float]]:
    """What it cost, and the summary of the run."""
    job = output.with_suffix(".yaml")
    job.write_text(
        json.dumps(
            {
                "version": 1,
                "inputs": {"paths": [str(folder)]},
                "layout": "off",
                "tasks": {"ocr": {"engine": "text_layer"}},
                "output": {"path": str(output)},
            }
        )
    )
    command = [sys.executable, "-m", "docpipe.cli", "run", str(job), "--json"]
    with spent() as cost:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return cost, json.loads(done.stdout)


def words_written(output: Path) -> int:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    return sum(
        pc.sum(pc.list_value_length(pq.read_table(path, columns=["words"]).column("words"))).as_py() or 0
        for path in (output / "lines").glob("*.parquet")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--copies", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "in"
        folder.mkdir()
        for index in range(options.copies):
            for source in (path for corpus in options.corpus for path in corpus.glob("*.pdf")):
                copy = folder / f"{index:04d}-{source.parent.name}-{source.name}"
                copy.write_bytes(source.read_bytes() + f"\n%{index}\n".encode())
        files = sorted(str(path) for path in folder.iterdir())
        rounds = []
        for number in range(options.rounds):
            loop, pages, words = plain_loop(files)
            run, summary = docpipe_run(folder, Path(scratch) / f"out{number}")
            rounds.append(
                {
                    "pages": pages,
                    "loop_pages_per_second": round(pages / loop.wall, 1),
                    "docpipe_pages_per_second": round(summary["pages"] / run.wall, 1),
                    "ratio": round((summary["pages"] / run.wall) / (pages / loop.wall), 3),
                    "loop_processor_ms_a_page": round(1000 * loop.processor / pages, 3),
                    "docpipe_processor_ms_a_page": round(1000 * run.processor / summary["pages"], 3),
                    "loop_words": words,
                    "docpipe_words": words_written(Path(scratch) / f"out{number}"),
                }
            )
            print(json.dumps(rounds[-1]), flush=True)
    print(
        json.dumps(
            {
                "median_ratio": statistics.median(entry["ratio"] for entry in rounds),
                "median_processor_ratio": round(
                    statistics.median(
                        entry["loop_processor_ms_a_page"] / entry["docpipe_processor_ms_a_page"] for entry in rounds
                    ),
                    3,
                ),
                "cpus": os.cpu_count(),
                "machine": platform.platform(),
            }
        )
    )


if __name__ == "__main__":
    main()
