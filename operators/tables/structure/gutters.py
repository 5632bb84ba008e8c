"""Gutters between columns of text that stand closer together than the gap that divides cells elsewhere."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .area import Word

# Heights of a word, and mean widths of a letter, from which a gap that nearly all text rows share divides columns. A
# space is 0.2 of the height of a word's box in common fonts, and as wide as a letter in fonts of one width.
NARROWEST, _LETTERS = 0.33, 1.15
# So many text rows have words on both sides, and at most this share of them has a word across.
_FEWEST_ROWS, _CROSSED = 4, 0.1
# Words begin or end at the same place within this many heights.
_ALIGNED = 0.12
# Text rows with more words than these are no rows of a table that needs a look at narrow gaps.
_MOST_WORDS = 5000

Gutter = tuple[float, float]


def narrow_gutters(rows: Sequence[Sequence[Word]], em: float) -> list[Gutter]:
    """Places from left to right at which nearly all text rows with words on both sides have a gap, at an aligned edge.

    Args:
        rows: words of each text row from left to right.
        em: height of a word.
    """
    if len(rows) < _FEWEST_ROWS or sum(map(len, rows)) > _MOST_WORDS:
        return []
    # Changes at each place: of the rows with a word there, and of the rows with words on both sides or there.
    changes: dict[float, list[int]] = {}
    for row in rows:
        changes.setdefault(min(word.x0 for word in row), [0, 0])[1] += 1
        changes.setdefault(max(word.x1 for word in row), [0, 0])[1] -= 1
        end = float("-inf")
        for word in sorted(row, key=lambda word: word.x0):
            if word.x1 <= end:
                continue
            changes.setdefault(max(word.x0, end), [0, 0])[0] += 1
            changes.setdefault(word.x1, [0, 0])[0] -= 1
            end = word.x1
    found: list[Gutter] = []
    covered = spanning = 0
    places = sorted(changes)
    for at, after in pairwise(places):
        covered, spanning = covered + changes[at][0], spanning + changes[at][1]
        if spanning - covered < _FEWEST_ROWS or covered > _CROSSED * spanning:
            continue
        if found and found[-1][1] == at:
            found[-1] = found[-1][0], after
        else:
            found.append((at, after))
    letter = median((word.x1 - word.x0) / len(word.text) for row in rows for word in row)
    narrowest = max(NARROWEST * em, _LETTERS * letter)
    return [
        (low, high)
        for low, high in found
        if high - low >= narrowest and _is_edge_of_column(rows, low, high, _ALIGNED * em)
    ]


def _is_edge_of_column(rows: Sequence[Sequence[Word]], low: float, high: float, near: float) -> bool:
    """Whether at least half of the text rows with words on both sides have one that ends or begins at the same place.

    The gap between two words of a long label is no gutter, although shorter labels beside it end before.
    """
    across = [row for row in rows if any(word.x0 < low for word in row) and any(word.x1 > high for word in row)]
    begin = sum(any(abs(word.x0 - high) <= near for word in row) for row in across)
    end = sum(any(abs(word.x1 - low) <= near for word in row) for row in across)
    return max(begin, end) >= max(_FEWEST_ROWS, len(across) / 2)
