"""Greedy decoding of connectionist temporal classification (Graves et al. 2006): columns of scores to characters."""

from collections.abc import Sequence
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

NUMBER_ODDS = 0.3
"""The same between two characters of numbers, where a space that is not there costs an amount or a date."""

_OF_NUMBERS = frozenset("0123456789.,:/-")


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


def of_numbers(characters: Sequence[str]) -> NDArray[np.bool_]:
    """For each symbol whether it is a digit or stands between digits."""
    return np.array([character in _OF_NUMBERS for character in characters], np.bool_)


def decode(scores: NDArray[np.float32], numeric: NDArray[np.bool_], *, logits: bool) -> Symbols:
    """The best symbol of each column, repeats merged, blanks left out, and spaces where one is likely enough.

    Args:
        scores: (columns, symbols), probabilities or `logits`; the last symbol is the space. The softmax of logits is
            computed only where a character starts, since the symbols are many.
        numeric: (symbols,) from `of_numbers`.
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
    of_space, of_best = scores[:, -1], scores[np.arange(len(best)), best]
    odds = np.exp(of_space - of_best) if logits else of_space / of_best
    return _with_spaces(found, odds, numeric)


def _with_spaces(line: Symbols, odds: NDArray[np.float32], numeric: NDArray[np.bool_]) -> Symbols:
    """The line with the spaces whose `odds`, by column, are high enough."""
    space = len(numeric) - 1
    inside = numeric[line.symbol]
    at, columns = [], []
    for index in np.flatnonzero((line.symbol[:-1] != space) & (line.symbol[1:] != space)):
        first, last = int(line.end[index]) - 1, int(line.start[index + 1])
        column = first + int(odds[first : last + 1].argmax())
        if odds[column] > (NUMBER_ODDS if inside[index] and inside[index + 1] else SPACE_ODDS):
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
