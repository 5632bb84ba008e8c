"""The numbers that cells mean, by the convention of their column."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..values.locale import LocaleHint, locale_hint
from ..values.numbers import parse_number
from .structure.runs import is_number
from .table import GridCell, GridTable

# Words beside a number, longer than a unit or a currency, are a sentence.
_WORDS = re.compile(r"[^\W\d_]{4,}")
# Marks of footnotes behind a number, which are no part of it.
_MARKS = re.compile(r"\s*(?:[*†‡§#]+|\(?[a-z]\)|[¹²³⁴⁵⁶⁷⁸⁹⁰]+|\[[0-9a-z]{1,2}\])+$")
_LEADING_MARKS = re.compile(r"^[*†‡§#]+\s*(?=[-–−(]?\d)")
_LEADERS = re.compile(r"(?:\s*\.){3,}\s*")
_BRACKETED = re.compile(r"\(\s*[^()]*\d[^()]*\)")
_THREE_DECIMALS = re.compile(r"(?<![\d.,])-?0([.,])\d{3}(?![\d.,])")
# So many numbers that are all in brackets are no negative ones, but shares or errors of what stands beside them.
_ALL_BRACKETED = 4


def cell_numbers(table: GridTable, hint: LocaleHint) -> list[float | None]:
    """For each cell of a table the number that is its whole text, else None.

    A column decides by its own unambiguous numbers which mark is the decimal one, else `hint`. Brackets are a minus,
    except in a column of which all numbers have them. A percent sign, a currency and marks of footnotes are left out.

    Args:
        hint: how the document writes numbers.
    """
    columns: dict[int, list[GridCell]] = {}
    for cell in table.cells:
        columns.setdefault(cell.column, []).append(cell)
    hints = {column: _column_hint(cells, hint) for column, cells in columns.items()}
    unsigned = {column for column, cells in columns.items() if _all_bracketed(cells)}
    return [_number(cell, hints[cell.column], cell.column in unsigned) for cell in table.cells]


def _column_hint(cells: Sequence[GridCell], hint: LocaleHint) -> LocaleHint:
    texts = "\n".join(cell.text for cell in cells)
    own = locale_hint(texts).decimal
    if own is None:
        marks = {match[1] for match in _THREE_DECIMALS.finditer(texts)}
        own = "." if marks == {"."} else "," if marks == {","} else None
    return hint if own is None else replace(hint, decimal=own)


def _all_bracketed(cells: Sequence[GridCell]) -> bool:
    texts = [cell.text.strip() for cell in cells if not cell.is_header and any(c.isdigit() for c in cell.text)]
    return len(texts) >= _ALL_BRACKETED and all(_BRACKETED.fullmatch(text) for text in texts)


def _number(cell: GridCell, hint: LocaleHint, unsigned: bool) -> float | None:
    text = _LEADERS.sub(" ", cell.text).strip()
    if not any(c.isdigit() for c in text) or _WORDS.search(text) or (cell.is_header and not is_number(text)):
        return None
    bare = _LEADING_MARKS.sub("", _MARKS.sub("", text))
    number = parse_number(bare if any(c.isdigit() for c in bare) else text, hint)
    return abs(number) if number is not None and unsigned else number
