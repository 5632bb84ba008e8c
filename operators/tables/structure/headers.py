"""The header of a table: where it ends, and the columns that its labels stand over."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf

from .area import Line, lines_between
from .columns import Interval
from .rows import FULL, SAME_PITCH, TextRow
from .runs import Run

# A label over several columns has its middle within this part of their width from theirs.
_CENTRED = 0.12
# So many columns is it worth to a label to stand in the middle, per part of their width.
_OFF = 8.0
# A heading within the body stands in the middle of the table within this share of its width.
_MIDDLE = 0.02
# Points within which a line begins where the one above it does.
_ALIGNED = 0.5
# A header with this many vertical rulings at the height of its labels has frames.
_FRAMED = 3
# A ruling under a label is at most this many heights below it.
_UNDER = 1.3


def header_end(rows: Sequence[TextRow], walls: Sequence[frozenset[int]], columns: int, *, by_rulings: bool) -> int:
    """The number of text rows at the top that are the header: those above the first row of values.

    Where a ruling crosses the table above the first values, the header ends there.

    Args:
        walls: from `walls_between`.
        by_rulings: whether rulings divide the rows of the table.
    """
    first = _first_values(rows)
    full = [len(wall) >= FULL * columns for wall in walls]
    ends = [at + 1 for at in range(len(walls)) if full[at]]
    # Rows that look like values but have other words too belong to the header that a ruling ends right below them.
    for end in ends:
        if first < end <= first + 2 and all(row.filled - row.values - {0} for row in rows[first:end]):
            return end
    if first == len(rows):
        # A table of words: its header is what the first ruling divides from the rest.
        return ends[0] if ends and ends[0] <= 0.5 * len(rows) else 0
    before = [end for end in ends if end <= first]
    if before and by_rulings:
        # Of rows that are all ruled the first is the header, with those below labels over several columns.
        for at, end in enumerate(before):
            band = rows[before[at - 1] if at else 0 : end]
            if (
                all(a == b for row in band for a, b in row.spans)
                and len(frozenset().union(*(r.filled for r in band))) > 1
            ):
                return end
    if before:
        return before[-1]
    if by_rulings and ends and first > 0:
        return ends[0]
    # Rows with a label alone above the first values are headings of the body, or the first lines of its label.
    above = first
    while above > 0 and rows[above - 1].filled == {0}:
        above -= 1
    if above == 0:
        return 0
    if above > 2 and _are_like_the_body(rows, above, columns):
        return 1
    while above > 1 and _is_like_the_next(rows, above - 1):
        above -= 1
    return above + 1 if above < first and _ends_late(rows, above + 1) else above


def _are_like_the_body(rows: Sequence[TextRow], header: int, columns: int) -> bool:
    """Whether text rows without values stand as rows of the body do: all columns are filled, at one distance.

    Labels of several lines rarely have as many in all columns: these are rows of words or dates below a header of one.
    """
    full = all(len(row.filled) == columns and len(row.runs) == columns for row in rows[:header])
    pitches = [b.centre - a.centre for a, b in pairwise(rows[: header + 2])]
    return full and columns > 1 and max(pitches) < SAME_PITCH * min(pitches)


def _is_like_the_next(rows: Sequence[TextRow], at: int) -> bool:
    """Whether a text row has values where the next one has, words where it has words, and stands as far from both."""
    row, below = rows[at], rows[at + 1]
    behind = row.filled - {0}
    like = behind <= below.filled and row.values - {0} == below.values & behind
    pitches = row.centre - rows[at - 1].centre, below.centre - row.centre
    return (
        len(behind) > 1
        and like
        and bool(row.numbers - {0})
        and not _is_years(row)
        and max(pitches) < SAME_PITCH * min(pitches)
    )


def _ends_late(rows: Sequence[TextRow], at: int) -> bool:
    """Whether text row at - 1 stands closer to the row above it than to the one below."""
    return rows[at - 1].centre - rows[at - 2].centre < 0.9 * (rows[at].centre - rows[at - 1].centre)


def _first_values(rows: Sequence[TextRow]) -> int:
    """Index of the first text row whose cells behind the first are mostly values; the number of rows where none is."""
    for at, row in enumerate(rows):
        behind = row.filled - {0}
        values = row.values - {0}
        if values and len(values) >= 0.5 * len(behind) and row.numbers - {0} and not _is_years(row):
            return at
    return len(rows)


def _is_years(row: TextRow) -> bool:
    """Whether the numbers of a row are years, as headers have them, or all in brackets, as units are."""
    texts = [row.text_at(column).strip() for column in sorted(row.numbers - {0})]
    years = [text for text in texts if len(text) == 4 and text.isdigit() and 1800 <= int(text) <= 2100]
    notes = [text for text in texts if text.startswith("(") and text.endswith(")")]
    return len(years) + len(notes) == len(texts) and (len(texts) > 1 or 0 not in row.filled)


def widened(
    rows: Sequence[TextRow],
    header: int,
    columns: Sequence[Interval],
    horizontal: Sequence[Line],
    vertical: Sequence[Line],
) -> list[TextRow]:
    """The text rows, with labels of the header that stand over several columns spanning them.

    The rulings beside or under a label say which columns. Where the header has none, a label spans the empty columns
    beside it so far as it stands in their middle, and they have labels of their own below.
    """
    out = list(rows)
    partly = any(_columns_ruled(run, row, columns, horizontal) for row in rows[: header - 1] for run in row.runs)
    for at in range(header - 1):
        row = rows[at]
        below = frozenset[int]().union(*(other.filled for other in rows[at + 1 : header]))
        framed = sum(line.start <= row.centre <= line.end for line in vertical)
        spans = list(row.spans)
        ruled_any = False
        for i, (run, (first, last)) in enumerate(zip(row.runs, row.spans, strict=True)):
            left = spans[i - 1][1] + 1 if i else 0
            right = row.spans[i + 1][0] - 1 if i + 1 < len(spans) else len(columns) - 1
            frame = _frame(run.x0, run.x1, row.centre, columns, vertical)
            left, right = max(left, min(frame[0], first)), min(right, max(frame[1], last))
            if framed >= _FRAMED:
                ruled: tuple[int, int] | None = (left, right)
            else:
                ruled = _columns_ruled(run, row, columns, horizontal)
            if ruled and ruled[0] <= first and last <= ruled[1]:
                spans[i] = (max(ruled[0], left), min(ruled[1], right))
                ruled_any = True
        if not (ruled_any or partly):
            spans = _centred(row, columns, below)
        out[at] = replace(row, spans=tuple(spans))
    return out


def before_heading(rows: Sequence[TextRow], header: int, columns: Sequence[Interval]) -> int:
    """The number of text rows of the header without a heading of the body that stands right under it.

    That is one text in the middle of the whole table below labels of all columns, over several of them or as others in
    the body; one under a single label may be a line of it.
    """
    if header < 2 or not _is_in_the_middle(rows, header - 1, columns):
        return header
    run = rows[header - 1].runs[0]
    labelled = frozenset[int]().union(*(row.filled for row in rows[: header - 1]))
    if not run.text[0].isalpha() or not labelled >= set(range(1, len(columns))):
        return header
    over = [label for label in rows[header - 2].runs if label.x0 < run.x1 and run.x0 < label.x1]
    others = any(_is_in_the_middle(rows, at, columns) for at in range(header, len(rows)))
    return header - 1 if others or len(over) > 1 else header


def _is_in_the_middle(rows: Sequence[TextRow], at: int, columns: Sequence[Interval]) -> bool:
    """Whether a text row is one text in the middle of the whole table above a row of values."""
    row, follows = rows[at], rows[at + 1 : at + 2]
    if len(row.runs) != 1 or len(columns) < 2 or row.values or not follows or not follows[0].values - {0}:
        return False
    low, high = columns[0][0], columns[-1][1]
    begun = rows[at - 1].runs if at else ()
    if row.runs[0].text[0].islower() or any(abs(run.x0 - row.runs[0].x0) <= _ALIGNED for run in begun):
        # A line of the cell above.
        return False
    return abs((row.runs[0].x0 + row.runs[0].x1) / 2 - (low + high) / 2) <= _MIDDLE * (high - low)


def headings(rows: Sequence[TextRow], header: int, columns: Sequence[Interval]) -> list[TextRow]:
    """The text rows; in the body a row of one text in the middle of the whole table spans all of its columns.

    A row of values has to follow: in a table of words the text may be a line of a cell in the middle column.
    """
    whole = ((0, len(columns) - 1),)
    return [
        replace(row, spans=whole) if at >= header and _is_in_the_middle(rows, at, columns) else row
        for at, row in enumerate(rows)
    ]


def framed_spans(
    rows: Sequence[TextRow], header: int, columns: Sequence[Interval], vertical: Sequence[Line]
) -> list[TextRow]:
    """The text rows of a table with frames; in its body a run that has no other beside it in its frame spans that."""
    out = list(rows)
    for at in range(header, len(rows)):
        row = rows[at]
        if len(row.runs) == len(columns):
            continue
        spans = list(row.spans)
        for i, (run, (first, last)) in enumerate(zip(row.runs, row.spans, strict=True)):
            low, high = _frame(run.x0, run.x1, row.centre, columns, vertical)
            others = [b for j, (a, b) in enumerate(row.spans) if j != i and a <= high and b >= low]
            if low <= first and last <= high and not others:
                spans[i] = (low, high)
        out[at] = replace(row, spans=tuple(spans))
    return out


def _frame(
    x0: float, x1: float, centre: float, columns: Sequence[Interval], vertical: Sequence[Line]
) -> tuple[int, int]:
    """First and last column between the vertical rulings to the left and the right of a label."""
    here = [line.at for line in vertical if line.start <= centre <= line.end]
    middle = (x0 + x1) / 2
    low = max((at for at in here if at <= middle), default=float("-inf"))
    high = min((at for at in here if at > middle), default=float("inf"))
    held = [i for i, (a, b) in enumerate(columns) if low < (a + b) / 2 < high]
    return (held[0], held[-1]) if held else (0, len(columns) - 1)


def _columns_ruled(
    run: Run, row: TextRow, columns: Sequence[Interval], horizontal: Sequence[Line]
) -> tuple[int, int] | None:
    """First and last column over which a ruling right under a label runs, if those are two or more but not all.

    A ruling under several labels of the row says of none which columns it is over.
    """
    best = None
    height = row.y1 - row.y0
    for line in lines_between(horizontal, row.y1 - 0.4 * height, row.y1 + _UNDER * height):
        if not _is_over(run, line) or any(_is_over(other, line) for other in row.runs if other is not run):
            continue
        held = [i for i, (a, b) in enumerate(columns) if min(line.end, b) - max(line.start, a) >= 0.5 * (b - a)]
        if 1 < len(held) < len(columns) and (best is None or line.at < best[0]):
            best = line.at, held
    return None if best is None else (best[1][0], best[1][-1])


def _is_over(run: Run, line: Line) -> bool:
    return min(line.end, run.x1) - max(line.start, run.x0) >= 0.8 * run.width


def _centred(row: TextRow, columns: Sequence[Interval], below: frozenset[int]) -> list[tuple[int, int]]:
    """Spans of the labels of a row, so that each stands in the middle of its columns.

    A label spans more columns than its own where those have labels below. Of all ways to do this without two labels
    over one column, the one that covers many columns with the labels well in their middle is taken.
    """
    # By the last column covered so far: the worth of the best spans up to there, and they.
    ways: dict[int, tuple[float, list[tuple[int, int]]]] = {-1: (0.0, [])}
    for run, (first, last) in zip(row.runs, row.spans, strict=True):
        again: dict[int, tuple[float, list[tuple[int, int]]]] = {}
        for end, (worth, spans) in ways.items():
            for a, b, off in _candidates(run.x0, run.x1, first, last, columns, below):
                total = worth + b - a + 1 - _OFF * off
                if a > end and (b not in again or again[b][0] < total):
                    again[b] = total, [*spans, (a, b)]
        ways = again
    return max(ways.values(), key=lambda way: way[0])[1] if ways else list(row.spans)


def _candidates(
    x0: float, x1: float, first: int, last: int, columns: Sequence[Interval], below: frozenset[int]
) -> list[tuple[int, int, float]]:
    """Spans of a label in whose middle it stands, and by which part of their width it is off; its own is the first."""
    found = [(first, last, 0.0)]
    middle = (x0 + x1) / 2
    # The first column labels the rows; a label over others begins behind it.
    for a in range(first, min(first, 1) - 1, -1):
        if a < first and a not in below:
            break
        for b in range(last, len(columns)):
            if b > last and b not in below:
                break
            low, high = columns[a][0], columns[b][1]
            off = abs((low + high) / 2 - middle) / (high - low)
            if b - a > last - first and off <= _CENTRED:
                found.append((a, b, off))
    return found


def under_labels(
    rows: Sequence[TextRow], header: int, columns: Sequence[Interval]
) -> tuple[list[TextRow], list[Interval]] | None:
    """The text rows and columns, where labels at one end of their columns had a column beside that of their values.

    A column then has a label alone and another one values alone, and the labels between stand beside the values of
    their column and not above them. None where that is not so.
    """
    if not header or any(first < last for row in rows[:header] for first, last in row.spans):
        return None
    above = frozenset[int]().union(*(row.filled for row in rows[:header]))
    below = frozenset[int]().union(*(row.filled for row in rows[header:]))
    alone, bare = above - below, below - above - {0}
    if len(alone) != 1 or len(bare) != 1:
        return None
    (empty,), (full,) = alone, bare
    low, high = min(empty, full), max(empty, full)
    between = list(range(low + 1, high))
    beside = sum(not _stand_above(rows, header, column) for column in between)
    if not between or beside <= 0.5 * len(between):
        return None

    def moved(column: int, label: bool) -> int:
        if label and empty < full:
            return column if column < full else column - 1
        if label:
            return column - 1 if column > full else column
        return column - 1 if column > empty else column

    out = [
        replace(row, spans=tuple((moved(first, at < header), moved(last, at < header)) for first, last in row.spans))
        for at, row in enumerate(rows)
    ]
    extents: list[Interval] = [(inf, -inf)] * (len(columns) - 1)
    for row in out:
        for run, (first, last) in zip(row.runs, row.spans, strict=True):
            if first == last:
                extents[first] = min(extents[first][0], run.x0), max(extents[first][1], run.x1)
    return out, extents


def _stand_above(rows: Sequence[TextRow], header: int, column: int) -> bool:
    """Whether a label of a column and one of its values overlap from left to right."""
    labels, values = (
        [run for row in part for run, span in zip(row.runs, row.spans, strict=True) if span == (column, column)]
        for part in (rows[:header], rows[header:])
    )
    return any(a.x0 < b.x1 and b.x0 < a.x1 for a in labels for b in values)
