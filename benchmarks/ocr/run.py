"""A whole `docpipe run` over images, its start included, beside rapidocr's plain loop with its defaults.

    python benchmarks/ocr/run.py --corpus FOLDER_WITH_ocr.jsonl [--limit 40] [--rounds 1] [--json FILE]

Both are new processes that are given the same files; each round runs one after the other. The clock runs from the start
of the process to its end, so docpipe's time includes Ray, the listing, the inventory, Parquet and the audit, and
rapidocr's the import and its models. On a machine that others use, CPU seconds say more than the clock: they are those
of the process and all its descendants, read every half second, and stand by kind of process, too. Word F1 is that of
`accuracy.py`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import docpipe
import psutil
from accuracy import Score, cpu

POLL_SECONDS = 0.5

KINDS = ("sandbox.child", "ray::", "default_worker", "raylet", "gcs_server", "dashboard", "monitor", "runtime_env")
"""Parts of the command lines of a run's processes, by which their CPU seconds are summed."""

LOOP = """
import json, logging, sys
from rapidocr import RapidOCR
logging.disable(logging.CRITICAL)
engine = RapidOCR()
for path in sys.argv[1:]:
    print(json.dumps(list(engine(path).txts or ())))
"""


def main() -> None:
    """Run both and print seconds and F1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=40, help="pages, taken evenly over the corpus")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    pages = [json.loads(row) for row in (options.corpus / "ocr.jsonl").read_text("utf-8").splitlines()]
    pages = pages[:: max(1, len(pages) // options.limit)][: options.limit]
    rounds = [_round(options.corpus, pages) for _ in range(options.rounds)]
    report = {"hardware": cpu(), "pages": len(pages), "rounds": rounds}
    for one in rounds:
        print(json.dumps(one))
        times, cpu_times = (one["rapidocr"][key] / one["docpipe"][key] for key in ("seconds", "cpu_seconds"))
        print(f"docpipe run is {times:.2f} times as fast, with {cpu_times:.2f} times fewer CPU seconds", flush=True)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def _round(corpus: Path, pages: list[dict[str, Any]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = [corpus / page["file"] for page in pages]
        job = {
            "version": 1,
            "inputs": {"paths": [str(path) for path in paths]},
            "tasks": {"ocr": {"engine": "rapidocr"}},
            "output": {"path": str(folder / "out")},
        }
        (folder / "job.yaml").write_text(json.dumps(job), "utf-8")
        program = "from docpipe.cli.entry import program; program()"
        cost, _ = _timed([sys.executable, "-c", program, "run", str(folder / "job.yaml")])
        out = docpipe.open_output(str(folder / "out"))
        names = {row["document_id"]: Path(row["uris"][0]).name for row in out.table("documents").to_pylist()}
        texts: dict[str, list[str]] = {}
        for row in out.table("lines").select(["document_id", "text"]).to_pylist():
            texts.setdefault(names[row["document_id"]], []).append(row["text"])
        ours = {**cost, **_f1(texts, pages)}
        cost, printed = _timed([sys.executable, "-c", LOOP, *map(str, paths)])
        texts = {path.name: json.loads(row) for path, row in zip(paths, printed.splitlines(), strict=True)}
        return {"docpipe": ours, "rapidocr": {**cost, **_f1(texts, pages)}}


def _timed(command: list[str]) -> tuple[dict[str, Any], str]:
    """What a process cost, with its descendants, and what it printed."""
    start = time.perf_counter()
    used: dict[int, tuple[str, float]] = {}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, text=True)
        while process.poll() is None:
            _read_cpu_seconds(psutil.Process(process.pid), used)
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        output.seek(0)
        printed = output.read()
    by_kind: defaultdict[str, float] = defaultdict(float)
    for kind, cpu_seconds in used.values():
        by_kind[kind] += cpu_seconds
    kinds = {kind: round(by_kind[kind], 2) for kind in sorted(by_kind, key=lambda kind: -by_kind[kind])}
    return {"seconds": round(seconds, 2), "cpu_seconds": round(sum(kinds.values()), 2), "by_process": kinds}, printed


def _read_cpu_seconds(root: psutil.Process, used: dict[int, tuple[str, float]]) -> None:
    """Put the kind and the CPU seconds so far of a process and its descendants into `used`, by process id."""
    try:
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            times = process.cpu_times()
            # A process that has just been forked still looks like its parent.
            used[process.pid] = (_kind(process.cmdline(), root.pid == process.pid), times.user + times.system)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue


def _kind(command: list[str], is_root: bool) -> str:
    text = " ".join(command)
    if is_root:
        return "command"
    return next((kind for kind in KINDS if kind in text), "other")


def _f1(texts: dict[str, list[str]], pages: list[dict[str, Any]]) -> dict[str, float]:
    score = Score(seconds=1.0)
    for page in pages:
        score.add([(text, 0.0, 0.0, 0.0, 0.0) for text in texts.get(page["file"], [])], page["lines"])
    return {"word_f1": score.summary()["word_f1"]}


if __name__ == "__main__":
    main()
