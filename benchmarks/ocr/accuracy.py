"""Speed and accuracy of OCR beside its peers, on a folder of page images with `ocr.jsonl` beside them.

    python benchmarks/ocr/accuracy.py --corpus FOLDER [--limit N] [--chunk N] [--turn DEGREES]
        [--peers NAME…] [--json FILE]

Peers: docpipe in as many one-thread processes as there are cores; the same in float32; rapidocr's own loop with its
defaults in one process, and with its OpenVINO backend; Tesseract's command line, as docpipe, where it is installed.
They take turns on small chunks of pages, so that a machine whose speed drifts slows all alike: what counts is the
ratio. On a machine that others use, CPU seconds say more than pages a second. Models are loaded before the clock
starts, and every peer has read some pages. `ocr.jsonl`: {"file", "lines": [{"text", "box": [x0, y0, x1, y1] in
pixels}]}, one page a row; `pages.py` makes such folders of PDFs, and `run.py` measures whole runs.
"""

import argparse
import json
import logging
import os
import platform
import resource
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from PIL import Image

Word = tuple[str, float, float, float, float]
Words = list[Word]
"""Text and box in pixels; a text may hold several words where a peer gives no smaller boxes."""

CONTAINED = 0.9
OVERLAP = 0.5


@dataclass
class Score:
    """Totals of one peer over all pages."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    pages: int = 0
    matched: int = 0
    written: int = 0
    wanted: int = 0
    page_f1: list[float] = field(default_factory=list)
    lines: int = 0
    lines_covered: int = 0

    def add(self, words: Words, truth: list[dict[str, Any]]) -> None:
        found = Counter(word for text, *_ in words for word in text.casefold().split())
        wanted = Counter(word for line in truth for word in line["text"].casefold().split())
        matched = (found & wanted).total()
        self.pages += 1
        self.matched += matched
        self.written += found.total()
        self.wanted += wanted.total()
        self.page_f1.append(2 * matched / max(1, found.total() + wanted.total()))
        self.lines += len(truth)
        self.lines_covered += sum(_covered(line, words) for line in truth)

    def summary(self) -> dict[str, float]:
        precision, recall = self.matched / max(1, self.written), self.matched / max(1, self.wanted)
        return {
            "pages_per_second": round(self.pages / self.seconds, 3),
            "cpu_seconds_a_page": round(self.cpu_seconds / self.pages, 3),
            "peak_mb_a_process": round(self.peak_mb),
            "word_f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "mean_page_f1": round(sum(self.page_f1) / len(self.page_f1), 4),
            "lines_with_boxes": round(self.lines_covered / max(1, self.lines), 4),
        }


def _covered(line: dict[str, Any], words: Words) -> bool:
    """Whether every word of a true line was read in a box that lies in the line's box, or matches it.

    A box counts where 90% of it lies in the true box, or where the two have an IoU of 0.5.
    """
    x0, y0, x1, y1 = line["box"]
    near: Counter[str] = Counter()
    for text, a0, b0, a1, b1 in words:
        shared = max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
        own, other = (a1 - a0) * (b1 - b0), (x1 - x0) * (y1 - y0)
        if shared >= CONTAINED * own or shared >= OVERLAP * (own + other - shared):
            near.update(text.casefold().split())
    return not Counter(line["text"].casefold().split()) - near


@dataclass(frozen=True)
class Found:
    """What one peer read on one page, and what that cost its process."""

    words: Words
    cpu_seconds: float
    peak_mb: float


_engine: Any = None


def _load_ours(precision: Any) -> None:
    global _engine
    from docpipe.operators.reading.ocr import OcrReader

    _engine = OcrReader(threads=1, precision=precision)


def _ours(path: str) -> Words:
    import cv2

    image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    height, width = image.shape[:2]
    lines = _engine.read(image)
    boxes = (lines.word_boxes * [width, height, width, height]).tolist()
    return [(text, *box) for text, box in zip(lines.word_text, boxes, strict=True)]


def _load_library(backend: str) -> None:
    global _engine
    import rapidocr

    logging.disable(logging.CRITICAL)
    if backend == "onnxruntime":
        _engine = rapidocr.RapidOCR()
        return
    folder = Path(rapidocr.__file__).parent / "models"
    files = {"Det": "PP-OCRv6_det_small", "Rec": "PP-OCRv6_rec_small", "Cls": "ch_ppocr_mobile_v2.0_cls_mobile"}
    paths = {f"{part}.model_path": str(folder / f"{file}.onnx") for part, file in files.items()}
    engines = {f"{part}.engine_type": rapidocr.EngineType.OPENVINO for part in files}
    _engine = rapidocr.RapidOCR(params=engines | paths)


def _library(path: str) -> Words:
    result = _engine(path)
    if result.txts is None:
        return []
    boxes = [(*quad.min(axis=0), *quad.max(axis=0)) for quad in result.boxes]
    return [(text, *map(float, box)) for text, box in zip(result.txts, boxes, strict=True)]


def _tesseract(path: str) -> Words:
    command = ["tesseract", path, "-", "--dpi", "150", "tsv"]
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    words = []
    for row in output.splitlines()[1:]:
        cells = row.split("\t")
        x, y, w, h = map(float, cells[6:10])
        if cells[0] == "5" and cells[11].strip():
            words.append((cells[11], x, y, x + w, y + h))
    return words


def _measured(read: Callable[[str], Words], path: str) -> Found:
    """Read a page in this process or one of its children; Tesseract is a child."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    before = [resource.getrusage(who) for who in whose]
    words = read(path)
    after = [resource.getrusage(who) for who in whose]
    cpu = sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))
    return Found(words, cpu, (after[1].ru_maxrss or after[0].ru_maxrss) / 1024)


def _run(executor: Executor, read: Callable[[str], Words], paths: list[str], score: Score) -> list[Words]:
    start = time.perf_counter()
    found = list(executor.map(partial(_measured, read), paths))
    score.seconds += time.perf_counter() - start
    score.cpu_seconds += sum(one.cpu_seconds for one in found)
    score.peak_mb = max(score.peak_mb, *(one.peak_mb for one in found))
    return [one.words for one in found]


def cpu() -> str:
    names = [row for row in Path("/proc/cpuinfo").read_text().splitlines() if row.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} x {names[0].partition(':')[2].strip() or platform.machine()}"


def main() -> None:
    """Run the peers and print a table and a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=None, help="pages, taken evenly over the corpus")
    parser.add_argument("--chunk", type=int, default=8, help="pages a peer reads before the next one's turn")
    parser.add_argument("--turn", type=int, default=0, help="turn the pages first; boxes then mean nothing")
    parser.add_argument("--peers", nargs="+", help="only those whose names begin so")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    pages = [json.loads(row) for row in (options.corpus / "ocr.jsonl").read_text("utf-8").splitlines()]
    pages = pages[:: max(1, len(pages) // options.limit)][: options.limit] if options.limit else pages
    paths = [str(options.corpus / page["file"]) for page in pages]
    with tempfile.TemporaryDirectory() as scratch:
        if options.turn:
            paths = [_turned(path, options.turn, Path(scratch)) for path in paths]
        report = _compare(paths, pages, options.chunk, tuple(options.peers or ("",)))
    report |= {"corpus": options.corpus.name, "turned": options.turn}
    print(json.dumps(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def _turned(path: str, degrees: int, folder: Path) -> str:
    turned = folder / f"{Path(path).stem}.png"
    with Image.open(path) as image:
        image.convert("RGB").rotate(-degrees, expand=True).save(turned, compress_level=1)
    return str(turned)


def _compare(paths: list[str], pages: list[dict[str, Any]], chunk: int, wanted: tuple[str, ...]) -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0))
    # One process a worker, so that a page's CPU seconds are its own.
    spawn = get_context("spawn")
    peers: dict[str, tuple[Executor, Callable[[str], Words]]] = {
        "rapidocr defaults": (ProcessPoolExecutor(1, spawn, _load_library, ("onnxruntime",)), _library),
        "rapidocr OpenVINO": (ProcessPoolExecutor(1, spawn, _load_library, ("openvino",)), _library),
        f"docpipe {cores} x 1 thread": (ProcessPoolExecutor(cores, spawn, _load_ours, ("auto",)), _ours),
        "docpipe float32": (ProcessPoolExecutor(cores, spawn, _load_ours, ("float32",)), _ours),
    }
    if shutil.which("tesseract"):
        peers["tesseract"] = (ProcessPoolExecutor(cores, spawn), _tesseract)
    peers = {name: peer for name, peer in peers.items() if name.startswith(wanted)}
    scores = {name: Score() for name in peers}
    for name, (executor, read) in peers.items():
        _run(executor, read, paths[: 2 * cores], Score())
        print(f"warm: {name}", flush=True)
    for start in range(0, len(paths), chunk):
        for name, (executor, read) in peers.items():
            found = _run(executor, read, paths[start : start + chunk], scores[name])
            for words, page in zip(found, pages[start : start + chunk], strict=True):
                scores[name].add(words, page["lines"])
    for executor, _ in peers.values():
        executor.shutdown()

    summaries = {name: score.summary() for name, score in scores.items()}
    first = next(iter(summaries.values()))
    print(f"{len(pages)} pages on {cpu()}")
    names = f"{'pages/s':>9}{'ratio':>7}{'CPU s':>7}{'ratio':>7}{'MB':>6}{'F1':>8}{'prec.':>8}{'recall':>8}{'boxes':>8}"
    print(f"{'':24}{names}")
    for name, row in summaries.items():
        print(
            f"{name:24}{row['pages_per_second']:9.2f}{row['pages_per_second'] / first['pages_per_second']:7.2f}"
            f"{row['cpu_seconds_a_page']:7.2f}{first['cpu_seconds_a_page'] / row['cpu_seconds_a_page']:7.2f}"
            f"{row['peak_mb_a_process']:6.0f}{row['word_f1']:8.4f}{row['precision']:8.4f}{row['recall']:8.4f}"
            f"{row['lines_with_boxes']:8.4f}"
        )
    return {"hardware": cpu(), "pages": len(pages), "peers": summaries}


if __name__ == "__main__":
    main()
