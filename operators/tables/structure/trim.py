"""What stands in the region of a table and is not part of it: its title above, notes below."""

import re
from collections.abc import Sequence

from .area import Line
from .columns import Interval
from .rows import TextRow

# A line of a title or of a note runs over at least this share of the table's width.
_WIDE = 0.6
NOTE = re.compile(
    r"(?:[*†‡§]|\(?[0-9a-z]\)?[.)]?\s|notes?\b|sources?\b|n\.?\s?b\.?\b|legende?\b|anmerkung|quelle|hinweis|key\b"
    r"|exhibit reads|reading example|lesebeispiel)",
    re.IGNORECASE,
)
"""How a note below a table begins."""

_TITLE = re.compile(
    r"(?:table|tabelle|tableau|tabla|tabella|figure|exhibit|appendix|annex|chart)\s*[\dA-Z]", re.IGNORECASE
)


def table_rows(rows: Sequence[TextRow], columns: Sequence[Interval], horizontal: Sequence[Line]) -> tuple[int, int]:
    """The first text row of the table and the one after its last, without titles and notes in its region."""
    first, last = 0, len(rows)
    if len(columns) < 2:
        return first, last
    left, right = columns[0][0], columns[-1][1]
    long = [line for line in horizontal if line.end - line.start >= _WIDE * (right - left)]
    while last - first > 2 and _is_title(rows[first], rows[first + 1], left, right, long):
        first += 1
    at = last
    while at - first > 2 and _runs_wide(rows[at - 1], left, right):
        at -= 1
        if _begins_note(rows[at]) or _ruled_off(rows[at - 1], rows[at], long):
            last = at
    return first, last


def _is_title(row: TextRow, below: TextRow, left: float, right: float, long: Sequence[Line]) -> bool:
    if len(row.runs) != 1:
        return False
    if _TITLE.match(row.runs[0].text):
        return True
    wide = row.runs[0].width >= _WIDE * (right - left)
    above = [line for line in long if line.at < row.centre]
    between = [line for line in long if row.centre < line.at < below.centre]
    spans = row.spans[0][1] > row.spans[0][0]
    return not above and ((wide and len(below.runs) == 1) or ((wide or spans) and bool(between)))


def _runs_wide(row: TextRow, left: float, right: float) -> bool:
    if row.numbers - {0}:
        return False
    return len(row.runs) == 1 and (row.spans[0][1] > row.spans[0][0] or row.filled == {0} or _begins_note(row))


def _begins_note(row: TextRow) -> bool:
    return len(row.runs) == 1 and NOTE.match(row.runs[0].text) is not None and len(row.runs[0].words) > 2


def _ruled_off(above: TextRow, row: TextRow, long: Sequence[Line]) -> bool:
    """Whether the last long ruling of the table is right above a text row."""
    return bool(long) and above.centre < max(line.at for line in long) < row.centre
