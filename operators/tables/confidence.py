"""What share of the cells of a table is right, estimated from signs of rows or columns that were not told apart."""

import math
from collections.abc import Mapping

import numpy as np

from ...schemas.page import TextLines
from .structure.build import Structure
from .structure.rows import unclear_rows
from .structure.runs import are_numbers, is_filler, is_number

# Weights of a logistic regression of the share of right adjacency relations of a table, fitted on 226 tables: those of
# the ICDAR 2013 competition and scans of them at 150 and 200 dpi; `benchmarks/tables --calibrate` repeats it. Two are
# not fitted, since those tables hardly have the signs: `doubled`, of which a cell costs the relations of two, and
# `unclear`, where one of two ways to read a row is wrong.
_BIAS = 4.64
_WEIGHTS = {"crossing": -1.67, "doubled": -12.0, "unclear": -12.0, "sparse": -4.16, "unsure": -0.08, "scanned": -1.45}


def confidence(signs: Mapping[str, float]) -> float:
    """From 0 to 1: an estimate of the share of neighbouring cells that are right, from `signs_of` the table."""
    return 1 / (1 + math.exp(-(_BIAS + sum(weight * signs[name] for name, weight in _WEIGHTS.items()))))


def signs_of(shape: Structure, lines: TextLines) -> dict[str, float]:
    """Signs of mistakes, each from 0 to 1.

    - `doubled`: share of the cells with numbers, below the header and behind the first column, that have several;
    - `crossing`: share of the text rows below the header in which a run fills several columns;
    - `unclear`: share of the rows whose label may as well belong to the next one, see `rows.unclear_rows`;
    - `sparse`: share of the places without text;
    - `unsure`: what the mean confidence of the words lacks to 1; 0 for a text layer;
    - `scanned`: 1 where OCR read the words.
    """
    body = [cell for cell in shape.cells if cell.row >= shape.header_rows and cell.column > 0]
    doubled = sum(are_numbers(cell.text) for cell in body)
    values = sum(is_number(cell.text) or is_filler(cell.text) for cell in body if not are_numbers(cell.text))
    rows = [row for row in shape.rows if len(row.runs) > 1]
    crossing = [row for row in rows if any(a != b for a, b in row.spans)]
    places = shape.n_rows * len(shape.columns)
    filled = sum(cell.row_span * cell.column_span for cell in shape.cells)
    indices = [index for cell in shape.cells for index in cell.words]
    known = lines.word_confidence[indices]
    known = known[~np.isnan(known)]
    return {
        "doubled": doubled / max(1, doubled + values),
        "crossing": len(crossing) / max(1, len(rows)),
        "unclear": 0.0 if shape.by_rulings else unclear_rows(shape.rows, shape.row_of) / shape.n_rows,
        "sparse": max(0.0, 1 - filled / places),
        "unsure": float(1 - known.mean()) if known.size else 0.0,
        "scanned": float(known.size > 0),
    }
