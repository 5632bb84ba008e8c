"""Pages with tables among other text, a function a kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pymupdf

from ..languages import LANGUAGES
from ..writing import Writer
from . import contents
from .contents import Content
from .drawing import Grid, Item, Placed, Rect, Style, around, moved, natural_width, paragraph, set_table, write

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0


@dataclass(frozen=True)
class TablePage:
    """A document of one page with its tables."""

    document: Any
    tables: tuple[Placed, ...]


def _style(writer: Writer, rules: str, **more: Any) -> Style:
    serif = writer.chance(0.4)
    given: dict[str, Any] = {
        "rules": rules,
        "font": "tiro" if serif else "helv",
        "bold_font": "tibo" if serif else "hebo",
        "size": writer.pick((7.5, 8.0, 9.0, 10.0)),
        "gutter": float(writer.whole(8, 24)),
        "pad": float(writer.rng.uniform(0.5, 5.0)),
        "rule_width": writer.pick((0.3, 0.6, 1.0)),
    }
    return Style(**{**given, **more})


def _page() -> tuple[Any, Any]:
    document = pymupdf.open()
    return document, document.new_page(width=WIDTH, height=HEIGHT)


def _prose(writer: Writer, page: Any, y: float, sentences: int, x: float = MARGIN, width: float | None = None) -> float:
    text = " ".join(writer.sentence() for _ in range(sentences))
    return paragraph(page, x, y, width or WIDTH - 2 * MARGIN, _latin(text)) + 10


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _grid(content: Content, style: Style) -> Grid:
    """A table that fits the page."""
    items = tuple(Item(**{**item.__dict__, "text": _latin(item.text)}) for item in content[0])
    grid = Grid(items, content[1], style)
    while natural_width(grid) > WIDTH - 2 * MARGIN and style.size > 5.5:
        style = Style(
            **{
                **style.__dict__,
                "size": style.size - 0.5,
                "gutter": max(6.0, style.gutter - 2),
                "widest": 0.85 * style.widest,
            }
        )
        grid = Grid(items, content[1], style)
    return grid


def _one(writer: Writer, content: Content, style: Style, *, wide: bool | None = None, notes: bool = False) -> TablePage:
    """A title, prose, the table, notes, prose."""
    document, page = _page()
    y = _prose(writer, page, MARGIN, writer.whole(2, 5))
    if writer.chance(0.6):
        write(page, MARGIN, y, _latin(f"Table {writer.whole(1, 30)}: {writer.title(2, 4)}"), style.bold_font, 10)
        y += 20
    grid = _grid(content, style)
    full = writer.chance(0.5) if wide is None else wide
    placed, y = set_table(page, grid, MARGIN, y, WIDTH - 2 * MARGIN if full else None)
    if notes:
        for mark in ("1)", "*"):
            y = paragraph(page, MARGIN, y + 3, WIDTH - 2 * MARGIN, _latin(f"{mark} {writer.sentence(6, 14)}"), size=7)
    if y < HEIGHT - 150:
        _prose(writer, page, y + 14, writer.whole(2, 5))
    return TablePage(document, (placed,))


def _any(writer: Writer) -> Content:
    return writer.pick((contents.statistics, contents.grouped_header, contents.account, contents.sparse))(writer)


def full(writer: Writer) -> TablePage:
    return _one(writer, _any(writer), _style(writer, "all"))


def rows(writer: Writer) -> TablePage:
    return _one(writer, _any(writer), _style(writer, "rows"))


def partial(writer: Writer) -> TablePage:
    return _one(writer, contents.grouped_header(writer), _style(writer, "header", span_rules=True))


def bare(writer: Writer) -> TablePage:
    return _one(writer, writer.pick((contents.statistics, contents.account))(writer), _style(writer, "none"))


def dotted(writer: Writer) -> TablePage:
    return _one(writer, contents.statistics(writer), _style(writer, "dotted"))


def bands(writer: Writer) -> TablePage:
    content = writer.pick((contents.statistics, contents.goods, contents.words))(writer)
    return _one(writer, content, _style(writer, "none", bands=True))


def lines_ruled(writer: Writer) -> TablePage:
    return _one(writer, contents.words(writer), _style(writer, writer.pick(("all", "rows"))))


def lines_spaced(writer: Writer) -> TablePage:
    return _one(writer, contents.words(writer), _style(writer, writer.pick(("none", "header")), pad=5.0))


def spans(writer: Writer) -> TablePage:
    return _one(writer, contents.row_groups(writer), _style(writer, "all"))


def statement(writer: Writer) -> TablePage:
    return _one(writer, contents.statement(writer), _style(writer, writer.pick(("none", "header")), widest=260.0))


def sparse(writer: Writer) -> TablePage:
    return _one(writer, contents.sparse(writer), _style(writer, writer.pick(("all", "rows", "header", "none"))))


def gutters(writer: Writer) -> TablePage:
    """Few columns far apart."""
    return _one(writer, contents.statistics(writer), _style(writer, "header", gutter=70.0), wide=True)


def short_words(writer: Writer) -> TablePage:
    return _one(writer, contents.short_words(writer), _style(writer, writer.pick(("rows", "header", "none", "outer"))))


def goods(writer: Writer) -> TablePage:
    rules = writer.pick(("rows", "header", "none"))
    return _one(writer, contents.goods(writer), _style(writer, rules, widest=200.0), wide=True)


def notes(writer: Writer) -> TablePage:
    return _one(writer, _any(writer), _style(writer, writer.pick(("header", "rows"))), notes=True)


def sections(writer: Writer) -> TablePage:
    return _one(writer, contents.sections(writer), _style(writer, writer.pick(("header", "rows", "none", "all"))))


def dollars(writer: Writer) -> TablePage:
    return _one(writer, contents.dollars(writer), _style(writer, writer.pick(("header", "none"))))


def pairs(writer: Writer) -> TablePage:
    return _one(writer, contents.pairs(writer), _style(writer, writer.pick(("header", "rows", "all"))))


def wrapped(writer: Writer) -> TablePage:
    """Labels of several lines in the header and beside values, which stand beside the first or the last line."""
    style = _style(writer, writer.pick(("header", "none")), widest=60.0, stand=writer.pick(("top", "bottom")), pad=2.5)
    return _one(writer, contents.statistics(writer), style)


def narrow(writer: Writer) -> TablePage:
    """Columns that stand close together."""
    return _one(writer, _any(writer), _style(writer, writer.pick(("header", "rows")), gutter=5.0, size=7.5), wide=False)


def several(writer: Writer) -> TablePage:
    """Two or three tables one below another."""
    document, page = _page()
    y, tables = MARGIN, []
    for _ in range(3):
        content = contents.statistics(writer)
        grid = _grid(content, _style(writer, writer.pick(("all", "header", "rows"))))
        if y > HEIGHT - 330:
            break
        y = _prose(writer, page, y, 2)
        placed, y = set_table(page, grid, MARGIN, y)
        tables.append(placed)
        y += 24
    return TablePage(document, tuple(tables))


def beside_prose(writer: Writer) -> TablePage:
    """Two columns of prose; a table stands in one of them."""
    document, page = _page()
    wide = (WIDTH - 2 * MARGIN - 24) / 2
    left, right = MARGIN, MARGIN + wide + 24
    at, other = writer.pick(((left, right), (right, left)))
    y = MARGIN
    while y < HEIGHT - 150:
        y = _prose(writer, page, y, 4, other, wide)
    items = contents.statistics(writer)
    rows_, columns = max(i.row for i in items[0]), 2
    kept = tuple(i for i in items[0] if i.column <= columns and i.row <= min(rows_, 9))
    style = _style(writer, writer.pick(("header", "rows", "all")), size=8.0, gutter=8.0, widest=70.0)
    y = _prose(writer, page, MARGIN, 3, at, wide)
    placed, y = set_table(page, _grid((kept, 1), style), at, y, wide)
    while y < HEIGHT - 150:
        y = _prose(writer, page, y + 12, 3, at, wide)
    return TablePage(document, (placed,))


def side_by_side(writer: Writer) -> TablePage:
    document, page = _page()
    y = _prose(writer, page, MARGIN, 4)
    tables, bottom = [], y
    for x in (MARGIN, WIDTH / 2 + 14):
        items, header = contents.statistics(writer)
        kept = tuple(i for i in items if i.column <= 2)
        style = _style(writer, "all", size=8.0, gutter=8.0, widest=70.0)
        placed, end = set_table(page, _grid((kept, header), style), x, y)
        tables.append(placed)
        bottom = max(bottom, end)
    _prose(writer, page, bottom + 16, 3)
    return TablePage(document, tuple(tables))


def turned(writer: Writer) -> TablePage:
    """A table that is read from the side of the page."""
    flat = _one(writer, _any(writer), _style(writer, writer.pick(("all", "header"))))
    document = pymupdf.open()
    page = document.new_page(width=HEIGHT, height=WIDTH)
    clockwise = writer.chance(0.5)
    page.show_pdf_page(page.rect, flat.document, 0, rotate=-90 if clockwise else 90)

    def turn(box: Rect) -> Rect:
        x0, y0, x1, y1 = box
        return (HEIGHT - y1, x0, HEIGHT - y0, x1) if clockwise else (y0, WIDTH - x1, y1, WIDTH - x0)

    return TablePage(document, tuple(moved(table, turn) for table in flat.tables))


def long(writer: Writer) -> TablePage:
    """A table that fills the page with small type."""
    document, page = _page()
    columns, count = writer.whole(6, 10), writer.whole(45, 60)
    items = [Item(0, column, writer.title(1, 1), align="right" if column else "left") for column in range(columns)]
    for row in range(1, count):
        items.append(Item(row, 0, writer.pick(writer.language.cities)))
        items += [contents.amount(writer, row, column, places=1, high=999) for column in range(1, columns)]
    style = _style(writer, writer.pick(("none", "header", "rows")), size=7.0, pad=1.0)
    placed, _ = set_table(page, _grid((tuple(items), 1), style), MARGIN, MARGIN, WIDTH - 2 * MARGIN)
    return TablePage(document, (placed,))


def right_to_left(writer: Writer) -> TablePage:
    """A table in Hebrew: words in the order of sight, as most programs write them, the first column at the right."""
    document, page = _page()
    items, _ = contents.hebrew(writer)
    columns = max(i.column for i in items) + 1
    page.insert_font(fontname="hebrew", fontfile=_hebrew_font())
    font = pymupdf.Font(fontfile=_hebrew_font())
    step, pitch, top = (WIDTH - 2 * MARGIN) / columns, 20.0, MARGIN + 60
    cells = []
    for item in items:
        right = WIDTH - MARGIN - item.column * step - 6
        y = top + item.row * pitch
        seen = item.text if item.number is not None else item.text[::-1]
        wide = font.text_length(seen, 10)
        page.insert_text((right - wide, y + 12), seen, fontname="hebrew", fontsize=10)
        cells.append((item, (right - wide, y + 2, right, y + 13)))
    box = around([cell[1] for cell in cells])
    count = max(i.row for i in items) + 1
    if writer.chance(0.5):
        for row in range(count + 1):
            page.draw_line((MARGIN, top + row * pitch - 3), (WIDTH - MARGIN, top + row * pitch - 3), width=0.5)
    else:
        page.draw_line((MARGIN, box[1] + pitch - 5), (WIDTH - MARGIN, box[1] + pitch - 5), width=0.5)
    return TablePage(document, (Placed(cells),))


def _hebrew_font() -> str:
    """A font of the machine that has Hebrew letters.

    Raises:
        FileNotFoundError: there is none.
    """
    from ..fonts import find_faces

    for face in find_faces():
        if isinstance(face.source, str) and pymupdf.Font(fontfile=face.source).has_glyph(ord("א")):
            return face.source
    raise FileNotFoundError("no font of this machine has Hebrew letters: install one, such as DejaVu Sans")


KINDS: Mapping[str, Callable[[Writer], TablePage]] = {
    kind.__name__: kind
    for kind in (
        full,
        rows,
        partial,
        bare,
        dotted,
        bands,
        lines_ruled,
        lines_spaced,
        spans,
        statement,
        sparse,
        gutters,
        short_words,
        goods,
        notes,
        sections,
        dollars,
        pairs,
        wrapped,
        narrow,
        several,
        beside_prose,
        side_by_side,
        turned,
        long,
        right_to_left,
    )
}


def languages() -> tuple[Any, ...]:
    """The languages of the pages: with point and comma as decimal mark."""
    return tuple(language for language in LANGUAGES if language.code in ("en", "de", "fr"))
