"""A table as HTML, with the spans of its cells."""

import html
from collections import defaultdict
from collections.abc import Sequence

from ..inference.results import Cell


def table_html(cells: Sequence[Cell], n_rows: int, caption: str | None = None) -> str:
    """`<table>` with a row for each of `n_rows`, also where no cell starts in it; texts are escaped."""
    by_row: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_row[cell.row].append(cell)
    rows = ("".join(map(_cell, sorted(by_row[row], key=lambda cell: cell.column))) for row in range(n_rows))
    head = f"<caption>{html.escape(caption, quote=False)}</caption>" if caption else ""
    return f"<table>{head}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.is_header else "td"
    spans = "".join(
        f' {name}="{span}"' for name, span in (("rowspan", cell.row_span), ("colspan", cell.column_span)) if span > 1
    )
    text = html.escape(cell.text, quote=False).replace("\n", "<br>")
    return f"<{tag}{spans}>{text}</{tag}>"
