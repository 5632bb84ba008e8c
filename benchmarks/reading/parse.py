"""Pages a second of the parser beside a plain PyMuPDF loop over the same files.

python benchmarks/reading/parse.py FOLDER_OR_PDF… [--repeat 3]
"""

import argparse
import gc
import time
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pymupdf
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.operators.text_layer.extract import raw_page
from docpipe.operators.text_layer.lines import text_layers


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
    """Words, lines and blocks of every page, a document at a time."""
    pages = 0
    for file in files:
        document = pymupdf.open(file)
        raws = [raw_page(page) for page in document]
        text_layers(raws, [[word[4] for word in raw.words] for raw in raws])
        pages += len(raws)
        document.close()
    return pages


def parser(files: list[str]) -> int:
    """Everything that a page goes through in the child process, some hundred pages at a time."""
    reader, settings, pages = Parser(), ReadSettings(engine="text_layer"), 0
    infos = zip(files, reader.probe_many(files, (), sample=False), strict=True)
    left = [(file, number) for file, info in infos if info is not None for number in range(1, info.page_count + 1)]
    while left:
        parts = [(file, [n for _, n in run]) for file, run in groupby(left[:64], key=itemgetter(0))]
        examined = reader.read_settled(parts, settings).examined
        left = left[examined:]
        pages += examined
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
