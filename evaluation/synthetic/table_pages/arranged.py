"""Pages with tables in other places: several, beside prose, side by side, turned, over the whole page, in Hebrew."""

import pymupdf

from ..fonts import find_faces
from ..writing import Writer
from . import contents
from .drawing import Item, Placed, Rect, around, moved, set_table
from .one_table import any_content
from .setting import HEIGHT, MARGIN, WIDTH, TablePage, fitted, new_page, one_table, prose, styled


def several(writer: Writer) -> TablePage:
    """Two or three tables one below another."""
    document, page = new_page()
    y, tables = MARGIN, []
    for _ in range(3):
        content = contents.statistics(writer)
        grid = fitted(content, styled(writer, writer.pick(("all", "header", "rows"))))
        if y > HEIGHT - 330:
            break
        y = prose(writer, page, y, 2)
        placed, y = set_table(page, grid, MARGIN, y)
        tables.append(placed)
        y += 24
    return TablePage(document, tuple(tables))


def beside_prose(writer: Writer) -> TablePage:
    """Two columns of prose; a table stands in one of them."""
    document, page = new_page()
    wide = (WIDTH - 2 * MARGIN - 24) / 2
    left, right = MARGIN, MARGIN + wide + 24
    at, other = writer.pick(((left, right), (right, left)))
    y = MARGIN
    while y < HEIGHT - 150:
        y = prose(writer, page, y, 4, other, wide)
    items = contents.statistics(writer)
    rows_, columns = max(i.row for i in items[0]), 2
    kept = tuple(i for i in items[0] if i.column <= columns and i.row <= min(rows_, 9))
    style = styled(writer, writer.pick(("header", "rows", "all")), size=8.0, gutter=8.0, widest=70.0)
    y = prose(writer, page, MARGIN, 3, at, wide)
    placed, y = set_table(page, fitted((kept, 1), style), at, y, wide)
    while y < HEIGHT - 150:
        y = prose(writer, page, y + 12, 3, at, wide)
    return TablePage(document, (placed,))


def side_by_side(writer: Writer) -> TablePage:
    document, page = new_page()
    y = prose(writer, page, MARGIN, 4)
    tables, bottom = [], y
    for x in (MARGIN, WIDTH / 2 + 14):
        items, header = contents.statistics(writer)
        kept = tuple(i for i in items if i.column <= 2)
        style = styled(writer, "all", size=8.0, gutter=8.0, widest=70.0)
        placed, end = set_table(page, fitted((kept, header), style), x, y)
        tables.append(placed)
        bottom = max(bottom, end)
    prose(writer, page, bottom + 16, 3)
    return TablePage(document, tuple(tables))


def open_side_by_side(writer: Writer) -> TablePage:
    """Two tables beside one another without frames."""
    document, page = new_page()
    y = prose(writer, page, MARGIN, 4)
    tables, bottom = [], y
    style = styled(writer, writer.pick(("header", "rows")), size=8.0, gutter=8.0, widest=70.0)
    for x in (MARGIN, WIDTH / 2 + 14):
        items, header = contents.statistics(writer)
        kept = tuple(i for i in items if i.column <= 2)
        placed, end = set_table(page, fitted((kept, header), style), x, y)
        tables.append(placed)
        bottom = max(bottom, end)
    prose(writer, page, bottom + 16, 3)
    return TablePage(document, tuple(tables))


def stacked(writer: Writer) -> TablePage:
    """Two tables of different columns right below one another."""
    document, page = new_page()
    y, tables = prose(writer, page, MARGIN, 3), []
    for content in (contents.statistics(writer), contents.short_words(writer)):
        grid = fitted(content, styled(writer, writer.pick(("all", "header")), size=8.0, pad=2.0))
        placed, y = set_table(page, grid, MARGIN, y)
        tables.append(placed)
        y += 14
    return TablePage(document, tuple(tables))


def turned(writer: Writer) -> TablePage:
    """A table that is read from the side of the page."""
    flat = one_table(writer, any_content(writer), styled(writer, writer.pick(("all", "header"))))
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
    document, page = new_page()
    columns, count = writer.whole(6, 10), writer.whole(45, 60)
    items = [Item(0, column, writer.title(1, 1), align="right" if column else "left") for column in range(columns)]
    for row in range(1, count):
        items.append(Item(row, 0, writer.pick(writer.language.cities)))
        items += [contents.amount(writer, row, column, places=1, high=999) for column in range(1, columns)]
    style = styled(writer, writer.pick(("none", "header", "rows")), size=7.0, pad=1.0)
    placed, _ = set_table(page, fitted((tuple(items), 1), style), MARGIN, MARGIN, WIDTH - 2 * MARGIN)
    return TablePage(document, (placed,))


def right_to_left(writer: Writer) -> TablePage:
    """A table in Hebrew: words in the order of sight, as most programs write them, the first column at the right."""
    document, page = new_page()
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
    for face in find_faces():
        if isinstance(face.source, str) and pymupdf.Font(fontfile=face.source).has_glyph(ord("א")):
            return face.source
    raise FileNotFoundError("no font of this machine has Hebrew letters: install one, such as DejaVu Sans")
