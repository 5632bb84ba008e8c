"""How well tables are found and read, beside other programs.

    python benchmarks/tables.py CORPUS/tables [--peers NAME…] [--scans 150 200 --cache FOLDER] [--plain FOLDER…]
                                [--calibrate] [--each]

`CORPUS/tables` holds the documents and tables of the ICDAR 2013 competition in its JSON form. A visible table counts
once, also where it is annotated twice or in parts. Measured are, over all pages with tables:

- detection: a table is found where the box around its words and the true one share at least 0.6 of their union;
- adjacency relations as in the competition (neighbouring cells that are not empty, beside or below one another; texts
  in upper case without white space, other characters than letters and digits alike), with regions found by the program
  itself, where a table found in vain makes wrong relations, and with the true regions given;
- TEDS against the truth as HTML, with rows aligned first and then the cells in them: a lower bound of the edit
  distance of trees;
- the share of the true cells that are plain numbers whose value is right.

`--scans` does the same on images of the pages with the damage of `evaluation.synthetic` at half strength. `--plain`
counts tables on the pages of documents that have none. `--peers` needs pdfplumber and camelot-py.
"""

import argparse
import hashlib
import json
import pickle
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymupdf
import pymupdf.layout
from docpipe.evaluation.synthetic.damage import damage
from docpipe.evaluation.synthetic.labels import Line, SyntheticPage
from docpipe.operators.documents.render import page_image
from docpipe.operators.layout.regions import image_layout
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.ocr import OcrReader
from docpipe.operators.reading.reader import PageReader
from docpipe.operators.tables.find import find_tables
from docpipe.operators.tables.rulings.image_lines import image_rulings
from docpipe.operators.tables.structure.area import Rulings
from docpipe.operators.tables.table import GridTable
from docpipe.operators.tables.values import cell_numbers
from docpipe.operators.values.locale import locale_hint
from docpipe.schemas.page import Blocks, TextLines
from rapidfuzz.distance import Levenshtein

Relations = Counter[tuple[str, str, str]]
BoxOf = tuple[float, float, float, float]
Find = Callable[[Path, int, "BoxOf | None"], list["Table"]]
_FOUND = 0.6


@dataclass(frozen=True)
class Cell:
    row: int
    row_end: int
    column: int
    column_end: int
    text: str


@dataclass
class Table:
    """A true or a found table; `numbers` are those of the cells."""

    name: str
    box: BoxOf
    cells: list[Cell]
    numbers: list[float | None] = field(default_factory=list)
    signs: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Score:
    name: str
    truth: int = 0
    found: int = 0
    detected: int = 0
    right: int = 0
    made: int = 0
    true: int = 0
    given_right: int = 0
    given_made: int = 0
    teds: list[float] = field(default_factory=list)
    numbers: int = 0
    numbers_right: int = 0
    seconds: float = 0.0
    samples: list[tuple[Mapping[str, float], float]] = field(default_factory=list)

    def line(self) -> str:
        f1 = 2 * self.right / max(1, self.made + self.true)
        given = 2 * self.given_right / max(1, self.given_made + self.true)
        numbers = f"{self.numbers_right / self.numbers:.3f}" if self.numbers else "    –"
        return (
            f"{self.name:28} tables {self.truth:4} recall {self.detected / max(1, self.truth):.3f} "
            f"precision {self.detected / max(1, self.found):.3f} | own F1 {f1:.3f} (P "
            f"{self.right / max(1, self.made):.3f} R {self.right / max(1, self.true):.3f}) given F1 {given:.3f} | "
            f"TEDS {np.mean(self.teds or [0]):.3f} | numbers {numbers} | "
            f"{1000 * self.seconds / max(1, self.found):.0f} ms of CPU a table"
        )


Truth = dict[tuple[str, int], list[tuple[Table, list[BoxOf]]]]
"""The visible tables by file and page, each with the boxes of its parts."""


def squeezed(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "_", "".join(text.split()).upper())


def relations(cells: Sequence[Cell]) -> Relations:
    found: Relations = Counter()
    filled = [(cell, squeezed(cell.text)) for cell in cells if cell.text.strip()]
    for a, text in filled:
        beside = [(b, t) for b, t in filled if b.column > a.column_end and b.row <= a.row_end and b.row_end >= a.row]
        below = [
            (b, t) for b, t in filled if b.row > a.row_end and b.column <= a.column_end and b.column_end >= a.column
        ]
        if beside:
            first = min(b.column for b, _ in beside)
            found.update(("beside", text, t) for b, t in beside if b.column == first)
        if below:
            first = min(b.row for b, _ in below)
            found.update(("below", text, t) for b, t in below if b.row == first)
    return found


def teds(ours: Sequence[Cell], theirs: Sequence[Cell]) -> float:
    """1 - distance / nodes, where a row is a node with its cells, aligned row by row and cell by cell."""
    a, b = _rows(ours), _rows(theirs)
    distance = _aligned(a, b, lambda row: 1 + len(row), _row_cost)
    nodes = max(sum(1 + len(row) for row in a), sum(1 + len(row) for row in b)) + 1
    return max(0.0, 1 - distance / nodes)


def _rows(cells: Sequence[Cell]) -> list[tuple[Cell, ...]]:
    rows: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.text.strip():
            rows[cell.row].append(cell)
    return [tuple(sorted(rows[at], key=lambda cell: cell.column)) for at in sorted(rows)]


def _row_cost(a: tuple[Cell, ...], b: tuple[Cell, ...]) -> float:
    return _aligned(a, b, lambda _: 1.0, _cell_cost)


def _cell_cost(a: Cell, b: Cell) -> float:
    if (a.row_end - a.row, a.column_end - a.column) != (b.row_end - b.row, b.column_end - b.column):
        return 1.0
    return float(Levenshtein.normalized_distance(squeezed(a.text), squeezed(b.text)))


def _aligned(
    a: Sequence[Any], b: Sequence[Any], weight: Callable[[Any], float], cost: Callable[[Any, Any], float]
) -> float:
    before = [0.0]
    for y in b:
        before.append(before[-1] + weight(y))
    for x in a:
        now = [before[0] + weight(x)]
        for j, y in enumerate(b):
            now.append(min(before[j] + cost(x, y), before[j + 1] + weight(x), now[j] + weight(y)))
        before = now
    return before[-1]


def iou(a: BoxOf, b: BoxOf) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def true_tables(folder: Path) -> Truth:
    """The visible tables by file and page, each with the boxes of its parts."""
    parts: dict[tuple[str, int], dict[str, list[dict[str, Any]]]] = defaultdict(dict)
    for row in map(json.loads, (folder / "tables.jsonl").read_text().splitlines()):
        here = parts[row["file"], row["page"]]
        others = [part for name, some in here.items() if name != row["table"] for part in some]
        if all(iou(tuple(part["box"]), tuple(row["box"])) < 0.8 for part in others):
            here.setdefault(row["table"], []).append(row)
    return {key: [_whole(name, some) for name, some in here.items()] for key, here in parts.items()}


def _whole(name: str, parts: Sequence[dict[str, Any]]) -> tuple[Table, list[BoxOf]]:
    boxes: list[BoxOf] = [tuple(part["box"]) for part in parts]
    cells, shift = [], 0
    for part in parts:
        cells += [
            Cell(c["row"], c["row_end"], c["col"] + shift, c["col_end"] + shift, c["text"]) for c in part["cells"]
        ]
        shift += max(c["col_end"] for c in part["cells"]) + 1
    return Table(name, around(boxes), cells), boxes


def around(boxes: Sequence[BoxOf]) -> BoxOf:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


_PLAIN = re.compile(r"[$€£]?(-?\d{1,3}(?:,\d{3})+|-?\d+)(\.\d+)?\s?%?")


def plain_number(text: str) -> float | None:
    """The value of a text that is a number in the English form and nothing else."""
    match = _PLAIN.fullmatch(text.strip())
    return float(match[1].replace(",", "") + (match[2] or "")) if match else None


def add(score: Score, true: Sequence[Table], found: Sequence[Table], given: Sequence[Table | None], each: bool) -> None:
    score.truth += len(true)
    score.found += len(found)
    used: set[int] = set()
    for table, in_region in zip(true, given, strict=True):
        expected = relations(table.cells)
        score.true += sum(expected.values())
        if in_region is not None:
            made = relations(in_region.cells)
            score.given_right += sum((made & expected).values())
            score.given_made += sum(made.values())
        places = [(iou(table.box, other.box), at) for at, other in enumerate(found) if at not in used]
        share, at = max(places, default=(0.0, -1))
        if share <= 0.1:
            score.teds.append(0.0)
            if each:
                print(f"  {score.name}: {table.name} not found")
            continue
        used.add(at)
        mine = found[at]
        made = relations(mine.cells)
        right = sum((made & expected).values())
        score.detected += share >= _FOUND
        score.right += right
        score.made += sum(made.values())
        score.teds.append(teds(mine.cells, table.cells))
        _count_numbers(score, table, mine)
        f1 = 2 * right / max(1, sum(made.values()) + sum(expected.values()))
        score.samples.append((mine.signs, f1))
        if each and (f1 < 0.97 or share < 0.75):
            print(f"  {score.name}: {table.name} IoU {share:.2f} F1 {f1:.3f}")
    vain = [other for at, other in enumerate(found) if at not in used]
    score.made += sum(sum(relations(other.cells).values()) for other in vain)
    score.samples += [(other.signs, 0.0) for other in vain]


def _count_numbers(score: Score, true: Table, found: Table) -> None:
    if not found.numbers:
        return
    values: Counter[tuple[str, float]] = Counter()
    for cell, number in zip(found.cells, found.numbers, strict=True):
        if number is not None:
            values[squeezed(cell.text), round(number, 6)] += 1
    for cell in true.cells:
        number = plain_number(cell.text)
        if number is not None:
            score.numbers += 1
            key = squeezed(cell.text), round(number, 6)
            if values[key] > 0:
                values[key] -= 1
                score.numbers_right += 1


def of_grid(table: GridTable, size: tuple[float, float], hint: Any) -> Table:
    width, height = size
    box = (table.box.x0 * width, table.box.y0 * height, table.box.x1 * width, table.box.y1 * height)
    cells = [Cell(c.row, c.row + c.row_span - 1, c.column, c.column + c.column_span - 1, c.text) for c in table.cells]
    return Table("", box, cells, cell_numbers(table, hint), table.signs)


def of_lines(
    score: Score,
    lines: TextLines,
    blocks: Blocks,
    rulings: Rulings,
    size: tuple[float, float],
    true: Sequence[Table],
    scanned: bool,
    each: bool,
) -> None:
    hint = locale_hint("\n".join(lines.text))
    started = time.process_time()
    found = find_tables(lines, blocks, rulings, size, scanned=scanned)
    score.seconds += time.process_time() - started
    width, height = size
    given: list[Table | None] = []
    for table in true:
        share = np.array([table.box], np.float32) / np.array([width, height, width, height], np.float32)
        region = Blocks(["table"], share.astype(np.float32), [None], np.zeros(1, np.float32))
        inside = [t for t in find_tables(lines, region, rulings, size, scanned=scanned) if t.block == 0]
        given.append(of_grid(inside[0], size, hint) if inside else None)
    add(score, true, [of_grid(table, size, hint) for table in found], given, each)


def born_digital(folder: Path, truth: Truth, each: bool) -> Score:
    score = Score("docpipe")
    with PageReader(ReadSettings(layout=True, collect=("grid",))) as reader:
        for (file, page), tables in truth.items():
            reading = reader.read(str(folder / file), page)
            rulings = reading.collected["grid"]
            assert isinstance(rulings, Rulings)
            size = (reading.width or 1.0, reading.height or 1.0)
            of_lines(score, reading.lines, reading.blocks, rulings, size, [t for t, _ in tables], False, each)
    return score


def scans(folder: Path, truth: Truth, dpi: int, cache: Path, each: bool) -> Score:
    """OCR takes ten seconds and more a page, so the scans with their words are kept in `cache`."""
    score = Score(f"docpipe, scans at {dpi} dpi")
    cache.mkdir(parents=True, exist_ok=True)
    reader: OcrReader | None = None
    for (file, page), tables in truth.items():
        kept = cache / f"{file}-{page}-{dpi}.pickle"
        if not kept.exists():
            reader = reader or OcrReader()
            kept.write_bytes(pickle.dumps(_scan(folder / file, page, dpi, tables, reader)))
        lines, blocks, png, boxes, size = pickle.loads(kept.read_bytes())
        grey = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
        started = time.process_time()
        rulings = image_rulings(np.asarray(grey, np.uint8))
        score.seconds += time.process_time() - started
        true = [Table(t.name, box, t.cells) for (t, _), box in zip(tables, boxes, strict=True)]
        of_lines(score, lines, blocks, rulings, size, true, True, each)
    return score


def _scan(path: Path, page: int, dpi: int, tables: Sequence[tuple[Table, list[BoxOf]]], reader: OcrReader) -> Any:
    with pymupdf.open(path) as document:
        image, _ = page_image(document, page, dpi, 40_000_000)
    scale = dpi / 72
    marks = [
        Line(str(at), tuple(value * scale for value in box), (), np.zeros((0, 2), np.float32))  # type: ignore[arg-type]
        for at, (_, boxes) in enumerate(tables)
        for box in boxes
    ]
    seed = int(hashlib.sha256(f"{path.name}-{page}-{dpi}".encode()).hexdigest()[:8], 16)
    damaged = damage(SyntheticPage("table", "en", image, tuple(marks)), np.random.default_rng(seed), 0.5)
    moved: dict[str, list[BoxOf]] = defaultdict(list)
    for line in damaged.lines:
        moved[line.text].append(line.box)
    lines = reader.read(damaged.image)
    lines, blocks = image_layout(damaged.image, lines)
    png = bytes(cv2.imencode(".png", cv2.cvtColor(damaged.image, cv2.COLOR_RGB2GRAY))[1])
    height, width = damaged.image.shape[:2]
    return lines, blocks, png, [around(moved[str(at)]) for at in range(len(tables))], (float(width), float(height))


def plain_pages(folder: Path) -> tuple[int, list[str]]:
    """The number of pages of the documents in a folder, at most ten of each, and the tables found on them."""
    pages, found = 0, []
    with PageReader(ReadSettings(layout=True, collect=("grid",))) as reader:
        for path in sorted(p for p in folder.iterdir() if p.suffix in (".pdf", ".jpg", ".png", ".txt")):
            try:
                count = reader.probe(str(path)).page_count
            except Exception as error:
                print(f"  {path.name}: {error}")
                continue
            for number in range(1, min(count, 10) + 1):
                reading = reader.read(str(path), number)
                if reading.failure is not None or not reading.width or not reading.height:
                    continue
                pages += 1
                rulings = reading.collected.get("grid")
                size = (reading.width, reading.height)
                given = rulings if isinstance(rulings, Rulings) else Rulings()
                scanned = reading.text_source != "text_layer"
                for table in find_tables(reading.lines, reading.blocks, given, size, scanned=scanned):
                    found.append(
                        f"{path.name} page {number}: {table.n_rows} × {table.n_columns}, {table.confidence:.2f}"
                        f"{'' if table.block is not None else ', no region of the layout'}"
                    )
    return pages, found


def peers(names: Sequence[str], folder: Path, truth: Truth, each: bool) -> Iterator[Score]:
    for name in names:
        find = _PEERS[name]
        score = Score(name)
        for (file, page), tables in truth.items():
            true = [table for table, _ in tables]
            started = time.process_time()
            found = _tried(find, folder / file, page, None)
            score.seconds += time.process_time() - started
            given = [_largest(_tried(find, folder / file, page, table.box)) for table in true]
            add(score, true, found, given, each)
        yield score


def _tried(
    find: Callable[[Path, int, BoxOf | None], list[Table]], path: Path, page: int, box: BoxOf | None
) -> list[Table]:
    try:
        return find(path, page, box)
    except Exception as error:
        print(f"  {path.name} page {page}: {type(error).__name__}: {error}")
        return []


def _largest(tables: Sequence[Table]) -> Table | None:
    return max(tables, key=lambda table: len(table.cells), default=None)


def _of_rows(rows: Sequence[Sequence[str | None]], box: BoxOf) -> Table:
    cells = [
        Cell(i, i, j, j, text) for i, row in enumerate(rows) for j, text in enumerate(row) if text and text.strip()
    ]
    return Table("", box, cells)


def _wider(box: BoxOf) -> BoxOf:
    return box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3


def _pymupdf(path: Path, page: int, box: BoxOf | None) -> list[Table]:
    with pymupdf.open(path) as document:
        clip = None if box is None else _wider(box)
        found = document[page - 1].find_tables(clip=clip)
        return [_of_rows(table.extract(), tuple(table.bbox)) for table in found.tables]


def _pymupdf_text(path: Path, page: int, box: BoxOf | None) -> list[Table]:
    with pymupdf.open(path) as document:
        clip = None if box is None else _wider(box)
        found = document[page - 1].find_tables(clip=clip, strategy="text")
        return [_of_rows(table.extract(), tuple(table.bbox)) for table in found.tables]


def _pdfplumber(path: Path, page: int, box: BoxOf | None) -> list[Table]:
    import pdfplumber

    with pdfplumber.open(path) as document:
        sheet = document.pages[page - 1]
        if box is not None:
            x0, y0, x1, y1 = _wider(box)
            sheet = sheet.crop((max(0, x0), max(0, y0), min(sheet.width, x1), min(sheet.height, y1)))
        text = {"vertical_strategy": "text", "horizontal_strategy": "text"}
        tables = sheet.find_tables() or (sheet.find_tables(text) if box is not None else [])
        return [_of_rows(table.extract(), tuple(table.bbox)) for table in tables]


def _camelot(flavor: str) -> Find:
    def find(path: Path, page: int, box: BoxOf | None) -> list[Table]:
        import camelot

        with pymupdf.open(path) as document:
            height = document[page - 1].rect.height
        areas = (
            {}
            if box is None
            else {"table_areas": [f"{box[0] - 3},{height - box[1] + 3},{box[2] + 3},{height - box[3] - 3}"]}
        )
        tables = camelot.read_pdf(str(path), pages=str(page), flavor=flavor, **areas)
        out = []
        for table in tables:
            x0, y0, x1, y1 = table._bbox
            out.append(_of_rows(table.df.values.tolist(), (x0, height - y1, x1, height - y0)))
        return out

    return find


_PEERS: dict[str, Find] = {
    "PyMuPDF find_tables": _pymupdf,
    "PyMuPDF find_tables, text": _pymupdf_text,
    "pdfplumber": _pdfplumber,
    "camelot lattice": _camelot("lattice"),
    "camelot stream": _camelot("stream"),
}


def calibrated(samples: Sequence[tuple[Mapping[str, float], float]]) -> str:
    """Weights of a logistic regression of F1 on the signs, and F1 by the confidence that they give."""
    names = sorted(samples[0][0])
    x = np.array([[1.0, *(signs[name] for name in names)] for signs, _ in samples])
    y = np.array([f1 for _, f1 in samples])
    ridge = 0.1 * np.diag([0.0, *[1.0] * len(names)])
    weights = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ weights))
        weights += np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge + 1e-9, x.T @ (y - p) - ridge @ weights)
    p = 1 / (1 + np.exp(-x @ weights))
    bins = [f"  {p[part].mean():.3f}: F1 {y[part].mean():.3f}" for part in np.array_split(np.argsort(p), 8)]
    found = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(["bias", *names], weights, strict=True))
    kept = p >= 0.9
    return "\n".join([f"{len(y)} tables: {found}", *bins, f"  from 0.9: {kept.mean():.3f}, F1 {y[kept].mean():.3f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", nargs="*", choices=_PEERS, metavar="NAME", help="all by default")
    parser.add_argument("--scans", type=int, nargs="*", default=[], metavar="DPI")
    parser.add_argument("--cache", type=Path, default=Path("out/table-scans"))
    parser.add_argument("--plain", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--each", action="store_true", help="a line for each table that is not right")
    parser.add_argument("--calibrate", action="store_true", help="the weights of the confidence")
    options = parser.parse_args()
    truth = true_tables(options.folder)
    own = [born_digital(options.folder, truth, options.each)]
    print(own[0].line(), flush=True)
    for dpi in options.scans:
        own.append(scans(options.folder, truth, dpi, options.cache, options.each))
        print(own[-1].line(), flush=True)
    if options.calibrate:
        print(calibrated([sample for score in own for sample in score.samples]))
    if options.peers is not None:
        for score in peers(options.peers or list(_PEERS), options.folder, truth, options.each):
            print(score.line(), flush=True)
    for folder in options.plain:
        pages, found = plain_pages(folder)
        print(f"{folder.name}: {len(found)} tables on {pages} pages")
        for line in found:
            print(f"  {line}")


if __name__ == "__main__":
    main()
