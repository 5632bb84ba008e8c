"""Seconds from the command to the printed page, of `docpipe read` beside a plain use of PyMuPDF on the same file.

python benchmarks/reading/read_latency.py [FILE] [--runs 9] [--to markdown|json] [--layout]

Every run is a process of its own; the ways take turns, so that a busy moment of the machine hits all of them. Processor
time is that of the process and of its children together.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

INVOICE = Path(__file__).parents[2] / "tests" / "data" / "documents" / "invoice.pdf"
PLAIN = "import sys, pymupdf; [print(page.get_text()) for page in pymupdf.open(sys.argv[1])]"
# `import pymupdf` brings in the layout model wherever that is installed, which is most of what it takes.
BARE = "import sys; sys.modules['pymupdf.layout'] = sys.modules['pymupdf4llm'] = None; " + PLAIN


def timed(command: list[str]) -> tuple[float, float, float]:
    """Seconds to the first byte, to the end, and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        first = time.perf_counter() - began
        while process.stdout.read(1 << 16):
            pass
    end = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return first, end, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file", nargs="?", type=Path, default=INVOICE)
    arguments.add_argument("--runs", type=int, default=9)
    arguments.add_argument("--to", choices=("markdown", "json"), default="markdown")
    arguments.add_argument("--layout", action="store_true")
    options = arguments.parse_args()
    file = str(options.file)
    read = [sys.executable, "-m", "docpipe.cli", "read", file, "--to", options.to]
    ways = {
        "docpipe read": [*read, *(["--layout"] if options.layout else [])],
        "import pymupdf": [sys.executable, "-c", PLAIN, file],
        "the same without its layout model": [sys.executable, "-c", BARE, file],
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    for turn in range(options.runs + 1):
        for name, command in ways.items():
            seconds = timed(command)
            # The first turn fills the disk cache.
            if turn:
                found[name].append(seconds)
    print(f"{file}, median of {options.runs} runs; {platform.processor() or platform.machine()}, ", end="")
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':36}{'first byte':>12}{'end':>12}{'processor':>12}   range of the end")
    for name, runs in found.items():
        first, end, processor = (statistics.median(column) for column in zip(*runs, strict=True))
        ends = [run[1] for run in runs]
        print(f"{name:36}{first:10.2f} s{end:10.2f} s{processor:10.2f} s   {min(ends):.2f} to {max(ends):.2f} s")


if __name__ == "__main__":
    main()
