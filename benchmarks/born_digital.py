"""Born-digital pages per second: a whole `docpipe run` (layout off) beside a plain multiprocessing PyMuPDF loop.

    python benchmarks/born_digital.py CORPUS_FOLDER [CORPUS_FOLDER …] [--copies 60] [--rounds 3]

Both read the same files with as many processes as there are processors. The loop only extracts the words; docpipe also
decides on the text layer, finds lines and blocks, and writes and audits Parquet. Start-up is counted. Each copy of a
file gets a trailing comment, since docpipe reads equal bytes only once.
"""

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pymupdf


def words_of(path: str) -> tuple[int, int]:
    """Pages and words of a file."""
    pymupdf.TOOLS.mupdf_display_errors(False)
    with pymupdf.open(path) as document:
        counts = [len(page.get_text("words")) for page in document]
    return len(counts), sum(counts)


def plain_loop(files: list[str]) -> tuple[float, int, int]:
    """Seconds, pages and words."""
    started = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool() as pool:
        counts = pool.map(words_of, files, chunksize=8)
    return time.perf_counter() - started, sum(pages for pages, _ in counts), sum(words for _, words in counts)


def docpipe_run(folder: Path, output: Path) -> tuple[float, dict[str, float]]:
    """Seconds and the summary of the run."""
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
    started = time.perf_counter()
    command = [sys.executable, "-m", "docpipe.cli", "run", str(job), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - started, json.loads(done.stdout)


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
            loop_seconds, pages, words = plain_loop(files)
            seconds, summary = docpipe_run(folder, Path(scratch) / f"out{number}")
            rounds.append(
                {
                    "pages": pages,
                    "loop_pages_per_second": round(pages / loop_seconds, 1),
                    "docpipe_pages_per_second": round(summary["pages"] / seconds, 1),
                    "ratio": round((summary["pages"] / seconds) / (pages / loop_seconds), 3),
                    "loop_words": words,
                    "docpipe_words": words_written(Path(scratch) / f"out{number}"),
                }
            )
            print(json.dumps(rounds[-1]), flush=True)
    ratios = sorted(entry["ratio"] for entry in rounds)
    print(
        json.dumps({"median_ratio": ratios[len(ratios) // 2], "cpus": os.cpu_count(), "machine": platform.platform()})
    )


if __name__ == "__main__":
    main()
