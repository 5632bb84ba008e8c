"""Rows of a table: which text rows are one row, because a cell has several lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from .area import Line, lines_between
from .columns import Interval, columns_of
from .runs import Run, is_filler, is_number

FULL = 0.75
"""Share of the columns that a ruling must cover to divide whole rows."""

SAME_PITCH = 1.12
"""Two pitches of text rows that differ by less than this factor are the same."""

# A ruling divides two text rows in a column of which it covers at least this share.
_RULED = 0.5
# Rulings divide the rows of a body of which at least this share of the text rows has one below it.
_BY_RULINGS = 0.3
# A header's lines are at most this many heights apart.
_HEADER_PITCH = 1.75


@dataclass(frozen=True)
class TextRow:
    """A text row of a table.

    Attributes:
        runs: from left to right.
        spans: first and last column of each run.
        y0, y1: its median edges in points.
    """

    runs: tuple[Run, ...]
    spans: tuple[tuple[int, int], ...]
    y0: float
    y1: float

    @property
    def centre(self) -> float:
        return (self.y0 + self.y1) / 2

    @cached_property
    def filled(self) -> frozenset[int]:
        return frozenset(column for first, last in self.spans for column in range(first, last + 1))

    @cached_property
    def numbers(self) -> frozenset[int]:
        """Columns with a number."""
        return frozenset(a for run, (a, b) in zip(self.runs, self.spans, strict=True) if a == b and is_number(run.text))

    @cached_property
    def values(self) -> frozenset[int]:
        """Columns with a number or with what stands for one."""
        fillers = (a for run, (a, b) in zip(self.runs, self.spans, strict=True) if a == b and is_filler(run.text))
        return self.numbers | frozenset(fillers)

    def text_at(self, column: int) -> str:
        return " ".join(run.text for run, (a, b) in zip(self.runs, self.spans, strict=True) if a <= column <= b)


def make_row(runs: Sequence[Run], columns: Sequence[Interval]) -> TextRow:
    words = [word for run in runs for word in run.words]
    return TextRow(
        tuple(runs),
        tuple(columns_of(run, columns) for run in runs),
        median(word.y0 for word in words),
        median(word.y1 for word in words),
    )


def walls_between(
    rows: Sequence[TextRow], horizontal: Sequence[Line], columns: Sequence[Interval]
) -> list[frozenset[int]]:
    """For each pair of neighbouring text rows the columns in which a ruling divides them."""
    return [_ruled_columns(a.centre, b.centre, horizontal, columns) for a, b in pairwise(rows)]


def _ruled_columns(
    above: float, below: float, horizontal: Sequence[Line], columns: Sequence[Interval]
) -> frozenset[int]:
    found = set()
    for line in lines_between(horizontal, above, below):
        for i, (x0, x1) in enumerate(columns):
            if min(line.end, x1) - max(line.start, x0) >= _RULED * (x1 - x0):
                found.add(i)
    return frozenset(found)


def are_by_rulings(rows: Sequence[TextRow], walls: Sequence[frozenset[int]], columns: int, *, framed: bool) -> bool:
    """Whether rulings divide the rows of a table: there are enough, and few rows of values have none between them."""
    ruled = [len(wall) >= 0.5 * columns for wall in walls]
    if sum(ruled) < 2 or (sum(ruled) < _BY_RULINGS * len(walls) and not framed):
        return False
    pairs = [i for i in range(len(walls)) if _both_hold_values(rows[i], rows[i + 1])]
    return sum(not ruled[i] for i in pairs) <= sum(ruled[i] for i in pairs)


def row_breaks(
    rows: Sequence[TextRow], walls: Sequence[frozenset[int]], columns: int, header: int, *, by_rulings: bool
) -> list[frozenset[int]]:
    """For each pair of neighbouring text rows the columns whose cell ends between them; none where one row goes on.

    Args:
        walls: from `walls_between`.
        header: number of text rows in the header.
        by_rulings: from `are_by_rulings`.
    """
    everywhere = frozenset(range(columns))
    pitches = [b.centre - a.centre for a, b in pairwise(rows)]
    certain = [i for i in range(header, len(pitches)) if _both_hold_values(rows[i], rows[i + 1])]
    usual = median(pitches[i] for i in certain) if certain else None
    close = _line_pitch(rows, pitches, header)
    breaks = []
    for i, pitch in enumerate(pitches):
        above, below, wall = rows[i], rows[i + 1], walls[i]
        beside_heading = i >= header and _is_heading(above, columns) != _is_heading(below, columns)
        ruled = len(wall) >= FULL * columns and i >= header and not (by_rulings and wall != everywhere)
        if i + 1 == header or beside_heading or ruled:
            breaks.append(everywhere)
        elif i + 1 < header:
            far = pitch > _HEADER_PITCH * (above.y1 - above.y0)
            breaks.append(everywhere if far and not wall else wall | _spanned(rows, i, header))
        elif by_rulings:
            values = _both_hold_values(above, below)
            breaks.append(wall | (everywhere if values and not wall else frozenset()))
        elif wall or _both_hold_values(above, below) or not _continues(rows, i, pitch, usual, close):
            breaks.append(everywhere)
        else:
            breaks.append(frozenset())
    return breaks if by_rulings else _values_divided(rows, breaks, pitches, columns, header)


def _values_divided(
    rows: Sequence[TextRow], breaks: Sequence[frozenset[int]], pitches: Sequence[float], columns: int, header: int
) -> list[frozenset[int]]:
    """The breaks of a body without rulings, and more where text rows with values in one column would be one row.

    Between such rows are lines of labels: those above the widest pitch belong to the row above. Of pitches that are the
    same one is taken at which no line reads on, else the last one, so that values stand beside the first line.
    """
    out = list(breaks)
    held: list[int] = []
    for at in range(header, len(rows)):
        if at > header and out[at - 1]:
            held = []
        beside = [other for other in held if _both_hold_values(rows[other], rows[at])]
        if beside:
            last = beside[-1]
            widest = max(pitches[last:at])
            wide = [k for k in range(last, at) if pitches[k] * SAME_PITCH >= widest]
            chosen = next((k for k in reversed(wide) if not _reads_on(rows[k], rows[k + 1])), wide[-1])
            out[chosen] = frozenset(range(columns))
            held = [other for other in held if other > chosen]
        if rows[at].values - {0}:
            held.append(at)
    return out


def unclear_rows(rows: Sequence[TextRow], row_of: Sequence[int]) -> int:
    """How many text rows with a label alone belong to the row above as well as to the one below, as it seems.

    They stand at the same distance from both, read on at both ends, and rows of values are on both sides.

    Args:
        row_of: the row of each text row.
    """
    found = 0
    for at in range(1, len(rows) - 1):
        above, row, below = rows[at - 1 : at + 2]
        pitches = sorted((row.centre - above.centre, below.centre - row.centre))
        found += (
            row.filled == {0}
            and row_of[at - 1] != row_of[at + 1]
            and bool(above.values - {0} and below.values - {0})
            and pitches[1] < SAME_PITCH * pitches[0]
            and _reads_on(above, row)
            and _reads_on(row, below)
        )
    return found


def _is_heading(row: TextRow, columns: int) -> bool:
    """Whether one text spans the whole table, see `headers.headings`."""
    return columns > 1 and row.spans == ((0, columns - 1),)


def _both_hold_values(above: TextRow, below: TextRow) -> bool:
    shared = above.values & below.values
    numbers = (above.numbers | below.numbers) & shared
    return bool(numbers - {0}) or (len(shared) > 1 and bool(numbers))


def _spanned(rows: Sequence[TextRow], i: int, header: int) -> frozenset[int]:
    """Columns of cells of a header's row that span several columns and end with it, since those have labels below."""
    found: set[int] = set()
    for first, last in rows[i].spans:
        held = ([(a, b) for a, b in row.spans if first <= a and b <= last] for row in rows[i + 1 : header])
        under = next(filter(None, held), [])
        if first < last and (len(under) > 1 or (under and under[0] != (first, last))):
            found.update(range(first, last + 1))
    return frozenset(found)


def _line_pitch(rows: Sequence[TextRow], pitches: Sequence[float], header: int) -> float | None:
    """Pitch up to which text rows of the body are lines of one cell, where pitches are clearly of two kinds."""
    ordered = sorted(pitches[header:])
    if len(ordered) < 3:
        return None
    best, at = 1.0, None
    for a, b in pairwise(ordered):
        if b / max(a, 1e-6) > best:
            best, at = b / max(a, 1e-6), (a + b) / 2
    height = median(row.y1 - row.y0 for row in rows)
    if best < 1.18 or at is None or ordered[0] > 1.6 * height:
        return None
    return at


def _continues(rows: Sequence[TextRow], i: int, pitch: float, usual: float | None, close: float | None) -> bool:
    """Whether text row i + 1 goes on in the cells of row i."""
    above, below = rows[i], rows[i + 1]
    if usual is not None:
        if pitch > usual / SAME_PITCH and not _reads_on(above, below):
            return False
    elif close is not None and pitch > close:
        return False
    if above.values - {0} and below.values - {0}:
        return False
    if below.values - {0}:
        # A label of several lines with its values beside the last line.
        return above.filled == {0} and 0 in below.filled and (_reads_on(above, below) or _is_closer(pitch, usual))
    if below.filled <= above.filled:
        if (0 in below.filled or below.filled == above.filled) and close is None and usual is None:
            # Nothing but the words tells: a row without some of its values has fewer columns too.
            return _most_read_on(above, below)
        if below.filled == {0} and above.values - {0}:
            return _reads_on(above, below) or _is_closer(pitch, usual)
        return True
    return _is_closer(pitch, usual) or (close is not None and pitch <= close)


def _most_read_on(above: TextRow, below: TextRow) -> bool:
    """Whether a line goes on in most of the columns that both rows fill."""
    shared = above.filled & below.filled
    return 2 * sum(_reads_on(above, below, column) for column in shared) > len(shared)


def _is_closer(pitch: float, usual: float | None) -> bool:
    return usual is not None and pitch < usual / SAME_PITCH


def _reads_on(above: TextRow, below: TextRow, column: int | None = None) -> bool:
    """Whether the words of a column say that a line goes on: it ends open, or the next one begins in lower case.

    Args:
        column: None for the first that both rows fill.
    """
    shared = above.filled & below.filled
    if not shared:
        return False
    column = min(shared) if column is None else column
    before, after = above.text_at(column).rstrip(), below.text_at(column).lstrip()
    if not before or not after:
        return False
    if before[-1] in "-,/&(–" or before.split()[-1].lower() in _OPEN_WORDS:
        return True
    return after[0].islower() or after[0] in "(&/"


_OPEN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "of the and or for in to with by on at a an from than as per which who that "
        "de du des la le les et ou der die das und oder von mit zu im am y o el los las del e di da il",
    )
)
