"""What share of the cells of a table is right, estimated from signs of rows or columns that were not told apart."""

import math
from collections.abc import Mapping

import numpy as np

from ...schemas.page import TextLines
from .structure.build import Structure
from .structure.runs import is_filler, is_number

# Weights of a logistic regression of the share of right adjacency relations of a table, fitted on 226 tables: those of
# the ICDAR 2013 competition and scans of them at 150 and 200 dpi; `benchmarks/tables --calibrate` repeats it.
_BIAS = 4.64
_WEIGHTS = {"crossing": -1.67, "doubled": -0.33, "sparse": -4.16, "unsure": -0.08, "scanned": -1.45}


def confidence(signs: Mapping[str, float]) -> float:
    """From 0 to 1: an estimate of the share of neighbouring cells that are right, from `signs_of` the table."""
    return 1 / (1 + math.exp(-(_BIAS + sum(weight * signs[name] for name, weight in _WEIGHTS.items()))))


def signs_of(shape: Structure, lines: TextLines) -> dict[str, float]:
    """Signs of mistakes, each from 0 to 1.

    - `doubled`: share of the cells below the header, in columns of values, with two numbers or more;
    - `crossing`: share of the text rows below the header in which a run fills several columns;
    - `sparse`: share of the places without text;
    - `unsure`: what the mean confidence of the words lacks to 1; 0 for a text layer;
    - `scanned`: 1 where OCR read the words.
    """
    body = [cell for cell in shape.cells if cell.row >= shape.header_rows and cell.column > 0]
    values = [cell for cell in body if is_number(cell.text) or is_filler(cell.text)]
    doubled = [cell for cell in body if sum(is_number(part) for part in cell.text.split()) > 1 and cell not in values]
    rows = [row for row in shape.rows if len(row.runs) > 1]
    crossing = [row for row in rows if any(a != b for a, b in row.spans)]
    places = shape.n_rows * len(shape.columns)
    filled = sum(cell.row_span * cell.column_span for cell in shape.cells)
    indices = [index for cell in shape.cells for index in cell.words]
    known = lines.word_confidence[indices]
    known = known[~np.isnan(known)]
    return {
        "doubled": len(doubled) / max(1, len(doubled) + len(values)),
        "crossing": len(crossing) / max(1, len(rows)),
        "sparse": max(0.0, 1 - filled / places),
        "unsure": float(1 - known.mean()) if known.size else 0.0,
        "scanned": float(known.size > 0),
    }
