"""Other programs on the same files: PyMuPDF, pdfplumber, camelot."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pymupdf
import pymupdf.layout
from scoring import BoxOf, Cell, Score, Table, add
from truth import Truth

Find = Callable[[Path, int, "BoxOf | None"], list[Table]]


def peers(names: Sequence[str], folder: Path, truth: Truth, each: bool) -> Iterator[Score]:
    for name in names:
        find = PEERS[name]
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


def _pymupdf_refined(path: Path, page: int, box: BoxOf | None) -> list[Table]:
    """With the options under which the program rebuilds rows, columns and spans; its default leaves them out."""
    with pymupdf.open(path) as document:
        clip = None if box is None else _wider(box)
        found = document[page - 1].find_tables(clip=clip, union=True, refine=True)
        return [
            _of_rows(table.extract(), tuple(table.bbox))
            if table.placements is None
            else Table("", tuple(table.bbox), list(_placed(table.placements)))
            for table in found.tables
        ]


def _placed(rows: Sequence[Sequence[Any]]) -> Iterator[Cell]:
    """The cells with text of rows as HTML has them, in which a place that a span covers has no cell."""
    taken: set[tuple[int, int]] = set()
    for i, row in enumerate(rows):
        j = 0
        for cell in row:
            while (i, j) in taken:
                j += 1
            last_row, last = i + cell.rowspan - 1, j + cell.colspan - 1
            taken.update((a, b) for a in range(i, last_row + 1) for b in range(j, last + 1))
            if cell.text and cell.text.strip():
                yield Cell(i, last_row, j, last, cell.text)
            j = last + 1


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


PEERS: dict[str, Find] = {
    "PyMuPDF find_tables": _pymupdf,
    "PyMuPDF find_tables, refined": _pymupdf_refined,
    "PyMuPDF find_tables, text": _pymupdf_text,
    "pdfplumber": _pdfplumber,
    "camelot lattice": _camelot("lattice"),
    "camelot stream": _camelot("stream"),
}
