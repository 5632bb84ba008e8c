"""Pages a second of the parser beside a plain PyMuPDF loop over the same files.

python benchmarks/parse.py FOLDER_OR_PDF… [--repeat 3]
"""

import argparse
import gc
import time
from pathlib import Path

import pymupdf
from docpipe.operators.parsed_page import ReadSettings
from docpipe.operators.parser import Parser
from docpipe.operators.text_layer import read_text_layer


def plain(files: list[str]) -> int:
    """Words of every page."""
    pages = 0
    for file in files:
        document = pymupdf.open(file)
        for page in document:
            page.get_text("words")
            pages += 1
        document.close()
    return pages


def layer(files: list[str]) -> int:
    """Words, lines, blocks and signs of every page."""
    pages = 0
    for file in files:
        document = pymupdf.open(file)
        for page in document:
            read_text_layer(page)
            pages += 1
        document.close()
    return pages


def parser(files: list[str]) -> int:
    """Everything that a page goes through in the child process."""
    reader, settings, pages = Parser(), ReadSettings(), 0
    for file in files:
        for number in range(1, reader.probe(file).page_count + 1):
            reader.read_page(file, number, settings)
            pages += 1
    reader.close()
    return pages


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("paths", nargs="+", type=Path)
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    files = [str(f) for p in options.paths for f in (sorted(p.glob("*.pdf")) if p.is_dir() else [p])]
    best: dict[str, float] = {}
    pages = 0
    for _ in range(options.repeat):
        for way in (plain, layer, parser):
            gc.collect()
            began = time.process_time()
            pages = way(files)
            best[way.__name__] = min(best.get(way.__name__, 1e9), time.process_time() - began)
    for name, seconds in best.items():
        print(f"{name:8} {1000 * seconds / pages:7.3f} ms a page, {seconds / best['plain']:.2f} × plain")


if __name__ == "__main__":
    main()
