"""docpipe's own tables on pages with text layers and on scans of them."""

import hashlib
import pickle
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymupdf
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
from docpipe.operators.tables.values import cell_numbers, page_hint
from docpipe.operators.values.locale import LocaleHint
from docpipe.schemas.page import Blocks, TextLines
from scoring import BoxOf, Cell, Score, Table, add, around
from truth import Truth

PAGE_SECONDS = 600.0
"""A limit that no page reaches, also on a machine that does other work."""


def of_grid(table: GridTable, size: tuple[float, float], hint: LocaleHint) -> Table:
    width, height = size
    box = (table.box.x0 * width, table.box.y0 * height, table.box.x1 * width, table.box.y1 * height)
    cells = [
        Cell(c.row, c.row + c.row_span - 1, c.column, c.column + c.column_span - 1, c.text, number)
        for c, number in zip(table.cells, cell_numbers(table, hint), strict=True)
    ]
    return Table("", box, cells, table.confidence, table.signs)


def of_lines(
    scores: Sequence[Score],
    lines: TextLines,
    blocks: Blocks,
    rulings: Rulings,
    size: tuple[float, float],
    true: Sequence[Table],
    scanned: bool,
    each: bool,
) -> None:
    """Adds the tables of a page to each of the scores."""
    hint = page_hint("\n".join(lines.text))
    started = time.process_time()
    found = find_tables(lines, blocks, rulings, size, scanned=scanned)
    seconds = time.process_time() - started
    width, height = size
    given: list[Table | None] = []
    for table in true:
        share = np.array([table.box], np.float32) / np.array([width, height, width, height], np.float32)
        region = Blocks(["table"], share.astype(np.float32), [None], np.zeros(1, np.float32))
        inside = [t for t in find_tables(lines, region, rulings, size, scanned=scanned) if t.block == 0]
        given.append(of_grid(inside[0], size, hint) if inside else None)
    for at, score in enumerate(scores):
        score.seconds += seconds
        add(score, true, [of_grid(table, size, hint) for table in found], given, each and at == 0)


def born_digital(folder: Path, truth: Truth, each: bool) -> tuple[Score, Mapping[str, Score]]:
    """The score of all tables, and those by kind: the name of the file before its last hyphen."""
    score, kinds = Score("docpipe", tells_numbers=True), dict[str, Score]()
    with PageReader(ReadSettings(layout=True, collect=("grid",)), page_seconds=PAGE_SECONDS) as reader:
        for (file, page), tables in truth.items():
            reading = reader.read(str(folder / file), page)
            if reading.failure is not None:
                raise RuntimeError(f"{file} page {page}: {reading.failure.message}")
            rulings = reading.collected.get("grid")
            assert isinstance(rulings, Rulings)
            size = (reading.width or 1.0, reading.height or 1.0)
            true = [table for table, _ in tables]
            of_lines([score, _of_kind(kinds, file)], reading.lines, reading.blocks, rulings, size, true, False, each)
    return score, kinds


def _of_kind(kinds: dict[str, Score], file: str) -> Score:
    kind = file.rsplit("-", 1)[0]
    return kinds.setdefault(kind, Score(f"  {kind}", tells_numbers=True))


def scans(folder: Path, truth: Truth, dpi: int, cache: Path, each: bool) -> tuple[Score, Mapping[str, Score]]:
    """As `born_digital`. OCR takes ten seconds and more a page, so the scans with their words are kept in `cache`."""
    score, kinds = Score(f"docpipe, scans at {dpi} dpi", tells_numbers=True), dict[str, Score]()
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
        of_lines([score, _of_kind(kinds, file)], lines, blocks, rulings, size, true, True, each)
    return score, kinds


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
