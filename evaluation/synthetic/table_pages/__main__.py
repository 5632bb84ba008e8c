"""`python -m docpipe.evaluation.synthetic.table_pages OUT`: pages with tables, with their truth as tables.jsonl."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..writing import Writer
from .drawing import Placed
from .pages import KINDS, languages


def write_pages(out: Path, each: int, seed: int, kinds: list[str]) -> int:
    """Writes `each` pages of every kind and `tables.jsonl`, in the form of the ICDAR tables; returns how many tables.

    Raises:
        FileExistsError: the folder exists.
    """
    out.mkdir(parents=True)
    rows = []
    for kind in kinds:
        for at in range(each):
            rng = np.random.default_rng([seed, sum(map(ord, kind)), at])
            written = languages()
            page = KINDS[kind](Writer(rng, written[at % len(written)]))
            name = f"{kind}-{at:02}.pdf"
            page.document.subset_fonts()
            page.document.save(out / name, deflate=True, garbage=3)
            size = page.document[0].rect
            for number, table in enumerate(page.tables):
                rows.append(
                    {
                        "file": name,
                        "page": 1,
                        "width": size.width,
                        "height": size.height,
                        "unit": "pt",
                        "table": f"{kind}-{at:02}#{number + 1}",
                        "rotation": 0,
                        "box": table.box,
                        "cells": _cells(table),
                    }
                )
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "tables.jsonl").write_text(text, encoding="utf-8")
    return len(rows)


def _cells(table: Placed) -> list[dict[str, Any]]:
    return [
        {
            "row": item.row,
            "col": item.column,
            "row_end": item.row + item.row_span - 1,
            "col_end": item.column + item.column_span - 1,
            "text": item.text,
            "box": box,
            "number": item.number,
        }
        for item, box in table.cells
    ]


def main(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.", show_default=False)],
    each: Annotated[int, typer.Option(min=1, help="Pages of each kind.")] = 6,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and fonts give the same pages.")] = 1,
    kinds: Annotated[str, typer.Option(help="With commas between: " + " ".join(KINDS))] = ",".join(KINDS),
) -> None:
    """Draw pages with tables as PDFs and write where their cells stand."""
    chosen = kinds.split(",")
    if unknown := [kind for kind in chosen if kind not in KINDS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: not known; {', '.join(KINDS)} are", param_hint="--kinds")
    try:
        tables = write_pages(out, each, seed, chosen)
    except FileExistsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{out}: {each * len(chosen)} pages, {tables} tables")


if __name__ == "__main__":
    typer.run(main)
