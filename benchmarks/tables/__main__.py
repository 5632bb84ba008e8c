"""How well tables are found and read, beside other programs.

    python benchmarks/tables CORPUS/tables [FOLDER…] [--kinds] [--peers NAME…] [--scans 150 200 --cache FOLDER]
                             [--plain CORPUS] [--calibrate] [--each]

`CORPUS/tables` holds the documents and tables of the ICDAR 2013 competition in its JSON form. Pages of other kinds in
the same form are drawn by `python -m docpipe.evaluation.synthetic.table_pages FOLDER`.
A visible table counts once, also where it is annotated twice or in parts. Measured are, over all pages with tables:

- detection: a table is found where the box around its words and the true one share at least 0.6 of their union;
- adjacency relations as in the competition (neighbouring cells that are not empty, beside or below one another; texts
  in upper case without white space, other characters than letters and digits alike), with regions found by the program
  itself, where a table found in vain makes wrong relations, with the true regions given, and with its own regions
  where a table whose confidence is below the default of `accept` counts as not found;
- TEDS against the truth as HTML, with rows aligned first and then the cells in them: a lower bound of the edit
  distance of trees;
- the share of the true cells that are plain numbers whose value is right.

`--scans` does the same on images of the pages with the damage of `evaluation.synthetic` at half strength. `--plain`
counts tables on pages that have none, those of `pages_without_tables.txt` in the corpus. `--peers` needs pdfplumber and
camelot-py. `--calibrate` prints weights for `operators/tables/confidence.py`, fitted to all that is read.
"""

import argparse
from pathlib import Path

from calibration import calibrated
from own import born_digital, scans
from peers import PEERS, peers
from plain import pages_listed, plain_pages
from scoring import Sample
from truth import true_tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--kinds", action="store_true", help="a line for each kind: the file's name before the hyphen")
    parser.add_argument("--peers", nargs="*", choices=PEERS, metavar="NAME", help="all by default")
    parser.add_argument("--scans", type=int, nargs="*", default=[], metavar="DPI")
    parser.add_argument("--cache", type=Path, default=Path("out/table-scans"))
    parser.add_argument("--plain", type=Path, metavar="CORPUS")
    parser.add_argument("--each", action="store_true", help="a line for each table that is not right")
    parser.add_argument("--calibrate", action="store_true", help="the weights of the confidence")
    options = parser.parse_args()
    samples: list[Sample] = []
    for folder in options.folders:
        samples += _measured(folder, options)
    if options.plain is not None:
        samples += _without_tables(options.plain)
    if options.calibrate:
        print(calibrated(samples))


def _measured(folder: Path, options: argparse.Namespace) -> list[Sample]:
    """Prints the scores of a folder's tables; the samples of those that docpipe finds."""
    truth = true_tables(folder)
    samples = []
    for dpi in [None, *options.scans]:
        score, kinds = (
            born_digital(folder, truth, options.each)
            if dpi is None
            else scans(folder, truth, dpi, options.cache, options.each)
        )
        print(score.line(), flush=True)
        samples += score.samples
        for kind in kinds.values() if options.kinds else ():
            print(kind.line(), flush=True)
    if options.peers is not None:
        for score in peers(options.peers or list(PEERS), folder, truth, options.each):
            print(score.line(), flush=True)
    return samples


def _without_tables(corpus: Path) -> list[Sample]:
    """Prints what is found on pages without tables."""
    plain = plain_pages(pages_listed(Path(__file__).with_name("pages_without_tables.txt"), corpus))
    milliseconds = 1000 * plain.seconds / max(1, plain.pages)
    print(
        f"{len(plain.found)} tables on {plain.pages} pages without any, {plain.accepted} of them accepted; "
        f"{milliseconds:.1f} ms of CPU a page"
    )
    for line in plain.found:
        print(f"  {line}")
    return plain.samples


if __name__ == "__main__":
    main()
