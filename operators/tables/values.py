"""The numbers that cells mean, by the convention of their column, their table and their page."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..values.locale import Decimal, LocaleHint, locale_hint
from ..values.numbers import parse_number
from .structure.runs import is_number
from .table import GridCell, GridTable

# Words beside a number, longer than a unit or a currency, are a sentence.
_WORDS = re.compile(r"[^\W\d_]{4,}")
# Marks of footnotes behind a number, which are no part of it.
_MARKS = re.compile(r"\s*(?:[*†‡§#]+|\(?[a-z]\)|[¹²³⁴⁵⁶⁷⁸⁹⁰]+|\[[0-9a-z]{1,2}\]|(?<=\s)\d{1,2}\))+$")
_LEADING_MARKS = re.compile(r"^[*†‡§#]+\s*(?=[-–−(]?\d)")
_LEADERS = re.compile(r"(?:\s*\.){3,}\s*")
_BRACKETED = re.compile(r"\(\s*[^()]*\d[^()]*\)")
_THREE_DECIMALS = re.compile(r"(?<![\d.,])-?0([.,])\d{3}(?![\d.,])")
# Behind amounts of a German account: `S` is a debit, `H` a credit. And a unit that is no number: `£'000`.
_SIDE = re.compile(r"\d\s?([SH])$")
_UNIT = re.compile(r"(?<!\d)['’]000")
# So many numbers that are all in brackets are no negative ones, but shares or errors of what stands beside them.
_ALL_BRACKETED = 4
# One mark before three digits: thousands or three decimals.
_AMBIGUOUS = re.compile(r"(?<![\d.,'’])[1-9]\d{0,2}([.,])\d{3}(?![\d.,'’])")
_BELOW_THOUSAND = re.compile(r"[-–−(+]?\s?\d{1,3}\s?\)?")
# So many ambiguous numbers beside whole ones below a thousand are thousands: decimals would stand at all of them.
_FEWEST_AMBIGUOUS, _FEWEST_BELOW = 2, 1
_OTHER: dict[str, Decimal] = {".": ",", ",": "."}
# Frequent words of languages whose decimal mark is a point, and of languages where it is a comma. Spanish is missing,
# since its countries differ.
_POINT_WORDS = frozenset(re.findall(r"\w+", "the of and for with from that this are was which not by"))
_COMMA_WORDS = frozenset(
    re.findall(
        r"\w+",
        "der die das und für mit von nicht ist auf den dem eine des im zu bei oder "
        "le la les et pour dans est une sur par aux du il gli della delle dei sono nel "
        "os uma dos das não em pelo het een van voor met niet "
        "och att för är som till og til af ikke på nie się dla oraz jest",
    )
)
# So many frequent words show the language, where they are this many times those of the others.
_FEWEST_WORDS, _CLEARLY = 4, 3


def page_hint(text: str) -> LocaleHint:
    """How a page writes numbers: its unambiguous numbers decide; where they do not, its most frequent words."""
    hint = locale_hint(text)
    return hint if hint.decimal is not None else replace(hint, decimal=_decimal_of_words(text))


def cell_numbers(table: GridTable, hint: LocaleHint) -> list[float | None]:
    """For each cell of a table the number that is its whole text, else None.

    Which mark is the decimal one, the unambiguous numbers of a column decide, else `hint`, else whole numbers below a
    thousand in the columns with `12.345`, which are then thousands. Where nothing decides, `12.345` has no number.
    Brackets are a minus, except in a column of which all numbers have them; so is an `S` where others of the column
    have an `H`, as in German accounts. A percent sign, a currency and marks of footnotes are left out.

    Args:
        hint: how the page writes numbers, from `page_hint`.
    """
    columns: dict[int, list[GridCell]] = {}
    for cell in table.cells:
        columns.setdefault(cell.column, []).append(cell)
    if hint.decimal is None:
        hint = replace(hint, decimal=_decimal_of_columns(list(columns.values())))
    hints = {column: _column_hint(cells, hint) for column, cells in columns.items()}
    unsigned = {column for column, cells in columns.items() if _all_bracketed(cells)}
    sides = {
        column: {match[1] for cell in cells if (match := _SIDE.search(cell.text))} for column, cells in columns.items()
    }
    return [
        _on_its_side(cell.text, _number(cell, hints[cell.column], cell.column in unsigned), sides[cell.column])
        for cell in table.cells
    ]


def _on_its_side(text: str, number: float | None, sides: set[str]) -> float | None:
    """The number, negative for a debit; None where the column does not tell whether an `S` is one."""
    side = _SIDE.search(text)
    if number is None or side is None or side[1] == "H":
        return number
    return -number if "H" in sides else None


def _decimal_of_words(text: str) -> Decimal | None:
    words = re.findall(r"[^\W\d_]+", text.lower())
    point, comma = sum(word in _POINT_WORDS for word in words), sum(word in _COMMA_WORDS for word in words)
    if max(point, comma) < _FEWEST_WORDS or max(point, comma) < _CLEARLY * min(point, comma):
        return None
    return "." if point > comma else ","


def _decimal_of_columns(columns: Sequence[Sequence[GridCell]]) -> Decimal | None:
    marks = set()
    for cells in columns:
        body = [cell.text.strip() for cell in cells if not cell.is_header]
        found = [match[1] for text in body if (match := _AMBIGUOUS.search(text)) and is_number(text)]
        below = sum(_BELOW_THOUSAND.fullmatch(text) is not None for text in body)
        if len(found) >= _FEWEST_AMBIGUOUS and below >= _FEWEST_BELOW:
            marks.update(found)
    return _OTHER[marks.pop()] if len(marks) == 1 else None


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
    if (
        not any(c.isdigit() for c in text)
        or _WORDS.search(text)
        or _UNIT.search(text)
        or (cell.is_header and not is_number(text))
    ):
        return None
    ambiguous = _AMBIGUOUS.search(text)
    if hint.decimal is None and ambiguous is not None and ambiguous[1] == ".":
        return None
    bare = _LEADING_MARKS.sub("", _MARKS.sub("", text))
    number = parse_number(bare if any(c.isdigit() for c in bare) else text, hint)
    return abs(number) if number is not None and unsigned else number
