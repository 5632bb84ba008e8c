"""What share of the cells of a table is right, estimated from signs of rows or columns that were not told apart."""

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from ...schemas.page import TextLines
from .structure.build import Structure
from .structure.rows import unclear_rows
from .structure.runs import are_numbers, is_filler, is_number

# Weights of a logistic regression of the share of right adjacency relations of a table, fitted on 518 tables: those of
# the ICDAR 2013 competition, scans of them at 150 and 200 dpi, drawn pages, and what was found on receipts, which is
# wrong; `benchmarks/tables --calibrate` fits them to the tables that it is given. Two are not fitted, since those
# tables hardly have the signs: `doubled`, of which a cell costs the relations of two, and `unclear`, where one of two
# ways to read a row is wrong.
_BIAS = 6.05
_WEIGHTS = {
    "crossing": -3.75,
    "doubled": -20.0,
    "unclear": -20.0,
    "sparse": -4.39,
    "single": -4.53,
    "unsure": -0.70,
    "scanned": -2.84,
}

_SUREST = 0.99


def confidence(signs: Mapping[str, float]) -> float:
    """From 0 to 1: an estimate of the share of neighbouring cells that are right, from `signs_of` the table.

    At most 0.99, since tables of other kinds have mistakes without a sign.
    """
    return min(_SUREST, 1 / (1 + math.exp(-(_BIAS + sum(weight * signs[name] for name, weight in _WEIGHTS.items())))))


def signs_of(shape: Structure, lines: TextLines) -> dict[str, float]:
    """Signs of mistakes, each from 0 to 1.

    - `doubled`: share of the cells with numbers, below the header and behind the first column, that have several;
    - `crossing`: share of the text rows below the header in which a run fills several columns;
    - `unclear`: share of the rows whose label may as well belong to the next one, see `rows.unclear_rows`;
    - `sparse`: share of the places without text;
    - `single`: share of the rows in which one cell has text, as the rows of lists and receipts have;
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
    in_row = Counter(row for cell in shape.cells for row in range(cell.row, cell.row + cell.row_span))
    single = sum(in_row[row] <= 1 for row in range(shape.n_rows))
    return {
        "single": single / shape.n_rows,
        "doubled": doubled / max(1, doubled + values),
        "crossing": len(crossing) / max(1, len(rows)),
        "unclear": 0.0 if shape.by_rulings else unclear_rows(shape.rows, shape.row_of) / shape.n_rows,
        "sparse": max(0.0, 1 - filled / places),
        "unsure": float(1 - known.mean()) if known.size else 0.0,
        "scanned": float(known.size > 0),
    }
