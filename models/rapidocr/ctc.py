"""Greedy decoding of connectionist temporal classification (Graves et al. 2006): columns of scores to characters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLANK = 0
"""The symbol of a column that names no character."""

SPACE_ODDS = 0.07
"""Odds of a space against the likeliest symbol of a column above which two characters are two words.

The network is shy of spaces: where print is tight it gives them a few percent beside the blank. On receipts, whose
spaces are known, this value makes half as many mistakes as 1 does, which is plain greedy decoding.
"""


@dataclass(frozen=True)
class Symbols:
    """The characters of one line.

    Attributes:
        symbol: (n,) index of each character.
        start: (n,) its first column.
        end: (n,) the column after its last.
        probability: (n,) of the character in its first column.
        columns: how many columns the line has.
    """

    symbol: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    probability: NDArray[np.float32]
    columns: int


def decode(scores: NDArray[np.float32], *, logits: bool) -> Symbols:
    """The best symbol of each column, repeats merged, blanks left out, and spaces where one is likely enough.

    Args:
        scores: (columns, symbols), probabilities or `logits`; the last symbol is the space. The softmax of logits is
            computed only where a character starts, since the symbols are many.
    """
    best = scores.argmax(axis=1)
    start = np.flatnonzero(np.diff(best, prepend=-1))
    end = np.append(start[1:], len(best))
    kept = best[start] != BLANK
    start, end = start[kept], end[kept]
    symbol = best[start]
    probability = scores[start, symbol]
    if logits:
        others = scores[start]
        others -= probability[:, None]
        probability = 1 / np.exp(others, out=others).sum(axis=1)
    found = Symbols(symbol, start, end, probability.astype(np.float32), len(best))
    return _with_spaces(found, scores[:, -1], scores[np.arange(len(best)), best], scores.shape[1] - 1, logits=logits)


def _with_spaces(
    line: Symbols, of_space: NDArray[np.float32], of_best: NDArray[np.float32], space: int, *, logits: bool
) -> Symbols:
    """The line with the spaces that `SPACE_ODDS` adds; `of_space` and `of_best` are scores by column."""
    odds = np.exp(of_space - of_best) if logits else of_space / of_best
    at, columns = [], []
    for index in np.flatnonzero((line.symbol[:-1] != space) & (line.symbol[1:] != space)):
        first, last = int(line.end[index]) - 1, int(line.start[index + 1])
        column = first + int(odds[first : last + 1].argmax())
        if odds[column] > SPACE_ODDS:
            at.append(int(index) + 1)
            columns.append(column)
    if not at:
        return line
    return Symbols(
        np.insert(line.symbol, at, space),
        np.insert(line.start, at, columns),
        np.insert(line.end, at, np.array(columns) + 1),
        np.insert(line.probability, at, odds[columns]),
        line.columns,
    )
