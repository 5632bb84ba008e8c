"""What share of the cells of a table is right, estimated from signs of rows or columns that were not told apart."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ...schemas.page import TextLines
from .structure.area import Word
from .structure.build import Structure
from .structure.cells import Cell
from .structure.rows import unclear_rows
from .structure.runs import are_numbers, is_filler, is_number

# Weights of two logistic regressions, fitted by `benchmarks/tables CORPUS/tables DRAWN --scans 150 --plain CORPUS
# --calibrate` to the tables of the ICDAR 2013 competition, drawn ones, scans of both, and what is found on receipts and
# on other pages without tables. The first is of the share of right adjacency relations of what is a table. Two of its
# weights are not fitted, since those tables hardly have the signs: `doubled`, of which a cell costs the relations of
# two, and `unclear`, where one of two ways to read a row is wrong.
QUALITY = {
    "bias": 5.45,
    "crossing": -1.57,
    "doubled": -20.00,
    "unclear": -20.00,
    "sparse": -1.81,
    "doubtful": -2.80,
    "wordy": -0.50,
    "scanned": -1.82,
}
# The second is of whether what is found on a scan is a table at all, where receipts and lists look like one.
IS_TABLE = {
    "bias": 7.53,
    "ragged": -8.39,
    "uneven": -4.13,
    "worst": -4.35,
    "mixed": -5.22,
    "single": -4.19,
    "columns": 2.04,
}

_SUREST = 0.99
# Distance of a column's texts from a common edge that is nothing, in widths of a character.
_ALIGNED = 0.03
# From so many columns on, more of them say nothing.
_MANY_COLUMNS = 8
# Mean confidence below 1 by which the words of a scan are all doubtful.
_DOUBTFUL = 0.05


def confidence(signs: Mapping[str, float]) -> float:
    """From 0 to 1: an estimate of the share of neighbouring cells that are right, from `signs_of` the table.

    At most 0.99, since tables of other kinds have mistakes without a sign.
    """
    return min(_SUREST, estimate(QUALITY, IS_TABLE, signs))


def estimate(quality: Mapping[str, float], is_table: Mapping[str, float], signs: Mapping[str, float]) -> float:
    """The share of a table that is right, times the probability that what is found on a scan is a table."""
    return _logistic(quality, signs) * (_logistic(is_table, signs) if signs["scanned"] else 1.0)


def _logistic(weights: Mapping[str, float], signs: Mapping[str, float]) -> float:
    """The logistic function of the weighted sum of signs, with the weight `bias` added."""
    return 1 / (
        1 + math.exp(-sum(weight * (1.0 if name == "bias" else signs[name]) for name, weight in weights.items()))
    )


def signs_of(shape: Structure, lines: TextLines) -> dict[str, float]:
    """Signs of mistakes, nearly all from 0 to 1.

    Of rows and columns:
    - `doubled`: share of the cells with numbers, below the header and behind the first column, that have several;
    - `crossing`: share of the text rows below the header in which a run fills several columns;
    - `unclear`: share of the rows whose label may as well belong to the next one, see `rows.unclear_rows`;
    - `sparse`: share of the places without text;
    - `single`: share of the rows in which one cell has text, as the rows of lists and receipts have;
    - `mixed`: share of the texts below the header that are words in a column of numbers, or numbers in one of words;
    - `ragged`: mean distance of a column's texts from the edge or middle that they share best, on a logarithmic scale
      from 0 to 1, which is the width of a character;
    - `uneven`: standard deviation of the distances of neighbouring text rows, as a share of their mean;
    - `columns`: number of columns on a logarithmic scale; 1 for eight and more;
    - `wordy`: logarithm of the mean number of words in a cell.

    Of the words:
    - `doubtful`: what their mean confidence lacks to 1, as a share of 0.05; 0 for a text layer;
    - `worst`: what the least confidence of them lacks to 1; 0 for a text layer;
    - `scanned`: 1 where OCR read the words.
    """
    body = [cell for cell in shape.cells if cell.row >= shape.header_rows]
    words = {word.number: word for row in shape.rows for run in row.runs for word in run.words}
    values = [cell.text for cell in body if cell.column > 0]
    doubled = sum(are_numbers(text) for text in values)
    numbers = sum(is_number(text) or is_filler(text) for text in values if not are_numbers(text))
    rows = [row for row in shape.rows if len(row.runs) > 1]
    crossing = [row for row in rows if any(a != b for a, b in row.spans)]
    places = shape.n_rows * len(shape.columns)
    filled = sum(cell.row_span * cell.column_span for cell in shape.cells)
    known = lines.word_confidence[[index for cell in shape.cells for index in cell.words]]
    known = known[~np.isnan(known)]
    in_row = Counter(row for cell in shape.cells for row in range(cell.row, cell.row + cell.row_span))
    single = sum(in_row[row] <= 1 for row in range(shape.n_rows))
    return {
        "doubled": doubled / max(1, doubled + numbers),
        "crossing": len(crossing) / max(1, len(rows)),
        "unclear": 0.0 if shape.by_rulings else unclear_rows(shape.rows, shape.row_of) / shape.n_rows,
        "sparse": max(0.0, 1 - filled / places),
        "single": single / shape.n_rows,
        "mixed": _mixed(body),
        "ragged": _ragged(body, words),
        "uneven": _uneven([row.centre for row in shape.rows]),
        "columns": math.log(min(len(shape.columns), _MANY_COLUMNS)) / math.log(_MANY_COLUMNS),
        "wordy": math.log(max(1.0, sum(len(cell.words) for cell in shape.cells) / max(1, len(shape.cells)))),
        "doubtful": min(1.0, float(1 - known.mean()) / _DOUBTFUL) if known.size else 0.0,
        "worst": float(1 - known.min()) if known.size else 0.0,
        "scanned": float(known.size > 0),
    }


def _by_column(body: Sequence[Cell]) -> list[list[Cell]]:
    """The cells of one column each, without those that say that there is no value."""
    columns: dict[int, list[Cell]] = {}
    for cell in body:
        if cell.column_span == 1 and not is_filler(cell.text):
            columns.setdefault(cell.column, []).append(cell)
    return list(columns.values())


def _mixed(body: Sequence[Cell]) -> float:
    columns = _by_column(body)
    odd = 0
    for cells in columns:
        numbers = sum(is_number(cell.text) for cell in cells)
        odd += min(numbers, len(cells) - numbers)
    return odd / max(1, sum(map(len, columns)))


def _ragged(body: Sequence[Cell], words: Mapping[int, Word]) -> float:
    distances = [_from_common_edge(cells, words) for cells in _by_column(body) if len(cells) > 1]
    mean = min(1.0, float(np.mean(distances))) if distances else 0.0
    return math.log((mean + _ALIGNED) / _ALIGNED) / math.log((1 + _ALIGNED) / _ALIGNED)


def _from_common_edge(cells: Sequence[Cell], words: Mapping[int, Word]) -> float:
    """Median distance of texts from their best common edge or middle, in widths of a character."""
    edges = np.empty((3, len(cells)))
    widths = np.empty(len(cells))
    for at, cell in enumerate(cells):
        inside = [words[index] for index in cell.words]
        left, right = min(word.x0 for word in inside), max(word.x1 for word in inside)
        edges[:, at] = left, right, (left + right) / 2
        widths[at] = sum(word.x1 - word.x0 for word in inside) / max(1, sum(len(word.text) for word in inside))
    distance = np.median(np.abs(edges - np.median(edges, axis=1, keepdims=True)), axis=1).min()
    return float(distance / max(float(np.median(widths)), 1e-6))


def _uneven(centres: Sequence[float]) -> float:
    distances = np.diff(np.sort(np.asarray(centres)))
    return min(1.0, float(distances.std() / max(float(distances.mean()), 1e-6))) if distances.size else 0.0
