"""Sets a page with tables: styles, prose, tables that fit the page, and the page with one table among prose."""

from dataclasses import dataclass
from typing import Any

import pymupdf

from ..writing import Writer
from .contents import Content
from .drawing import Grid, Item, Placed, Style, natural_width, paragraph, set_table, write

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0


@dataclass(frozen=True)
class TablePage:
    """A document of one page with its tables."""

    document: Any
    tables: tuple[Placed, ...]


def styled(writer: Writer, rules: str, **more: Any) -> Style:
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


def new_page() -> tuple[Any, Any]:
    document = pymupdf.open()
    return document, document.new_page(width=WIDTH, height=HEIGHT)


def prose(writer: Writer, page: Any, y: float, sentences: int, x: float = MARGIN, width: float | None = None) -> float:
    text = " ".join(writer.sentence() for _ in range(sentences))
    return paragraph(page, x, y, width or WIDTH - 2 * MARGIN, latin(text)) + 10


def latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def fitted(content: Content, style: Style) -> Grid:
    """A table that fits the page."""
    items = tuple(Item(**{**item.__dict__, "text": latin(item.text)}) for item in content[0])
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


def one_table(
    writer: Writer, content: Content, style: Style, *, wide: bool | None = None, notes: bool = False
) -> TablePage:
    """A title, prose, the table, notes, prose."""
    document, page = new_page()
    y = prose(writer, page, MARGIN, writer.whole(2, 5))
    if writer.chance(0.6):
        write(page, MARGIN, y, latin(f"Table {writer.whole(1, 30)}: {writer.title(2, 4)}"), style.bold_font, 10)
        y += 20
    grid = fitted(content, style)
    full = writer.chance(0.5) if wide is None else wide
    placed, y = set_table(page, grid, MARGIN, y, WIDTH - 2 * MARGIN if full else None)
    if notes:
        for mark in ("1)", "*"):
            y = paragraph(page, MARGIN, y + 3, WIDTH - 2 * MARGIN, latin(f"{mark} {writer.sentence(6, 14)}"), size=7)
    if y < HEIGHT - 150:
        prose(writer, page, y + 14, writer.whole(2, 5))
    return TablePage(document, (placed,))
