"""Columns of a table, from the runs of its text rows and from vertical rulings."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from .area import Area, Word
from .runs import Run, is_filler, is_number, run_of

# A vertical ruling divides columns where it is at least this share of the table's height.
_RULING_HEIGHT = 0.3
# Rulings closer than this number of word heights are one.
_SAME_RULING = 0.35
# A run lies in a column with which it shares more than this part of the narrower one's width.
_HELD = 0.3
# A table with this many vertical rulings is ruled throughout; between two of them that are closer than this share of
# its width, only values are taken for columns.
_RULED_THROUGHOUT, _NARROW = 3, 0.45
# Or what so many text rows fill both of.
_MANY = 7
# Two edges are aligned within this part of a word's height; parts with more words than these are so by chance.
_ALIGNED, _FEW_WORDS = 0.1, 2

Interval = tuple[float, float]


def ruled_edges(area: Area, em: float) -> list[float]:
    """Places of vertical rulings that divide columns, from left to right; the ends of the longest others are edges too.

    Args:
        em: height of a word.
    """
    height = area.box.y1 - area.box.y0
    edges: list[tuple[float, float]] = []
    for line in sorted(area.vertical):
        length = line.end - line.start
        if edges and line.at - edges[-1][0] <= _SAME_RULING * em:
            edges[-1] = (edges[-1][0], edges[-1][1] + length)
        else:
            edges.append((line.at, length))
    found = [at for at, length in edges if length >= _RULING_HEIGHT * height]
    if found and area.horizontal:
        left = max(area.box.x0 - em, min(line.start for line in area.horizontal))
        right = min(area.box.x1 + em, max(line.end for line in area.horizontal))
        found = [*([left] if left < found[0] - em else []), *found, *([right] if right > found[-1] + em else [])]
    return found


def find_columns(rows: Sequence[Sequence[Run]], edges: Sequence[float]) -> list[Interval]:
    """Columns from left to right, as the extent of their text.

    Narrow runs define columns; a run over several is a spanning cell. Two neighbours that no text row fills both are
    one column, and so are two that at least as many rows cross as fill.

    Args:
        edges: places of rulings, which no column crosses.
    """
    columns: list[Interval] = []
    for run in sorted((run for row in rows for run in row), key=lambda run: run.width):
        first, end = _touched(run, columns)
        if first == end:
            insort(columns, (run.x0, run.x1))
        elif end - first == 1:
            low, high = columns[first]
            columns[first] = (min(low, run.x0), max(high, run.x1))
    while len(columns) > 1:
        again = _merged(columns, rows, edges)
        if len(again) == len(columns):
            break
        columns = again
    return columns


def _touched(run: Run, columns: Sequence[Interval]) -> tuple[int, int]:
    """The first column that a run overlaps, and the one after the last."""
    first = bisect_right(columns, run.x0, key=lambda column: column[1])
    return first, max(first, bisect_left(columns, run.x1, key=lambda column: column[0]))


def _merged(columns: Sequence[Interval], rows: Sequence[Sequence[Run]], edges: Sequence[float]) -> list[Interval]:
    """The columns with those neighbours joined that are least likely two, of which none is beside another pair."""
    support, crossing = [0] * len(columns), [0] * len(columns)
    for row in rows:
        filled = set()
        for run in row:
            first, last = columns_of(run, columns)
            for i in range(first, last):
                crossing[i] += 1
            if first == last:
                filled.add(first)
        for i in filled:
            support[i] += i + 1 in filled
    valued = _valued(columns, rows)
    ranks = []
    for i in range(len(columns) - 1):
        if any(columns[i][0] < edge < columns[i + 1][1] and _between(edge, columns, i) for edge in edges):
            continue
        doubtful = _are_in_one_frame(columns[i], columns[i + 1], edges) and not (
            (support[i] > 2 * crossing[i] and support[i] >= 2 and valued[i] and valued[i + 1])
            or (support[i] >= _MANY and crossing[i] <= 0.1 * support[i])
        )
        if crossing[i] > support[i] or (support[i] <= 1 and crossing[i] >= support[i]) or doubtful:
            ranks.append((support[i] - crossing[i], columns[i + 1][0] - columns[i][1], i))
    joined: set[int] = set()
    for _, _, i in sorted(ranks):
        if not joined & {i - 1, i, i + 1}:
            joined.add(i)
    out: list[Interval] = []
    for i, column in enumerate(columns):
        if i - 1 in joined:
            out[-1] = (out[-1][0], column[1])
        else:
            out.append(column)
    return out


def _valued(columns: Sequence[Interval], rows: Sequence[Sequence[Run]]) -> list[bool]:
    """For each column whether at least half of its cells are numbers or stand for one."""
    values, others = [0] * len(columns), [0] * len(columns)
    for row in rows:
        for run in row:
            first, last = columns_of(run, columns)
            if first == last:
                counted = values if is_number(run.text) or is_filler(run.text) else others
                counted[first] += 1
    return [a >= b for a, b in zip(values, others, strict=True)]


def _are_in_one_frame(a: Interval, b: Interval, edges: Sequence[float]) -> bool:
    """Whether the rulings of a table that is ruled throughout have both columns between them."""
    if len(edges) < _RULED_THROUGHOUT:
        return False
    middle, after = (a[0] + a[1]) / 2, (b[0] + b[1]) / 2
    left = [edge for edge in edges if edge < middle]
    right = [edge for edge in edges if edge > after]
    return bool(left and right) and right[0] - left[-1] < _NARROW * (edges[-1] - edges[0])


def _between(edge: float, columns: Sequence[Interval], i: int) -> bool:
    middle = (columns[i][0] + columns[i][1]) / 2
    after = (columns[i + 1][0] + columns[i + 1][1]) / 2
    return middle < edge < after


def columns_of(run: Run, columns: Sequence[Interval]) -> tuple[int, int]:
    """First and last column that a run fills; where it fills none, the nearest one."""
    begin, end = _touched(run, columns)
    held = [
        i for i in range(begin, end) if _shared(run, columns[i]) > _HELD * min(run.width, columns[i][1] - columns[i][0])
    ]
    if held:
        return held[0], held[-1]
    best = max(range(max(0, begin - 1), min(len(columns), end + 1)), key=lambda i: _shared(run, columns[i]))
    return best, best


def split_at_columns(run: Run, columns: Sequence[Interval]) -> list[Run]:
    """A run that fills several columns, divided where a gap between its words is the gap between the columns.

    Numbers are always divided. Other words are where the gap is clearly wider than the others of the run.
    """
    first, last = columns_of(run, columns)
    if first == last or len(run.words) < 2:
        return [run]
    words = sorted(run.words, key=lambda word: word.x0)
    gaps = [b.x0 - a.x1 for a, b in pairwise(words)]
    usual = sorted(gaps)[len(gaps) // 2]
    height = max(word.height for word in words)
    at_gutter = {
        gap: gutter
        for gutter in range(first, last)
        if (gap := _gap_in(words, columns[gutter][1], columns[gutter + 1][0])) is not None
    }
    all_cut = last - first >= 2 and len(at_gutter) == last - first and _hold_digits(words, sorted(at_gutter))
    aligned = len(at_gutter) == last - first and _are_aligned(words, sorted(at_gutter), columns[first : last + 1])
    cuts = []
    for gap in sorted(at_gutter):
        numbers = is_number(words[gap].text) and is_number(words[gap + 1].text)
        wide = gaps[gap] > 0.4 * height and (len(gaps) == 1 or gaps[gap] > 1.4 * usual)
        if all_cut or aligned or numbers or wide:
            cuts.append(gap + 1)
    return [run_of(words[a:b]) for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)]


def _gap_in(words: Sequence[Word], left: float, right: float) -> int | None:
    """Index of the word whose gap behind it lies at the gutter from `left` to `right`; None where there is none."""
    best = None
    for at, (a, b) in enumerate(pairwise(words)):
        shared = min(b.x0, right) - max(a.x1, left)
        if shared >= 0.3 * max(min(b.x0 - a.x1, right - left), 0.01) and (best is None or shared > best[0]):
            best = shared, at
    return None if best is None else best[1]


def _are_aligned(words: Sequence[Word], gaps: Sequence[int], columns: Sequence[Interval]) -> bool:
    """Whether each part has its left end, its right end or its middle where its column has it."""
    for part, (low, high) in zip(_parts(words, gaps), columns, strict=True):
        x0, x1 = part[0].x0, part[-1].x1
        if len(part) > _FEW_WORDS:
            return False
        if min(abs(x0 - low), abs(x1 - high), abs(x0 + x1 - low - high) / 2) > _ALIGNED * part[0].height:
            return False
    return True


def _parts(words: Sequence[Word], gaps: Sequence[int]) -> list[Sequence[Word]]:
    cuts = [gap + 1 for gap in gaps]
    return [words[a:b] for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)]


def _hold_digits(words: Sequence[Word], gaps: Sequence[int]) -> bool:
    """Whether at least half of the parts have a digit."""
    parts = _parts(words, gaps)
    held = sum(any(c.isdigit() for word in part for c in word.text) for part in parts)
    return 2 * held >= len(parts)


def _shared(run: Run, column: Interval) -> float:
    return min(run.x1, column[1]) - max(run.x0, column[0])
