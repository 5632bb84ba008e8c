"""How well the cells of a Markdown table follow from where words stand.

    python benchmarks/table_grid.py CORPUS/tables

For every annotated table the words of the text layer inside its box go through `table_grid`. Counted are adjacency
relations, as in the ICDAR 2013 table competition: pairs of neighbouring cells that are not empty, beside or below one
another, compared by their texts without white space.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
from docpipe.operators.tables.grid import table_grid
from docpipe.pipeline.export.word_boxes import PlacedWord
from docpipe.schemas.geometry import Box

Relations = Counter[tuple[str, str, str]]


def words_inside(page: Any, box: list[float]) -> list[PlacedWord]:
    width, height = page.rect.width, page.rect.height
    found = []
    for x0, y0, x1, y1, text, *_ in page.get_text("words"):
        rect = (pymupdf.Rect(x0, y0, x1, y1) * page.rotation_matrix).normalize()
        x, y = (rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2
        if box[0] - 2 <= x <= box[2] + 2 and box[1] - 2 <= y <= box[3] + 2:
            shares = Box(rect.x0 / width, rect.y0 / height, rect.x1 / width, rect.y1 / height)
            found.append(PlacedWord(text, np.zeros((4, 2)), shares, None, True))
    return found


def relations(cells: list[tuple[int, int, int, int, str]]) -> Relations:
    """Of cells given as first row, last row, first column, last column, text."""
    found: Relations = Counter()
    for a in cells:
        beside = [b for b in cells if b[2] > a[3] and b[0] <= a[1] and b[1] >= a[0]]
        below = [b for b in cells if b[0] > a[1] and b[2] <= a[3] and b[3] >= a[2]]
        for name, near, axis in (("beside", beside, 2), ("below", below, 0)):
            if near:
                first = min(b[axis] for b in near)
                found.update((name, a[4], b[4]) for b in near if b[axis] == first)
    return found


def squeezed(text: str) -> str:
    return "".join(text.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", action="store_true", help="a line for each table")
    options = parser.parse_args()
    right = made = true = 0
    for line in (options.folder / "tables.jsonl").read_text().splitlines():
        table = json.loads(line)
        with pymupdf.open(options.folder / table["file"]) as document:
            page = document[table["page"] - 1]
            words = words_inside(page, table["box"])
            grid = table_grid(words, page.rect.height / page.rect.width)
        ours = relations([(i, i, j, j, squeezed(t)) for i, row in enumerate(grid) for j, t in enumerate(row) if t])
        theirs = relations(
            [
                (c["row"], c["row_end"], c["col"], c["col_end"], squeezed(c["text"]))
                for c in table["cells"]
                if c["text"].strip()
            ]
        )
        hit = sum((ours & theirs).values())
        right, made, true = right + hit, made + sum(ours.values()), true + sum(theirs.values())
        if options.each:
            print(f"{table['table']:12} {hit:5} of {sum(theirs.values()):5} true, {sum(ours.values()):5} made")
    precision, recall = right / made, right / true
    print(f"precision {precision:.3f} recall {recall:.3f} F1 {2 * precision * recall / (precision + recall):.3f}")


if __name__ == "__main__":
    main()
