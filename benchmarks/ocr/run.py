"""A whole `docpipe run` over images, its start included, beside rapidocr's plain loop with its defaults.

    python benchmarks/ocr/run.py --corpus FOLDER_WITH_ocr.jsonl [--limit 40] [--rounds 1] [--json FILE]

Both are new processes that are given the same files; each round runs one after the other. The clock runs from the start
of the process to its end, so docpipe's time includes Ray, the listing, the inventory, Parquet and the audit, and
rapidocr's the import and its models. Word F1 is that of `accuracy.py`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import docpipe
from accuracy import Score, cpu

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
        print(f"docpipe run is {one['rapidocr']['seconds'] / one['docpipe']['seconds']:.2f} times as fast", flush=True)
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
        seconds, _ = _timed([sys.executable, "-c", program, "run", str(folder / "job.yaml")])
        out = docpipe.open_output(str(folder / "out"))
        names = {row["document_id"]: Path(row["uris"][0]).name for row in out.table("documents").to_pylist()}
        texts: dict[str, list[str]] = {}
        for row in out.table("lines").select(["document_id", "text"]).to_pylist():
            texts.setdefault(names[row["document_id"]], []).append(row["text"])
        ours = {"seconds": seconds, **_f1(texts, pages)}
        seconds, printed = _timed([sys.executable, "-c", LOOP, *map(str, paths)])
        texts = {path.name: json.loads(row) for path, row in zip(paths, printed.splitlines(), strict=True)}
        return {"docpipe": ours, "rapidocr": {"seconds": seconds, **_f1(texts, pages)}}


def _timed(command: list[str]) -> tuple[float, str]:
    """Wall seconds of a process, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return round(time.perf_counter() - start, 2), done.stdout


def _f1(texts: dict[str, list[str]], pages: list[dict[str, Any]]) -> dict[str, float]:
    score = Score(seconds=1.0)
    for page in pages:
        score.add([(text, 0.0, 0.0, 0.0, 0.0) for text in texts.get(page["file"], [])], page["lines"])
    return {"word_f1": score.summary()["word_f1"]}


if __name__ == "__main__":
    main()
