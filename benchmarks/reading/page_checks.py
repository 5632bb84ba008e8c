"""What the checks for lost content and double print find in PDFs, and what they cost beside the extraction of text.

python benchmarks/reading/page_checks.py FOLDER_OR_PDF… [--repeat 4] [--pages 40]
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
from docpipe.operators.documents.losses import take_losses
from docpipe.operators.documents.page_tree import mend_page_tree
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.operators.text_layer.extract import RawPage, clean_words, raw_page
from docpipe.operators.text_layer.lines import text_layers
from docpipe.operators.text_layer.overprint import overprinted
from docpipe.schemas.errors import DocumentError


def found(path: str, most: int) -> int:
    """Prints the pages that fail or carry a warning, and returns the number of pages that were read."""
    parser, name = Parser(), Path(path).name
    try:
        info = parser.probe(path)
    except DocumentError as error:
        print(f"{name}: {error.code}: {error}")
        return 0
    for number in range(1, min(info.page_count, most) + 1):
        try:
            warnings = parser.read_page(path, number, ReadSettings()).reading.warnings
            if warnings:
                print(f"{name} page {number}: {', '.join(warnings)}")
        except DocumentError as error:
            print(f"{name} page {number}: {error.code}: {error}")
    return min(info.page_count, most)


def doubled(raws: list[RawPage], words: list[list[str]]) -> Callable[[], Any]:
    """The check for double print as `text_layers` makes it."""
    boxes = np.array([word[:4] for raw in raws for word in raw.words], np.float32).reshape(-1, 4)
    lines = np.array([word[5] << 20 | word[6] for raw in raws for word in raw.words], np.int64)
    pages = np.repeat(np.arange(len(raws)), [len(page) for page in words])
    text, seen = [word for page in words for word in page], np.zeros(len(boxes), np.bool_)
    return lambda: overprinted(text, boxes, lines + (pages << 44), pages, seen)


def seconds(repeat: int, work: Callable[[], Any]) -> float:
    """Processor seconds of the fastest of several calls."""
    best = float("inf")
    for _ in range(repeat):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def cost(path: str, most: int, repeat: int, spent: dict[str, float]) -> int:
    """Adds the processor seconds of each step to `spent`, and returns the number of pages."""
    document = pymupdf.open(path)
    if document.needs_pass or not document.is_pdf:
        return 0
    spent["page tree"] += seconds(1, lambda: mend_page_tree(document))
    pages = [document.load_page(number) for number in range(min(document.page_count, most))]
    raws = [raw_page(page) for page in pages]
    words = [clean_words([word[4] for word in raw.words])[0] for raw in raws]
    spent["words"] += seconds(repeat, lambda: [raw_page(page) for page in pages])
    spent["lost objects"] += seconds(repeat, lambda: [take_losses(page) for page in pages])
    spent["lines and blocks"] += seconds(repeat, lambda: text_layers(raws, words))
    spent["double print, in lines and blocks"] += seconds(repeat, doubled(raws, words))
    return len(pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--pages", type=int, default=40, help="of each document")
    options = parser.parse_args()
    given = [Path(path) for path in options.paths]
    files = [str(file) for path in given for file in (sorted(path.glob("*.pdf")) if path.is_dir() else [path])]
    print(f"{sum(found(file, options.pages) for file in files)} pages were read")
    spent: dict[str, float] = defaultdict(float)
    count = 0
    for file in files:
        try:
            count += cost(file, options.pages, options.repeat, spent)
        except Exception as error:
            print(f"{Path(file).name} is not timed: {error}")
    for step, taken in spent.items():
        print(f"{step}: {1000 * taken / max(1, count):.3f} ms of a processor a page")


if __name__ == "__main__":
    main()
