"""True tables from `tables.jsonl`; a visible table counts once, also where it is annotated twice or in parts."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scoring import BoxOf, Cell, Table, around, iou

Truth = dict[tuple[str, int], list[tuple[Table, list[BoxOf]]]]
"""The visible tables by file and page, each with the boxes of its parts."""


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
        for c in part["cells"]:
            number = c["number"] if "number" in c else plain_number(c["text"])
            cells.append(Cell(c["row"], c["row_end"], c["col"] + shift, c["col_end"] + shift, c["text"], number))
        shift += max(c["col_end"] for c in part["cells"]) + 1
    return Table(name, around(boxes), cells), boxes


_PLAIN = re.compile(r"[$€£]?(-?\d{1,3}(?:,\d{3})+|-?\d+)(\.\d+)?\s?%?")


def plain_number(text: str) -> float | None:
    """The value of a text that is a number in the English form and nothing else."""
    match = _PLAIN.fullmatch(text.strip())
    return float(match[1].replace(",", "") + (match[2] or "")) if match else None
