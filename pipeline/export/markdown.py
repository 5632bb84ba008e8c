"""Markdown in reading order: titles become headings, tables and charts become tables, figures become notes."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

from ...operators.tables.plain import table_grid
from ...schemas.geometry import Box
from ...schemas.page import RUNNING_KINDS
from ..tables.by_document import DocumentRows
from ..tables.joined import join_tables
from ..tables.records import StoredBlock, StoredChart, StoredLine, StoredPage, StoredTable
from .hyphens import Vocabulary
from .leaders import is_leader, without_leader
from .word_boxes import placed_words

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$])")
# Characters that begin a heading, a list, a quotation, a rule or a code block at the start of a line.
_BEGINS = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=+])|>)")
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_BULLET = re.compile(r"^\s*(?:[•◦▪‣·●○■□–—*-]|\uf0b7)\s+")
_COVERED = 0.5
# Pages whose words are known when the first of them is written, with those of all pages before.
_TOGETHER = 64


def write_markdown(document: DocumentRows, path: Path, *, keep_running: bool = False) -> int:
    """Write a document and return the number of its pages.

    Args:
        keep_running: whether running headers, footers and page numbers are written.
    """
    facts = document.stored()
    vocabulary = Vocabulary()
    left = iter(document.pages)
    pages = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# {inline(facts.title or facts.name)}\n")
        while together := [
            (rows.number, rows.stored(), rows.charts(), rows.tables()) for rows in islice(left, _TOGETHER)
        ]:
            for _, page, _, _ in together:
                vocabulary.add(line.text for line in page.lines)
            for number, page, charts, tables in together:
                file.write(f"\n<!-- page {number} -->\n")
                parts = page_markdown(page, charts, tables, vocabulary, keep_running=keep_running)
                file.writelines(f"\n{part}\n" for part in parts)
                pages += 1
    return pages


def page_markdown(
    page: StoredPage,
    charts: Sequence[StoredChart],
    tables: Sequence[StoredTable] = (),
    vocabulary: Vocabulary | None = None,
    *,
    keep_running: bool = False,
) -> Iterator[str]:
    """The parts of a page in reading order, without blank lines around them.

    Args:
        tables: the tables that an engine read; what it declined is derived from the places of the words.
        vocabulary: the words of its document; None: those of the page.
        keep_running: whether running headers, footers and page numbers belong to it.
    """
    if page.status == "failed":
        yield f"*This page could not be read: {inline((page.error_code or 'unknown').replace('_', ' '))}*"
        return
    if vocabulary is None:
        vocabulary = Vocabulary()
        vocabulary.add(line.text for line in page.lines)
    owners = {table.table_id: table.block_id or _first_block(table, page.lines) for table in tables}
    lines = {
        key: [
            line
            for line in group
            if not any(owners[table.table_id] != key and _is_in(line.box, table.box) for table in tables)
        ]
        for key, group in groupby(page.lines, key=lambda line: line.block_id)
    }
    left = list(charts)
    shown: set[str | None] = set()
    for block in page.blocks:
        held = [chart for chart in left if _is_in(chart.box, block.box)]
        left = [chart for chart in left if chart not in held]
        shown.add(block.block_id)
        if keep_running or block.kind not in RUNNING_KINDS:
            mine = [table for table in tables if owners[table.table_id] == block.block_id]
            yield from _block(block, lines.get(block.block_id, []), held, mine, page, vocabulary)
    for table in tables:
        if owners[table.table_id] not in shown:
            yield from _cells(table, [], vocabulary)
    loose = [line for key, group in lines.items() if key not in shown for line in group]
    if loose:
        yield from _paragraph(loose, vocabulary)
    for chart in left:
        yield from _chart(chart)


def _block(
    block: StoredBlock,
    lines: Sequence[StoredLine],
    charts: Sequence[StoredChart],
    tables: Sequence[StoredTable],
    page: StoredPage,
    vocabulary: Vocabulary,
) -> Iterator[str]:
    if block.kind in ("figure", "chart") and not charts:
        yield f"*[{block.kind.capitalize()}]*"
    for chart in charts:
        yield from _chart(chart)
    for place, table in enumerate(tables):
        others = [other for other in tables if other is not table]
        beside = [line for line in lines if not any(_is_in(line.box, other.box) for other in others)]
        yield from _cells(table, [] if place else beside, vocabulary)
    if not lines or tables:
        return
    if block.kind == "title":
        yield f"## {' '.join(map(inline, vocabulary.joined([line.text for line in lines])))}"
    elif block.kind == "table" and not _has_entries(_rows(lines)):
        aspect = page.height / page.width if page.width and page.height else 2**0.5
        words = [word for line in lines for word in placed_words(line) if not is_leader(word.text)]
        grid = table_grid(words, aspect) if words else None
        if grid:
            yield _table(grid)
        else:
            yield from _paragraph(lines, vocabulary)
    elif block.kind == "list" and not _has_entries(_rows(lines)):
        yield _list(vocabulary.joined([line.text for line in lines]))
    elif block.kind == "caption":
        yield f"*{' '.join(map(inline, vocabulary.joined([line.text for line in lines]))).strip()}*"
    else:
        yield from _paragraph(lines, vocabulary)


def _first_block(table: StoredTable, lines: Sequence[StoredLine]) -> str | None:
    """The block where a table of no layout region begins."""
    return next((line.block_id for line in lines if _is_in(line.box, table.box)), None)


def _has_entries(rows: Sequence[str]) -> bool:
    """Whether most rows are entries of a contents page."""
    return 2 * sum(without_leader(row) is not None for row in rows) >= len(rows)


def _paragraph(lines: Sequence[StoredLine], vocabulary: Vocabulary) -> Iterator[str]:
    """One line of Markdown per printed row; rows with leaders are the entries of a list."""
    entries = [(without_leader(row), row) for row in _rows(lines)]
    for are_entries, group in groupby(entries, key=lambda entry: entry[0] is not None):
        members = list(group)
        if are_entries:
            yield "\n".join(f"- {_line(entry)}" for entry, _ in members if entry)
        else:
            yield "\n".join(_line(row) for row in vocabulary.joined([row for _, row in members]))


def _rows(lines: Sequence[StoredLine]) -> list[str]:
    """The texts of printed rows: lines next to each other on the page are joined."""
    rows: list[str] = []
    before: StoredLine | None = None
    for line in lines:
        if before is not None and _goes_on(before, line):
            rows[-1] += f" {line.text.strip()}"
        else:
            rows.append(line.text)
        before = line
    return rows


def _goes_on(before: StoredLine, line: StoredLine) -> bool:
    if before.box is None or line.box is None or before.polygon or line.polygon:
        return False
    shared = min(before.box.y1, line.box.y1) - max(before.box.y0, line.box.y0)
    height = min(before.box.y1 - before.box.y0, line.box.y1 - line.box.y0)
    return shared >= _COVERED * height and line.box.x0 >= max(before.box.x0, before.box.x1 - height)


def _list(texts: Sequence[str]) -> str:
    """A list: an item begins at a bullet or a number, and other lines continue the item before."""
    out = []
    for text in texts:
        bullet = _BULLET.match(text)
        if bullet:
            out.append(f"- {_line(text[bullet.end() :])}")
        elif _NUMBERED.match(text):
            out.append(_NUMBERED.sub(r"\1\2", inline(text.strip())))
        else:
            out.append(f"  {_line(text)}" if out else f"- {_line(text)}")
    return "\n".join(out)


def _chart(chart: StoredChart) -> Iterator[str]:
    title = inline(chart.title) if chart.title else "without a title"
    if chart.status != "ok":
        yield f"*[Chart {title}: it could not be read]*"
        return
    yield f"*[{chart.chart_type.capitalize()} chart: {title}]*"
    if chart.columns:
        width = len(chart.columns)
        rows = [[*cells, *[""] * (width - len(cells))][:width] for cells in chart.rows]
        yield _table([list(chart.columns), *rows])


def _cells(table: StoredTable, lines: Sequence[StoredLine], vocabulary: Vocabulary) -> Iterator[str]:
    """A table with its caption, and the lines of its block that it leaves out, such as notes below it.

    A cell over several rows or columns stands in the first of them; several header rows become one.
    """
    left = [line for line in lines if not _is_in(line.box, table.box)]
    above = [line for line in left if line.box is not None and table.box is not None and line.box.y0 < table.box.y0]
    if above:
        yield from _paragraph(above, vocabulary)
    (joined,) = join_tables([table])
    names = [name if any(row[i].strip() for row in joined.header) else "" for i, name in enumerate(joined.column_names)]
    body = [[""] * table.n_columns for _ in range(table.n_rows)]
    for cell in table.cells:
        body[cell.row][cell.column] = cell.text
    yield _table([names, *body[table.header_rows :]])
    below = [line for line in left if line not in above]
    if below:
        yield from _paragraph(below, vocabulary)


def _table(grid: Sequence[Sequence[str]]) -> str:
    head, *rows = grid
    parts = [_row(head), f"|{' --- |' * len(head)}", *(_row(row) for row in rows)]
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(inline(cell).strip() for cell in cells) + " |"


def _line(text: str) -> str:
    """A line of text, escaped so that it does not become a heading or a list."""
    escaped = inline(text.strip())
    return _NUMBERED.sub(r"\1\\\2", _BEGINS.sub(r"\1\\\2", escaped))


def inline(text: str) -> str:
    """Text on one line, escaped so that it contains no HTML, links or emphasis."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("&", "&amp;")


def _is_in(inner: Box | None, outer: Box | None) -> bool:
    if inner is None or outer is None:
        return False
    width = min(inner.x1, outer.x1) - max(inner.x0, outer.x0)
    height = min(inner.y1, outer.y1) - max(inner.y0, outer.y0)
    if width <= 0 or height <= 0:
        return False
    return width * height >= _COVERED * (inner.x1 - inner.x0) * (inner.y1 - inner.y0)
