"""Peak memory of every process of a run, for PDFs of 200 and 5,000 pages, and seconds to the first committed page.

    python benchmarks/scale/memory.py [--pages 200 5000] [--scanned 100]

The PDFs are made here: text pages, and beside them, one with `--scanned` pages that hold only an image of text.
Memory is the proportional set size (PSS), so that shared pages count once; sampled twice a second.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil
import pymupdf

_KINDS = ("sandbox.child", "docpipe", "raylet", "gcs_server", "ray::", "dashboard", "log_monitor", "monitor.py")


def make_text_pdf(path: Path, pages: int) -> None:
    """Pages with 50 lines of text that differ from page to page."""
    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page()
            text = "\n".join(
                f"Page {number} line {line}: the quick brown fox jumps, {number * line}" for line in range(50)
            )
            page.insert_text((50, 60), text, fontsize=10)
        document.save(path)


def make_scanned_pdf(path: Path, pages: int) -> None:
    """Pages that hold a 150-dpi image of such text."""
    with tempfile.TemporaryDirectory() as scratch, pymupdf.open() as document:
        source = Path(scratch) / "text.pdf"
        make_text_pdf(source, pages)
        with pymupdf.open(source) as text:
            for page in text:
                image = page.get_pixmap(dpi=150).tobytes("jpg")
                document.new_page(width=page.rect.width, height=page.rect.height).insert_image(page.rect, stream=image)
        document.save(path)


def kind_of(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    if "sandbox.child" in command:
        return "OCR child" if "ocr:" in command else "parser child" if "parser:" in command else "child"
    if "docpipe.cli" in command:
        return "driver"
    if command.startswith("ray::"):
        return "ray agent" if "Agent" in command else "ray worker"
    return next((kind for kind in _KINDS if kind in command), "other")


def measure(document: Path, output: Path) -> dict[str, object]:
    """Run docpipe on one document."""
    job = output.with_suffix(".yaml")
    job.write_text(
        json.dumps(
            {
                "version": 1,
                "inputs": {"paths": [str(document)]},
                "tasks": {"ocr": {"engine": "auto"}},
                "output": {"path": str(output)},
            }
        )
    )
    started = time.monotonic()
    command = [sys.executable, "-m", "docpipe.cli", "run", str(job), "--json"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peaks: dict[str, float] = defaultdict(float)
    total_peak, first_page = 0.0, None
    while run.poll() is None:
        total = 0.0
        processes = [psutil.Process(run.pid), *psutil.Process(run.pid).children(recursive=True)]
        for process in processes:
            try:
                megabytes = process.memory_full_info().pss / 1024**2
                peaks[kind_of(process)] = max(peaks[kind_of(process)], megabytes)
                total += megabytes
            except psutil.Error:
                continue
        total_peak = max(total_peak, total)
        if first_page is None and len(list((output / "pages").glob("part-*.parquet"))) > 1:
            first_page = time.monotonic() - started
        time.sleep(0.5)
    assert run.stdout is not None
    summary = json.loads(run.stdout.read())
    return {
        "pages": summary["pages"],
        "seconds": round(time.monotonic() - started, 1),
        "seconds_to_first_committed_page": round(first_page or 0.0, 1),
        "peak_mb_all_processes": round(total_peak),
        "peak_mb_of_one_process": {kind: round(peak) for kind, peak in sorted(peaks.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", nargs="+", type=int, default=[200, 5000])
    parser.add_argument("--scanned", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for pages in options.pages:
            document = Path(scratch) / f"text-{pages}.pdf"
            make_text_pdf(document, pages)
            print(
                json.dumps({"document": document.name, **measure(document, Path(scratch) / f"out-{pages}")}), flush=True
            )
        if options.scanned:
            document = Path(scratch) / "scanned.pdf"
            make_scanned_pdf(document, options.scanned)
            print(
                json.dumps({"document": document.name, **measure(document, Path(scratch) / "out-scanned")}), flush=True
            )
    print(json.dumps({"cpus": os.cpu_count(), "machine": platform.platform()}))


if __name__ == "__main__":
    main()
